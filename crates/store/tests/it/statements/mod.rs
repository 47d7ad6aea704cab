//! Every statement of the store is one that its engine understands, and none of PostgreSQL's looks through a whole table: also
//! those that hardly ever run. Texts are apart for the two engines, since they number and type their parameters differently.

mod texts;

use std::path::PathBuf;

use gatewright_store::{postgres, sqlite};
use gatewright_testkit::{
    FrozenClock,
    servers::{Database, Postgres},
};

fn texts_of(engine: &str) -> Vec<(String, String)> {
    let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let texts = texts::statements(&sources.join(engine), &sources.join("rows.rs"));
    // As many as there are calls that run one, give or take those that are given a text by another function.
    assert!(texts.len() > 50, "the scanner finds {} statements in {engine}", texts.len());
    texts
}

#[test]
fn every_statement_of_sqlite_is_one_that_it_understands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gatewright.db");
    let options = sqlite::Options::default();
    drop(sqlite::SqliteStore::open(&path, options, |_| std::sync::Arc::new(FrozenClock::default())).unwrap());
    let connection = crate::sqlite::backend::connect(&path);
    let refused: Vec<_> = texts_of("sqlite")
        .into_iter()
        .filter_map(|(file, text)| Some(format!("{file}: {}\n{text}\n", connection.prepare(&text).err()?)))
        .collect();
    assert!(refused.is_empty(), "{}", refused.concat());
}

/// Those are asked for by steps of which others wait for each.
#[test]
fn sqlite_finds_the_admins_without_looking_through_all_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gatewright.db");
    let options = sqlite::Options::default();
    drop(sqlite::SqliteStore::open(&path, options, |_| std::sync::Arc::new(FrozenClock::default())).unwrap());
    let connection = crate::sqlite::backend::connect(&path);
    let texts = texts_of("sqlite").into_iter().filter(|(_, text)| text.contains(",admin,"));
    let plans: Vec<String> = texts
        .flat_map(|(_, text)| {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
            let parameters = rusqlite::params_from_iter((0..statement.parameter_count()).map(|_| 1));
            let steps = statement.query_map(parameters, |row| row.get(3)).unwrap();
            steps.collect::<Result<Vec<String>, _>>().unwrap()
        })
        .collect();
    let scans: Vec<_> = plans.iter().filter(|step| step.starts_with("SCAN u")).collect();
    assert!(scans.len() >= 4, "{plans:?}");
    assert!(scans.iter().all(|step| step.contains("users_admins")), "{plans:?}");
}

/// A database with our schema, enough rows that a whole table is not the shortest way, and what is known of them.
async fn filled() -> Database {
    let database = Postgres::shared().fresh_database();
    let address = postgres::Address::parse(&database.url()).unwrap();
    let options = postgres::Options::default();
    let clock = std::sync::Arc::new(FrozenClock::default());
    drop(postgres::PgStore::open(&address, options, |_| clock).await.unwrap());
    database.superuser_sql(FILL);
    database
}

/// Ids that are as scattered as hashes, and in the manner of one to two to six.
const FILL: &str = "
    CREATE FUNCTION id(number INT) RETURNS UUID LANGUAGE SQL IMMUTABLE AS $$ SELECT md5(number::text)::uuid $$;
    INSERT INTO accounts
        SELECT id(n), 'user' || n || '@example.test', 'user' || n || '@example.test', NULL, 0, NULL, n
        FROM generate_series(1, 4000) n;
    INSERT INTO passwords SELECT id(n), 'phc' FROM generate_series(1, 4000) n;
    INSERT INTO users
        SELECT id(n), id(1 + n / 2), 'user' || n, 'user' || n, 'owner', CASE WHEN n % 2000 = 0 THEN 'admin,editor' ELSE '' END, NULL, NULL, NULL, '{}', '{}', 0, NULL, 'pin', n
        FROM generate_series(1, 7998) n;
    INSERT INTO pins SELECT id(n), 'phc' FROM generate_series(1, 7998) n;
    INSERT INTO sessions
        SELECT id(n), u.account_id, u.id, 'cookie', NULL, n, n + 9000000, n + 9000000, n, 'pwd', NULL, NULL, 0, 0, '', 1,
               '', NULL, '', 1, 1, n, NULL, 0, NULL, NULL, NULL
        FROM generate_series(1, 24000) n JOIN users u ON u.id = id(1 + n % 7998);
    INSERT INTO session_register
        SELECT id(-n), u.account_id, u.id, n, n + 9000000, 0, 0, NULL, NULL
        FROM generate_series(1, 24000) n JOIN users u ON u.id = id(1 + n % 7998);
    INSERT INTO activity (account_id, id, at, act, seq)
        SELECT id(1 + n % 4000), id(n), n, 'logged_in', CASE WHEN n % 100 <> 0 THEN n END FROM generate_series(1, 24000) n;
    INSERT INTO activity_counts SELECT 3600000000 * n, 'logged_in', n FROM generate_series(1, 24000) n;
    INSERT INTO spent_selections SELECT id(n), n FROM generate_series(1, 8000) n;
    INSERT INTO mail_tokens
        SELECT id(n), 'verify_email', id(1 + n % 4000), NULL, 'x', 'user' || n % 4000 || '@example.test',
               sha256(n::text::bytea), sha256(''), NULL, NULL, 0, n, n + 900, NULL
        FROM generate_series(1, 8000) n;
    INSERT INTO outbox
        SELECT id(n), NULL, 'test', CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'sent' END, NULL, n, 1,
               CASE WHEN n % 100 = 0 THEN n END, CASE WHEN n % 100 <> 0 THEN n END, NULL
        FROM generate_series(1, 8000) n;
    INSERT INTO deliveries
        SELECT id(n), CASE WHEN n % 2 = 0 THEN 'embedded:a' ELSE 'embedded:b' END, id(n), n, 'logged_in', NULL,
               CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'delivered' END, n, 1, CASE WHEN n % 100 = 0 THEN n END,
               CASE WHEN n % 100 <> 0 THEN n END, NULL, NULL
        FROM generate_series(1, 24000) n;
    INSERT INTO limits SELECT uuid_send(id(n)), 1, n, n FROM generate_series(1, 8000) n;
    VACUUM ANALYZE";

