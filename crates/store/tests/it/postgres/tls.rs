//! TLS to the server: what is asked for is had, or the database is not opened; and the error says why.

use gatewright_core::port::Maintenance;
use gatewright_testkit::servers::{POSTGRES_PASSWORD, POSTGRES_ROLE, Postgres, PostgresSetup, Tls};

use super::{
    backend::database,
    opening::{refusal, try_open},
};

fn start(tls: Tls) -> Postgres {
    Postgres::start(&PostgresSetup { tls, ..PostgresSetup::default() })
}

/// The URL with a query that names the authority of this server.
fn believing(url: &str, authority: &Postgres) -> String {
    format!("{url}?sslmode=verify-full&sslrootcert={}", authority.authority().display())
}

#[tokio::test]
async fn lg9_a_server_whose_authority_is_named_is_spoken_to_inside_tls() {
    let server = start(Tls::Required);
    let database = server.fresh_database();
    let store = try_open(&believing(&database.url(), &server)).await.unwrap();
    store.ping().await.unwrap();
    let sql = "SELECT DISTINCT s.ssl, s.version FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
               WHERE a.application_name = 'gatewright'";
    assert_eq!(server.superuser_sql(sql), "t|TLSv1.3");
    // By name, too.
    let by_name = believing(&database.url(), &server).replace("127.0.0.1", "localhost");
    let by_name = format!("{by_name}&hostaddr=127.0.0.1");
    try_open(&by_name).await.unwrap().ping().await.unwrap();

    let (_, told) = refusal(&format!("{}?sslmode=disable", database.url())).await;
    assert!(told.contains("no encryption"), "{told}");
}

#[tokio::test]
async fn lg9_a_server_that_cannot_prove_who_it_is_is_refused() {
    let (server, other) = (start(Tls::Offered), start(Tls::Offered));
    let database = server.fresh_database();
    let (_, told) = refusal(&believing(&database.url(), &other)).await;
    assert!(told.contains("certificate"), "{told}");

    let elsewhere =
        format!("postgres://{POSTGRES_ROLE}:{POSTGRES_PASSWORD}@db.example.test:{}/{}", server.port(), database.name());
    let elsewhere = format!("{}&hostaddr=127.0.0.1", believing(&elsewhere, &server));
    let (_, told) = refusal(&elsewhere).await;
    assert!(told.contains("certificate") && told.contains("db.example.test"), "{told}");

    let missing = format!("{}?sslrootcert=/no/such/file.pem", database.url());
    let (_, told) = refusal(&missing).await;
    assert_eq!(told, "no certificates to verify the database server with in /no/such/file.pem");
}

#[tokio::test]
async fn lg9_a_server_without_tls_is_not_spoken_to_in_clear_when_tls_was_asked_for() {
    let offering = start(Tls::Offered);
    let (_, told) = refusal(&believing(&database().url(), &offering)).await;
    assert!(told.contains("server does not support TLS"), "{told}");
}
