//! Asking the rules. All at once, so that several take no longer together than the slowest, which is bounded by
//! [`MAX_RULE_TIMEOUT`]. What must stay true: it is done before anything is changed, so that a refusal and an outage leave
//! everything as it was.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Either, join_all, select},
};
use serde_json::Map;

use super::{body, webhook};
use crate::{
    Error, Gatewright, Refusal,
    model::{
        Account, Act, Activity, Actor, AddedClaims, AuthMethod, ClientInfo, Email, LimitRule, MAX_RULE_TIMEOUT, Moment,
        Occasion, RuleAnswer, RuleVerdict, RulesOutcome, SessionId, SignUpFacts, Timestamp, TokenFacts, TokenVerdict,
        Transport, User, Username, judge_rules,
    },
    port::{Entry, Limited, Rule, StoreError, Take},
};

/// How often a refused refresh of one session is written down: a client asks again and again.
const REFUSED_REFRESHES: LimitRule = LimitRule::Rate { burst: 1, interval: Duration::from_secs(60 * 60) };

/// Somebody wants an account.
pub(crate) struct SignUpQuestion<'a> {
    pub(crate) email: &'a Email,
    pub(crate) username: Option<&'a Username>,
    pub(crate) locale: Option<&'a str>,
    pub(crate) client: &'a ClientInfo,
}

/// A session is to get an access token.
pub(crate) struct TokenQuestion<'a> {
    pub(crate) occasion: Occasion,
    pub(crate) account: &'a Account,
    pub(crate) user: &'a User,
    pub(crate) session_id: SessionId,
    pub(crate) transport: Transport,
    pub(crate) amr: &'a [AuthMethod],
    pub(crate) auth_time: Timestamp,
    pub(crate) client: &'a ClientInfo,
}

/// What the log says of who was refused.
struct About {
    moment: Moment,
    entry: Activity,
}

impl Gatewright {
    /// Asks whether somebody may sign up.
    ///
    /// # Errors
    /// [`Refusal::RefusedByRule`]; [`Error::Unavailable`] if a rule that is needed gave no verdict.
    pub(crate) async fn ask_before_sign_up(&self, question: SignUpQuestion<'_>) -> Result<(), Error> {
        let book = self.rule_book().await?;
        let mut embedded = self.ports().embedded_rules.at(Moment::BeforeSignUp).peekable();
        let mut hooks = book.at(Moment::BeforeSignUp).peekable();
        if embedded.peek().is_none() && hooks.peek().is_none() {
            return Ok(());
        }
        let SignUpQuestion { email, username, locale, client } = question;
        let facts = SignUpFacts {
            at: self.now(),
            email: email.clone(),
            username: username.cloned(),
            locale: locale.map(str::to_owned),
            ip: client.ip,
            user_agent: client.user_agent.clone(),
        };
        let body = body::before_sign_up(&facts);
        let asked = embedded.map(|rule| {
            let verdict = rule.before_sign_up(&facts).map(|said| said.map(of_sign_up).map_err(|why| why.to_string()));
            self.ask_embedded(rule, verdict.boxed())
        });
        let hooks = hooks.map(|hook| webhook::ask(self, hook, Moment::BeforeSignUp, &body).boxed());
        let answers = join_all(asked.chain(hooks)).await;
        let entry = Activity::new(self.new_entry(facts.at), facts.at, None, Act::RefusedByRule, client);
        self.judge_answers(answers, About { moment: Moment::BeforeSignUp, entry }, None).await.map(drop)
    }

