//! Everything we know of an account, for its owner (GDPR article 15).

use crate::{
    Earned, Error, Fresh, Gatewright, Owner,
    model::{Account, Act, Activity, ClientInfo, Session, User},
    port::ActivityFilter,
};

/// What is exported. Credentials are not among it: a hash is of no use to its owner.
#[derive(Debug)]
pub struct AccountExport {
    /// The account.
    pub account: Account,
    /// Its users, oldest first.
    pub users: Vec<User>,
    /// Its living sessions, newest first.
    pub sessions: Vec<Session>,
    /// Its activity, newest first, at most 10,000 entries.
    pub activity: Vec<Activity>,
}

/// The most activity entries of one export.
const MAX_ENTRIES: usize = 10_000;

impl Gatewright {
    /// Collects everything about the account.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn export_account(&self, owner: &Fresh<Owner>, client: &ClientInfo) -> Result<AccountExport, Error> {
        let standing = owner.caller().standing();
        let account = standing.account.clone();
        let now = self.now();
        let entry = Activity::new(self.new_entry(now), now, account.id, Act::AccountExported, client);
        self.ports().activity.append(entry.of_user(standing.user.id).in_session(standing.session.id).into()).await?;
        let filter = ActivityFilter { account: Some(account.id), limit: MAX_ENTRIES, ..ActivityFilter::default() };
        Ok(AccountExport {
            users: self.ports().users.users(account.id).await?,
            sessions: self.ports().sessions.of_account(account.id, now).await?,
            activity: self.ports().activity.page(filter).await?.entries,
            account,
        })
    }
}
