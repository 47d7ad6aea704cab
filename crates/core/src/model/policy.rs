//! What an operator may decide, in one value. The model and the actions read it; nobody else has an opinion.

use std::time::Duration;

use super::{
    ActivityPolicy, LimitRule, MIN_PASSWORD_LENGTH, MailPolicy, PasswordRules, Role, RouteRules, SecretHash, Windows,
};

/// The settings of an instance.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `iss` of our tokens, and our own origin.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// Life of an access token.
    pub access_ttl: Duration,
    /// Life of a selection token.
    pub selection_ttl: Duration,
    /// How long a session lives without a refresh.
    pub session_idle: Duration,
    /// How long a session lives at most.
    pub session_absolute: Duration,
    /// How recently the account must have proved itself for what needs a fresh session (SECURITY AU8).
    pub fresh_window: Duration,
    /// How refresh tokens are judged.
    pub windows: Windows,
    /// What ends when a spent refresh token comes back.
    pub reuse_ends: ReuseEnds,
    /// What a new password has to satisfy.
    pub passwords: PasswordRules,
    /// What is done by mail.
    pub mail: MailPolicy,
    /// How attempts are limited.
    pub limits: Limits,
    /// The most users of one account.
    pub max_users: usize,
    /// The most live sessions of one user; one more ends the oldest (SECURITY SE9).
    pub max_sessions: usize,
    /// How signing keys rotate.
    pub keys: gatewright_token::RotationPolicy,
    /// Roles that the operator has defined: they cannot be changed through the API, and go before those that were.
    pub roles: Vec<Role>,
    /// Whether access tokens say what the user may do.
    pub permissions_claim: PermissionsClaim,
    /// A secret that lets its holder make the first admin, beside the one that `gatewright admin bootstrap` prints.
    pub bootstrap_secret: Option<SecretHash>,
    /// The longest that somebody may act as another user at a time.
    pub max_impersonation: Duration,
    /// How long the activity log is kept.
    pub activity: ActivityPolicy,
    /// Who may reach what behind a proxy that asks us.
    pub routes: RouteRules,
}

/// Whether access tokens carry the claim `permissions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionsClaim {
    /// They name the user's roles, and whoever verifies them knows what these mean.
    Absent,
    /// They also say what the roles let their users do, as of the moment of issue.
    Present,
}

impl Policy {
    /// The defaults for an instance at this origin, with the origin as audience: access tokens of 10 minutes, sessions of 30
    /// days that end after 14 idle ones, proofs that stay fresh for 5 minutes, limits on.
    #[must_use]
    pub fn for_issuer(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: issuer.to_owned(),
            access_ttl: Duration::from_secs(600),
            selection_ttl: Duration::from_secs(300),
            session_idle: Duration::from_secs(14 * 86_400),
            session_absolute: Duration::from_secs(30 * 86_400),
            fresh_window: Duration::from_secs(300),
            windows: Windows::DEFAULT,
            reuse_ends: ReuseEnds::Session,
            passwords: PasswordRules { min_length: MIN_PASSWORD_LENGTH, context_words: vec!["gatewright".to_owned()] },
            mail: MailPolicy::DEFAULT,
            limits: Limits::On(LimitRules::DEFAULT),
            max_users: 10,
            max_sessions: 100,
            keys: gatewright_token::RotationPolicy::default(),
            roles: Vec::new(),
            permissions_claim: PermissionsClaim::Absent,
            bootstrap_secret: None,
            max_impersonation: Duration::from_secs(3600),
            activity: ActivityPolicy::DEFAULT,
            routes: RouteRules::default(),
        }
    }
}

/// What ends when a spent refresh token comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReuseEnds {
    /// The session whose token it was.
    Session,
    /// Every session of the user.
    User,
}

/// The rules of all limits, or none at all.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub enum Limits {
    /// These.
    On(LimitRules),
    /// None. For load tests on loopback only; the binary refuses it elsewhere.
    Off,
}

/// One rule for each thing that is limited.
#[derive(Clone, Copy, Debug)]
pub struct LimitRules {
    /// Wrong passwords for one login from sources that the account does not know.
    pub login_failures: LimitRule,
    /// Wrong passwords for one account from one source that it knows. Separate, so that an attacker cannot lock the owner
    /// out (SECURITY AU3).
    pub known_source_failures: LimitRule,
    /// Attempts to log in from one source; successes do not count.
    pub login_source: LimitRule,
    /// Attempts to log in from anywhere; successes do not count.
    pub login_global: LimitRule,
    /// Wrong PINs for one user.
    pub pin_failures: LimitRule,
    /// Sign-ups from one source.
    pub sign_up_source: LimitRule,
    /// Sign-ups from anywhere.
    pub sign_up_global: LimitRule,
    /// Mails of one kind to one address, at the request of anybody (SECURITY EM9).
    pub mail_address: LimitRule,
    /// Mails of all kinds to one address, at the request of anybody; while the address is not proved, also those that follow from
    /// what is done with an account: it can be made with anybody's address.
    pub mail_address_hourly: LimitRule,
    /// Mails that one source asks for.
    pub mail_source: LimitRule,
    /// Mails that anybody asks for.
    pub mail_global: LimitRule,
    /// Wrong codes for one address, whatever they are for (SECURITY OT4).
    pub mail_code_failures: LimitRule,
    /// Codes from one source; right ones do not count.
    pub mail_code_source: LimitRule,
    /// Notices of one kind to one address.
    pub notices: LimitRule,
    /// Notices to one address of a right password and a failed second step, which whoever fails can cause at will.
    pub second_step_notices: LimitRule,
}

impl LimitRules {
    /// The default. Reasons: `docs/decisions/0005-limits.md`.
    pub const DEFAULT: Self = Self {
        login_failures: FAILURES,
        known_source_failures: FAILURES,
        login_source: LimitRule::Rate { burst: 60, interval: Duration::from_secs(5) },
        login_global: LimitRule::Rate { burst: 2000, interval: Duration::from_millis(50) },
        pin_failures: FAILURES,
        sign_up_source: LimitRule::Rate { burst: 100, interval: Duration::from_secs(20) },
        sign_up_global: LimitRule::Rate { burst: 1000, interval: Duration::from_millis(100) },
        mail_address: LimitRule::Rate { burst: 1, interval: Duration::from_secs(60) },
        mail_address_hourly: LimitRule::Rate { burst: 5, interval: Duration::from_secs(60 * 60) },
        mail_source: LimitRule::Rate { burst: 30, interval: Duration::from_secs(60) },
        mail_global: LimitRule::Rate { burst: 500, interval: Duration::from_millis(500) },
        mail_code_failures: FAILURES,
        mail_code_source: LimitRule::Rate { burst: 60, interval: Duration::from_secs(5) },
        notices: LimitRule::Rate { burst: 5, interval: Duration::from_secs(60 * 60) },
        second_step_notices: LimitRule::Rate { burst: 1, interval: Duration::from_secs(60 * 60) },
    };
}

/// Five free, then 1 s, 2 s, 4 s … 15 min, and at most 100 (SECURITY AU1).
const FAILURES: LimitRule = LimitRule::Failures {
    free: 5,
    first_delay: Duration::from_secs(1),
    max_delay: Duration::from_secs(15 * 60),
    give_up: 100,
};
