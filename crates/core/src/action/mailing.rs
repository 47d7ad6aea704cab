//! Writing mails that carry something. What must stay true: whoever asks learns from neither the answer nor its time whether
//! there is somebody to write to (SECURITY AU4), and nobody can have an address buried in mail (SECURITY EM9).

use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::{
    Error, Gatewright,
    model::{
        Account, AccountId, ClientInfo, Email, Letter, LimitRules, Login, MailCode, MailPurpose, MailToken, Proof,
        Says, SecretHash, Timestamp, User, UserId,
    },
    port::{Limited, SealedLetter, StoredMailToken, Take},
};

/// Whom a letter is for.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) to: Email,
    pub(super) locale: Option<String>,
    pub(super) name: Option<String>,
}

impl Reader {
    /// Somebody of whom only the address is known.
    pub(super) const fn stranger(to: Email) -> Self {
        Self { to, locale: None, name: None }
    }

    /// A user, at this address.
    pub(super) fn user(to: &Email, user: &User) -> Self {
        Self { to: to.clone(), locale: user.profile.locale.clone(), name: user.profile.display_name.clone() }
    }

    /// Who reads the mail of an account: its first user.
    pub(super) fn of(account: &Account, users: &[User]) -> Self {
        users.first().map_or_else(|| Self::stranger(account.email.clone()), |user| Self::user(&account.email, user))
    }
}

/// What a token is to be good for.
pub(super) struct Carried {
    pub(super) purpose: MailPurpose,
    pub(super) account_id: Option<AccountId>,
    pub(super) user_id: Option<UserId>,
    pub(super) browser: Option<SecretHash>,
    pub(super) details: Option<Value>,
    pub(super) good_for: Duration,
}

impl Carried {
    /// Good for `purpose` at an account, for so long.
    pub(super) fn by(account: AccountId, purpose: MailPurpose, good_for: Duration) -> Self {
        Self { account_id: Some(account), ..Self::by_nobody(purpose, good_for) }
    }

    /// About no account: a sign-up.
    pub(super) const fn by_nobody(purpose: MailPurpose, good_for: Duration) -> Self {
        Self { purpose, account_id: None, user_id: None, browser: None, details: None, good_for }
    }
}

/// A token and its letter, on their way into the store together.
pub(super) struct Mailing {
    pub(super) token: StoredMailToken,
    pub(super) letter: SealedLetter,
}

impl Mailing {
    /// The same, but the letter goes to nobody.
    pub(super) fn unsent(self) -> Self {
        Self { letter: SealedLetter { sealed: None, ..self.letter }, ..self }
    }
}

impl Gatewright {
    /// Makes a token and writes the letter that carries it.
    pub(super) fn mailing(&self, reader: &Reader, carried: Carried, says: impl FnOnce(Proof) -> Says) -> Mailing {
        let now = self.now();
        let id = self.new_mail_token_id(now);
        let link = MailToken::new(self.random_secret());
        let code = MailCode::from_random(self.random());
        let details = carried.details.map(|details| {
            let plain = Zeroizing::new(details.to_string());
            self.master().seal(id.as_bytes(), self.random(), plain.as_bytes())
        });
        let token = StoredMailToken {
            id,
            purpose: carried.purpose,
            account_id: carried.account_id,
            user_id: carried.user_id,
            email: reader.to.clone(),
            link: link.hash(),
            code: code.hash(carried.purpose, &reader.to, self.master()),
            browser: carried.browser,
            details,
            tries: 0,
            created_at: now,
            ends_at: now.plus(carried.good_for),
            used_at: None,
        };
        let says = says(Proof { token: link.encode(), code, good_for: carried.good_for });
        let letter = self.letter(reader, says, carried.account_id, now);
        Mailing { token, letter }
    }

    /// Writes a letter.
    pub(super) fn letter(
        &self,
        reader: &Reader,
        says: Says,
        account_id: Option<AccountId>,
        now: Timestamp,
    ) -> SealedLetter {
        let Reader { to, locale, name } = reader.clone();
        self.sealed(&Letter { id: self.new_letter_id(now), to, locale, name, says }, account_id, now)
    }

    /// What is kept where there is nobody to write to: as much work as a real one, good for nothing and never sent.
    pub(super) fn decoy_mailing(
        &self,
        email: &Email,
        purpose: MailPurpose,
        good_for: Duration,
        says: impl FnOnce(Proof) -> Says,
    ) -> Mailing {
        let stranger = Reader::stranger(email.clone());
        self.mailing(&stranger, Carried::by_nobody(purpose, good_for), says).unsent()
    }

    /// Keeps a token and puts its letter into the outbox.
    pub(super) async fn send(&self, mailing: Mailing) -> Result<(), Error> {
        Ok(self.ports().mail_tokens.issue(mailing.token, mailing.letter).await?)
    }

    /// What a token was given along, if it can be read with our master keys.
    pub(super) fn details_of(&self, token: &StoredMailToken) -> Option<Value> {
        let plain = self.master().open(token.id.as_bytes(), token.details.as_ref()?)?;
        serde_json::from_slice(&plain).ok()
    }

    /// Whether one more mail of this kind may go to this address because this client asks for it. Counts it if so.
    pub(super) async fn mail_is_granted(
        &self,
        purpose: MailPurpose,
        to: &Email,
        client: &ClientInfo,
    ) -> Result<bool, Error> {
        let Some(rules) = self.limit_rules() else { return Ok(true) };
        let takes = self.mail_takes(rules, purpose, to, client);
        Ok(self.ports().limits.take(&takes, self.now()).await? == Limited::Granted)
    }

    /// What all mails to an address count on that anybody can cause.
    pub(super) fn mail_take(&self, rules: &LimitRules, to: &Email) -> Take {
        Take { key: self.limit_key("mail", to.key().as_bytes()), rule: rules.mail_address_hourly }
    }

    fn mail_takes(&self, rules: &LimitRules, purpose: MailPurpose, to: &Email, client: &ClientInfo) -> [Take; 4] {
        let take = |name, subject: &[u8], rule| Take { key: self.limit_key(name, subject), rule };
        let of_kind = [purpose.name(), "\0", to.key()].concat();
        [
            take("mail of a kind", of_kind.as_bytes(), rules.mail_address),
            self.mail_take(rules, to),
            take("mail source", client.source().to_string().as_bytes(), rules.mail_source),
            take("mail global", b"", rules.mail_global),
        ]
    }

    /// The account with this address and its users; as many readings whether there is one or not.
    pub(super) async fn account_of_email(&self, email: &Email) -> Result<Option<(Account, Vec<User>)>, Error> {
        let account = self.ports().accounts.account_by_login(&Login::Email(email.clone())).await?;
        let id = account.as_ref().map_or(super::prove_password::NOBODY, |account| account.id);
        let users = self.ports().users.users(id).await?;
        Ok(account.map(|account| (account, users)))
    }
}
