//! Every id that a client may name, of every kind of owner: its own, that of somebody on the same account, that of another
//! account, and one that nobody has. What each gets is a table in the repository, as the access table is. What must stay true: of
//! another account nobody but an admin is told anything, not even that it exists, and nothing of it changes.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use gatewright_testkit::{TestApp, app::Browser};
use serde_json::{Value, json};

use crate::{
    access_table::{Row, rows},
    family::{EMAIL, PIN, family, grace, kid},
    routes::admin::{ALL_RIGHTS, account_id, give_roles, somebody},
};

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    User,
    Session,
    Account,
    /// What belongs to the instance: a service key, a webhook, what it was told, a mail.
    Shared,
}

/// Where a client names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Path,
    Query(&'static str),
    Body(&'static str),
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Nobodys,
    AnotherAccounts,
    Siblings,
    Own,
}

const WHOSE: [(Whose, &str); 4] = [
    (Whose::Nobodys, "nobody's"),
    (Whose::AnotherAccounts, "another account's"),
    (Whose::Siblings, "a sibling's"),
    (Whose::Own, "own"),
];

const CALLERS: [&str; 6] = ["selecting", "member", "child", "owner", "admin", "key"];

/// An operation that takes an id.
struct Operation {
    row: Row,
    thing: Thing,
    place: Place,
}

impl Operation {
    fn name(&self) -> String {
        match self.place {
            Place::Path => format!("{} {}", self.row.method, self.row.path),
            Place::Query(name) | Place::Body(name) => format!("{} {}, {name}", self.row.method, self.row.path),
        }
    }

    async fn sent(&self, caller: &str, by: &Browser, id: &str) -> (u16, Value) {
        let mut path = self.row.path.replace("{id}", id);
        let mut body = self.row.body.clone();
        match self.place {
            Place::Path => {}
            Place::Query(name) => path = format!("{path}?{name}={id}"),
            Place::Body(name) => body = Some(json!({name: id, "pin": PIN})),
        }
        let call = by.request(self.row.method.clone(), &path);
        let call = if caller == "selecting" { call.bearer(by.selection_token()) } else { call };
        let answer = match body {
            Some(body) => call.json(body).await,
            None => call.await,
        };
        let mut json = answer.json();
        if json.get("request_id").is_some() {
            json["request_id"] = Value::Null;
        }
        (answer.status.as_u16(), json)
    }
}

/// Every operation of the document that takes an id, wherever it takes it.
fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, says) in methods.as_object().unwrap() {
            let Some(row) = rows().into_iter().find(|row| row.is(&method.to_uppercase(), path)) else { continue };
            let parameters = says["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter_map(|one| Some((one["in"].as_str()?, one["name"].as_str()?))) {
                let place = match parameter {
                    ("path", "id") => Place::Path,
                    ("query", "user_id") => Place::Query("user_id"),
                    ("query", "account_id") => Place::Query("account_id"),
                    ("query", "session_id") => Place::Query("session_id"),
                    ("path", "name") => continue,
                    (_, name) => {
                        assert!(!name.ends_with("_id") || name == "rule_id", "{method} {path}: what is {name}?");
                        continue;
                    }
                };
                found.push(Operation { row: row.clone(), thing: thing(path, place), place });
            }
            let schema = &says["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let name = schema.as_str().and_then(|name| name.strip_prefix("#/components/schemas/"));
            let members = name.map(|name| &document["components"]["schemas"][name]["properties"]);
            for member in members.and_then(Value::as_object).into_iter().flat_map(|members| members.keys()) {
                if member.ends_with("_id") {
                    assert_eq!(member, "user_id", "{method} {path}: what is it?");
                    let place = Place::Body("user_id");
                    found.push(Operation { row: row.clone(), thing: Thing::User, place });
                }
            }
        }
    }
    found
}

fn thing(path: &str, place: Place) -> Thing {
    match place {
        Place::Query("user_id") | Place::Body(_) => Thing::User,
        Place::Query("session_id") => Thing::Session,
        Place::Query(_) => Thing::Account,
        Place::Path => match path.trim_start_matches("/admin/v1").trim_start_matches("/auth").split('/').nth(1) {
            Some("users") => Thing::User,
            Some("sessions") => Thing::Session,
            Some("accounts") => Thing::Account,
            Some("service-keys" | "rules" | "deliveries" | "mails") => Thing::Shared,
            other => panic!("{path}: what is in {other:?}?"),
        },
    }
}

/// The account of the caller, and another one.
struct World {
    app: TestApp,
    caller: Browser,
    sibling: Browser,
    eve: Browser,
    /// The id of what the instance has, and of the caller's account.
    shared: String,
    account: String,
}

