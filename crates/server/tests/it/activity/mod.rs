//! The activity log of a real database, and what somebody may do to it who has the database and not the master key.

mod clean;
mod clock;
mod commands;
mod tampering;

use std::{path::Path, sync::Arc};

use gatewright::core::port::{ActivityLog, Clock};
use gatewright_store::{
    postgres::{self, PgStore},
    sqlite::{self, SqliteStore},
};
use gatewright_testkit::{
    FrozenClock,
    servers::{Database, Postgres},
};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::{
    child::{Place, Ran, Server, finish},
    client::{PASSWORD, post, sign_up},
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

/// A database, what is started on it, and a way around both.
pub(crate) struct Bench {
    place: Place,
    database: Option<Database>,
}

impl Bench {
    fn on_sqlite() -> Self {
        Self { place: place(), database: None }
    }

    fn on_postgres() -> Self {
        let database = Postgres::shared().fresh_database();
        Self { place: place().with("STORE", &database.url()), database: Some(database) }
    }

    fn file(&self) -> std::path::PathBuf {
        self.place.data().join("gatewright.db")
    }

    /// What somebody does who has the database.
    fn sql(&self, sql: &str) {
        match &self.database {
            Some(database) => drop(database.superuser_sql(sql)),
            None => raw(&self.file()).execute_batch(sql).unwrap_or_else(|error| panic!("{error}: {sql}")),
        }
    }

    /// Sixteen or four or 32 bytes, as this database writes them.
    fn bytes(&self, bytes: &[u8]) -> String {
        let hex = data_encoding::HEXLOWER.encode(bytes);
        if self.database.is_some() { format!("decode('{hex}', 'hex')") } else { format!("x'{hex}'") }
    }

    /// The same of an id.
    fn id(&self, bytes: [u8; 16]) -> String {
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        if self.database.is_some() { format!("'{hex}'::uuid") } else { format!("x'{hex}'") }
    }

    /// The log as a port, while no server has it.
    async fn log(&self) -> Arc<dyn ActivityLog> {
        let clock: Arc<dyn Clock> = Arc::new(FrozenClock::default());
        match &self.database {
            Some(database) => {
                let address = postgres::Address::parse(&database.url()).unwrap();
                Arc::new(PgStore::open(&address, postgres::Options::default(), |_| clock).await.unwrap())
            }
            None => Arc::new(SqliteStore::open(&self.file(), sqlite::Options::default(), |_| clock).unwrap()),
        }
    }

    /// A server has written a few entries and was stopped in order. Two checkpoints are there, the last one of the last entry.
    fn write(&self) {
        let mut server = self.place.serve();
        let ada = sign_up(server.api, "ada@example.test");
        sign_up(server.api, "bob@example.test");
        log_in(&server, "ada@example.test");
        server.wait_for_line("activity log signed");
        let wrong = json!({ "login": "ada@example.test", "password": "not her password" });
        post(server.api, "/auth/login", &wrong).expect(401);
        post(server.api, "/auth/logout", &json!({ "refresh_token": ada.text("refresh_token") })).expect(204);
        log_in(&server, "ada@example.test");
        log_in(&server, "bob@example.test");
        stop(server);
    }

    fn public_key(&self) -> String {
        self.place.run(&["activity", "key"]).well().out().trim().to_owned()
    }

    /// `activity verify` with nothing secret: the master key is not there.
    fn verify(&self, key: &str, more: &[&str]) -> Ran {
        let mut arguments = vec!["activity", "verify", "--public-key", key];
        arguments.extend(more);
        let mut command = self.place.command(&arguments);
        command.env_remove("GATEWRIGHT_MASTER_KEY");
        finish(command, "")
    }

    #[track_caller]
    fn is_clean(&self) -> Value {
        let ran = self.verify(&self.public_key(), &["--json"]);
        assert_eq!(ran.code(), 0, "{}{}", ran.out(), ran.err());
        ran.json()
    }
}

fn place() -> Place {
    Place::new().with("MASTER_KEY", MASTER).with("PUBLIC_URL", "http://127.0.0.1:8080").with("RATE_LIMITS", "off")
}

fn raw(path: &Path) -> Connection {
    Connection::open_with_flags_and_vfs(path, OpenFlags::default(), sqlite::layer()).unwrap()
}

fn log_in(server: &Server, email: &str) -> crate::client::Answer {
    post(server.api, "/auth/login", &json!({ "login": email, "password": PASSWORD, "transport": "body" })).expect(200)
}

fn stop(mut server: Server) {
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.printed());
}
