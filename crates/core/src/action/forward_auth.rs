//! Whether a proxy may let a request through: who is asking, by an access token or by what continues the session, and what the rules
//! of routes demand for the path.
//!
//! What must stay true: whatever cannot be judged is no permission; and a session is renewed here by the same judgement as anywhere,
//! under the one condition of [`forward_auth_may`](crate::model::forward_auth_may), which is looked at on the same reading.

use std::fmt;

use crate::{
    Caller, Error, Gatewright, Refusal, SignedIn,
    model::{AskedRoute, ClientInfo, Permissions, RouteRequirement, Standing},
};

/// What a proxy wants to know.
#[derive(Debug)]
pub struct ForwardAuthQuestion<'q> {
    /// What the request shows.
    pub credentials: Credentials,
    /// What it asks for; `None` if the proxy did not say it so that it could be believed.
    pub route: Option<&'q AskedRoute>,
    /// Whether an answer can carry cookies to where the request came from.
    pub renewal: Renewal,
}

/// What a request shows of who sends it.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    Nothing,
    /// Something that cannot be an access token. It is not made good by anything else.
    Unusable,
    /// An access token that its sender had to know.
    Bearer(String),
    /// The cookies of one session.
    Cookies {
        /// The access token.
        access: Option<String>,
        /// The refresh token.
        refresh: Option<String>,
    },
}

/// Without the tokens.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Unusable => "Unusable",
            Self::Bearer(_) => "Bearer([secret])",
            Self::Cookies { .. } => "Cookies([secret])",
        })
    }
}

/// Whether a session may be renewed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It may.
    Possible,
    /// What would be set could not reach the browser.
    Impossible,
}

/// What a proxy is to do.
#[derive(Clone, Debug)]
pub enum RouteVerdict {
    /// Let the request through; without a visitor it is nobody's, and the route is open to all.
    Pass(Option<Visitor>),
    /// Nobody is signed in. If something was shown, the reason why it is not accepted.
    SignInFirst(Option<Refusal>),
    /// Not for this visitor, or for nobody.
    Deny(Option<Visitor>),
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub enum Visitor {
    /// By an access token that came along.
    Known {
        /// Whose it is.
        caller: Caller,
        /// The token.
        access_token: AccessTokenText,
    },
    /// By the session's refresh token: these cookies have to reach the browser, whatever the verdict is.
    Renewed(SignedIn),
}

/// An access token that may be handed on.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessTokenText(String);

impl fmt::Debug for AccessTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Visitor {
    /// The session, its account and its user.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        match self {
            Self::Known { caller, .. } => caller.standing(),
            Self::Renewed(signed_in) => &signed_in.standing,
        }
    }

    /// A good access token of this visitor.
    #[must_use]
    pub fn access_token(&self) -> &str {
        match self {
            Self::Known { access_token, .. } => &access_token.0,
            Self::Renewed(signed_in) => &signed_in.access_token,
        }
    }

    /// What has to reach the browser.
    #[must_use]
    pub const fn renewed(&self) -> Option<&SignedIn> {
        match self {
            Self::Known { .. } => None,
            Self::Renewed(signed_in) => Some(signed_in),
        }
    }
}

/// Who is asking.
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
enum Found {
    Somebody(Visitor),
    Nobody(Option<Refusal>),
}

