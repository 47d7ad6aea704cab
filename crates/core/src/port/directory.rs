//! Looking through all accounts and users, a page at a time: for admins. Each page is one range of an index, however many
//! accounts there are.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Account, AccountId, User, UserId};

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOf<Id> {
    /// All of them, newest first by id.
    All {
        /// Only those older than this one.
        before: Option<Id>,
    },
    /// Those whose key (of an account its address, of a user its name; as they are compared) begins with `prefix`, sorted by it.
    Beginning {
        /// The beginning of the key.
        prefix: String,
        /// Only those whose key comes after this one.
        after: Option<String>,
    },
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Accounts.
    pub accounts: u64,
    /// Users.
    pub users: u64,
    /// Sessions that were not ended and are not past their absolute end. Some may be dead by an epoch or idle.
    pub sessions: u64,
}

/// All accounts and users.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Reads at most `limit` accounts.
    async fn accounts_page(&self, page: PageOf<AccountId>, limit: usize) -> Result<Vec<Account>, StoreError>;

    /// Reads at most `limit` users.
    async fn users_page(&self, page: PageOf<UserId>, limit: usize) -> Result<Vec<User>, StoreError>;

    /// Counts. Reads indexes from end to end: for a dashboard, not for a request of a user.
    async fn totals(&self) -> Result<Totals, StoreError>;
}
