//! `/auth/…`: each call in the file that its URL names.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod email;
pub(crate) mod introspect;
pub(crate) mod invitations;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod magic_link;
pub(crate) mod me;
pub(crate) mod openapi;
pub(crate) mod password;
pub(crate) mod pin;
pub(crate) mod reauthenticate;
pub(crate) mod refresh;
pub(crate) mod revoke;
pub(crate) mod select;
pub(crate) mod sessions;
pub(crate) mod signup;
pub(crate) mod switch;
pub(crate) mod users;
pub(crate) mod verify;
