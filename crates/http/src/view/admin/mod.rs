//! What the admin API takes and gives. Nothing here has a member for a password, a hash or any other secret, but for the one
//! answer that hands out a service key.

mod account;
mod activity;
mod bootstrap;
mod impersonate;
mod keys;
mod role;
mod service_key;
mod session;
mod settings;
mod stats;
mod user;

pub(crate) use self::{
    account::{Account, AccountDetail, Accounts, ChangeAccountRequest, CreateAccountRequest},
    activity::{ActivityEntry, ActivityPage},
    bootstrap::BootstrapRequest,
    impersonate::{ImpersonateRequest, Impersonated},
    keys::Keys,
    role::{PutRoleRequest, Role, Roles},
    service_key::{CreateServiceKeyRequest, ServiceKeyMade, ServiceKeys},
    session::Sessions,
    settings::Settings,
    stats::Stats,
    user::{ChangeUserRequest, User, Users},
};
