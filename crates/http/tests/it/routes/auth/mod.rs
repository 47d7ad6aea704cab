//! `/auth/…`: the tests of each call in the file that its URL names.

mod account;
mod activity;
mod email;
pub(crate) mod introspect;
mod invitations;
mod login;
mod logout;
mod magic_link;
mod me;
mod openapi;
mod password;
mod pin;
mod reauthenticate;
mod refresh;
mod revoke;
mod select;
mod sessions;
mod signup;
mod switch;
mod users;
mod verify;
