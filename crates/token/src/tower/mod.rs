//! Tokens in front of a service: a layer that demands a valid one ([`RequireToken`]), layers that demand a right
//! ([`require_role`], [`require_any_role`], [`require_permission`], [`require_any_permission`]), and the [`Caller`] that a handler
//! takes and asks whom something belongs to ([`Caller::require_owner`]). A token is read from exactly one place, the
//! `Authorization` header; there is no fallback.

mod bearer;
mod caller;
mod layer;
mod problem;
mod require;

pub use caller::{Caller, Forbidden};
pub use layer::{RequireToken, RequireTokenService, TokenCheck};
pub use require::{
    RequireRight, RequireRightService, require_any_permission, require_any_role, require_permission, require_role,
};
