//! Who administers, and by what right.

use std::marker::PhantomData;

use crate::{
    Caller, Error, Gatewright, Refusal, ServiceKeyFault,
    model::{
        ADMIN, AccountId, Act, Activity, Actor, ClientInfo, Permission, Permissions, Right, Role, RoleName, Roles,
        ServiceKeySecret, Timestamp, User, UserId, granted,
    },
};

/// Somebody who may administer something: a user with a role that lets it, or a program with a service key.
#[derive(Clone, Debug)]
pub struct Admin {
    actor: Actor,
    may: Permissions,
    /// The roles of a user; a service key has none.
    roles: Roles,
    /// What keeps a user from it until its account has proved itself again.
    stale: Option<Refusal>,
}

/// An [`Admin`] who holds the right `R`, and may use it now.
#[derive(Clone, Debug)]
pub struct Allowed<R>(Admin, PhantomData<R>);

/// A right as a type, so that the signature of an act says what it demands. All of them are in [`rights`].
pub trait Demanded: Clone + Send + Sync + 'static {
    /// The right.
    const RIGHT: Right;
}

/// Each [`Right`] as a type.
pub mod rights {
    use super::{Demanded, Right};

    macro_rules! rights {
        ($($name:ident),+ $(,)?) => {$(
            #[doc = concat!("[`Right::", stringify!($name), "`] as a type.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Demanded for $name {
                const RIGHT: Right = Right::$name;
            }
        )+};
    }

    rights!(
        AccountsRead,
        AccountsWrite,
        AccountsImpersonate,
        UsersRead,
        UsersWrite,
        RolesRead,
        RolesWrite,
        SessionsRead,
        SessionsWrite,
        ActivityRead,
        KeysRead,
        KeysWrite,
        ServiceKeysRead,
        ServiceKeysWrite,
        RulesRead,
        RulesWrite,
        DeliveriesRead,
        DeliveriesWrite,
        MailsRead,
        MailsWrite,
        StatsRead,
        TokensIntrospect,
        TokensRevoke,
    );
}

impl Admin {
    /// Goes on only with this right; a user also only while the last proof of its account is fresh. Who lacks the right is not
    /// asked for a password.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`], [`Refusal::NotFresh`].
    pub fn demand<R: Demanded>(self) -> Result<Allowed<R>, Error> {
        if !self.may.contains(R::RIGHT.name()) {
            tracing::warn!(actor = ?self.actor, right = R::RIGHT.name(), "refused: the right is missing");
            return Err(Refusal::PermissionDenied.into());
        }
        match self.stale {
            Some(stale) => Err(stale.into()),
            None => Ok(Allowed(self, PhantomData)),
        }
    }

    /// Who it is, for the activity log.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Everything that it may do.
    #[must_use]
    pub const fn permissions(&self) -> &Permissions {
        &self.may
    }

    /// Whether it has the built-in role, which may do and give everything.
    fn is_full(&self) -> bool {
        self.roles.names().iter().any(|name| name.as_str() == ADMIN)
    }

    fn is(&self, user: UserId) -> bool {
        matches!(self.actor, Actor::Admin(own) if own == user)
    }

    /// Goes on only if it may do all of this itself: what one does not have, one does not give.
    pub(super) fn covers(&self, permissions: &Permissions) -> Result<(), Error> {
        if self.is_full() || permissions.within(&self.may) { Ok(()) } else { Err(Refusal::PermissionDenied.into()) }
    }

    /// Goes on only if none of the users may do something here that it may not: support does not disable an admin.
    pub(super) fn outranks<'u>(
        &self,
        users: impl IntoIterator<Item = &'u User>,
        defined: &[Role],
    ) -> Result<(), Error> {
        for user in users {
            let rights = ours(&granted(user.roles.names(), defined));
            if !self.is(user.id) && !rights.within(&self.may) {
                return Err(Refusal::PermissionDenied.into());
            }
        }
        Ok(())
    }

    /// Goes on only if it may turn the roles that `user` has into `wanted`. What is added it must have itself: a defined role
    /// with all its permissions; `admin` only an admin gives. A name that is not defined gives nothing here, but an application may
    /// act on it, so nobody gives one to himself (SECURITY AZ6).
    pub(super) fn may_give(&self, user: &User, wanted: &Roles, defined: &[Role]) -> Result<(), Error> {
        if self.is_full() {
            return Ok(());
        }
        for name in wanted.names().iter().filter(|name| !user.roles.names().contains(name)) {
            // It is more than its permissions: it gives everything, and never runs out, as a service key does.
            if name.as_str() == ADMIN {
                return Err(Refusal::PermissionDenied.into());
            }
            match defined.iter().any(|role| role.name == *name) {
                true => self.covers(&granted(std::slice::from_ref(name), defined))?,
                false if self.is(user.id) => return Err(Refusal::PermissionDenied.into()),
                false => {}
            }
        }
        Ok(())
    }
}

