//! The first admin. There is no default account (SECURITY PW19), and nobody becomes an admin because of where he is (fault
//! X7): whoever has the machine gets a secret that is good once, and whoever shows it becomes the first admin.

use std::{fmt, time::Duration};

use zeroize::Zeroize;

use crate::{
    Error, Gatewright, Operator, Refusal, SignedIn,
    action::{
        open_session::{Announce, NewSession, NotOpened},
        sign_up::{SignUpRequest, first_owner, new_account},
    },
    model::{
        ADMIN, Act, Activity, Actor, AuthMethod, ClientInfo, Roles, Secret, SecretHash, User, bootstrap_hash,
        bootstrap_text,
    },
    port::{Administered, Administration, Bootstrapped, NewAccount, StoreError, Take},
};

/// How long the secret that `gatewright admin bootstrap` prints is good.
pub const BOOTSTRAP_LIFE: Duration = Duration::from_secs(24 * 3600);

/// The secret that lets its holder make the first admin. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct BootstrapSecret(String);

impl BootstrapSecret {
    /// The text itself, for whoever has the machine and for nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BootstrapSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Who wants to be the first admin.
#[derive(Debug)]
pub struct FirstAdmin {
    /// What was shown as the secret.
    pub secret: BootstrapSecret,
    /// The account, as for a sign-up.
    pub request: SignUpRequest,
}

impl From<String> for BootstrapSecret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Operator<'_> {
    /// Makes the secret with which somebody can make the first admin within 24 hours, instead of an earlier one.
    ///
    /// # Errors
    /// [`Refusal::BootstrapClosed`] when there is an admin already.
    pub async fn open_bootstrap(&self) -> Result<BootstrapSecret, Error> {
        let gate = self.gate();
        let now = gate.now();
        let secret: Secret<32> = gate.random_secret();
        let text = bootstrap_text(&secret);
        let entry = Activity::new(gate.new_entry(now), now, None, Act::BootstrapOpened, &self.client());
        let entry = entry.by(Actor::Operator);
        let (hash, ends_at) = (bootstrap_hash(&text), now.plus(BOOTSTRAP_LIFE));
        if gate.ports().admins.open_bootstrap(hash, ends_at, entry.into()).await? {
            Ok(BootstrapSecret(text))
        } else {
            Err(Refusal::BootstrapClosed.into())
        }
    }

    /// Whether somebody has a secret that was made for the first admin and is still good.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn is_bootstrap_open(&self) -> Result<bool, Error> {
        let gate = self.gate();
        Ok(gate.ports().admins.bootstrap_secret(gate.now()).await?.is_some())
    }

    /// All admins, oldest first, disabled ones too.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn admins(&self) -> Result<Vec<User>, Error> {
        Ok(self.gate().ports().admins.admins().await?)
    }

    /// Gives a user the role `admin`, or takes it away: for whoever has the machine and no admin left that can sign in.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`]; [`Refusal::LastAdmin`] when none would be left.
    pub async fn set_admin(&self, user: &User, is_to_be: AdminRole) -> Result<User, Error> {
        let admin = ADMIN.parse().expect("the built-in name is a role name");
        let mut names = user.roles.names().to_vec();
        names.retain(|name| *name != admin);
        if is_to_be == AdminRole::Given {
            names.push(admin);
        }
        self.set_roles(user, Roles::new(names)).await
    }

    /// Gives a user exactly these roles.
    ///
    /// # Errors
    /// As [`Operator::set_admin`].
    pub async fn set_roles(&self, user: &User, roles: Roles) -> Result<User, Error> {
        let gate = self.gate();
        let now = gate.now();
        let entry = Activity::new(gate.new_entry(now), now, user.account_id, Act::UserAdministered, &self.client());
        let texts: Vec<&str> = roles.names().iter().map(|name| name.as_str()).collect();
        let entry = entry.of_user(user.id).by(Actor::Operator).saying("roles", texts);
        let change = Administration {
            seen_roles: user.roles.clone(),
            seen_app_metadata: user.app_metadata.clone(),
            roles: Some(roles.clone()),
            disabled_at: None,
            app_metadata: None,
        };
        match gate.ports().users.administer(user.id, change, entry.into()).await? {
            Administered::Done(user) => Ok(user),
            Administered::LastAdmin => Err(Refusal::LastAdmin.into()),
            Administered::Gone => Err(Refusal::UserNotFound.into()),
            Administered::Stale => Err(Error::Unavailable(StoreError::unavailable("the user has just been changed"))),
        }
    }
}

