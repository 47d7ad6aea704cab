//! What we need from the world. Each method of a storing port is one atomic step; its comment states the race rule, and the
//! conformance suite of the testkit has a test of it on every store.
//!
//! Rules that hold for all storing ports:
//!
//! - A step that answers `Ok` is durable: it survives `kill -9` and power loss that come after the answer (invariant P11).
//! - A step that answers `Err` may or may not have happened; callers treat it as 503 and change nothing else.
//! - A step that takes an [`Entry`] writes it and its letters in the same transaction, exactly if it answers that it was done.
//! - Nothing is overwritten unseen: what a caller judged comes along as the guard of the write.

mod accounts;
mod activity_log;
mod admins;
mod blocklist;
mod clock;
mod courier;
mod directory;
mod entropy;
mod entry;
mod error;
mod hasher;
mod hook_caller;
mod keys;
mod limits;
mod mail_tokens;
mod maintenance;
mod outbox;
mod passwords;
mod roles;
mod rule;
mod rules;
mod service_keys;
mod sessions;
mod timer;
mod users;

pub use self::{
    accounts::{Accounts, DeleteAccount, NewAccount, SetDisabled, SignUp},
    activity_log::{
        ActivityFilter, ActivityFound, ActivityLog, ChainState, HourlyCount, MAX_LOOKED_AT, StoredCheckpoint,
    },
    admins::{Admins, Bootstrapped},
    blocklist::Blocklist,
    clock::{Clock, MAX_CLOCK_DIFFERENCE, SystemClock},
    courier::{Courier, CourierError},
    directory::{Directory, PageOf, Totals},
    entropy::{Entropy, SystemEntropy},
    entry::{Entry, SealedLetter},
    error::StoreError,
    hasher::{HashError, Hasher, Verification},
    hook_caller::{HookAnswer, HookCall, HookCaller, HookError, MAX_HOOK_ANSWER, NoHooks},
    keys::{Keys, StoredKey, StoredKeys},
    limits::{Limited, LimitsPort, Take},
    mail_tokens::{
        Earlier, EmailChange, EmailProof, MAX_CODE_TRIES, MAX_LIVE_TOKENS, MailTokens, PasswordReset, Redeemed,
        StoredMailToken, TokensOf,
    },
    maintenance::{Maintenance, Swept},
    outbox::{DueLetter, LetterFilter, LetterState, LetterSummary, Outbox, OutboxStats},
    passwords::{PasswordChange, Passwords},
    roles::RoleDefinitions,
    rule::{EmbeddedRules, Rule, RuleError, TwoOfOneName},
    rules::{
        DELIVERIES_KEPT, DeliveryFilter, DeliverySummary, DueDelivery, FanOut, NewDelivery, PutRule, Rules, Told,
        Tried, TriedOutcome,
    },
    service_keys::ServiceKeys,
    sessions::{Applied, End, EndAll, Opened, Opening, Redelivery, RollForward, Rotation, Sessions},
    timer::Timer,
    users::{AddUser, Administered, Administration, ChangeUser, RemoveUser, UserChange, Users},
};
