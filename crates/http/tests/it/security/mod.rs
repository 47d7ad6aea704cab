//! The lines of the security requirements that show over HTTP, each test named with its id. What an attack of
//! `attacks/` has shown already is not shown again; here stands what remains, and what has to hold for every operation.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something wrong panics; all of this is test")]

mod authorisation;
mod browser;
pub(crate) mod forge;
pub(crate) mod logging;
mod mail;
mod passwords;
mod pathways;
mod sessions;
mod tokens;

use gatewright::core::{
    AccountKey,
    model::{AccountId, Login},
};
use gatewright_testkit::TestApp;

/// The id of the account with this login.
pub(crate) async fn account_of(app: &TestApp, login: &str) -> AccountId {
    let key = AccountKey::Login(Login::parse("login", login).unwrap());
    app.gate.operator().show_account(&key).await.unwrap().account.id
}

/// How many hashes were computed. A caller has its answer a moment before its hash is counted, so this waits for the engine
/// to be idle.
pub(crate) async fn hashes(app: &TestApp) -> u64 {
    for _ in 0..10_000 {
        let stats = app.hasher.stats();
        if stats.running + stats.queued == 0 {
            return stats.computed;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("the engine is never idle");
}