/// How PostgreSQL would run this statement whatever its parameters are, a whole table last.
fn plan(database: &Database, text: &str) -> Result<String, String> {
    let parameters = (1..).take_while(|number| text.contains(&format!("${number}"))).count();
    let arguments = if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
    database.try_superuser_sql(&format!(
        "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE it AS {text};
         EXPLAIN (COSTS off) EXECUTE it {arguments}"
    ))
}

/// Tables that hold a handful of rows however large the database is; beside those of the server itself.
const SMALL: [&str; 12] = [
    "meta",
    "signing_keys",
    "leases",
    "migrations",
    "session_space",
    "activity_chain",
    "activity_checkpoints",
    "roles",
    "service_keys",
    "bootstrap",
    "rules",
    "listeners",
];

/// Indexes that hold a handful of rows however large their table is.
const SMALL_INDEXES: [&str; 1] = ["users_admins"];

/// The steps of a plan that go through a whole table or a whole index.
fn whole(plan: &str) -> Vec<&str> {
    let lines: Vec<_> = plan.lines().map(str::trim).collect();
    let is_whole = |at: usize| {
        let step = lines[at].trim_start_matches("->").trim_start();
        let table = step.split_once(" on ").map_or("", |(_, rest)| rest.split(' ').next().unwrap_or(""));
        // What belongs to a step follows it; the next step begins with an arrow.
        let mut own = lines[at + 1..].iter().take_while(|line| !line.starts_with("->"));
        let is_scan = step.starts_with("Seq Scan on ")
            || (step.contains("Index") && step.contains("Scan") && !own.any(|line| line.starts_with("Index Cond:")));
        let is_small = SMALL_INDEXES.iter().any(|index| step.contains(&format!(" using {index} on ")));
        is_scan && !is_small && !SMALL.contains(&table) && !table.starts_with("pg_")
    };
    (0..lines.len()).filter(|at| is_whole(*at)).map(|at| lines[at]).collect()
}

/// Statements that have to see every row: what a restored dump costs, and what a dashboard counts along indexes.
const SEE_ALL: [&str; 2] = [
    "UPDATE accounts SET epoch = epoch + 1 WHERE EXISTS (SELECT 1 FROM revived)",
    "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM users)",
];

#[tokio::test]
async fn every_statement_of_postgresql_is_one_that_it_understands_and_none_looks_through_a_whole_table() {
    let database = filled().await;
    let mut found = Vec::new();
    for (file, text) in texts_of("postgres") {
        match plan(&database, &text) {
            Err(said) => found.push(format!("{file}: {said}\n{text}\n")),
            Ok(plan) => {
                let whole = whole(&plan);
                if !whole.is_empty() && !SEE_ALL.iter().any(|all| text.contains(all)) {
                    found.push(format!("{file}: {whole:?}\n{text}\n{plan}\n"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.concat());
}

#[tokio::test]
async fn a_plan_that_goes_through_a_whole_table_is_seen() {
    let database = filled().await;
    for text in ["SELECT 1 FROM sessions WHERE label = $1", "SELECT id FROM sessions ORDER BY id", "DELETE FROM users"]
    {
        let plan = plan(&database, text).unwrap();
        assert_eq!(whole(&plan).len(), 1, "{plan}");
    }
    assert!(plan(&database, "SELECT 1 FROM session WHERE id = $1").is_err());
}

#[tokio::test]
async fn a_login_that_does_not_exist_takes_the_same_steps_as_one_that_does() {
    let database = filled().await;
    for (column, present, absent) in
        [("email_key", "user2500@example.test", "user2500!@example.test"), ("username", "user2500", "user2500!")]
    {
        let texts = texts_of("postgres");
        let (_, text) = texts.iter().find(|(_, text)| text.contains(&format!("{column} >= $1"))).unwrap();
        // Twice: what is read the first time lies in memory the second time.
        let steps = |login: &str| {
            let run = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS off, TIMING off, SUMMARY off) EXECUTE it ('{login}')");
            let told = database.superuser_sql(&format!("PREPARE it AS {text}; {run}; {run}"));
            let plan = told.split("Limit ").last().unwrap();
            // How the index was entered, with the name itself, differs.
            plan.lines().filter(|line| !line.contains("Index Cond")).collect::<Vec<_>>().join("\n")
        };
        assert!(steps(present).contains("Buffers: shared hit="), "{}", steps(present));
        assert_eq!(steps(present), steps(absent));
    }
}
