//! Proving an address: that of an account, or that of somebody who has signed up where this comes first.
//!
//! What must stay true where it comes first: who signs up with somebody else's address neither blocks it nor gets anything
//! when its owner proves it. So the account is made of the sign-up that belongs to whoever proves, which the browser or the
//! password tells, whichever of the mails was used.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    mail_proof::{Shown, asked_in, must_be_done, refuse},
    mailing::{Carried, Mailing, Reader},
    open_session::{Announce, NewSession, NotOpened},
    sign_up::{Admission, Applicant, SignUpRequest},
};
use crate::{
    Error, Gatewright, MailTokenFault, Refusal, SignedIn,
    model::{
        Account, Act, Activity, AuthMethod, BrowserMark, ClientInfo, ClientLabel, Email, MailPurpose, PasswordHash,
        Plaintext, Profile, Says, SecretHash, Transport, User, Username,
    },
    port::{EmailProof, StoredMailToken, TokensOf, Verification},
};

/// How many sign-ups for one address a password is compared with.
const MAX_COMPARED: usize = 4;

/// What proving an address has led to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once per proof and taken apart at once")]
pub enum Verified {
    /// The account's address is proved.
    Proved,
    /// It had been proved with this very link, and nothing was done: who is shown a page may be told the same twice, and
    /// whatever counts what was done has to know.
    ProvedBefore,
    /// The account that was signed up for exists. Nobody is signed in: it is not known whether this is who signed up.
    SignedUp,
    /// The account that was signed up for exists, and who signed up is signed in.
    SignedIn(SignedIn),
}

/// A sign-up that waits for its proof.
struct Pending {
    applicant: Applicant,
    transport: Transport,
    label: Option<ClientLabel>,
}

/// How it is known that a sign-up belongs to whoever proves the address.
enum Theirs {
    /// It is the browser that signed up.
    Browser,
    /// It is the password that was chosen.
    Password,
    /// Nothing else was shown than what the mail carried.
    Unknown,
}

