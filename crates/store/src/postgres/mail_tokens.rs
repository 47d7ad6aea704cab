//! The port `MailTokens` on PostgreSQL. What must stay true: a token is used by the very transaction that does what it is
//! good for. Rows are locked in one order everywhere: account, then the tokens of one purpose and address by their ids.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Email, MailPurpose, MailTokenId, SecretHash, Timestamp, User},
    port::{
        AddUser, Earlier, EmailChange, EmailProof, Entry, MAX_CODE_TRIES, MAX_LIVE_TOKENS, MailTokens, NewAccount,
        PasswordReset, Redeemed, SealedLetter, SignUp, StoreError, StoredMailToken, TokensOf,
    },
};
use tokio_postgres::Client;

use super::{
    PgStore, accounts, activity_log,
    failure::Failure,
    outbox, passwords,
    rows::{self, mail_token_columns},
    statements,
    step::{Outcome, in_step},
    users,
    value::Value,
};

#[async_trait]
impl MailTokens for PgStore {
    async fn issue(&self, token: StoredMailToken, letter: SealedLetter) -> Result<(), StoreError> {
        in_step!(self, step => issue(&step, &token, &letter));
        Ok(())
    }

    async fn mail_token(&self, link: SecretHash) -> Result<Option<StoredMailToken>, StoreError> {
        let sql = concat!("SELECT ", mail_token_columns!(), " FROM mail_tokens WHERE link = $1");
        let lent = self.lend().await?;
        let params = [Value::Bytes(Some(link.as_bytes()))];
        Ok(lent.bounded(statements::first(&lent, sql, &params, rows::mail_token)).await?)
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
                    " FROM mail_tokens WHERE purpose = $1 AND used_at IS NULL AND ends_at > $2 AND ",
                    $whose,
                    " ORDER BY id DESC LIMIT $3"
                )
            };
        }
        let limit = i64::try_from(MAX_LIVE_TOKENS).unwrap_or(i64::MAX);
        let mut params = vec![purpose.name().into(), now.into(), limit.into()];
        let sql = match &of {
            TokensOf::Email(email) => {
                params.push(email.key().into());
                live!("email_key = $4")
            }
            TokensOf::Asked(email, browser) => {
                params.extend([email.key().into(), Value::Bytes(Some(browser.as_bytes()))]);
                live!("email_key = $4 AND browser = $5")
            }
            TokensOf::Account(account) => {
                params.push(account.as_bytes().into());
                live!("account_id = $4")
            }
        };
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &params, rows::mail_token)).await?)
    }

    async fn try_code(
        &self,
        purpose: MailPurpose,
        email: &Email,
        code: SecretHash,
        now: Timestamp,
    ) -> Result<Option<StoredMailToken>, StoreError> {
        let sql = concat!(
            "UPDATE mail_tokens SET tries = tries + 1 WHERE id = ANY (ARRAY(
                 SELECT id FROM mail_tokens WHERE email_key = $1 AND purpose = $2 AND used_at IS NULL AND ends_at > $3
                 AND tries < $4 ORDER BY id FOR UPDATE))
             RETURNING ",
            mail_token_columns!()
        );
        let params = [email.key().into(), purpose.name().into(), now.into(), i64::from(MAX_CODE_TRIES).into()];
        let lent = self.lend().await?;
        let tried = lent.bounded(statements::all(&lent, sql, &params, rows::mail_token)).await?;
        Ok(tried.into_iter().find(|token| token.code == code))
    }

    async fn spend(&self, token: MailTokenId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => spend(&step, token, at)))
    }

    async fn prove_email(&self, proof: EmailProof, entry: Entry) -> Result<Redeemed, StoreError> {
        Ok(in_step!(self, step => prove_email(&step, &proof, &entry)))
    }

    async fn reset_password(&self, reset: PasswordReset, entry: Entry) -> Result<Redeemed, StoreError> {
        Ok(in_step!(self, step => reset_password(&step, &reset, &entry)))
    }

    async fn change_email(&self, change: EmailChange, entry: Entry) -> Result<Redeemed, StoreError> {
        Ok(in_step!(self, step => change_email(&step, &change, &entry)))
    }

    async fn sign_up_proved(&self, token: MailTokenId, new: NewAccount, entry: Entry) -> Result<Redeemed, StoreError> {
        Ok(in_step!(self, step => sign_up_proved(&step, token, &new, &entry)))
    }

    async fn accept_invitation(
        &self,
        token: MailTokenId,
        user: User,
        max: usize,
        entry: Entry,
    ) -> Result<Redeemed, StoreError> {
        Ok(in_step!(self, step => accept_invitation(&step, token, &user, max, &entry)))
    }
}

