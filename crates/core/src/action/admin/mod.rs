//! Administering: what admins and programs of the operator may do, beyond what everybody may with his own account.
//!
//! Every act here takes an [`Allowed`], which only [`Admin::demand`] makes: who asks has been recognised, holds the right that
//! the act names, and, if it is a user, has proved itself just now. What must stay true: nobody gets, gives or takes away more
//! than he has himself, and nobody acts on somebody who may do more (SECURITY AZ6); no act sees or sets a password.

mod accounts;
mod activity;
mod authority;
mod bootstrap;
mod impersonate;
mod keys;
mod mails;
mod roles;
mod service_keys;
mod sessions;
mod stats;
mod tokens;
mod users;

pub use self::{
    accounts::{AccountCreated, AccountToMake, AccountsWanted, AdministeredAccount, Openness, Paged},
    activity::ActivityWanted,
    authority::{Admin, Allowed, Demanded, rights},
    bootstrap::{AdminRole, BOOTSTRAP_LIFE, BootstrapSecret, FirstAdmin},
    impersonate::{Impersonated, Impersonation},
    mails::MailsPage,
    roles::{KnownRole, RoleSource},
    service_keys::{NewServiceKey, ServiceKeyMade},
    sessions::SessionsOf,
    stats::Stats,
    tokens::Introspected,
    users::{UserAdministration, UsersWanted},
};
