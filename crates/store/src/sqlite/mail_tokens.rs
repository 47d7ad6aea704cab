//! The port `MailTokens` on SQLite. What must stay true: a token is used by the very transaction that does what it is good
//! for, and nothing is written unless it was good at that moment.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Email, MailPurpose, MailTokenId, SecretHash, Timestamp, User},
    port::{
        Earlier, EmailChange, EmailProof, Entry, MAX_CODE_TRIES, MAX_LIVE_TOKENS, MailTokens, NewAccount,
        PasswordReset, Redeemed, SealedLetter, StoreError, StoredMailToken, TokensOf,
    },
};
use rusqlite::{Connection, Row, named_params, params};

use super::{
    SqliteStore, accounts, activity_log,
    failure::Failure,
    outbox, passwords,
    rows::{self, mail_token_columns},
    statements, users,
};

#[async_trait]
impl MailTokens for SqliteStore {
    async fn issue(&self, token: StoredMailToken, letter: SealedLetter) -> Result<(), StoreError> {
        self.write(move |connection| {
            insert(connection, &token)?;
            outbox::insert(connection, &letter)
        })
        .await
    }

    async fn mail_token(&self, link: SecretHash) -> Result<Option<StoredMailToken>, StoreError> {
        let sql = concat!("SELECT ", mail_token_columns!(), " FROM mail_tokens WHERE link = ?1");
        self.read(move |connection| statements::first(connection, sql, [link.as_bytes()], |row| rows::mail_token(row)))
            .await
    }

    async fn live_mail_tokens(
        &self,
        purpose: MailPurpose,
        of: TokensOf,
        now: Timestamp,
    ) -> Result<Vec<StoredMailToken>, StoreError> {
        macro_rules! live {
            ($whose:literal) => {
                concat!(
                    "SELECT ",
                    mail_token_columns!(),
                    " FROM mail_tokens WHERE ",
                    $whose,
                    " AND purpose = :purpose AND used_at IS NULL AND ends_at > :now ORDER BY id DESC LIMIT :limit"
                )
            };
        }
        self.read(move |connection| {
            let limit = i64::try_from(MAX_LIVE_TOKENS).unwrap_or(i64::MAX);
            let (purpose, now) = (purpose.name(), now.micros());
            let read = |row: &Row<'_>| rows::mail_token(row);
            match &of {
                TokensOf::Email(email) => {
                    let email = email.key();
                    let params = named_params! { ":email": email, ":purpose": purpose, ":now": now, ":limit": limit };
                    statements::all(connection, live!("email_key = :email"), params, read)
                }
                TokensOf::Asked(email, browser) => {
                    let (email, browser) = (email.key(), browser.as_bytes());
                    let params = named_params! {
                        ":email": email, ":browser": browser, ":purpose": purpose, ":now": now, ":limit": limit,
                    };
                    statements::all(connection, live!("email_key = :email AND browser = :browser"), params, read)
                }
                TokensOf::Account(account) => {
                    let account = account.as_bytes();
                    let params =
                        named_params! { ":account": account, ":purpose": purpose, ":now": now, ":limit": limit };
                    statements::all(connection, live!("account_id = :account"), params, read)
                }
            }
        })
        .await
    }

    async fn try_code(
        &self,
        purpose: MailPurpose,
        email: &Email,
        code: SecretHash,
        now: Timestamp,
    ) -> Result<Option<StoredMailToken>, StoreError> {
        let email = email.clone();
        self.write(move |connection| try_code(connection, purpose, &email, code, now)).await
    }

    async fn spend(&self, token: MailTokenId, at: Timestamp) -> Result<bool, StoreError> {
        self.write(move |connection| match good(connection, token, at)? {
            Some(token) => use_up(connection, &token, at).map(|()| true),
            None => Ok(false),
        })
        .await
    }

    async fn prove_email(&self, proof: EmailProof, entry: Entry) -> Result<Redeemed, StoreError> {
        self.write(move |connection| {
            redeem(connection, &proof, || {
                prove(connection, &proof)?;
                activity_log::insert(connection, &entry)
            })
        })
        .await
    }

