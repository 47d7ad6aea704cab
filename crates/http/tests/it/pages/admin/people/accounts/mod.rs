//! `/admin/accounts` and below it.

mod add;
mod delete;
mod list;
mod one;
