//! Making an account with its first user, who owns it, and signing that user in.

use super::open_session::{NewSession, NotOpened};
use crate::{
    CredentialFault, Error, Gatewright, Refusal, SignedIn,
    model::{
        Account, Act, Activity, AuthMethod, ClientInfo, ClientLabel, Email, Epoch, Lock, Metadata, Plaintext, Profile,
        ProfilePatch, Rank, Roles, Timestamp, Transport, User, Username,
    },
    port::{NewAccount, SignUp, Take},
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

/// How many names are tried when none was given.
const NAME_TRIES: usize = 8;

impl Gatewright {
    /// Makes the account and signs its first user in.
    ///
    /// # Errors
    /// [`Refusal::EmailTaken`], [`Refusal::UsernameTaken`], [`Error::Invalid`] for the password and the profile.
    pub async fn sign_up(&self, request: SignUpRequest, client: &ClientInfo) -> Result<SignedIn, Error> {
        self.count_attempt(self.sign_up_takes(client)).await?;
        let (transport, label) = (request.transport, request.label.clone());
        let (account, owner) = self.make_account(request, client).await?;
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
        };
        self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => Refusal::Credentials(CredentialFault::Overtaken).into(),
        })
    }

    /// Makes the account without signing anybody in.
    pub(super) async fn make_account(
        &self,
        request: SignUpRequest,
        client: &ClientInfo,
    ) -> Result<(Account, User), Error> {
        let profile = Profile::default().patched(request.profile)?;
        let named: Vec<&Username> = request.username.iter().collect();
        self.check_password("password", &request.password, &request.email, &named)?;
        let password = self.ports().hasher.hash(&request.password, client.source()).await?;
        let now = self.now();
        let account = new_account(self.new_account_id(now), request.email, now);
        for attempt in 0..NAME_TRIES {
            let username = match &request.username {
                Some(username) => username.clone(),
                None => self.derived_username(&account.email, attempt),
            };
            let owner = User {
                id: self.new_user_id(now),
                account_id: account.id,
                username,
                rank: Rank::Owner,
                roles: Roles::default(),
                profile: profile.clone(),
                app_metadata: Metadata::new(),
                epoch: Epoch::default(),
                disabled_at: None,
                lock: Lock::Open,
                created_at: now,
            };
            let entry =
                Activity::new(self.new_activity_id(now), now, account.id, Act::SignedUp, client).of_user(owner.id);
            let new = NewAccount { account: account.clone(), owner: owner.clone(), password: password.clone() };
            match self.ports().accounts.sign_up(new, entry.into()).await? {
                SignUp::Done => {
                    tracing::info!(account = %account.id, user = %owner.id, "signed up");
                    return Ok((account, owner));
                }
                SignUp::EmailTaken => return Err(Refusal::EmailTaken.into()),
                SignUp::UsernameTaken if request.username.is_some() => return Err(Refusal::UsernameTaken.into()),
                SignUp::UsernameTaken => {}
            }
        }
        Err(Refusal::UsernameTaken.into())
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

    /// What stands before the `@`, if it makes a name; after the first try with random digits behind it.
    fn derived_username(&self, email: &Email, attempt: usize) -> Username {
        let kept: String =
            email.local_part().chars().filter(|c| c.is_alphanumeric() || "._-".contains(*c)).take(32).collect();
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

fn new_account(id: crate::model::AccountId, email: Email, now: Timestamp) -> Account {
    Account { id, email, email_verified_at: None, epoch: Epoch::default(), disabled_at: None, created_at: now }
}
