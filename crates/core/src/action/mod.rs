//! What one can do: one file per act. An act reads through the ports, lets the model judge, and has the ports apply the
//! verdict, guarded by what was seen.

mod accept_invitation;
mod activity;
mod activity_chain;
mod add_user;
mod admin;
mod authenticate;
mod authorize;
mod change_email;
mod change_password;
mod change_user;
mod counting;
mod delete_account;
mod deliver;
mod end_session;
mod export_account;
mod forgot_password;
mod forward_auth;
mod invite;
mod keyring;
mod keys;
mod letters;
mod limit;
mod list_sessions;
mod list_users;
mod login;
mod logout;
mod magic_link;
mod mail_proof;
mod mailing;
mod mint;
mod notices;
mod open_session;
mod operate;
mod prove_password;
mod prove_pin;
mod reauthenticate;
mod refresh;
mod remove_user;
mod reset_password;
mod rules;
mod select;
mod set_pin;
mod sign_up;
mod switch;
mod tend;
mod undo_email;
mod verify_activity;
mod verify_email;
mod verify_own;

pub use self::{
    accept_invitation::Joining,
    activity::ActivityPage,
    activity_chain::{Checkpointing, Trust},
    add_user::NewUser,
    admin::{
        AccountCreated, AccountToMake, AccountsWanted, ActivityWanted, Admin, AdminRole, AdministeredAccount, Allowed,
        BOOTSTRAP_LIFE, BootstrapSecret, Demanded, FirstAdmin, Impersonated, Impersonation, Introspected, KnownRole,
        MailsPage, NewServiceKey, Openness, Paged, RoleSource, ServiceKeyMade, SessionsOf, Stats, UserAdministration,
        UsersWanted, rights,
    },
    authenticate::{Caller, Earned, Fresh, Owner},
    deliver::Delivered,
    export_account::AccountExport,
    forward_auth::{AccessTokenText, Credentials, ForwardAuthQuestion, Renewal, RouteVerdict, Visitor},
    keys::{RotateError, SigningKeySource, StartError},
    login::{LoggedIn, LoginRequest, Selection},
    logout::{LogoutProof, LogoutScope},
    magic_link::MagicLogin,
    mail_proof::{MailTokenView, Shown},
    mint::{RefreshDelivery, SignedIn},
    operate::{AccountKey, AccountOverview, Operator},
    rules::{
        DeliveriesPage, DeliveriesWanted, EnableRule, EventsDelivered, HookSecretText, NewWebhook, SecretRotation,
        WebhookMade, WebhookPatch, WebhookTested,
    },
    select::{ChosenUser, SelectRequest},
    sign_up::{SignUpRequest, SignedUp},
    tend::Tended,
    verify_activity::{ActivityFault, ActivityReport, Evidence, MAX_FAULTS, Unsigned, Witness, verify_activity},
    verify_email::Verified,
};
pub(crate) use self::{
    counting::Counters,
    keyring::KeysInUse,
    rules::{BusyListeners, RulesInUse},
};