    async fn reset_password(&self, reset: PasswordReset, entry: Entry) -> Result<Redeemed, StoreError> {
        self.write(move |connection| {
            let proof = &reset.proof;
            redeem(connection, proof, || {
                prove(connection, proof)?;
                match &reset.new {
                    Some(new) => passwords::set(connection, proof.account_id, new)?,
                    None => passwords::remove(connection, proof.account_id)?,
                }
                end_sessions(connection, proof.account_id)?;
                forget(connection, proof.account_id, proof.at)?;
                activity_log::insert(connection, &entry)
            })
        })
        .await
    }

    async fn change_email(&self, change: EmailChange, entry: Entry) -> Result<Redeemed, StoreError> {
        self.write(move |connection| change_email(connection, &change, &entry)).await
    }

    async fn sign_up_proved(&self, token: MailTokenId, new: NewAccount, entry: Entry) -> Result<Redeemed, StoreError> {
        self.write(move |connection| {
            let at = entry.activity.at;
            let Some(token) = good(connection, token, at)? else { return Ok(Redeemed::Spent) };
            if accounts::sign_up(connection, &new, &entry)? != gatewright_core::port::SignUp::Done {
                return Ok(Redeemed::Taken);
            }
            use_up(connection, &token, at).map(|()| Redeemed::Done)
        })
        .await
    }

    async fn accept_invitation(
        &self,
        token: MailTokenId,
        user: User,
        max: usize,
        entry: Entry,
    ) -> Result<Redeemed, StoreError> {
        self.write(move |connection| {
            use gatewright_core::port::AddUser;
            let at = entry.activity.at;
            let Some(token) = good(connection, token, at)? else { return Ok(Redeemed::Spent) };
            if token.account_id != Some(user.account_id) || !is_enabled(connection, user.account_id)? {
                return Ok(Redeemed::Stale);
            }
            match users::add(connection, &user, None, max, &entry)? {
                AddUser::Done => use_up(connection, &token, at).map(|()| Redeemed::Done),
                AddUser::UsernameTaken => Ok(Redeemed::Taken),
                AddUser::TooMany | AddUser::NoAccount => Ok(Redeemed::Stale),
            }
        })
        .await
    }
}

/// Keeps a token as part of a step.
pub(super) fn insert(connection: &Connection, token: &StoredMailToken) -> Result<(), Failure> {
    let sql =
        "INSERT INTO mail_tokens (id, purpose, account_id, user_id, email, email_key, link, code, browser, details,
                   tries, created_at, ends_at, used_at)
               VALUES (:id, :purpose, :account_id, :user_id, :email, :email_key, :link, :code, :browser, :details,
                   :tries, :created_at, :ends_at, :used_at)";
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": token.id.as_bytes(),
            ":purpose": token.purpose.name(),
            ":account_id": token.account_id.as_ref().map(|id| id.as_bytes()),
            ":user_id": token.user_id.as_ref().map(|id| id.as_bytes()),
            ":email": token.email.as_str(),
            ":email_key": token.email.key(),
            ":link": token.link.as_bytes(),
            ":code": token.code.as_bytes(),
            ":browser": token.browser.as_ref().map(|hash| hash.as_bytes()),
            ":details": token.details,
            ":tries": token.tries,
            ":created_at": token.created_at.micros(),
            ":ends_at": token.ends_at.micros(),
            ":used_at": token.used_at.map(Timestamp::micros),
        },
    )?;
    Ok(())
}

/// Has all tokens of the account's mails die, but for those that take a change of address back: whoever changes something must
/// not be able to keep the one away who reads the old address.
pub(super) fn forget(connection: &Connection, account: AccountId, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE mail_tokens SET used_at = ?2
               WHERE account_id = ?1 AND used_at IS NULL AND purpose <> 'undo_email'";
    statements::run(connection, sql, params![account.as_bytes(), at.micros()])?;
    Ok(())
}

/// Has those die, too.
fn forget_undoing(connection: &Connection, account: AccountId, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE mail_tokens SET used_at = ?2
               WHERE account_id = ?1 AND used_at IS NULL AND purpose = 'undo_email'";
    statements::run(connection, sql, params![account.as_bytes(), at.micros()])?;
    Ok(())
}

