//! `/admin/users` and below it.

mod impersonate;
mod list;
mod notes;
mod one;
mod remove;
mod roles;
