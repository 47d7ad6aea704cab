//! What Gatewright holds true and what one can do with it.
//!
//! [`model`] says what is true: pure and synchronous. [`port`] says what we need from the world. What one can do are the methods
//! of [`Gatewright`], one file each under `action/`. There is no HTTP here, no SQL and no runtime: edges know this crate, it
//! knows none of them.
//!
//! A refresh, from the outside in: [`Gatewright::refresh`] parses the token ([`model::RefreshToken`], nothing is read for a
//! forged one), reads the session ([`port::Sessions::standing`]), has it judged ([`model::judge`]), and applies the verdict
//! guarded by what was judged ([`port::Sessions::rotate`] and its siblings). The answer leaves after the commit.

pub mod model;
pub mod port;

mod action;
mod error;
mod gatewright;
mod sync;

pub use gatewright_token as token;

pub use self::{
    action::{
        AccessTokenText, AccountCreated, AccountExport, AccountKey, AccountOverview, AccountToMake, AccountsWanted,
        ActivityFault, ActivityPage, ActivityReport, ActivityWanted, Admin, AdminRole, AdministeredAccount, Allowed,
        BOOTSTRAP_LIFE, BootstrapSecret, Caller, Checkpointing, ChosenUser, Credentials, Delivered, Demanded, Earned,
        Evidence, FirstAdmin, ForwardAuthQuestion, Fresh, Impersonated, Impersonation, Introspected, Joining,
        KnownRole, LoggedIn, LoginRequest, LogoutProof, LogoutScope, MAX_FAULTS, MagicLogin, MailTokenView, MailsPage,
        NewServiceKey, NewUser, Openness, Operator, Owner, Paged, RefreshDelivery, Renewal, RoleSource, RotateError,
        RouteVerdict, SelectRequest, Selection, ServiceKeyMade, SessionsOf, Shown, SignUpRequest, SignedIn, SignedUp,
        SigningKeySource, StartError, Stats, Tended, Trust, Unsigned, UserAdministration, UsersWanted, Verified,
        Visitor, Witness, rights, verify_activity,
    },
    action::{
        DeliveriesPage, DeliveriesWanted, EnableRule, EventsDelivered, HookSecretText, NewWebhook, SecretRotation,
        WebhookMade, WebhookPatch, WebhookTested,
    },
    error::{CredentialFault, Error, MailTokenFault, RefreshFault, Refusal, SelectionFault, ServiceKeyFault},
    gatewright::{Gatewright, Ports},
};