fn try_code(
    connection: &Connection,
    purpose: MailPurpose,
    email: &Email,
    code: SecretHash,
    now: Timestamp,
) -> Result<Option<StoredMailToken>, Failure> {
    let sql = concat!(
        "UPDATE mail_tokens SET tries = tries + 1
         WHERE email_key = :email_key AND purpose = :purpose AND used_at IS NULL AND ends_at > :now AND tries < :max
         RETURNING ",
        mail_token_columns!()
    );
    let params = named_params! {
        ":email_key": email.key(), ":purpose": purpose.name(), ":now": now.micros(), ":max": MAX_CODE_TRIES,
    };
    let tried = statements::all(connection, sql, params, |row| rows::mail_token(row))?;
    Ok(tried.into_iter().find(|token| token.code == code))
}

/// The token, if it is good at `at`.
fn good(connection: &Connection, id: MailTokenId, at: Timestamp) -> Result<Option<StoredMailToken>, Failure> {
    let sql = concat!(
        "SELECT ",
        mail_token_columns!(),
        " FROM mail_tokens WHERE id = ?1 AND used_at IS NULL AND ends_at > ?2"
    );
    statements::first(connection, sql, params![id.as_bytes(), at.micros()], |row| rows::mail_token(row))
}

/// Uses a good token, and with it all of its purpose and address but for those of other accounts.
fn use_up(connection: &Connection, token: &StoredMailToken, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE mail_tokens SET used_at = ?3 WHERE email_key = ?1 AND purpose = ?2 AND used_at IS NULL
               AND (account_id IS NULL OR account_id = coalesce(?4, account_id))";
    let account = token.account_id.as_ref().map(|id| id.as_bytes());
    statements::run(connection, sql, params![token.email.key(), token.purpose.name(), at.micros(), account])?;
    Ok(())
}

/// Uses the token, if it and what it was made for are still good, and does the rest.
fn redeem(
    connection: &Connection,
    proof: &EmailProof,
    rest: impl FnOnce() -> Result<(), Failure>,
) -> Result<Redeemed, Failure> {
    let Some(token) = good(connection, proof.token, proof.at)? else { return Ok(Redeemed::Spent) };
    let sql = "SELECT 1 FROM accounts WHERE id = ?1 AND email_key = ?2 AND disabled_at IS NULL";
    if token.account_id != Some(proof.account_id)
        || !statements::exists(connection, sql, params![proof.account_id.as_bytes(), proof.email.key()])?
    {
        return Ok(Redeemed::Stale);
    }
    use_up(connection, &token, proof.at)?;
    rest()?;
    Ok(Redeemed::Done)
}

fn is_enabled(connection: &Connection, account: AccountId) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM accounts WHERE id = ?1 AND disabled_at IS NULL";
    statements::exists(connection, sql, [account.as_bytes()])
}

fn prove(connection: &Connection, proof: &EmailProof) -> Result<(), Failure> {
    let sql = "UPDATE accounts SET email_verified_at = coalesce(email_verified_at, ?2) WHERE id = ?1";
    statements::run(connection, sql, params![proof.account_id.as_bytes(), proof.at.micros()])?;
    Ok(())
}

fn end_sessions(connection: &Connection, account: AccountId) -> Result<(), Failure> {
    statements::run(connection, "UPDATE accounts SET epoch = epoch + 1 WHERE id = ?1", [account.as_bytes()])?;
    Ok(())
}

fn change_email(connection: &Connection, change: &EmailChange, entry: &Entry) -> Result<Redeemed, Failure> {
    let (proof, account) = (&change.proof, change.proof.account_id);
    let sql = "SELECT 1 FROM accounts WHERE email_key = ?1 AND id <> ?2";
    let is_taken = statements::exists(connection, sql, params![change.to.key(), account.as_bytes()])?;
    if is_taken && good(connection, proof.token, proof.at)?.is_some() {
        return Ok(Redeemed::Taken);
    }
    redeem(connection, proof, || {
        forget(connection, account, proof.at)?;
        let sql = "UPDATE accounts SET email = ?2, email_key = ?3, email_verified_at = ?4 WHERE id = ?1";
        let params = params![account.as_bytes(), change.to.as_str(), change.to.key(), proof.at.micros()];
        statements::run(connection, sql, params)?;
        match change.earlier {
            Earlier::Stays => {}
            Earlier::Ends => {
                forget_undoing(connection, account, proof.at)?;
                passwords::remove(connection, account)?;
                end_sessions(connection, account)?;
            }
        }
        activity_log::insert(connection, entry)
    })
}