impl Gatewright {
    /// Sends the mail again that proves the address, to an account that has not proved it or to somebody who has signed up and
    /// waits for it. Earlier mails stay good until one is used. The answer and its time are the same for every address.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn resend_verification(
        &self,
        email: &Email,
        browser: Option<&BrowserMark>,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let (purpose, good_for) = (MailPurpose::VerifyEmail, self.policy().mail.lifetimes.verify);
        if !self.mail_is_granted(purpose, email, client).await? {
            return Ok(());
        }
        let found = self.account_of_email(email).await?;
        let asked_here = self.sign_ups_in(email, browser).await?;
        let asked = self.sign_ups_for(TokensOf::Email(email.clone())).await?;
        let pending = asked_here.into_iter().chain(asked).next();
        let mailing = match (found, pending) {
            (Some((account, users)), _) if account.disabled_at.is_none() && account.email_verified_at.is_none() => self
                .mailing(&Reader::of(&account, &users), Carried::by(account.id, purpose, good_for), Says::VerifyEmail),
            (None, Some(pending)) => self.sign_up_mailing_again(&pending, good_for)?,
            (Some(_) | None, _) => self.decoy_mailing(email, purpose, good_for, Says::VerifyEmail),
        };
        self.send(mailing).await
    }

    /// Proves the address. For a sign-up that waited for it, the account is made, and who signed up is signed in: known by
    /// `browser`, the mark of the browser that signed up, or by `password`. With neither, the account of the very sign-up
    /// whose mail this was is made and nobody is signed in.
    ///
    /// # Errors
    /// [`Refusal::MailToken`]; [`Refusal::OtherBrowser`] when a mark or a password is shown that belongs to none of the
    /// address's sign-ups, and then nothing is spent.
    pub async fn verify_email(
        &self,
        shown: &Shown,
        browser: Option<&BrowserMark>,
        password: Option<&Plaintext>,
        client: &ClientInfo,
    ) -> Result<Verified, Error> {
        let purposes = [MailPurpose::VerifyEmail, MailPurpose::SignUp];
        let token = match self.shown_mail_token(shown, &purposes, client).await {
            Err(Error::Refused(Refusal::MailToken(MailTokenFault::Spent))) if self.was_proved_by(shown).await? => {
                return Ok(Verified::ProvedBefore);
            }
            token => token?,
        };
        let Some(id) = token.account_id else {
            return self.finish_sign_up(token, browser, password, client).await;
        };
        let now = self.now();
        let proof = EmailProof { token: token.id, account_id: id, email: token.email, at: now };
        let entry = Activity::new(self.new_entry(now), now, id, Act::EmailVerified, client);
        let redeemed = self.ports().mail_tokens.prove_email(proof, entry.into()).await?;
        must_be_done(redeemed, refuse(MailTokenFault::Stale))?;
        tracing::info!(account = %id, "address proved");
        Ok(Verified::Proved)
    }

    /// Keeps a sign-up until its address is proved, and nothing that anybody else could see or stumble over.
    pub(super) async fn begin_sign_up(
        &self,
        request: SignUpRequest,
        browser: Option<&BrowserMark>,
        client: &ClientInfo,
    ) -> Result<(BrowserMark, Duration), Error> {
        let (transport, label) = (request.transport, request.label.clone());
        let applicant = self.approved_applicant(request, client).await?;
        self.check_username_is_free(applicant.username.as_ref()).await?;
        let email = applicant.email.clone();
        let mark = browser.cloned().unwrap_or_else(|| BrowserMark::new(self.random_secret()));
        let good_for = self.policy().mail.lifetimes.verify;
        // Over the limit the sign-up is kept all the same: whoever repeats it proves the address with the earlier mail.
        let is_granted = self.mail_is_granted(MailPurpose::SignUp, &email, client).await?;
        let mailing = match self.account_of_email(&email).await? {
            None => {
                let details = Pending { applicant, transport, label }.written();
                self.sign_up_mailing(&email, Some(mark.hash()), details, good_for)?
            }
            Some((account, users)) => {
                let now = self.now();
                let says = Says::AlreadySignedUp(self.circumstances(client, now, None));
                let letter = self.letter(&Reader::of(&account, &users), says, Some(account.id), now);
                let token = self.decoy_mailing(&email, MailPurpose::SignUp, good_for, Says::SignUp).token;
                Mailing { token, letter }
            }
        };
        self.send(if is_granted { mailing } else { mailing.unsent() }).await?;
        Ok((mark, good_for))
    }

    /// Makes the account of the sign-up that belongs to whoever proves the address with `token`.
    async fn finish_sign_up(
        &self,
        token: StoredMailToken,
        browser: Option<&BrowserMark>,
        password: Option<&Plaintext>,
        client: &ClientInfo,
    ) -> Result<Verified, Error> {
        let id = token.id;
        let (pending, theirs) = self.sign_up_of(token, browser, password, client).await?;
        let (account, owner) = self.admit(pending.applicant, Admission::Proved(id), client).await?;
        let amr = match theirs {
            Theirs::Unknown => return Ok(Verified::SignedUp),
            Theirs::Browser => vec![AuthMethod::Email],
            Theirs::Password => vec![AuthMethod::Password, AuthMethod::Email],
        };
        let new = NewSession {
            account: &account,
            user: &owner,
            transport: pending.transport,
            label: pending.label,
            auth_time: account.created_at,
            amr,
            absolute_end: None,
            replaces: None,
            spends: None,
            act: Act::LoggedIn,
            announce: Announce::Nothing,
        };
        let opened = self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => refuse(MailTokenFault::Stale),
        });
        opened.map(Verified::SignedIn)
    }

    /// Of all sign-ups that wait for this address, the one of whoever shows this.
    async fn sign_up_of(
        &self,
        token: StoredMailToken,
        browser: Option<&BrowserMark>,
        password: Option<&Plaintext>,
        client: &ClientInfo,
    ) -> Result<(Pending, Theirs), Error> {
        // By itself, since of all that wait for an address there may be more than are read. The newest: whoever has signed up
        // twice means the second.
        let newest = self.sign_ups_in(&token.email, browser).await?.into_iter().next();
        // None is left if another request has used it up since: that one's step says so.
        if let Some(same) = newest.or_else(|| asked_in(&token, browser).then(|| token.clone())) {
            return Ok((self.pending(&same)?, Theirs::Browser));
        }
        let Some(password) = password else {
            return match browser {
                Some(_) => Err(Refusal::OtherBrowser.into()),
                None => Ok((self.pending(&token)?, Theirs::Unknown)),
            };
        };
        let waiting = self.sign_ups_for(TokensOf::Email(token.email.clone())).await?;
        // The one whose mail this is comes first, however many have signed up since.
        let others = waiting.iter().filter(|waiting| waiting.id != token.id);
        for waiting in std::iter::once(&token).chain(others).take(MAX_COMPARED) {
            let pending = self.pending(waiting)?;
            let hash = pending.applicant.password.as_ref();
            match self.ports().hasher.verify(password, hash, client.source()).await? {
                Verification::Right | Verification::RightButWeak { .. } => return Ok((pending, Theirs::Password)),
                Verification::Wrong => {}
            }
        }
        Err(Refusal::OtherBrowser.into())
    }

    /// The sign-ups that wait for this address and were made in this browser, newest first.
    async fn sign_ups_in(&self, email: &Email, browser: Option<&BrowserMark>) -> Result<Vec<StoredMailToken>, Error> {
        let Some(mark) = browser else { return Ok(Vec::new()) };
        self.sign_ups_for(TokensOf::Asked(email.clone(), mark.hash())).await
    }

    /// The sign-ups that wait, newest first.
    async fn sign_ups_for(&self, of: TokensOf) -> Result<Vec<StoredMailToken>, Error> {
        let mut waiting = self.ports().mail_tokens.live_mail_tokens(MailPurpose::SignUp, of, self.now()).await?;
        waiting.retain(|token| token.details.is_some());
        Ok(waiting)
    }

    fn pending(&self, token: &StoredMailToken) -> Result<Pending, Error> {
        let details = self.details_of(token);
        let pending = details.and_then(|details| Pending::read(token.email.clone(), &details));
        pending.ok_or_else(|| refuse(MailTokenFault::Stale))
    }

    fn sign_up_mailing(
        &self,
        email: &Email,
        browser: Option<SecretHash>,
        details: Value,
        good_for: Duration,
    ) -> Result<Mailing, Error> {
        let pending = Pending::read(email.clone(), &details).ok_or(Error::Bug("a sign-up reads as it was written"))?;
        let Profile { locale, display_name: name, .. } = pending.applicant.profile;
        let reader = Reader { to: email.clone(), locale, name };
        let carried = Carried { browser, details: Some(details), ..Carried::by_nobody(MailPurpose::SignUp, good_for) };
        Ok(self.mailing(&reader, carried, Says::SignUp))
    }

    fn sign_up_mailing_again(&self, token: &StoredMailToken, good_for: Duration) -> Result<Mailing, Error> {
        let details = self.details_of(token).ok_or_else(|| refuse(MailTokenFault::Stale))?;
        self.sign_up_mailing(&token.email, token.browser, details, good_for)
    }

    async fn check_username_is_free(&self, username: Option<&Username>) -> Result<(), Error> {
        let Some(username) = username else { return Ok(()) };
        let login = crate::model::Login::Username(username.clone());
        match self.ports().accounts.account_by_login(&login).await? {
            Some(_) => Err(Refusal::UsernameTaken.into()),
            None => Ok(()),
        }
    }

    /// Whether this used link is what the account's address was proved with: who follows it twice is told the same twice.
    async fn was_proved_by(&self, shown: &Shown) -> Result<bool, Error> {
        let Shown::Link(token) = shown else { return Ok(false) };
        let stored = self.stored_mail_token(token).await?;
        let Some(id) = stored.account_id.filter(|_| stored.purpose == MailPurpose::VerifyEmail) else {
            return Ok(false);
        };
        let account = self.ports().accounts.account(id).await?;
        Ok(account
            .is_some_and(|account| account.email.key() == stored.email.key() && account.email_verified_at.is_some()))
    }

    /// The mail that proves the address of an account that has just been made.
    pub(super) fn welcome_mailing(&self, account: &Account, owner: &User) -> Mailing {
        let good_for = self.policy().mail.lifetimes.verify;
        let carried = Carried::by(account.id, MailPurpose::VerifyEmail, good_for);
        self.mailing(&Reader::user(&account.email, owner), carried, Says::VerifyEmail)
    }
}

