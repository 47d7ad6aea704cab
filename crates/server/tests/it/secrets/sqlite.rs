//! Everything in one file, with every key given by its operator, and a log for people.

use std::{fs, net::TcpListener, process::Command};

use data_encoding::BASE64;
use gatewright_testkit::servers::SmtpServer;
use rusqlite::{Connection, types::Value};

use super::{
    MASTER, PEPPER,
    administering::BOOTSTRAP,
    around::look_around,
    calls::{Api, CHANGED},
    misuse::Breadth,
    with_webhooks,
};
use crate::child::{Place, Server};

/// A place whose keys stand in files, as they should. Answers the text of its signing key, too.
fn place() -> (Place, String) {
    let place = with_webhooks(Place::new());
    let file = place.path().join("signing-key");
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let pem = fs::read_to_string(&file).unwrap();
    let files = [("master-key", MASTER), ("pepper", PEPPER), ("bootstrap-secret", BOOTSTRAP)];
    let [master, pepper, bootstrap] = files.map(|(name, key)| place.write(name, key));
    let named = [
        ("MASTER_KEY_FILE", master),
        ("PASSWORD_PEPPER_FILE", pepper),
        ("BOOTSTRAP_SECRET_FILE", bootstrap),
        ("SIGNING_KEY_FILE", file),
    ];
    let place = named.into_iter().fold(place, |place, (name, path)| place.with(name, &path.display().to_string()));
    let place = place.with("REFRESH_MIN_AGE", "0").with("REFRESH_LOST_WINDOW", "1h").with("LOG_LEVEL", "debug");
    // Nobody listens to this one.
    (place.with_foreign("RUST_LOG", "trace"), pem)
}

/// docs/attacks.md#stolen-backup
/// docs/attacks.md#secrets-in-logs
#[test]
fn lg2_p13_on_sqlite_no_secret_is_found_anywhere_and_what_is_found_makes_no_token() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (api, ops) = (free(), free());
    let (place, pem) = place();
    let place = place.with("LISTEN", &api.to_string()).with("OPS_LISTEN", &ops.to_string()).with("LOG_FORMAT", "human");
    let smtp = SmtpServer::start();
    let place = place.with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let mut server = Server::start_at(place.command(&["serve"]), api, ops);
    let mut api = Api::at(api, smtp);
    api.canaries.add_key("the master key", MASTER);
    api.canaries.add_key("the pepper", PEPPER);
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = BASE64.decode(body.as_bytes()).unwrap();
    // What comes before and after it is the same in every key, or public.
    api.canaries.add("the signing key", &key[36..68]);
    api.canaries.add("the signing key in PEM", &body[48..88]);
    let ada = api.flow(&place);
    api.misplace(&ada, CHANGED);
    api.misuse_all(Breadth::All);
    api.assert_complete();

    let mut search = api.canaries.search();
    look_around(&mut search, &place, &server);
    search.look("what webhooks were told", &api.told());
    let names = |seen: Vec<std::path::PathBuf>| -> Vec<String> {
        seen.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    let seen = names(search.look_into(&place.data(), &[]));
    for file in ["gatewright.db", "gatewright.db-wal", "gatewright.db-shm"] {
        assert!(seen.iter().any(|name| name == file), "{file} is not among {seen:?}");
    }
    place.run(&["backup", "copy.db"]).well();
    let backup = place.path().join("copy.db");
    search.look("the backup", &fs::read(&backup).unwrap());
    api.forge_of(&all_values(&backup), &ada, MASTER);

    server.signal("TERM");
    server.wait();
    search.look("the log to its end", server.printed().as_bytes());
    search.look_into(&place.data(), &[]);
    let [from, to] = [place.data().join("gatewright.db"), place.path().join("moved.db")];
    let [source, target] = [&from, &to].map(|path| format!("sqlite://{}", path.display()));
    let ran = place.run(&["copy", "--from", &source, "--to", &target]).well();
    search.look("what copy prints", format!("{}{}", ran.out(), ran.err()).as_bytes());
    search.look("the copy", &fs::read(&to).unwrap());
    search.look("the source afterwards", &fs::read(&from).unwrap());
    assert!(search.bytes > 1_000_000, "only {} bytes were searched", search.bytes);
}

/// Every value of every table that is as long as a hash or a salt.
fn all_values(database: &std::path::Path) -> Vec<Vec<u8>> {
    let connection = Connection::open(database).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut values = Vec::new();
    for table in tables {
        let mut select = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get(column).unwrap() {
                    Value::Blob(bytes) if bytes.len() >= 16 => values.push(bytes),
                    Value::Text(text) if text.starts_with('$') => values.push(text.into_bytes()),
                    Value::Blob(_) | Value::Text(_) | Value::Null | Value::Integer(_) | Value::Real(_) => {}
                }
            }
        }
    }
    values.sort();
    values.dedup();
    values
}
