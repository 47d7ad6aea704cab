//! What mails carry, in the store: hashes only. A token is used once, by the step that does what it is good for.

use async_trait::async_trait;

use super::{Entry, NewAccount, SealedLetter, StoreError};
use crate::model::{AccountId, Email, MailPurpose, MailTokenId, PasswordHash, SecretHash, Timestamp, User, UserId};

/// How often a code may be tried against one mail (SECURITY OT4).
pub const MAX_CODE_TRIES: u8 = 5;
/// How many good tokens of one kind are read at most. The limits on mails allow less than this in a token's life.
pub const MAX_LIVE_TOKENS: usize = 16;

/// What a store keeps of what one mail carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMailToken {
    /// Its id.
    pub id: MailTokenId,
    /// What it is good for.
    pub purpose: MailPurpose,
    /// The account it is about. `None` for a sign-up that is still to be proved, and for an address that nobody has: such a
    /// row costs what any other costs, and is good for nothing.
    pub account_id: Option<AccountId>,
    /// The user it is about, if it is about one.
    pub user_id: Option<UserId>,
    /// The address that the mail went to.
    pub email: Email,
    /// SHA-256 of the link's secret.
    pub link: SecretHash,
    /// Keyed hash of the code.
    pub code: SecretHash,
    /// Hash of what the asking browser keeps: only there the link signs in by itself (SECURITY EM4).
    pub browser: Option<SecretHash>,
    /// What else has to be known when it is used, sealed.
    pub details: Option<Vec<u8>>,
    /// How often a code was tried.
    pub tries: u8,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is good for nothing.
    pub ends_at: Timestamp,
    /// When it was used, or died because another of its kind was.
    pub used_at: Option<Timestamp>,
}

/// How using a token turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was used, and what it is good for is done.
    Done,
    /// It had been used, had died or had run out. Nothing was written.
    Spent,
    /// What it was made for is not so any more: the account has another address, or is gone or disabled. Nothing was
    /// written.
    Stale,
    /// Another account has the address, or another user the name. Nothing was written.
    Taken,
}

/// Proving an account's address.
#[derive(Clone, Debug)]
pub struct EmailProof {
    /// With which token.
    pub token: MailTokenId,
    /// Whose.
    pub account_id: AccountId,
    /// The address, which must still be the account's.
    pub email: Email,
    /// When.
    pub at: Timestamp,
}

/// Setting a password without the old one.
#[derive(Clone, Debug)]
pub struct PasswordReset {
    /// With which token; it went to the account's address, so that is proved by it, too.
    pub proof: EmailProof,
    /// The new password. `None` leaves the account without one: nobody logs in with the old one any more.
    pub new: Option<PasswordHash>,
}

/// Giving an account another address.
#[derive(Clone, Debug)]
pub struct EmailChange {
    /// With which token, and the address that the account must still have.
    pub proof: EmailProof,
    /// The new address, which is proved by it.
    pub to: Email,
    /// What becomes of the sessions and the password that the account has.
    pub earlier: Earlier,
}

/// What becomes of the sessions and the password that an account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// They stay good.
    Stays,
    /// Sessions end by the epoch, and the password is forgotten: whoever had them is out.
    Ends,
}

/// Whose tokens are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokensOf {
    /// Those that went to this address.
    Email(Email),
    /// Those that went to this address because this browser asked for them.
    Asked(Email, SecretHash),
    /// Those about this account.
    Account(AccountId),
}

/// What mails carry.
#[async_trait]
pub trait MailTokens: Send + Sync {
    /// Keeps a token and puts its letter into the outbox. Earlier ones of the same kind stay good until one is used.
    async fn issue(&self, token: StoredMailToken, letter: SealedLetter) -> Result<(), StoreError>;

    /// Reads a token by the hash of its link, whatever has become of it.
    async fn mail_token(&self, link: SecretHash) -> Result<Option<StoredMailToken>, StoreError>;

    /// Reads the tokens of this purpose that are good at `now`, newest first, at most [`MAX_LIVE_TOKENS`].
    async fn live_mail_tokens(
        &self,
        purpose: MailPurpose,
        of: TokensOf,
        now: Timestamp,
    ) -> Result<Vec<StoredMailToken>, StoreError>;

    /// Counts a try against every token of this purpose and address that is good at `now` and was tried less than
    /// [`MAX_CODE_TRIES`] times, and answers the one that has the code. Of all concurrent calls no more than that are counted
    /// for one token.
    async fn try_code(
        &self,
        purpose: MailPurpose,
        email: &Email,
        code: SecretHash,
        now: Timestamp,
    ) -> Result<Option<StoredMailToken>, StoreError>;

    /// Uses a token, and with it all others of its purpose and address but for those of other accounts: an account must not see
    /// in what it has asked for what another one does with the same address (SECURITY AU4). So does whatever else here uses
    /// a token. `false` if it had been used, had died or had run out.
    /// Of all concurrent calls for one token, of this method and of all others, exactly one uses it.
    async fn spend(&self, token: MailTokenId, at: Timestamp) -> Result<bool, StoreError>;

    /// Uses a token to prove the address of an account.
    async fn prove_email(&self, proof: EmailProof, entry: Entry) -> Result<Redeemed, StoreError>;

    /// Uses a token to set the password, or to leave the account without one. Proves the address. Ends all sessions of the account by its epoch; all tokens that mails of the account
    /// carry die.
    async fn reset_password(&self, reset: PasswordReset, entry: Entry) -> Result<Redeemed, StoreError>;

    /// Uses a token to give the account another address. All tokens that mails of the account carry die, but for
    /// those of `entry`; those that take an earlier change back only where [`Earlier::Ends`], for otherwise whoever changes
    /// the address twice would keep the owner of the first one away. Of all concurrent calls for the same new address exactly one answers [`Redeemed::Done`].
    async fn change_email(&self, change: EmailChange, entry: Entry) -> Result<Redeemed, StoreError>;

    /// Uses a token to make the account that was signed up for, as [`super::Accounts::sign_up`] does. All other sign-ups for
    /// the address die.
    async fn sign_up_proved(&self, token: MailTokenId, new: NewAccount, entry: Entry) -> Result<Redeemed, StoreError>;

    /// Uses a token to add a user to the account that it was made for, unless it has `max` already ([`Redeemed::Stale`]).
    async fn accept_invitation(
        &self,
        token: MailTokenId,
        user: User,
        max: usize,
        entry: Entry,
    ) -> Result<Redeemed, StoreError>;
}
