//! Rules: what else is asked before somebody signs up or gets an access token, and who is told of what happened.
//!
//! [`ask`] asks all rules at once and has the model judge their answers; [`webhook`] is how a webhook is asked; [`body`] is what
//! goes over the wire. [`tell`] makes deliveries of the entries of the activity log, and [`deliver`] sends them. [`in_use`] keeps the
//! webhooks in memory, as the store held them at most a second ago. [`manage`] is what admins do with them.

mod ask;
mod body;
mod deliver;
mod in_use;
mod manage;
mod tell;
mod webhook;

pub(super) use self::ask::{SignUpQuestion, TokenQuestion};
pub(crate) use self::{deliver::BusyListeners, in_use::RulesInUse};
pub use self::{
    deliver::EventsDelivered,
    manage::{
        DeliveriesPage, DeliveriesWanted, Enabled as EnableRule, HookSecretText, NewWebhook,
        Rotation as SecretRotation, WebhookMade, WebhookPatch, WebhookTested,
    },
};
