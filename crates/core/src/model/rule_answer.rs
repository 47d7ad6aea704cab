//! What rules answer, and what follows from the answers of several. Pure. What must stay true: a refusal counts, whoever else
//! failed; a rule that gives no verdict is never taken for one that refused, nor, unless it is set so, for one that allowed; what is added to a token is
//! within the rule's namespace and small.

use serde_json::{Map, Value};

use super::{Namespace, OnFailure, profile::forges};

/// What all rules together may add to one token, in bytes of JSON.
pub const MAX_ADDED_BYTES: usize = 2048;
/// How deep what they add may be nested.
const MAX_ADDED_DEPTH: usize = 5;
const MAX_REASON: usize = 64;
const MAX_MESSAGE: usize = 200;

/// What a rule says of a sign-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleVerdict {
    /// It has nothing against it.
    Allow,
    /// It does not want it.
    Refuse(RuleRefusal),
}

/// What a rule says of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenVerdict {
    /// It has nothing against it, and adds these claims; their names begin with the rule's namespace.
    Allow(Map<String, Value>),
    /// It does not want it.
    Refuse(RuleRefusal),
}

/// Why a rule does not want something. Whatever it was made of, it forges no line of a log or a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRefusal {
    reason: String,
    message: Option<String>,
}

impl RuleRefusal {
    /// Because of `reason`: a code for the log, which stays there and names nobody. Of it 64 characters are kept, and everything
    /// but letters, digits, `_`, `-` and `.` becomes `_`.
    #[must_use]
    pub fn new(reason: &str) -> Self {
        let legal = |c: char| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '_' };
        Self { reason: reason.chars().take(MAX_REASON).map(legal).collect(), message: None }
    }

    /// The same, with a sentence for whoever asked. Of it 200 characters are kept.
    #[must_use]
    pub fn saying(mut self, message: &str) -> Self {
        let kept: String = message.chars().filter(|c| !forges(*c)).take(MAX_MESSAGE).collect();
        self.message = Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty());
        self
    }

    /// The code for the log.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The sentence for whoever asked, if the rule gave one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

/// What one rule answered that was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleAnswer {
    /// Its name, for the log.
    pub rule: String,
    /// What the names of its claims begin with.
    pub namespace: Option<Namespace>,
    /// What is done if it gave no verdict.
    pub on_failure: OnFailure,
    /// What it said, or why that is nothing.
    pub said: Result<TokenVerdict, String>,
}

/// What the answers come to.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesJudged {
    /// What is to be done.
    pub outcome: RulesOutcome,
    /// Which rules gave no verdict, and why; also those because of which nothing else was done.
    pub failures: Vec<RuleFailure>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum RulesOutcome {
    /// What was asked for, with these claims.
    Allowed(AddedClaims),
    /// Nothing: this rule does not want it.
    Refused {
        /// The rule's name.
        rule: String,
        /// Why.
        refusal: RuleRefusal,
    },
    /// Nothing now: this rule gave no verdict, and is needed.
    Unknown {
        /// The rule's name.
        rule: String,
    },
}

/// A rule gave no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFailure {
    /// Its name.
    pub rule: String,
    /// Why.
    pub why: String,
}

/// What rules add to an access token. Whatever is in it is named within a namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddedClaims(Map<String, Value>);