/// Whether a user is to be an admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminRole {
    /// It is.
    Given,
    /// It is not, any more.
    Taken,
}

impl Gatewright {
    /// Makes the first admin and signs it in. The secret is the one that the operator made last, or the one of the settings; both
    /// are good for nothing once there is an admin.
    ///
    /// # Errors
    /// [`Refusal::BootstrapSecret`]; [`Refusal::BootstrapClosed`] for whoever knows the secret when there is an admin already;
    /// otherwise as [`Gatewright::sign_up`] where addresses are not proved first.
    pub async fn bootstrap(&self, first: FirstAdmin, client: &ClientInfo) -> Result<SignedIn, Error> {
        self.count_attempt(self.bootstrap_takes(client)).await?;
        self.check_bootstrap_secret(&first.secret).await?;
        let (transport, label) = (first.request.transport, first.request.label.clone());
        let applicant = self.applicant(first.request, client).await?;
        let now = self.now();
        let account = new_account(self.new_account_id(now), applicant.email.clone(), None, now);
        let roles = Roles::new(vec![ADMIN.parse().expect("the built-in name is a role name")]);
        let username = self.name_to_try(applicant.username.as_ref(), &account.email, 0);
        let owner = User { roles, ..first_owner(self.new_user_id(now), &account, username, applicant.profile) };
        let entry = Activity::new(self.new_entry(now), now, account.id, Act::Bootstrapped, client).of_user(owner.id);
        let new = NewAccount { account: account.clone(), owner: owner.clone(), password: applicant.password };
        match self.ports().admins.bootstrap(new, entry.into()).await? {
            Bootstrapped::Done => {}
            Bootstrapped::Closed => return Err(Refusal::BootstrapClosed.into()),
            Bootstrapped::EmailTaken => return Err(Refusal::EmailTaken.into()),
            Bootstrapped::UsernameTaken => return Err(Refusal::UsernameTaken.into()),
        }
        tracing::warn!(account = %account.id, user = %owner.id, "the first admin was made");
        let new = NewSession {
            account: &account,
            user: &owner,
            transport,
            label,
            auth_time: now,
            amr: vec![AuthMethod::Password],
            absolute_end: None,
            replaces: None,
            spends: None,
            act: Act::LoggedIn,
            announce: Announce::Nothing,
        };
        self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => Refusal::SessionGone.into(),
        })
    }

    /// Who does not know the secret does not learn whether there is an admin.
    async fn check_bootstrap_secret(&self, shown: &BootstrapSecret) -> Result<(), Error> {
        let shown: SecretHash = bootstrap_hash(&shown.0);
        let printed = self.ports().admins.bootstrap_secret(self.now()).await?;
        let set = self.policy().bootstrap_secret;
        if printed == Some(shown) {
            return Ok(());
        }
        if set != Some(shown) {
            return Err(Refusal::BootstrapSecret.into());
        }
        if self.ports().admins.admins().await?.is_empty() { Ok(()) } else { Err(Refusal::BootstrapClosed.into()) }
    }

    fn bootstrap_takes(&self, client: &ClientInfo) -> Vec<Take> {
        let Some(rules) = self.limit_rules() else { return Vec::new() };
        let source = client.source().to_string();
        vec![Take { key: self.limit_key("bootstrap", source.as_bytes()), rule: rules.login_source }]
    }
}
