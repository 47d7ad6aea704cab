//! PgBouncer: it pools by transaction, and comes back where it was.

use crate::postgres::ask;
use gatewright_testkit::servers::{POSTGRES_PASSWORD, PgBouncer, Postgres};

#[test]
fn a_pooler_gives_a_session_for_one_transaction_only() {
    let database = Postgres::shared().fresh_database();
    let pooler = PgBouncer::in_front_of(Postgres::shared(), &["default_pool_size = 1"]);
    let url = pooler.url(database.name());
    // Of two clients, the second would wait for ever, if the first one's open connection held the only session.
    let first = std::process::Command::new("psql")
        .args(["-XAtq", "-c", "SELECT 1", "-c", &format!("\\! psql -XAtqc 'SELECT 2' '{url}'"), &url])
        .env("PGCONNECT_TIMEOUT", "5")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(first.stdout).unwrap(), "1\n2\n", "{}", pooler.log_tail());
    let wrong = url.replace(POSTGRES_PASSWORD, "wrong");
    assert!(ask(&wrong, "SELECT 1").unwrap_err().contains("authentication failed"));
}

#[test]
fn a_pooler_comes_back_on_its_port() {
    let database = Postgres::shared().fresh_database();
    let pooler = PgBouncer::in_front_of(Postgres::shared(), &[]);
    let url = pooler.url(database.name());
    assert_eq!(ask(&url, "SELECT current_database()").unwrap(), database.name());
    pooler.stop();
    assert!(ask(&url, "SELECT 1").unwrap_err().contains("Connection refused"));
    pooler.start_again();
    assert_eq!(ask(&url, "SELECT 1").unwrap(), "1");
}
