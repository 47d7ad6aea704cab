//! What was shown of a mail where the address may be left out: a code alone counts for the address of whoever is signed in.
//! Who shows a token, or names the address, needs no session, and what there is of one is not looked at.

use axum::{
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, Method},
};
use gatewright_core::{Caller, Refusal, Shown, model::Plaintext};

use super::{Json, source::Sources};
use crate::{
    Edge, Problem,
    view::{self, ShownInBody},
};

/// What `POST /auth/email/verify` takes.
pub(crate) struct VerifyProof {
    pub(crate) shown: Shown,
    /// Of a sign-up that is finished in another browser.
    pub(crate) password: Option<Plaintext>,
}

impl<S: Send + Sync> FromRequest<S> for VerifyProof
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let Json(body): Json<view::VerifyEmailRequest> = Json::from_request(request, state).await?;
        let (shown, password) = body.parse()?;
        let shown = match shown {
            ShownInBody::Whole(shown) => shown,
            ShownInBody::CodeAlone(code) => {
                let email = caller(&method, &headers, &edge).await?.standing().account.email.clone();
                Shown::Code { email, code }
            }
        };
        Ok(Self { shown, password })
    }
}

/// What `POST /auth/email/confirm` takes. A code alone counts for the address that the account has asked for.
pub(crate) struct ConfirmProof(pub(crate) Shown);

impl<S: Send + Sync> FromRequest<S> for ConfirmProof
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let Json(body): Json<view::OwnMailProofRequest> = Json::from_request(request, state).await?;
        Ok(Self(match body.parse()? {
            ShownInBody::Whole(shown) => shown,
            ShownInBody::CodeAlone(code) => {
                let caller = caller(&method, &headers, &edge).await?;
                let asked = edge.gate().email_change_of(&caller).await?;
                Shown::Code { email: asked.ok_or_else(view::not_of_a_mail)?, code }
            }
        }))
    }
}

/// Whoever is signed in. Somebody who is not, and did not try to be, has left the address out.
async fn caller(method: &Method, headers: &HeaderMap, edge: &Edge) -> Result<Caller, Problem> {
    let sources = Sources::of(headers, edge)?;
    if sources.has_no_access() {
        return Err(view::email_missing());
    }
    let token = sources.access(method, headers, edge)?;
    let caller = edge.gate().authenticate(&token).await?;
    // Who acts as another user changes nothing, even with a code that somebody gave him (SECURITY AZ6).
    if caller.acting().is_some() { Err(Refusal::Impersonating.into()) } else { Ok(caller) }
}