/// Keeps a token as part of a step.
pub(super) async fn insert(client: &Client, token: &StoredMailToken) -> Result<(), Failure> {
    let sql =
        "INSERT INTO mail_tokens (id, purpose, account_id, user_id, email, email_key, link, code, browser, details,
                   tries, created_at, ends_at, used_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let params = [
        token.id.as_bytes().into(),
        token.purpose.name().into(),
        Value::Id(token.account_id.as_ref().map(|id| id.as_bytes())),
        Value::Id(token.user_id.as_ref().map(|id| id.as_bytes())),
        token.email.as_str().into(),
        token.email.key().into(),
        Value::Bytes(Some(token.link.as_bytes())),
        Value::Bytes(Some(token.code.as_bytes())),
        Value::Bytes(token.browser.as_ref().map(|hash| hash.as_bytes().as_slice())),
        Value::Bytes(token.details.as_deref()),
        i64::from(token.tries).into(),
        token.created_at.into(),
        token.ends_at.into(),
        token.used_at.into(),
    ];
    statements::run(client, sql, &params).await?;
    Ok(())
}

async fn issue(client: &Client, token: &StoredMailToken, letter: &SealedLetter) -> Result<Outcome<()>, Failure> {
    insert(client, token).await?;
    outbox::insert(client, letter).await?;
    Ok(Outcome::Keep(()))
}

/// Has all tokens of the account's mails die, but for those that take a change of address back: whoever changes something must
/// not be able to keep the one away who reads the old address.
pub(super) async fn forget(client: &Client, account: AccountId, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE mail_tokens SET used_at = $2 WHERE id = ANY (ARRAY(
               SELECT id FROM mail_tokens WHERE account_id = $1 AND used_at IS NULL AND purpose <> 'undo_email'
               ORDER BY id FOR UPDATE))";
    statements::run(client, sql, &[account.as_bytes().into(), at.into()]).await?;
    Ok(())
}

/// Has those die, too.
async fn forget_undoing(client: &Client, account: AccountId, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE mail_tokens SET used_at = $2 WHERE id = ANY (ARRAY(
               SELECT id FROM mail_tokens WHERE account_id = $1 AND used_at IS NULL AND purpose = 'undo_email'
               ORDER BY id FOR UPDATE))";
    statements::run(client, sql, &[account.as_bytes().into(), at.into()]).await?;
    Ok(())
}

/// The token with all others of its purpose and address, locked; `None` if it is not good at `at`.
async fn good(client: &Client, id: MailTokenId, at: Timestamp) -> Result<Option<StoredMailToken>, Failure> {
    let sql = concat!(
        "SELECT ",
        mail_token_columns!(),
        " FROM mail_tokens
         WHERE email_key = (SELECT email_key FROM mail_tokens WHERE id = $1)
         AND purpose = (SELECT purpose FROM mail_tokens WHERE id = $1) AND used_at IS NULL ORDER BY id FOR UPDATE"
    );
    let locked = statements::all(client, sql, &[id.as_bytes().into()], rows::mail_token).await?;
    Ok(locked.into_iter().find(|token| token.id == id && token.ends_at > at))
}

/// Uses a good token, and with it all of its purpose and address but for those of other accounts.
async fn use_up(client: &Client, token: &StoredMailToken, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE mail_tokens SET used_at = $3 WHERE email_key = $1 AND purpose = $2 AND used_at IS NULL
               AND (account_id IS NULL OR account_id = coalesce($4, account_id))";
    let account = Value::Id(token.account_id.as_ref().map(|id| id.as_bytes()));
    let params = [token.email.key().into(), token.purpose.name().into(), at.into(), account];
    statements::run(client, sql, &params).await?;
    Ok(())
}

async fn spend(client: &Client, token: MailTokenId, at: Timestamp) -> Result<Outcome<bool>, Failure> {
    let Some(token) = good(client, token, at).await? else { return Ok(Outcome::Undo(false)) };
    use_up(client, &token, at).await?;
    Ok(Outcome::Keep(true))
}

/// Uses the token if it and what it was made for are still good; otherwise says what is wrong.
async fn redeem(client: &Client, proof: &EmailProof) -> Result<Redeemed, Failure> {
    let sql = "SELECT 1 FROM accounts WHERE id = $1 AND email_key = $2 AND disabled_at IS NULL FOR NO KEY UPDATE";
    let params = [proof.account_id.as_bytes().into(), proof.email.key().into()];
    let is_as_seen = statements::exists(client, sql, &params).await?;
    let Some(token) = good(client, proof.token, proof.at).await? else { return Ok(Redeemed::Spent) };
    if !is_as_seen || token.account_id != Some(proof.account_id) {
        return Ok(Redeemed::Stale);
    }
    use_up(client, &token, proof.at).await?;
    Ok(Redeemed::Done)
}

