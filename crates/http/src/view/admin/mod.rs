//! What the admin API takes and gives. Nothing here has a member for a password, a hash or any other secret, but for the one
//! answers that hand out a service key or what a webhook is signed with.

mod account;
mod activity;
mod bootstrap;
mod delivery;
mod impersonate;
mod keys;
mod mail;
mod role;
mod rule;
mod service_key;
mod session;
mod settings;
mod stats;
mod user;

pub(crate) use self::{
    account::{Account, AccountDetail, Accounts, ChangeAccountRequest, CreateAccountRequest},
    activity::{ActivityEntry, ActivityPage},
    bootstrap::BootstrapRequest,
    delivery::{Deliveries, Delivery},
    impersonate::{ImpersonateRequest, Impersonated},
    keys::Keys,
    mail::{Mail, Mails},
    role::{PutRoleRequest, Role, Roles},
    rule::{ChangeRuleRequest, CreateRuleRequest, RotateSecretRequest, Rule, RuleTested, RuleWithSecret, Rules},
    service_key::{CreateServiceKeyRequest, ServiceKeyMade, ServiceKeys},
    session::Sessions,
    settings::Settings,
    stats::Stats,
    user::{ChangeUserRequest, User, Users},
};