/// Those of the permissions that mean something here.
fn ours(permissions: &Permissions) -> Permissions {
    Permissions::new(permissions.iter().filter(|it| Right::from_name(it.as_str()).is_some()).cloned().collect())
}

impl<R> Allowed<R> {
    /// Who it is.
    #[must_use]
    pub const fn admin(&self) -> &Admin {
        &self.0
    }

    /// An entry of the activity log that says that this one did it.
    pub(crate) fn entry(
        &self,
        gate: &Gatewright,
        at: Timestamp,
        account: impl Into<Option<AccountId>>,
        act: Act,
        client: &ClientInfo,
    ) -> Activity {
        Activity::new(gate.new_entry(at), at, account, act, client).by(self.0.actor)
    }
}

impl Gatewright {
    /// What a signed-in user may administer, by the roles that it has now and by what these let it do now, whatever its token
    /// says. Who acts as another user administers nothing.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`] for whoever has no right at all here.
    pub async fn admin(&self, caller: &Caller) -> Result<Admin, Error> {
        let standing = caller.itself()?.standing();
        let may = self.permissions_of(&standing.user.roles).await?;
        if ours(&may).iter().next().is_none() {
            return Err(Refusal::PermissionDenied.into());
        }
        let max_age = self.policy().fresh_window;
        let is_stale = self.now().since(standing.session.auth_time) > max_age;
        let stale = is_stale.then_some(Refusal::NotFresh { max_age });
        Ok(Admin { actor: Actor::Admin(standing.user.id), may, roles: standing.user.roles.clone(), stale })
    }

    /// What the holder of a service key may administer. The store is asked each time: a key that was revoked on another node
    /// is good for nothing at once.
    ///
    /// # Errors
    /// [`Refusal::ServiceKey`].
    pub async fn service(&self, key: &str) -> Result<Admin, Error> {
        let unknown = Refusal::ServiceKey(ServiceKeyFault::Unknown);
        let secret = ServiceKeySecret::parse(key).ok_or_else(|| unknown.clone())?;
        let found = self.ports().service_keys.service_key(secret.hash()).await?.ok_or(unknown)?;
        let now = self.now();
        if found.ends_at.is_some_and(|end| now >= end) {
            return Err(Refusal::ServiceKey(ServiceKeyFault::Expired).into());
        }
        // Asked here first, so that a busy key does not go to the store for nothing.
        if found.used_at.is_none_or(|used| now.since(used) >= NOTED_EVERY)
            && let Err(error) = self.ports().service_keys.note_service_key_use(found.id, now).await
        {
            tracing::warn!(%error, key = %found.id, "the use of a service key was not noted");
        }
        let (actor, may) = (Actor::ServiceKey(found.id), found.permissions);
        Ok(Admin { actor, may, roles: Roles::default(), stale: None })
    }

    /// What these roles let a user do now.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn permissions_of(&self, roles: &Roles) -> Result<Permissions, Error> {
        if roles.names().is_empty() {
            return Ok(Permissions::default());
        }
        Ok(granted(roles.names(), &self.defined_roles().await?))
    }

    /// Every role that means something: the operator's first, then those of the store that they do not hide.
    pub(super) async fn defined_roles(&self) -> Result<Vec<Role>, Error> {
        let mut defined = self.policy().roles.clone();
        let is_new = |role: &Role, defined: &[Role]| defined.iter().all(|known| known.name != role.name);
        for role in self.ports().roles.roles().await? {
            if is_new(&role, &defined) {
                defined.push(role);
            }
        }
        Ok(defined)
    }

    /// Whether the role is built in or the operator's, so that nobody changes it here.
    pub(super) fn is_fixed(&self, name: &RoleName) -> bool {
        name.as_str() == ADMIN || self.policy().roles.iter().any(|role| role.name == *name)
    }
}

