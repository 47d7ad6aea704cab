//! Making an account with its first user, who owns it, and signing that user in.

use std::time::Duration;

use super::{
    mail_proof::refuse,
    mailing::{Carried, Reader},
    open_session::{Announce, NewSession, NotOpened},
    rules::SignUpQuestion,
};
use crate::{
    CredentialFault, Error, Gatewright, MailTokenFault, Refusal, SignedIn,
    model::{
        Account, AccountId, Act, Activity, Actor, AuthMethod, BrowserMark, ClientInfo, ClientLabel, Email,
        EmailVerification, Epoch, Lock, Login, MailPurpose, MailTokenId, Metadata, PasswordHash, Plaintext, Profile,
        ProfilePatch, Rank, Roles, Says, Timestamp, Transport, User, UserId, Username,
    },
    port::{Entry, NewAccount, Redeemed, SignUp, Take},
};

/// What somebody signs up with.
#[derive(Debug)]
pub struct SignUpRequest {
    /// The account's address.
    pub email: Email,
    /// Its password.
    pub password: Plaintext,
    /// The first user's name; without one it is made from the address.
    pub username: Option<Username>,
    /// What the first user shows.
    pub profile: ProfilePatch,
    /// How the session's tokens are to travel.
    pub transport: Transport,
    /// What the client calls its device.
    pub label: Option<ClientLabel>,
}

/// What signing up has led to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once per sign-up and taken apart at once")]
pub enum SignedUp {
    /// There is an account, and its first user is signed in.
    SignedIn(SignedIn),
    /// There will be one when the address is proved ([`EmailVerification::Required`]). This is answered whether or not an
    /// account has the address.
    VerificationRequired {
        /// What the browser is to keep, so that it is known when the address is proved.
        browser: BrowserMark,
        /// How long the mail is good.
        good_for: Duration,
    },
}

/// Somebody who is to have an account; the password is judged and hashed already.
pub(super) struct Applicant {
    pub(super) email: Email,
    pub(super) username: Option<Username>,
    pub(super) profile: Profile,
    /// `None` for who signs in by mail only.
    pub(super) password: Option<PasswordHash>,
}

/// What an account is made on.
#[derive(Clone, Copy)]
pub(super) enum Admission {
    /// Nobody's word, and the address has had mails enough.
    Silent,
    /// The word of whoever has the machine.
    Operator,
    /// The word of an admin: a mail is sent with which the owner chooses a password.
    Administered(Actor),
    /// Nobody's word: the address is still to be proved, and a mail is sent for that.
    Unproved,
    /// What a mail to the address carried.
    Proved(MailTokenId),
}

/// How many names are tried.
const NAME_TRIES: usize = 8;

impl Gatewright {
    /// Makes the account and signs its first user in; or, where addresses are proved first, keeps the request and sends a mail.
    /// `browser` is the mark that the browser has kept from an earlier mail, if it has.
    ///
    /// # Errors
    /// [`Refusal::EmailTaken`] (not where addresses are proved first), [`Refusal::UsernameTaken`], [`Error::Invalid`] for the
    /// password and the profile.
    pub async fn sign_up(
        &self,
        request: SignUpRequest,
        browser: Option<&BrowserMark>,
        client: &ClientInfo,
    ) -> Result<SignedUp, Error> {
        self.count_attempt(self.sign_up_takes(client)).await?;
        match self.policy().mail.verification {
            EmailVerification::Optional => self.sign_up_at_once(request, client).await.map(SignedUp::SignedIn),
            EmailVerification::Required => {
                let (browser, good_for) = self.begin_sign_up(request, browser, client).await?;
                Ok(SignedUp::VerificationRequired { browser, good_for })
            }
        }
    }