async fn prove(client: &Client, proof: &EmailProof) -> Result<(), Failure> {
    let sql = "UPDATE accounts SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1";
    statements::run(client, sql, &[proof.account_id.as_bytes().into(), proof.at.into()]).await?;
    Ok(())
}

async fn end_sessions(client: &Client, account: AccountId) -> Result<(), Failure> {
    let sql = "UPDATE accounts SET epoch = epoch + 1 WHERE id = $1";
    statements::run(client, sql, &[account.as_bytes().into()]).await?;
    Ok(())
}

async fn prove_email(client: &Client, proof: &EmailProof, entry: &Entry) -> Result<Outcome<Redeemed>, Failure> {
    let redeemed = redeem(client, proof).await?;
    if redeemed != Redeemed::Done {
        return Ok(Outcome::Undo(redeemed));
    }
    prove(client, proof).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(redeemed))
}

async fn reset_password(client: &Client, reset: &PasswordReset, entry: &Entry) -> Result<Outcome<Redeemed>, Failure> {
    let proof = &reset.proof;
    let redeemed = redeem(client, proof).await?;
    if redeemed != Redeemed::Done {
        return Ok(Outcome::Undo(redeemed));
    }
    prove(client, proof).await?;
    match &reset.new {
        Some(new) => passwords::set(client, proof.account_id, new).await?,
        None => passwords::remove(client, proof.account_id).await?,
    }
    end_sessions(client, proof.account_id).await?;
    forget(client, proof.account_id, proof.at).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(redeemed))
}

async fn change_email(client: &Client, change: &EmailChange, entry: &Entry) -> Result<Outcome<Redeemed>, Failure> {
    let (proof, account) = (&change.proof, change.proof.account_id);
    let redeemed = redeem(client, proof).await?;
    if redeemed != Redeemed::Done {
        return Ok(Outcome::Undo(redeemed));
    }
    let sql = "SELECT 1 FROM accounts WHERE email_key = $1 AND id <> $2";
    if statements::exists(client, sql, &[change.to.key().into(), account.as_bytes().into()]).await? {
        return Ok(Outcome::Undo(Redeemed::Taken));
    }
    forget(client, account, proof.at).await?;
    let sql = "UPDATE accounts SET email = $2, email_key = $3, email_verified_at = $4 WHERE id = $1";
    let to = &change.to;
    let params = [account.as_bytes().into(), to.as_str().into(), to.key().into(), proof.at.into()];
    match statements::run(client, sql, &params).await {
        Ok(_) => {}
        // Somebody took the address since we asked.
        Err(failure) if failure.is_conflict(&["accounts_email_key_key"]) => return Ok(Outcome::Undo(Redeemed::Taken)),
        Err(failure) => return Err(failure),
    }
    match change.earlier {
        Earlier::Stays => {}
        Earlier::Ends => {
            forget_undoing(client, account, proof.at).await?;
            passwords::remove(client, account).await?;
            end_sessions(client, account).await?;
        }
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(redeemed))
}

async fn sign_up_proved(
    client: &Client,
    token: MailTokenId,
    new: &NewAccount,
    entry: &Entry,
) -> Result<Outcome<Redeemed>, Failure> {
    let at = entry.activity.at;
    let Some(token) = good(client, token, at).await? else { return Ok(Outcome::Undo(Redeemed::Spent)) };
    match accounts::sign_up(client, new, entry).await? {
        Outcome::Keep(SignUp::Done) => {}
        Outcome::Keep(_) | Outcome::Undo(_) => return Ok(Outcome::Undo(Redeemed::Taken)),
    }
    use_up(client, &token, at).await?;
    Ok(Outcome::Keep(Redeemed::Done))
}

async fn accept_invitation(
    client: &Client,
    token: MailTokenId,
    user: &User,
    max: usize,
    entry: &Entry,
) -> Result<Outcome<Redeemed>, Failure> {
    let at = entry.activity.at;
    let account = user.account_id;
    let sql = "SELECT 1 FROM accounts WHERE id = $1 AND disabled_at IS NULL FOR UPDATE";
    let is_enabled = statements::exists(client, sql, &[account.as_bytes().into()]).await?;
    let Some(token) = good(client, token, at).await? else { return Ok(Outcome::Undo(Redeemed::Spent)) };
    if token.account_id != Some(account) || !is_enabled {
        return Ok(Outcome::Undo(Redeemed::Stale));
    }
    let (Outcome::Keep(added) | Outcome::Undo(added)) = users::add(client, user, None, max, entry).await?;
    match added {
        AddUser::Done => {}
        AddUser::UsernameTaken => return Ok(Outcome::Undo(Redeemed::Taken)),
        AddUser::TooMany | AddUser::NoAccount => return Ok(Outcome::Undo(Redeemed::Stale)),
    }
    use_up(client, &token, at).await?;
    Ok(Outcome::Keep(Redeemed::Done))
}
