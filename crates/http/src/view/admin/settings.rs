//! What is set, as `docs/configuration.md` names it. Only what the core and this crate know: where the database is, or a mail
//! server, an admin does not learn here. Nothing in it is secret, and roles are where roles are listed.

use std::time::Duration;

use gatewright_core::model::{Leniency, Limits, PermissionsClaim, Policy, ReuseEnds};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Edge, Pages};

/// What is set, by the names of the settings. Durations are seconds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Settings {
    public_url: String,
    audience: String,
    cors_origins: Vec<String>,
    trusted_proxies: Vec<String>,
    #[schema(example = "default")]
    rate_limits: &'static str,
    #[schema(example = "optional")]
    email_verification: &'static str,
    #[schema(example = "on")]
    magic_links: &'static str,
    fresh_window: u64,
    max_users: usize,
    permissions_claim: bool,
    impersonation_max: u64,
    /// Whether there are pages for what links in mails lead to.
    pages: bool,
    access: Ttl,
    selection: Ttl,
    session: Session,
    refresh: Refresh,
    signing: Signing,
    password: Password,
    mail: Mail,
    activity: Activity,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TtlSetting)]
struct Ttl {
    ttl: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionSettings)]
struct Session {
    idle: u64,
    absolute: u64,
    max_per_user: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefreshSettings)]
struct Refresh {
    min_age: u64,
    lost_window: u64,
    strict: bool,
    #[schema(example = "session")]
    reuse_ends: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SigningSettings)]
struct Signing {
    #[schema(example = "ES256")]
    alg: &'static str,
    rotate_every: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PasswordSettings)]
struct Password {
    min_length: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailSettings)]
struct Mail {
    ttl_verify: u64,
    ttl_reset: u64,
    ttl_magic: u64,
    ttl_invitation: u64,
}

/// Null is for ever.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivitySettings)]
struct Activity {
    keep: Option<u64>,
    keep_personal: Option<u64>,
}

impl From<&Edge> for Settings {
    fn from(edge: &Edge) -> Self {
        let (policy, options) = (edge.gate().policy(), edge.options());
        let secs = |span: Duration| span.as_secs();
        Self {
            public_url: policy.issuer.clone(),
            audience: policy.audience.clone(),
            cors_origins: options.cors_origins.iter().map(ToString::to_string).collect(),
            trusted_proxies: options.trusted_proxies.iter().map(ToString::to_string).collect(),
            rate_limits: match policy.limits {
                Limits::On(_) => "default",
                Limits::Off => "off",
            },
            email_verification: policy.mail.verification.name(),
            magic_links: policy.mail.magic_links.name(),
            fresh_window: secs(policy.fresh_window),
            max_users: policy.max_users,
            permissions_claim: policy.permissions_claim == PermissionsClaim::Present,
            impersonation_max: secs(policy.max_impersonation),
            pages: matches!(options.pages, Pages::On(_)),
            access: Ttl { ttl: secs(policy.access_ttl) },
            selection: Ttl { ttl: secs(policy.selection_ttl) },
            session: Session {
                idle: secs(policy.session_idle),
                absolute: secs(policy.session_absolute),
                max_per_user: policy.max_sessions,
            },
            refresh: refresh(policy),
            signing: Signing { alg: policy.keys.algorithm.as_str(), rotate_every: policy.keys.rotate_every_secs },
            password: Password { min_length: policy.passwords.min_length },
            mail: mail(policy),
            activity: Activity {
                keep: policy.activity.keep.map(secs),
                keep_personal: policy.activity.keep_personal.map(secs),
            },
        }
    }
}

fn refresh(policy: &Policy) -> Refresh {
    Refresh {
        min_age: policy.windows.min_age.as_secs(),
        lost_window: policy.windows.lost_window.as_secs(),
        strict: policy.windows.leniency == Leniency::Strict,
        reuse_ends: match policy.reuse_ends {
            ReuseEnds::Session => "session",
            ReuseEnds::User => "user",
        },
    }
}

fn mail(policy: &Policy) -> Mail {
    let lifetimes = &policy.mail.lifetimes;
    Mail {
        ttl_verify: lifetimes.verify.as_secs(),
        ttl_reset: lifetimes.reset.as_secs(),
        ttl_magic: lifetimes.magic.as_secs(),
        ttl_invitation: lifetimes.invitation.as_secs(),
    }
}
