//! Who administers a [`TestApp`]: its first admin, and programs with service keys. And what no call of the API does, but a store
//! may hold: an account with several owners.

use std::sync::Arc;

use gatewright_core::{
    NewServiceKey,
    model::{Act, Activity, ActivityId, ClientInfo, EntrySeed, Permission, Timestamp, User, UserId, Username},
    port::{AddUser, Clock, Users},
};
use gatewright_store::sqlite::{Options, SqliteStore};

use super::{Browser, PASSWORD, TestApp, database};

/// The address of the first admin.
pub const ADMIN_EMAIL: &str = "root@example.test";

impl TestApp {
    /// The first admin, `root`, just signed in in the transport `body`; made if it is not there yet.
    pub async fn admin(&self) -> Browser {
        self.admin_in("body").await
    }

    /// The same in this transport.
    ///
    /// # Panics
    /// Somebody else is the first admin.
    pub async fn admin_in(&self, transport: &str) -> Browser {
        let Ok(secret) = self.gate.operator().open_bootstrap().await else {
            return self.log_in(ADMIN_EMAIL, None, transport).await;
        };
        let browser = self.browser();
        let body = serde_json::json!({
            "secret": secret.expose(), "email": ADMIN_EMAIL, "password": PASSWORD, "username": "root",
            "transport": transport,
        });
        browser.post("/admin/v1/bootstrap").json(body).await.expect_status(201);
        browser
    }

    /// A service key with these permissions, as the command line makes it.
    ///
    /// # Panics
    /// One of them is none.
    pub async fn service_key(&self, permissions: &[&str]) -> String {
        let permissions: Result<Vec<Permission>, _> = permissions.iter().map(|text| text.parse()).collect();
        let permissions = permissions.expect("permissions are `noun:verb`");
        let new = NewServiceKey { name: "a program".to_owned(), permissions, expires_in: None };
        let made = self.gate.operator().make_service_key(new).await.expect("a service key can be made");
        made.text.expose().to_owned()
    }

    /// A program with a service key that has these permissions.
    pub async fn program(&self, permissions: &[&str]) -> Browser {
        self.program_with(self.service_key(permissions).await)
    }

    /// A program with this service key: unlike a browser it says nothing of where it comes from.
    #[must_use]
    pub fn program_with(&self, key: impl Into<String>) -> Browser {
        self.browser().into_program(key.into())
    }

    /// One more owner, by this name, for the account of somebody who owns it. The store lets an account have several, and
    /// no call of the API makes one yet.
    ///
    /// # Panics
    /// There is no such user, or the name is taken.
    pub async fn another_owner(&self, beside: &str, username: &str) {
        let (clock, now): (Arc<dyn Clock>, Timestamp) = (self.clock.clone(), self.gate.now());
        let store = SqliteStore::open(&database(self.folder.path()), Options::default(), |_| clock);
        let store = store.expect("the database can be opened beside the system");
        let beside = beside.parse().expect("the id of a user");
        let owner = Users::user(&store, beside).await.expect("the store answers").expect("there is such a user");
        let (id, username) = (UserId::new(now, self.gate.random()), Username::parse("username", username));
        let user = User { id, username: username.expect("a username"), created_at: now, ..owner };
        let client = ClientInfo { ip: None, user_agent: None, received_at: now };
        let seed = EntrySeed { id: ActivityId::new(now, self.gate.random()), salt: self.gate.random() };
        let entry = Activity::new(seed, now, user.account_id, Act::UserAdded, &client).of_user(id);
        let added = Users::add(&store, user, None, usize::MAX, entry.into()).await;
        assert_eq!(added.expect("the store answers"), AddUser::Done);
    }
}
