//! The house: an instance with its store and its password engine, put together from the settings.

#[cfg(feature = "alternatives")]
mod alternative;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use gatewright_password::{Engine, Parameters, Settings as EngineSettings};

use crate::{
    config::{Problem, Settings, WebOrigin, keys},
    failure::Failure,
    gate::{
        Gatewright, StartError,
        model::{Leniency, LimitRules, Limits, PasswordRules, Policy, Windows},
        port::SystemEntropy,
        token::RotationPolicy,
    },
    hooks, material,
    store::{Store, Time},
};

/// An instance with what it stands on.
pub(crate) struct House {
    pub(crate) gate: Gatewright,
    pub(crate) store: Store,
    pub(crate) engine: Arc<Engine>,
}

/// For how long the instance is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// As long as it is served.
    Long,
    /// For one command: one thread for passwords is enough.
    Short,
}

impl House {
    /// Opens the store, starts the password engine and the instance. `origin` is the issuer.
    pub(crate) async fn open(settings: &Settings, origin: &WebOrigin, stay: Stay) -> Result<Self, Failure> {
        Self::open_at(settings, origin, stay, Time::OfTheSystem).await
    }

    /// The same by another clock.
    pub(crate) async fn open_at(
        settings: &Settings,
        origin: &WebOrigin,
        stay: Stay,
        time: Time,
    ) -> Result<Self, Failure> {
        let master = material::master_keys(settings)?;
        let source = material::signing_keys(settings)?;
        let peppers = material::peppers(settings)?;
        let store = Store::open(settings, stay, time).await?;
        let clock = store.clock();
        let entropy = Arc::new(SystemEntropy::default());

        let parameters = Parameters::new(settings.password_memory_kib, settings.password_passes)
            .map_err(|error| too_weak(settings, &error))?;
        let threads = match stay {
            Stay::Long => settings.password_threads,
            Stay::Short => Some(NonZeroUsize::MIN),
        };
        let engine = EngineSettings::new(parameters);
        let mut engine = match threads {
            Some(threads) => engine.with_permits(threads),
            None => engine,
        };
        engine.peppers = peppers;
        let engine = Engine::start(engine, Arc::clone(&clock), entropy.clone())
            .map_err(|error| Failure::because("passwords cannot be hashed", &error))?;
        let engine = Arc::new(engine);

        let mut ports = store.ports(engine.clone(), entropy);
        ports.hooks = hooks::caller(settings)?;
        let policy = policy(settings, origin);
        #[cfg(feature = "alternatives")]
        let (policy, alternative) = alternative::chosen(policy)?;
        let gate =
            Gatewright::start(ports, policy, master, source).await.map_err(|error| not_started(settings, &error))?;
        #[cfg(feature = "alternatives")]
        if let Some(alternative) = alternative {
            gate.judge_spent_tokens_as(alternative);
        }
        Ok(Self { gate, store, engine })
    }
}

fn not_started(settings: &Settings, error: &StartError) -> Failure {
    if matches!(error, StartError::WrongMasterKey) {
        let says = format!("it does not open the signing keys in {}", settings.database);
        let remedy = "use the key that this database was made with, on every node the same";
        return Problem::new(settings.spoken(&keys::MASTER_KEY), says, remedy).into();
    }
    Failure::because("the signing keys cannot be used", error)
}

fn too_weak(settings: &Settings, error: &gatewright_password::ParameterError) -> Problem {
    let spoken = settings.spoken(&keys::PASSWORD_MEMORY_KIB);
    Problem::new(spoken, error.to_string(), "remove it to have the default")
}

fn policy(settings: &Settings, origin: &WebOrigin) -> Policy {
    let secs = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let windows = if settings.strict {
        Windows::STRICT
    } else {
        Windows { min_age: settings.min_age, lost_window: settings.lost_window, leniency: Leniency::Retries }
    };
    let rules = LimitRules::DEFAULT;
    Policy {
        issuer: origin.as_str().to_owned(),
        audience: settings.audience.clone().unwrap_or_else(|| origin.as_str().to_owned()),
        access_ttl: settings.access_ttl,
        selection_ttl: settings.selection_ttl,
        session_idle: settings.session_idle,
        session_absolute: settings.session_absolute,
        fresh_window: settings.fresh_window,
        windows,
        reuse_ends: settings.reuse_ends,
        passwords: PasswordRules { min_length: settings.password_min_length, context_words: context_words(origin) },
        mail: settings.mail.policy,
        limits: if settings.limits_off { Limits::Off } else { Limits::On(rules) },
        max_users: settings.max_users,
        max_sessions: settings.max_sessions,
        keys: RotationPolicy {
            algorithm: settings.algorithm,
            rotate_every_secs: secs(settings.rotate_every),
            token_ttl_secs: secs(longest_token(settings)),
            ..RotationPolicy::default()
        },
        roles: settings.admin.roles.clone(),
        permissions_claim: settings.admin.permissions_claim,
        bootstrap_secret: settings.admin.bootstrap.as_ref().map(|secret| secret.hash),
        max_impersonation: settings.admin.max_impersonation,
        activity: settings.activity,
        routes: settings.forward_auth.routes.clone(),
    }
}

/// How long the longest token lives, so that the key that signed it is published for as long.
fn longest_token(settings: &Settings) -> Duration {
    settings.access_ttl.max(settings.selection_ttl).max(settings.admin.max_impersonation)
}

/// Words that a password of this service should not be made of (SECURITY PW8): ours, and those of its host.
fn context_words(origin: &WebOrigin) -> Vec<String> {
    let labels = origin.host().split('.').filter(|label| label.len() >= 4 && label.parse::<u8>().is_err());
    std::iter::once("gatewright").chain(labels).map(str::to_owned).collect()
}