impl Pending {
    fn written(&self) -> Value {
        let Applicant { username, profile, password, .. } = &self.applicant;
        json!({
            "username": username.as_ref().map(Username::as_str),
            "password": password.as_ref().map(PasswordHash::as_phc),
            "profile": {
                "display_name": profile.display_name,
                "avatar_url": profile.avatar_url,
                "locale": profile.locale,
                "metadata": profile.metadata,
            },
            "transport": self.transport.name(),
            "label": self.label.as_ref().map(ClientLabel::as_str),
        })
    }

    fn read(email: Email, details: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let username = text(&details["username"]).map(|name| Username::parse("username", &name)).transpose().ok()?;
        let profile = &details["profile"];
        let profile = Profile {
            display_name: text(&profile["display_name"]),
            avatar_url: text(&profile["avatar_url"]),
            locale: text(&profile["locale"]),
            metadata: profile["metadata"].as_object().cloned().unwrap_or_else(Map::new),
        };
        let password = Some(PasswordHash::from_phc(text(&details["password"])?));
        Some(Self {
            applicant: Applicant { email, username, profile, password },
            transport: Transport::from_name(details["transport"].as_str()?)?,
            label: details["label"].as_str().and_then(|label| ClientLabel::parse("client", label).ok()),
        })
    }
}
