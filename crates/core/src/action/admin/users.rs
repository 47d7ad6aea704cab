//! Users, as admins see and change them.

use super::{Allowed, Openness, Paged, accounts::MAX_PAGE, rights};
use crate::{
    Error, Gatewright, Refusal,
    model::{Act, ClientInfo, Metadata, RoleName, Roles, User, UserId, check_metadata, merge},
    port::{Administered, Administration, PageOf, RemoveUser, StoreError},
};

/// Which users: all, newest first, or those whose name begins with something.
pub type UsersWanted = PageOf<UserId>;

/// What an admin changes of a user; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct UserAdministration {
    /// Exactly these roles.
    pub roles: Option<Roles>,
    /// Whether it can sign in.
    pub openness: Option<Openness>,
    /// A JSON merge patch (RFC 7396) of the notes.
    pub app_metadata: Option<Metadata>,
}

/// How often a change may lose the race for the row before it is told to come back.
const MAX_RACES: usize = 16;
/// The most roles of one user: they go into every access token.
const MAX_ROLES: usize = 32;

impl Gatewright {
    /// A page of users. `limit` is cut to 200.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_users_of_all(
        &self,
        _: &Allowed<rights::UsersRead>,
        wanted: UsersWanted,
        limit: usize,
    ) -> Result<Paged<User, UsersWanted>, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        let mut items = self.ports().directory.users_page(wanted.clone(), limit + 1).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| match wanted {
            PageOf::All { .. } => PageOf::All { before: Some(last.id) },
            PageOf::Beginning { prefix, .. } => {
                PageOf::Beginning { prefix, after: Some(last.username.as_str().to_owned()) }
            }
        });
        Ok(Paged { items, next })
    }

    /// The users who have the built-in role `admin`, oldest first, disabled ones too.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_admins(&self, _: &Allowed<rights::UsersRead>) -> Result<Vec<User>, Error> {
        Ok(self.ports().admins.admins().await?)
    }

    /// A user.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`].
    pub async fn user_by(&self, _: &Allowed<rights::UsersRead>, id: UserId) -> Result<User, Error> {
        Ok(self.ports().users.user(id).await?.ok_or(Refusal::UserNotFound)?)
    }

    /// Changes roles, openness and notes of a user. Disabling ends its sessions. Other roles show in its next access token, and at
    /// our own endpoints at once.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], [`Refusal::LastAdmin`], [`Error::Invalid`]; [`Refusal::PermissionDenied`] where a role gives
    /// what the caller does not have, and for a user who may do more.
    pub async fn administer_user(
        &self,
        by: &Allowed<rights::UsersWrite>,
        id: UserId,
        wanted: &UserAdministration,
        client: &ClientInfo,
    ) -> Result<User, Error> {
        if wanted.roles.as_ref().is_some_and(|roles| roles.names().len() > MAX_ROLES) {
            let reason = crate::model::InvalidReason::TooMany { max: MAX_ROLES };
            return Err(crate::model::Invalid::new("roles", reason).into());
        }
        for _ in 0..MAX_RACES {
            let user = self.ports().users.user(id).await?.ok_or(Refusal::UserNotFound)?;
            self.may_administer(by, &user, wanted).await?;
            let now = self.now();
            let app_metadata = match &wanted.app_metadata {
                Some(patch) => {
                    let mut patched = user.app_metadata.clone();
                    merge(&mut patched, patch.clone());
                    check_metadata("app_metadata", &patched)?;
                    Some(patched)
                }
                None => None,
            };
            let mut entry = by.entry(self, now, user.account_id, Act::UserAdministered, client).of_user(id);
            if let Some(roles) = &wanted.roles {
                entry = entry.saying("roles_before", names(&user.roles)).saying("roles", names(roles));
            }
            if let Some(openness) = wanted.openness {
                entry = entry.saying("disabled", openness == Openness::Disabled);
            }
            if app_metadata.is_some() {
                entry = entry.saying("app_metadata", "changed");
            }
            let change = Administration {
                seen_roles: user.roles,
                seen_app_metadata: user.app_metadata,
                roles: wanted.roles.clone(),
                disabled_at: wanted.openness.map(|openness| match openness {
                    Openness::Enabled => None,
                    Openness::Disabled => Some(now),
                }),
                app_metadata,
            };
            match self.ports().users.administer(id, change, entry.into()).await? {
                Administered::Done(user) => {
                    tracing::info!(user = %id, actor = ?by.admin().actor(), "user changed by an admin");
                    return Ok(user);
                }
                Administered::LastAdmin => return Err(Refusal::LastAdmin.into()),
                Administered::Gone => return Err(Refusal::UserNotFound.into()),
                Administered::Stale => {}
            }
        }
        Err(Error::Unavailable(StoreError::unavailable("the user's row is changing too fast")))
    }

    /// Removes a user with its PIN; its sessions end.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], [`Refusal::LastOwner`], [`Refusal::LastAdmin`]; [`Refusal::PermissionDenied`] for a user who may
    /// do more.
    pub async fn remove_user_by(
        &self,
        by: &Allowed<rights::UsersWrite>,
        id: UserId,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let user = self.ports().users.user(id).await?.ok_or(Refusal::UserNotFound)?;
        by.admin().outranks([&user], &self.defined_roles().await?)?;
        let entry = by.entry(self, self.now(), user.account_id, Act::UserRemoved, client).of_user(id);
        match self.ports().users.remove(id, entry.into()).await? {
            RemoveUser::Done => Ok(()),
            RemoveUser::LastOwner => Err(Refusal::LastOwner.into()),
            RemoveUser::LastAdmin => Err(Refusal::LastAdmin.into()),
            RemoveUser::Gone => Err(Refusal::UserNotFound.into()),
        }
    }

    async fn may_administer(
        &self,
        by: &Allowed<rights::UsersWrite>,
        user: &User,
        wanted: &UserAdministration,
    ) -> Result<(), Error> {
        let defined = self.defined_roles().await?;
        by.admin().outranks([user], &defined)?;
        match &wanted.roles {
            Some(roles) => by.admin().may_give(user, roles, &defined),
            None => Ok(()),
        }
    }
}

fn names(roles: &Roles) -> Vec<&str> {
    roles.names().iter().map(RoleName::as_str).collect()
}