impl Gatewright {
    /// Judges a request that a proxy has before it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and its like when nothing could be judged: then a proxy lets nobody through.
    /// [`Refusal::RefusedByRule`] where a rule keeps the session from being renewed.
    pub async fn forward_auth(
        &self,
        question: ForwardAuthQuestion<'_>,
        client: &ClientInfo,
    ) -> Result<RouteVerdict, Error> {
        let rules = &self.policy().routes;
        let requirement = match (rules.is_empty(), question.route) {
            (true, _) => &RouteRequirement::SignedIn,
            (false, Some(route)) => rules.requirement(route),
            (false, None) => &RouteRequirement::Deny,
        };
        // Before anything is read or renewed: it is for nobody.
        if *requirement == RouteRequirement::Deny {
            return Ok(RouteVerdict::Deny(None));
        }
        let is_public = *requirement == RouteRequirement::Public;
        let visitor = match self.find_visitor(question.credentials, question.renewal, client).await {
            Ok(Found::Somebody(visitor)) => visitor,
            Ok(Found::Nobody(_)) | Err(Error::Refused(_)) if is_public => return Ok(RouteVerdict::Pass(None)),
            Ok(Found::Nobody(refusal)) => return Ok(RouteVerdict::SignInFirst(refusal)),
            Err(error) => return Err(error),
        };
        let roles = &visitor.standing().user.roles;
        let granted = match requirement {
            RouteRequirement::Permission(_) => self.permissions_of(roles).await?,
            RouteRequirement::Public
            | RouteRequirement::SignedIn
            | RouteRequirement::AnyRole(_)
            | RouteRequirement::Deny => Permissions::default(),
        };
        let is_met = requirement.is_met(roles, &granted);
        Ok(if is_met { RouteVerdict::Pass(Some(visitor)) } else { RouteVerdict::Deny(Some(visitor)) })
    }

    /// Who is at a page of ours, by the cookies of a session: as [`Self::forward_auth`] finds it, without the rules of routes. If the
    /// session was renewed on the way, what has to reach the browser comes along, whatever else is answered.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and its like when nothing could be judged, which is no reason to ask anybody to sign in again;
    /// [`Refusal::RefusedByRule`] where a rule keeps the session from being renewed.
    pub async fn visit(
        &self,
        credentials: Credentials,
        client: &ClientInfo,
    ) -> Result<Option<(Caller, Option<SignedIn>)>, Error> {
        match self.find_visitor(credentials, Renewal::Possible, client).await? {
            Found::Somebody(Visitor::Known { caller, .. }) => Ok(Some((caller, None))),
            Found::Somebody(Visitor::Renewed(signed_in)) => {
                Ok(Some((Caller::of(signed_in.standing.clone()), Some(signed_in))))
            }
            Found::Nobody(_) => Ok(None),
        }
    }

    async fn find_visitor(
        &self,
        credentials: Credentials,
        renewal: Renewal,
        client: &ClientInfo,
    ) -> Result<Found, Error> {
        let (access, refresh) = match credentials {
            Credentials::Nothing => return Ok(Found::Nobody(None)),
            Credentials::Unusable => {
                let refusal = Refusal::AccessToken(gatewright_token::Rejection::Shape);
                return Ok(Found::Nobody(Some(refusal)));
            }
            // What was said in the open stands alone: no cookie makes it good.
            Credentials::Bearer(token) => (Some(token), None),
            Credentials::Cookies { access, refresh } => (access, refresh),
        };
        let refused = match access {
            None => None,
            Some(token) => match self.authenticate(&token).await {
                Ok(caller) => {
                    return Ok(Found::Somebody(Visitor::Known { caller, access_token: AccessTokenText(token) }));
                }
                // The cookie of a session outlives its token by a moment, or holds one of a key that is gone.
                Err(Error::Refused(refusal @ Refusal::AccessToken(_))) => Some(refusal),
                Err(Error::Refused(refusal)) => return Ok(Found::Nobody(Some(refusal))),
                Err(error) => return Err(error),
            },
        };
        let Some(refresh) = refresh.filter(|_| renewal == Renewal::Possible) else {
            return Ok(Found::Nobody(refused));
        };
        match self.refresh_for_proxy(&refresh, client).await {
            Ok(Some(signed_in)) => Ok(Found::Somebody(Visitor::Renewed(signed_in))),
            Ok(None) => Ok(Found::Nobody(refused)),
            // Who was known, and refused by a rule of the operator, would be refused after signing in again as well.
            Err(error @ Error::Refused(Refusal::RefusedByRule { .. })) => Err(error),
            Err(Error::Refused(refusal)) => Ok(Found::Nobody(Some(refusal))),
            Err(error) => Err(error),
        }
    }
}
