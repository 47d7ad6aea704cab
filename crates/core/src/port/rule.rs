//! Rules of the program that embeds us. Whoever runs the binary has webhooks instead, which are asked and told the same.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Timer;
use crate::model::{
    Act, EmbeddedName, Event, Moment, Namespace, OnFailure, RULE_TIMEOUT, RuleVerdict, SignUpFacts, TokenFacts,
    TokenVerdict,
};

/// A rule of the program that embeds us.
///
/// All rules are asked at once, and of several refusals the first counts in the order in which the rules were given, embedded ones before
/// webhooks. A rule that is asked and takes too long is dropped where it waits.
#[async_trait]
pub trait Rule: Send + Sync {
    /// Its name. It stays the same from one release of the program to the next: what the rule was told is kept under it.
    fn name(&self) -> EmbeddedName;

    /// When it is asked or told. At other moments it is never called.
    fn moments(&self) -> &[Moment];

    /// How long it may take when it is asked; at most [`crate::model::MAX_RULE_TIMEOUT`].
    fn timeout(&self) -> Duration {
        RULE_TIMEOUT
    }

    /// What is done if it gives no verdict.
    fn on_failure(&self) -> OnFailure {
        OnFailure::Closed
    }

    /// What the names of its claims begin with. Without one it adds none.
    fn namespace(&self) -> Option<Namespace> {
        None
    }

    /// Whether it wants to be told of this act.
    fn wants(&self, _act: Act) -> bool {
        true
    }

    /// Somebody signs up. Nothing has been done, and nobody has looked whether the address is taken.
    ///
    /// # Errors
    /// When it cannot give a verdict; [`Self::on_failure`] says what then.
    async fn before_sign_up(&self, _facts: &SignUpFacts) -> Result<RuleVerdict, RuleError> {
        Ok(RuleVerdict::Allow)
    }

    /// A session is to get an access token. It is asked once for each request; nothing has been done.
    ///
    /// # Errors
    /// When it cannot give a verdict; [`Self::on_failure`] says what then.
    async fn before_token(&self, _facts: &TokenFacts) -> Result<TokenVerdict, RuleError> {
        Ok(TokenVerdict::Allow(serde_json::Map::new()))
    }

    /// Something happened. It is told at least once, on any node, and not always in the order of [`Event::seq`]; [`Event::id`]
    /// tells a repetition.
    ///
    /// # Errors
    /// When it wants to be told again later.
    async fn after(&self, _event: &Event) -> Result<(), RuleError> {
        Ok(())
    }
}

/// Why a rule could not do what it was asked. The text is for the log and the list of deliveries: it names no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(String);

impl RuleError {
    /// Because of this.
    pub fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// The rules of the program that embeds us, and what bounds the time they take.
#[derive(Clone, Default)]
pub struct EmbeddedRules {
    rules: Vec<Arc<dyn Rule>>,
    timer: Option<Arc<dyn Timer>>,
}

/// Two rules have the same name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two rules have the name `{0}`")]
pub struct TwoOfOneName(pub EmbeddedName);

impl EmbeddedRules {
    /// No rules.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These, in this order.
    ///
    /// # Errors
    /// If two of them have the same name.
    pub fn new(rules: Vec<Arc<dyn Rule>>, timer: Arc<dyn Timer>) -> Result<Self, TwoOfOneName> {
        let mut names: Vec<_> = rules.iter().map(|rule| rule.name()).collect();
        names.sort();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(TwoOfOneName(pair[0].clone())),
            None => Ok(Self { rules, timer: Some(timer) }),
        }
    }

    /// Those that are called at this moment.
    pub(crate) fn at(&self, moment: Moment) -> impl Iterator<Item = &Arc<dyn Rule>> {
        self.rules.iter().filter(move |rule| rule.moments().contains(&moment))
    }

    /// The one with this name.
    pub(crate) fn named(&self, name: &EmbeddedName) -> Option<&Arc<dyn Rule>> {
        self.rules.iter().find(|rule| rule.name() == *name)
    }

    /// What bounds their time. There is one where there is a rule.
    pub(crate) fn timer(&self) -> Option<&dyn Timer> {
        self.timer.as_deref()
    }
}

impl fmt::Debug for EmbeddedRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rules.iter().map(|rule| rule.name())).finish()
    }
}