    async fn sign_up_at_once(&self, request: SignUpRequest, client: &ClientInfo) -> Result<SignedIn, Error> {
        let (transport, label) = (request.transport, request.label.clone());
        let applicant = self.approved_applicant(request, client).await?;
        let is_taken = self.account_of_email(&applicant.email).await?.is_some();
        let admission = if !is_taken && self.unproved_is_granted(&applicant.email).await {
            Admission::Unproved
        } else {
            Admission::Silent
        };
        let (account, owner) = self.admit(applicant, admission, client).await?;
        let new = NewSession {
            account: &account,
            user: &owner,
            transport,
            label,
            auth_time: account.created_at,
            amr: vec![AuthMethod::Password],
            absolute_end: None,
            replaces: None,
            spends: None,
            act: Act::LoggedIn,
            announce: Announce::Nothing,
        };
        self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => Refusal::Credentials(CredentialFault::Overtaken).into(),
        })
    }

    /// Judges what somebody signs up with, and hashes the password.
    pub(super) async fn applicant(&self, request: SignUpRequest, client: &ClientInfo) -> Result<Applicant, Error> {
        let profile = self.judged_request(&request)?;
        self.hashed(request, profile, client).await
    }

    /// The same for somebody who comes by himself, whom the rules may refuse: before the password is hashed, and before anybody
    /// looks whether the address is taken, so that a refusal does not tell.
    pub(super) async fn approved_applicant(
        &self,
        request: SignUpRequest,
        client: &ClientInfo,
    ) -> Result<Applicant, Error> {
        let profile = self.judged_request(&request)?;
        let (email, username) = (&request.email, request.username.as_ref());
        let question = SignUpQuestion { email, username, locale: profile.locale.as_deref(), client };
        self.ask_before_sign_up(question).await?;
        self.hashed(request, profile, client).await
    }

    fn judged_request(&self, request: &SignUpRequest) -> Result<Profile, Error> {
        let profile = Profile::default().patched(request.profile.clone())?;
        let named: Vec<&Username> = request.username.iter().collect();
        self.check_password("password", &request.password, &request.email, &named)?;
        Ok(profile)
    }

    async fn hashed(&self, request: SignUpRequest, profile: Profile, client: &ClientInfo) -> Result<Applicant, Error> {
        let password = self.ports().hasher.hash(&request.password, client.source()).await?;
        Ok(Applicant { email: request.email, username: request.username, profile, password: Some(password) })
    }

    /// Makes the account without signing anybody in.
    pub(super) async fn admit(
        &self,
        applicant: Applicant,
        admission: Admission,
        client: &ClientInfo,
    ) -> Result<(Account, User), Error> {
        let now = self.now();
        let verified_at = match admission {
            Admission::Proved(_) => Some(now),
            Admission::Silent | Admission::Operator | Admission::Administered(_) | Admission::Unproved => None,
        };
        let account = new_account(self.new_account_id(now), applicant.email, verified_at, now);
        for attempt in 0..NAME_TRIES {
            let username = self.name_to_try(applicant.username.as_ref(), &account.email, attempt);
            let owner = first_owner(self.new_user_id(now), &account, username, applicant.profile.clone());
            let new =
                NewAccount { account: account.clone(), owner: owner.clone(), password: applicant.password.clone() };
            match self.keep_account(new, admission, client).await? {
                SignUp::Done => {
                    tracing::info!(account = %account.id, user = %owner.id, "signed up");
                    return Ok((account, owner));
                }
                SignUp::EmailTaken => return Err(Refusal::EmailTaken.into()),
                // Where the name was chosen before the address was proved, and somebody else has it now, one like it must do.
                SignUp::UsernameTaken if applicant.username.is_some() && verified_at.is_none() => {
                    return Err(Refusal::UsernameTaken.into());
                }
                SignUp::UsernameTaken => {}
            }
        }
        Err(Refusal::UsernameTaken.into())
    }

    async fn keep_account(&self, new: NewAccount, admission: Admission, client: &ClientInfo) -> Result<SignUp, Error> {
        let (id, at) = (new.account.id, new.account.created_at);
        let entry = Activity::new(self.new_entry(at), at, id, Act::SignedUp, client).of_user(new.owner.id);
        let entry = Entry::from(match admission {
            Admission::Operator => entry.by(Actor::Operator),
            Admission::Administered(actor) => entry.by(actor),
            Admission::Silent | Admission::Unproved | Admission::Proved(_) => entry,
        });
        match admission {
            Admission::Silent | Admission::Operator => Ok(self.ports().accounts.sign_up(new, entry).await?),
            Admission::Administered(_) => {
                let good_for = self.policy().mail.lifetimes.verify;
                let carried = Carried::by(id, MailPurpose::ResetPassword, good_for);
                let mailing = self.mailing(&Reader::user(&new.account.email, &new.owner), carried, Says::ResetPassword);
                Ok(self.ports().accounts.sign_up(new, entry.carrying(mailing.token, mailing.letter)).await?)
            }
            Admission::Unproved => {
                let mailing = self.welcome_mailing(&new.account, &new.owner);
                Ok(self.ports().accounts.sign_up(new, entry.carrying(mailing.token, mailing.letter)).await?)
            }
            Admission::Proved(token) => {
                let login = Login::Email(new.account.email.clone());
                match self.ports().mail_tokens.sign_up_proved(token, new, entry).await? {
                    Redeemed::Done => Ok(SignUp::Done),
                    Redeemed::Taken if self.ports().accounts.account_by_login(&login).await?.is_none() => {
                        Ok(SignUp::UsernameTaken)
                    }
                    Redeemed::Taken | Redeemed::Stale => Err(refuse(MailTokenFault::Stale)),
                    Redeemed::Spent => Err(refuse(MailTokenFault::Spent)),
                }
            }
        }
    }

    /// Judges a new password by the policy and the blocklist.
    pub(super) fn check_password(
        &self,
        field: &'static str,
        password: &Plaintext,
        email: &Email,
        usernames: &[&Username],
    ) -> Result<(), Error> {
        let blocklist = &self.ports().blocklist;
        Ok(self.policy().passwords.check(field, password, email, usernames, |folded| blocklist.contains(folded))?)
    }

    /// The name that was chosen, or what stands before the `@`; after the first try with random digits behind it.
    pub(super) fn name_to_try(&self, chosen: Option<&Username>, email: &Email, attempt: usize) -> Username {
        if let (Some(chosen), 0) = (chosen, attempt) {
            return chosen.clone();
        }
        let wish = chosen.map_or_else(|| email.local_part(), Username::as_str);
        let kept: String = wish.chars().filter(|c| c.is_alphanumeric() || "._-".contains(*c)).take(32).collect();
        let number = u32::from_be_bytes(self.random()) % 1_000_000;
        let wish = if attempt == 0 { kept.clone() } else { format!("{kept}-{number:06}") };
        let made = Username::parse("username", &wish);
        made.unwrap_or_else(|_| {
            Username::parse("username", &format!("user-{number:06}")).expect("a plain word and digits are a username")
        })
    }

    fn sign_up_takes(&self, client: &ClientInfo) -> Vec<Take> {
        let Some(rules) = self.limit_rules() else { return Vec::new() };
        let source = client.source().to_string();
        vec![
            Take { key: self.limit_key("sign-up source", source.as_bytes()), rule: rules.sign_up_source },
            Take { key: self.limit_key("sign-up global", b""), rule: rules.sign_up_global },
        ]
    }
}

/// The first user of an account.
pub(super) fn first_owner(id: UserId, account: &Account, username: Username, profile: Profile) -> User {
    User {
        id,
        account_id: account.id,
        username,
        rank: Rank::Owner,
        roles: Roles::default(),
        profile,
        app_metadata: Metadata::new(),
        epoch: Epoch::default(),
        disabled_at: None,
        lock: Lock::Open,
        created_at: account.created_at,
    }
}

pub(super) fn new_account(id: AccountId, email: Email, verified_at: Option<Timestamp>, now: Timestamp) -> Account {
    let email_verified_at = verified_at;
    Account { id, email, email_verified_at, epoch: Epoch::default(), disabled_at: None, created_at: now }
}