impl World {
    async fn of(caller: &str, operation: &Operation) -> Self {
        let app = TestApp::start().await;
        let admin = app.admin().await;
        let ada = family(&app, "body").await;
        let eve = somebody(&app, "eve").await;
        let sibling = grace(&app, "body").await;
        let shared = match operation.row.path {
            path if path.contains("/rules") => {
                let body = json!({"name": "idle", "url": "https://idle.example.com/", "moments": ["after"]});
                admin.post("/admin/v1/rules").json(body).await.expect_status(201).json()
            }
            _ => {
                let body = json!({"name": "idle", "permissions": ["users:read"]});
                admin.post("/admin/v1/service-keys").json(body).await.expect_status(201).json()
            }
        };
        let (caller, sibling) = match caller {
            "selecting" => (app.log_in(EMAIL, None, "body").await, sibling),
            "member" => (sibling, ada.copy()),
            "child" => (kid(&app, "body").await, sibling),
            "owner" => (ada.copy(), sibling),
            "admin" => {
                // An admin who is at home in the family, so that there are siblings; the first one stays.
                give_roles(&admin, &ada.user_id(), &["admin"]).await.expect_status(200);
                (ada.copy(), sibling)
            }
            _ => (app.program(&ALL_RIGHTS).await, sibling),
        };
        let (shared, account) = (shared["id"].as_str().unwrap().to_owned(), account_id(&ada));
        Self { app, caller, sibling, eve, shared, account }
    }

    fn id(&self, thing: Thing, whose: Whose) -> Option<String> {
        let (own, sibling, eve) = (&self.caller, &self.sibling, &self.eve);
        let id = match (thing, whose) {
            (_, Whose::Nobodys) => "01a00000-0000-7000-8000-000000000000".to_owned(),
            (Thing::User, Whose::Own) => own.user_id(),
            (Thing::User, Whose::Siblings) => sibling.user_id(),
            (Thing::User, Whose::AnotherAccounts) => eve.user_id(),
            (Thing::Session, Whose::Own) => own.session_id(),
            (Thing::Session, Whose::Siblings) => sibling.session_id(),
            (Thing::Session, Whose::AnotherAccounts) => eve.session_id(),
            (Thing::Account, Whose::Own) => self.account.clone(),
            (Thing::Account, Whose::AnotherAccounts) => account_id(eve),
            (Thing::Shared, Whose::Own) => self.shared.clone(),
            (Thing::Account, Whose::Siblings) | (Thing::Shared, Whose::Siblings | Whose::AnotherAccounts) => {
                return None;
            }
        };
        Some(id).filter(|id| !id.is_empty())
    }

    /// All that somebody else's account looks like to itself.
    async fn others(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for path in ["/auth/me", "/auth/users", "/auth/sessions", "/auth/activity?limit=200"] {
            seen.push(self.eve.get(path).await.expect_status(200).json());
        }
        seen
    }
}

/// What one caller gets from one operation, by whose the id is.
async fn tried(caller: &'static str, operation: &Operation) -> Vec<String> {
    let world = World::of(caller, operation).await;
    let administers = ["admin", "key"].contains(&caller) && operation.row.path.starts_with("/admin/");
    let (mut cells, mut unknown) = (Vec::new(), None);
    for (whose, _) in WHOSE {
        let Some(id) = world.id(operation.thing, whose) else {
            cells.push("-".to_owned());
            continue;
        };
        let is_looked_at = whose == Whose::AnotherAccounts && !administers;
        let before = if is_looked_at { world.others().await } else { Vec::new() };
        let (status, answer) = operation.sent(caller, &world.caller, &id).await;
        match whose {
            Whose::Nobodys => unknown = Some((status, answer)),
            Whose::AnotherAccounts if is_looked_at => {
                let name = format!("{} as {caller}", operation.name());
                assert_eq!(Some((status, answer)), unknown, "{name}: it is as if it did not exist");
                assert_eq!(world.others().await, before, "{name}: nothing has changed");
            }
            Whose::AnotherAccounts | Whose::Siblings | Whose::Own => {}
        }
        cells.push(status.to_string());
    }
    drop(world.app);
    cells
}

const INTRODUCTION: &str = "\
Every operation that takes an id, and what it answers by whose it is: nobody's, another account's, a sibling's (somebody on the same
account), the caller's own. Of another account's the answer is the same as of nobody's, but for who administers, and nothing of it
changes. The callers are those of docs/access-table.txt; the admin is the owner of the account here. Computed by
crates/http/tests/it/idor.rs, which fails on any difference.
";

/// docs/attacks.md#ids-of-other-accounts
#[tokio::test]
async fn az1_every_id_of_every_owner_gets_what_the_table_says() {
    let operations = operations();
    assert!(operations.len() > 30, "{}", operations.len());
    let width = operations.iter().map(|operation| operation.name().len()).max().unwrap();
    let mut table = format!("{INTRODUCTION}\n{:width$}", "");
    for caller in CALLERS {
        write!(table, "  {caller:17}").unwrap();
    }
    table.push('\n');
    for operation in &operations {
        let mut line = format!("{:width$}", operation.name());
        for caller in CALLERS {
            write!(line, "  {:17}", tried(caller, operation).await.join(" ")).unwrap();
        }
        table += line.trim_end();
        table.push('\n');
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/idor-table.txt");
    let expected = fs::read_to_string(kept).unwrap_or_default();
    if table == expected {
        return;
    }
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("idor-table.txt");
    fs::write(&fresh, &table).unwrap();
    let old: BTreeSet<&str> = expected.lines().collect();
    let new: Vec<&str> = table.lines().filter(|line| !old.contains(line)).collect();
    panic!(
        "docs/idor-table.txt differs:\n{}\nIf each change is meant: cp {} docs/idor-table.txt",
        new.join("\n"),
        fresh.display()
    );
}
