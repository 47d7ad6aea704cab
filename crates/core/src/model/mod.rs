//! What is true. Pure and synchronous: no IO, no clock, no randomness; everything that is needed comes in as an argument.

mod account;
mod activity;
mod activity_chain;
mod activity_policy;
#[cfg(feature = "alternatives")]
mod alternative;
mod answer_times;
mod base62;
mod bootstrap;
mod browser_mark;
mod checkpoint;
mod client;
mod delivery;
mod device_signs;
mod email;
mod epoch;
mod forward;
mod ids;
mod invalid;
mod judgement;
mod letter;
mod limit;
mod login;
mod mail_policy;
mod mail_token;
mod master_key;
mod password;
mod permission;
mod pin;
mod policy;
mod profile;
mod refresh_token;
mod retry_key;
mod role;
mod route_rule;
mod rule;
mod rule_answer;
mod rule_facts;
mod secret;
mod secret_text;
mod security_event;
mod service_key;
mod session;
mod time;
mod user;
mod username;
mod work;

#[cfg(feature = "alternatives")]
pub use self::alternative::{Alternative, Spent};
pub use self::{
    account::Account,
    activity::{Act, Activity, Actor, EntrySeed},
    activity_chain::{ChainedActivity, Checkpoint, Digest, Link, Misplaced, commitment, link},
    activity_policy::ActivityPolicy,
    answer_times::{AnswerTimes, Percentile},
    bootstrap::{MIN_BOOTSTRAP_SECRET, bootstrap_hash},
    browser_mark::{BrowserMark, BrowserMarkText},
    checkpoint::{CheckpointKey, CheckpointRefusal, SignedCheckpoint},
    client::{ClientInfo, ClientLabel, ClientSource, Device, UserAgent},
    delivery::{DeliveryState, next_delivery_try},
    device_signs::{DeviceSigns, Program, System},
    email::Email,
    epoch::Epoch,
    forward::{Ambiguous, AskedRoute, NormalPath, RouteHost, RouteMethod, forward_auth_may},
    ids::{AccountId, ActivityId, DeliveryId, LetterId, MailTokenId, RuleId, ServiceKeyId, SessionId, TokenId, UserId},
    invalid::{Invalid, InvalidReason},
    judgement::{KeyFate, Leniency, MAX_POSTPONING_REDELIVERIES, Postpone, Presentation, Verdict, Windows, judge},
    letter::{Circumstances, Letter, Proof, Says},
    limit::{LimitKey, LimitRule, LimitState, LimitVerdict},
    login::Login,
    mail_policy::{EmailVerification, MagicLinks, MailLifetimes, MailPolicy},
    mail_token::{MAIL_TOKEN_LENGTH, MailCode, MailPurpose, MailToken, MailTokenText},
    master_key::{KeyNumber, MasterKeyError, MasterKeys},
    password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH, PasswordHash, PasswordRules, Plaintext},
    permission::{NotAPermission, Permission, Permissions, Right},
    pin::Pin,
    policy::{LimitRules, Limits, PermissionsClaim, Policy, ReuseEnds},
    profile::{MAX_METADATA_BYTES, Metadata, Profile, ProfilePatch, check_metadata},
    refresh_token::{Forged, REFRESH_TOKEN_LENGTH, RefreshToken, RefreshTokenText, looks_like_refresh_token},
    retry_key::{RetryKey, RetryKeyHash},
    role::{ADMIN, Role, granted},
    route_rule::{RouteRequirement, RouteRule, RouteRuleError, RouteRules},
    rule::{
        EmbeddedName, HookUrl, Listener, MAX_RULE_TIMEOUT, MAX_WEBHOOKS, MIN_RULE_TIMEOUT, Moment, Namespace,
        OnFailure, RULE_TIMEOUT, RuleLabel, RuleState, SealedSecrets, Webhook,
    },
    rule_answer::{
        AddedClaims, MAX_ADDED_BYTES, RuleAnswer, RuleFailure, RuleRefusal, RuleVerdict, RulesJudged, RulesOutcome,
        TokenVerdict, judge_rules,
    },
    rule_facts::{Event, Occasion, SignUpFacts, TokenFacts},
    secret::{Secret, SecretHash},
    security_event::{SecurityEvent, security_event},
    service_key::{SERVICE_KEY_LENGTH, ServiceKey, ServiceKeySecret, ServiceKeyText},
    session::{AuthMethod, Chain, Dead, EndReason, Session, SessionState, Standing, Transport},
    time::{NotATimestamp, Timestamp},
    user::{Lock, NotARoleName, Rank, RoleName, Roles, User},
    username::Username,
    work::{NodeId, Work},
};
pub(crate) use self::{bootstrap::bootstrap_text, profile::merge, session::names};