impl AddedClaims {
    /// The claims, for the token.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Adds all of a rule's claims, or none of them.
    fn add(&mut self, namespace: Option<&Namespace>, claims: Map<String, Value>) -> Result<(), &'static str> {
        if claims.is_empty() {
            return Ok(());
        }
        let namespace = namespace.ok_or("it adds claims and has no namespace")?;
        let is_within = |name: &str| {
            let rest = name.strip_prefix(namespace.as_str());
            rest.is_some_and(|rest| !rest.is_empty()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !claims.keys().all(|name| is_within(name)) {
            return Err("it names a claim outside of its namespace");
        }
        if claims.keys().any(|name| self.0.contains_key(name)) {
            return Err("it names a claim that a rule before it has added");
        }
        if !claims.values().all(|value| is_flat(value, MAX_ADDED_DEPTH)) {
            return Err("its claims are nested too deeply");
        }
        let mut sum = self.0.clone();
        sum.extend(claims);
        if Value::Object(sum.clone()).to_string().len() > MAX_ADDED_BYTES {
            return Err("its claims are too large");
        }
        self.0 = sum;
        Ok(())
    }
}

fn is_flat(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_flat(item, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|member| is_flat(member, depth - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Judges the answers of all rules that were asked, in the order of the rules. The first refusal counts, whether or not another
/// rule failed; then the first failure of a rule that is needed; else what they add is added up.
#[must_use]
pub fn judge_rules(answers: Vec<RuleAnswer>) -> RulesJudged {
    let (mut claims, mut failures) = (AddedClaims::default(), Vec::new());
    let (mut refused, mut unknown) = (None, None);
    for RuleAnswer { rule, namespace, on_failure, said } in answers {
        let added = match said {
            Ok(TokenVerdict::Allow(added)) => claims.add(namespace.as_ref(), added).map_err(str::to_owned),
            Ok(TokenVerdict::Refuse(refusal)) => {
                refused.get_or_insert((rule, refusal));
                continue;
            }
            Err(why) => Err(why),
        };
        if let Err(why) = added {
            if on_failure == OnFailure::Closed {
                unknown.get_or_insert(rule.clone());
            }
            failures.push(RuleFailure { rule, why });
        }
    }
    let outcome = match (refused, unknown) {
        (Some((rule, refusal)), _) => RulesOutcome::Refused { rule, refusal },
        (None, Some(rule)) => RulesOutcome::Unknown { rule },
        (None, None) => RulesOutcome::Allowed(claims),
    };
    RulesJudged { outcome, failures }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(rule: &str, on_failure: OnFailure, said: Result<TokenVerdict, &str>) -> RuleAnswer {
        let namespace = Namespace::parse("namespace", "https://example.com/").ok();
        RuleAnswer { rule: rule.to_owned(), namespace, on_failure, said: said.map_err(str::to_owned) }
    }

    fn adds(claims: &Value) -> Result<TokenVerdict, &'static str> {
        Ok(TokenVerdict::Allow(claims.as_object().unwrap().clone()))
    }

    fn refuses(reason: &str) -> Result<TokenVerdict, &'static str> {
        Ok(TokenVerdict::Refuse(RuleRefusal::new(reason)))
    }

    fn outcome(answers: Vec<RuleAnswer>) -> RulesOutcome {
        judge_rules(answers).outcome
    }

    #[test]
    fn what_several_rules_add_is_added_up() {
        let one = answer("one", OnFailure::Closed, adds(&json!({ "https://example.com/plan": "gold" })));
        let two = answer("two", OnFailure::Open, adds(&json!({ "https://example.com/seats": [1, 2] })));
        let RulesOutcome::Allowed(claims) = outcome(vec![one, two]) else { panic!("nobody refused") };
        let expected = json!({ "https://example.com/plan": "gold", "https://example.com/seats": [1, 2] });
        assert_eq!(Value::Object(claims.into_map()), expected);
    }

    #[test]
    fn a_refusal_counts_whoever_else_failed_and_of_two_the_first() {
        let failed = || answer("failed", OnFailure::Closed, Err("time-out"));
        let refused = |name: &str| answer(name, OnFailure::Open, refuses(name));
        for answers in [vec![failed(), refused("a"), refused("b")], vec![refused("a"), failed(), refused("b")]] {
            let expected = RulesOutcome::Refused { rule: "a".to_owned(), refusal: RuleRefusal::new("a") };
            assert_eq!(outcome(answers), expected);
        }
    }

    #[test]
    fn a_rule_that_fails_closed_is_no_verdict_and_one_that_fails_open_adds_nothing() {
        let adds = || answer("adds", OnFailure::Closed, adds(&json!({ "https://example.com/a": 1 })));
        let closed = answer("closed", OnFailure::Closed, Err("time-out"));
        assert_eq!(outcome(vec![adds(), closed]), RulesOutcome::Unknown { rule: "closed".to_owned() });
        let judged = judge_rules(vec![answer("open", OnFailure::Open, Err("time-out")), adds()]);
        let RulesOutcome::Allowed(claims) = judged.outcome else { panic!("it fails open") };
        assert_eq!(claims.into_map().len(), 1);
        assert_eq!(judged.failures, [RuleFailure { rule: "open".to_owned(), why: "time-out".to_owned() }]);
    }

    #[test]
    fn a_claim_outside_of_the_namespace_or_too_large_or_deep_or_taken_makes_the_rule_fail() {
        let big = "x".repeat(MAX_ADDED_BYTES);
        let deep = json!([[[[[[1]]]]]]);
        for claims in [
            json!({ "sub": "somebody else" }),
            json!({ "roles": ["admin"] }),
            json!({ "https://example.com/": 1 }),
            json!({ "https://example.org/a": 1 }),
            json!({ "https://example.com/a\u{0}": 1 }),
            json!({ "https://example.com/a": 1, "exp": 1 }),
            json!({ "https://example.com/a": big }),
            json!({ "https://example.com/a": deep }),
        ] {
            assert_eq!(
                outcome(vec![answer("it", OnFailure::Closed, adds(&claims))]),
                RulesOutcome::Unknown { rule: "it".to_owned() },
                "{claims}"
            );
            let judged = judge_rules(vec![answer("it", OnFailure::Open, adds(&claims))]);
            assert_eq!(judged.outcome, RulesOutcome::Allowed(AddedClaims::default()), "{claims}");
            assert_eq!(judged.failures.len(), 1);
        }
        let first = answer("first", OnFailure::Closed, adds(&json!({ "https://example.com/a": 1 })));
        let second = answer("second", OnFailure::Closed, adds(&json!({ "https://example.com/a": 2 })));
        assert_eq!(outcome(vec![first, second]), RulesOutcome::Unknown { rule: "second".to_owned() });
    }

    #[test]
    fn a_rule_without_a_namespace_adds_nothing() {
        let claims = adds(&json!({ "https://example.com/a": 1 }));
        let answer = RuleAnswer { namespace: None, ..answer("it", OnFailure::Closed, claims) };
        assert_eq!(outcome(vec![answer]), RulesOutcome::Unknown { rule: "it".to_owned() });
    }

    #[test]
    fn what_a_rule_says_forges_no_line() {
        let refusal = RuleRefusal::new("a b\nc").saying(" Not\r\nyou\u{202e}. ");
        assert_eq!((refusal.reason(), refusal.message()), ("a_b_c", Some("Notyou.")));
        assert_eq!(RuleRefusal::new("x").saying("\n").message(), None);
        let long = RuleRefusal::new(&"x".repeat(999)).saying(&"ä".repeat(999));
        assert_eq!((long.reason().len(), long.message().unwrap().chars().count()), (MAX_REASON, MAX_MESSAGE));
    }
}