    /// Asks whether a session may have an access token, and what is added to it. Nothing is asked, and no more than a pointer is
    /// read, where there is no rule.
    ///
    /// # Errors
    /// [`Refusal::RefusedByRule`]; [`Error::Unavailable`] if a rule that is needed gave no verdict.
    pub(crate) async fn ask_before_token(&self, question: TokenQuestion<'_>) -> Result<AddedClaims, Error> {
        let book = self.rule_book().await?;
        let mut embedded = self.ports().embedded_rules.at(Moment::BeforeToken).peekable();
        let mut hooks = book.at(Moment::BeforeToken).peekable();
        if embedded.peek().is_none() && hooks.peek().is_none() {
            return Ok(AddedClaims::default());
        }
        let facts = question.facts(self.now());
        let body = body::before_token(&facts);
        let asked = embedded.map(|rule| {
            let verdict = rule.before_token(&facts).map(|said| said.map_err(|why| why.to_string()));
            self.ask_embedded(rule, verdict.boxed())
        });
        let hooks = hooks.map(|hook| webhook::ask(self, hook, Moment::BeforeToken, &body).boxed());
        let answers = join_all(asked.chain(hooks)).await;
        let (account, client) = (question.account.id, question.client);
        let entry = Activity::new(self.new_entry(facts.at), facts.at, account, Act::RefusedByRule, client);
        let entry = entry.of_user(facts.user.id).saying("occasion", facts.occasion.name());
        // What is refused elsewhere never becomes a session, so that nobody would find it.
        let of_session = (facts.occasion == Occasion::Refresh).then_some(facts.session_id);
        let entry = of_session.map_or(entry.clone(), |session| entry.in_session(session));
        self.judge_answers(answers, About { moment: Moment::BeforeToken, entry }, of_session).await
    }

    fn ask_embedded<'a>(
        &'a self,
        rule: &'a Arc<dyn Rule>,
        verdict: BoxFuture<'a, Result<TokenVerdict, String>>,
    ) -> BoxFuture<'a, RuleAnswer> {
        let bounded = self.bounded(rule.timeout().min(MAX_RULE_TIMEOUT), verdict);
        let answer = bounded.map(|said| RuleAnswer {
            rule: rule.name().to_string(),
            namespace: rule.namespace(),
            on_failure: rule.on_failure(),
            said: said.unwrap_or_else(|| Err("it took too long".to_owned())),
        });
        answer.boxed()
    }

    /// What an embedded rule gives within this time.
    pub(super) async fn bounded<T>(&self, timeout: Duration, work: impl Future<Output = T>) -> Option<T> {
        let Some(timer) = self.ports().embedded_rules.timer() else { return Some(work.await) };
        match select(pin!(work), timer.pass(timeout)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(((), _)) => None,
        }
    }

    async fn judge_answers(
        &self,
        answers: Vec<RuleAnswer>,
        about: About,
        refreshed: Option<SessionId>,
    ) -> Result<AddedClaims, Error> {
        let judged = judge_rules(answers);
        for failure in &judged.failures {
            tracing::warn!(
                rule = failure.rule,
                why = failure.why,
                moment = about.moment.name(),
                "no verdict of a rule"
            );
        }
        match judged.outcome {
            RulesOutcome::Allowed(claims) => Ok(claims),
            RulesOutcome::Unknown { rule } => {
                Err(StoreError::unavailable(format!("the rule `{rule}` gave no verdict, and is needed")).into())
            }
            RulesOutcome::Refused { rule, refusal } => {
                let entry = about.entry.by(Actor::System).saying("moment", about.moment.name());
                let entry = entry.saying("rule", rule.as_str()).saying("reason", refusal.reason());
                if self.is_worth_an_entry(refreshed).await {
                    self.ports().activity.append(Entry::from(entry)).await?;
                }
                let (reason, message) = (refusal.reason().to_owned(), refusal.message().map(str::to_owned));
                Err(Refusal::RefusedByRule { rule, reason, message }.into())
            }
        }
    }

    /// Of refused refreshes of one session one an hour is.
    async fn is_worth_an_entry(&self, refreshed: Option<SessionId>) -> bool {
        let Some(session) = refreshed else { return true };
        let key = self.limit_key("refused refresh", session.as_bytes());
        let take = Take { key, rule: REFUSED_REFRESHES };
        !matches!(self.ports().limits.take(&[take], self.now()).await, Ok(Limited::Wait(_)))
    }
}

impl TokenQuestion<'_> {
    fn facts(&self, at: Timestamp) -> TokenFacts {
        TokenFacts {
            at,
            occasion: self.occasion,
            account: self.account.clone(),
            user: self.user.clone(),
            session_id: self.session_id,
            transport: self.transport,
            amr: self.amr.to_vec(),
            auth_time: self.auth_time,
            ip: self.client.ip,
            user_agent: self.client.user_agent.clone(),
        }
    }
}

fn of_sign_up(verdict: RuleVerdict) -> TokenVerdict {
    match verdict {
        RuleVerdict::Allow => TokenVerdict::Allow(Map::new()),
        RuleVerdict::Refuse(refusal) => TokenVerdict::Refuse(refusal),
    }
}