/// How often the use of a service key is noted.
const NOTED_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// All permissions of an app's and our own that a text names; for acts that take them from outside.
pub(super) fn permissions_within(admin: &Admin, wanted: Vec<Permission>) -> Result<Permissions, Error> {
    let wanted = Permissions::new(wanted);
    admin.covers(&wanted)?;
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, Email, Epoch, Lock, Metadata, Profile, Rank, ServiceKeyId, Username};

    const ADA: [u8; 16] = [1; 16];
    const BOB: [u8; 16] = [2; 16];

    fn permissions(text: &str) -> Permissions {
        Permissions::new(text.split_whitespace().map(|it| it.parse().unwrap()).collect())
    }

    fn roles(text: &str) -> Roles {
        Roles::new(text.split_whitespace().map(|it| it.parse().unwrap()).collect())
    }

    fn defined() -> Vec<Role> {
        [("editor", "pages:write"), ("support", "users:read users:write"), ("auditor", "activity:read")]
            .map(|(name, may)| Role {
                name: name.parse().unwrap(),
                permissions: permissions(may),
                changed_at: Timestamp::from_secs(0),
            })
            .to_vec()
    }

    fn user(id: [u8; 16], text: &str) -> User {
        let email = Email::parse("email", "ada@example.test").unwrap();
        User {
            id: UserId::from_bytes(id),
            account_id: AccountId::from_bytes(id),
            username: Username::parse("username", email.local_part()).unwrap(),
            rank: Rank::Owner,
            roles: roles(text),
            profile: Profile::default(),
            app_metadata: Metadata::new(),
            epoch: Epoch::default(),
            disabled_at: None,
            lock: Lock::Open,
            created_at: Timestamp::from_secs(0),
        }
    }

    /// Ada, with these roles.
    fn ada(text: &str) -> Admin {
        let actor = Actor::Admin(UserId::from_bytes(ADA));
        Admin { actor, may: granted(roles(text).names(), &defined()), roles: roles(text), stale: None }
    }

    fn key(may: &str) -> Admin {
        let actor = Actor::ServiceKey(ServiceKeyId::from_bytes([9; 16]));
        Admin { actor, may: permissions(may), roles: Roles::default(), stale: None }
    }

    #[test]
    fn a_right_is_had_or_not_and_only_then_freshness_is_asked() {
        let max_age = std::time::Duration::from_secs(300);
        let stale = Admin { stale: Some(Refusal::NotFresh { max_age }), ..ada("support") };
        assert!(ada("support").demand::<rights::UsersWrite>().is_ok());
        let refused = |outcome: Result<(), Error>| match outcome {
            Err(Error::Refused(refusal)) => refusal,
            other => panic!("{other:?} is no refusal"),
        };
        let demanded = stale.clone().demand::<rights::UsersWrite>().map(|_| ());
        assert_eq!(refused(demanded), Refusal::NotFresh { max_age });
        let demanded = stale.demand::<rights::AccountsWrite>().map(|_| ());
        assert_eq!(refused(demanded), Refusal::PermissionDenied);
    }

    #[test]
    fn az6_nobody_gives_what_he_does_not_have() {
        let may = |admin: &Admin, to: [u8; 16], has: &str, wanted: &str| {
            admin.may_give(&user(to, has), &roles(wanted), &defined()).is_ok()
        };
        let support = ada("support");
        assert!(may(&support, BOB, "", "support"), "what she has");
        assert!(!may(&support, BOB, "", "auditor"), "what she does not have");
        assert!(!may(&support, BOB, "", "editor"), "an application's permission counts as well");
        assert!(!may(&support, BOB, "", "admin") && !may(&support, ADA, "support", "admin support"));
        assert!(may(&support, BOB, "auditor editor", "editor"), "what somebody has stays, and may be taken away");
        assert!(may(&support, BOB, "", "fan"), "a name that means nothing here");
        assert!(!may(&support, ADA, "support", "fan support"), "but not to oneself: an application may act on it");
        assert!(may(&ada("admin"), BOB, "", "admin editor anything"));
        assert!(may(&key("users:write pages:write"), BOB, "", "editor fan"));
        assert!(!may(&key("users:write"), BOB, "", "editor"));
        let all: Vec<_> = Right::ALL.iter().map(|right| right.name()).collect();
        assert!(!may(&key(&all.join(" ")), BOB, "", "admin"), "a program with every right is no admin");
    }

    #[test]
    fn az6_nobody_acts_on_somebody_who_may_do_more() {
        let may = |admin: &Admin, users: &[User]| admin.outranks(users, &defined()).is_ok();
        let support = ada("support");
        assert!(may(&support, &[user(BOB, ""), user(BOB, "editor fan")]), "an application's roles are no rank here");
        assert!(may(&support, &[user(BOB, "support")]));
        assert!(!may(&support, &[user(BOB, "auditor")]));
        assert!(!may(&support, &[user(BOB, ""), user(BOB, "admin")]), "one is enough");
        assert!(may(&ada("admin"), &[user(BOB, "admin")]));
        assert!(!may(&key("accounts:write"), &[user(BOB, "admin")]));
    }

    #[test]
    fn az6_a_set_is_covered_whole_or_not() {
        assert!(ada("support").covers(&permissions("users:read")).is_ok());
        assert!(ada("support").covers(&permissions("users:read pages:write")).is_err());
        assert!(ada("admin").covers(&permissions("pages:write anything:else")).is_ok());
        assert!(key("pages:write").covers(&permissions("pages:write")).is_ok());
    }
}
