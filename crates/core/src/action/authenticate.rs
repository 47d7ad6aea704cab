//! Who is calling: an access token becomes a [`Caller`], and what more an act demands becomes another type around it. These
//! values can be made here only, so a signature that takes one cannot be reached without the check.

use gatewright_token::{AccessClaims, Acting, Rejection};

use super::keyring::Keyring;
use crate::{
    Error, Gatewright, Refusal,
    model::{AuthMethod, Rank, SessionId, Standing},
};

/// Somebody with a good access token of a living session.
#[derive(Clone, Debug)]
pub struct Caller {
    standing: Standing,
    acting: Option<Acting>,
}

/// A caller who may manage the account.
#[derive(Clone, Debug)]
pub struct Owner(Caller);

/// A caller whose account has proved itself just now.
#[derive(Clone, Debug)]
pub struct Fresh<C>(C);

/// A right that a caller has earned.
pub trait Earned: Sized + Send {
    /// Earns it.
    ///
    /// # Errors
    /// Says what is missing.
    fn earn(caller: Caller, gate: &Gatewright) -> Result<Self, Error>;

    /// The caller who earned it.
    fn caller(&self) -> &Caller;
}

impl Caller {
    /// A caller whose session the act itself has found alive.
    pub(super) const fn of(standing: Standing) -> Self {
        Self { standing, acting: None }
    }

    /// Who acts as the user, if it is somebody else: that may look at what the user sees, and change nothing here.
    #[must_use]
    pub const fn acting(&self) -> Option<Acting> {
        self.acting
    }

    /// Goes on only for the user itself: who acts as somebody else touches no credential and nothing that outlives the while
    /// (SECURITY AZ6).
    ///
    /// # Errors
    /// [`Refusal::Impersonating`].
    pub(super) fn itself(&self) -> Result<&Self, Error> {
        let is_itself = self.acting.is_none() && !self.standing.session.amr.contains(&AuthMethod::Impersonation);
        if is_itself { Ok(self) } else { Err(Refusal::Impersonating.into()) }
    }

    /// The session, its account and its user as they are now.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }
}

impl Earned for Caller {
    fn earn(caller: Caller, _: &Gatewright) -> Result<Self, Error> {
        Ok(caller)
    }

    fn caller(&self) -> &Caller {
        self
    }
}

impl Earned for Owner {
    fn earn(caller: Caller, _: &Gatewright) -> Result<Self, Error> {
        match caller.itself()?.standing.user.rank {
            Rank::Owner => Ok(Self(caller)),
            Rank::Member => Err(Refusal::PermissionDenied.into()),
        }
    }

    fn caller(&self) -> &Caller {
        &self.0
    }
}

impl<C: Earned> Earned for Fresh<C> {
    /// The inner right first: who may not do a thing at all is not asked for a password.
    fn earn(caller: Caller, gate: &Gatewright) -> Result<Self, Error> {
        let inner = C::earn(caller.itself()?.clone(), gate)?;
        let max_age = gate.policy().fresh_window;
        if gate.now().since(inner.caller().standing.session.auth_time) > max_age {
            return Err(Refusal::NotFresh { max_age }.into());
        }
        Ok(Self(inner))
    }

    fn caller(&self) -> &Caller {
        self.0.caller()
    }
}

impl Gatewright {
    /// Checks an access token and looks its session up: of an ended session it is refused at once, although other services
    /// accept it until it expires (SECURITY SE6).
    ///
    /// # Errors
    /// [`Refusal::AccessToken`], [`Refusal::SessionGone`], [`Refusal::SessionDead`].
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller, Error> {
        let claims = self.claims_of(access_token).await?;
        let id = SessionId::from_uuid(claims.session_id);
        let standing = self.ports().sessions.standing(id).await?.ok_or(Refusal::SessionGone)?;
        match standing.dead(self.now()) {
            Some(dead) => Err(Refusal::SessionDead(dead).into()),
            None => Ok(Caller { standing, acting: claims.acting }),
        }
    }

    /// The session that a good access token names, dead or alive.
    pub(super) async fn session_of(&self, access_token: &str) -> Result<SessionId, Error> {
        Ok(SessionId::from_uuid(self.claims_of(access_token).await?.session_id))
    }

    /// What a good access token says; its session may be dead.
    pub(super) async fn claims_of(&self, access_token: &str) -> Result<AccessClaims, Error> {
        let verify = |keyring: &Keyring| keyring.access.verify_access(access_token, self.now().secs());
        let claims = self.verify_own(verify).await?.map_err(Refusal::AccessToken)?;
        let longest = self.policy().access_ttl.as_secs().max(1);
        if claims.acting.is_none() && claims.expires_at.abs_diff(claims.issued_at) > longest {
            return Err(Refusal::AccessToken(Rejection::Lifetime).into());
        }
        Ok(claims)
    }
}
