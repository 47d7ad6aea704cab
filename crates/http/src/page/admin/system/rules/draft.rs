//! What somebody types of a rule: the fields, what they mean, and what is wrong with them.

use std::time::Duration;

use gatewright_core::{
    Error, NewWebhook, WebhookPatch,
    model::{Act, HookUrl, Invalid, InvalidReason, Moment, Namespace, OnFailure, RULE_TIMEOUT, RuleLabel, Webhook},
};

use super::{MOMENTS, when};
use crate::page::{
    admin::{
        fault::Fault,
        system::{lines, name_field, repeated},
    },
    filled::Filled,
    member::{Member, Stop},
    sheet::{Choice, Field, FieldKind, Form, Label, Needed},
    text::{Say, Text},
};

/// The times that can be chosen, in milliseconds.
const TIMES: [u64; 6] = [500, 1_000, 2_000, 3_000, 4_000, 5_000];

/// What was typed.
pub(super) struct Draft {
    name: String,
    url: String,
    /// Their names, with blanks between.
    moments: String,
    acts: String,
    timeout: String,
    on_failure: String,
    namespace: String,
}

impl Draft {
    /// Of a rule that is to be.
    pub(super) fn new() -> Self {
        Self {
            name: String::new(),
            url: String::new(),
            moments: Moment::After.name().to_owned(),
            acts: String::new(),
            timeout: RULE_TIMEOUT.as_millis().to_string(),
            on_failure: OnFailure::Closed.name().to_owned(),
            namespace: String::new(),
        }
    }

    /// As a rule is.
    pub(super) fn of(rule: &Webhook) -> Self {
        let joined = |names: Vec<&str>, between| names.join(between);
        Self {
            name: rule.name.as_str().to_owned(),
            url: rule.url.as_str().to_owned(),
            moments: joined(rule.moments.iter().map(|moment| moment.name()).collect(), " "),
            acts: joined(rule.acts.iter().map(|act| act.name()).collect(), "\n"),
            timeout: rule.timeout.as_millis().to_string(),
            on_failure: rule.on_failure.name().to_owned(),
            namespace: rule.namespace.as_ref().map_or_else(String::new, |one| one.as_str().to_owned()),
        }
    }

    /// As it was filled in.
    pub(super) fn filled(filled: &Filled) -> Self {
        let text = |name| filled.text(name).trim().to_owned();
        Self {
            name: text("name"),
            url: text("url"),
            moments: filled.several("moments").join(" "),
            acts: filled.text("acts").to_owned(),
            timeout: text("timeout"),
            on_failure: text("on_failure"),
            namespace: text("namespace"),
        }
    }

    /// What it means.
    ///
    /// # Errors
    /// A field is not as it should be.
    pub(super) fn read(&self) -> Result<NewWebhook, Fault> {
        let namespace = Some(self.namespace.as_str()).filter(|text| !text.is_empty());
        let namespace = namespace.map(|text| Namespace::parse("namespace", text));
        let moments = self.moments.split_whitespace().map(Moment::from_name).collect::<Option<Vec<_>>>();
        let failure = OnFailure::from_name(&self.on_failure);
        Ok(NewWebhook {
            name: RuleLabel::parse("name", &self.name).map_err(|invalid| wrong(&invalid))?,
            url: HookUrl::parse("url", &self.url).map_err(|invalid| wrong(&invalid))?,
            moments: moments.ok_or_else(|| Fault::at("moments", Text::RULES_NO_MOMENT))?,
            acts: self.acts_read()?,
            timeout: self.timeout_read().ok_or_else(|| Fault::at("timeout", Text::RULES_BAD_TIMEOUT))?,
            on_failure: failure.ok_or_else(|| Fault::at("on_failure", Text::RULES_BAD_FAILURE))?,
            namespace: namespace.transpose().map_err(|invalid| wrong(&invalid))?,
        })
    }

    fn acts_read(&self) -> Result<Vec<Act>, Fault> {
        let unknown = |name| Fault::at("acts", repeated(Text::RULES_BAD_ACT, name));
        lines(&self.acts).map(|name| Act::from_name(name).ok_or_else(|| unknown(name))).collect()
    }

    fn timeout_read(&self) -> Option<Duration> {
        self.timeout.parse().ok().map(Duration::from_millis)
    }

    /// The form with all of its fields.
    pub(super) fn on(&self, form: Form) -> Form {
        let moments = MOMENTS.map(|moment| Choice::new(moment.name(), Label::Says(when(moment).into())));
        let failure = [(OnFailure::Closed, Text::RULES_CLOSED), (OnFailure::Open, Text::RULES_OPEN)];
        let failure = failure.map(|(what, says)| Choice::new(what.name(), Label::Says(says.into())));
        let acts = Field::new("acts", FieldKind::Lines(Needed::No), Text::RULES_ACTS).hint(Text::RULES_ACTS_HINT);
        let url = Field::new("url", FieldKind::Line(Needed::Yes), Text::RULES_URL).hint(Text::RULES_URL_HINT);
        let namespace = Field::new("namespace", FieldKind::Line(Needed::No), Text::RULES_NAMESPACE);
        let several = FieldKind::Several(moments.to_vec());
        let choice = FieldKind::Choice(failure.to_vec());
        form.field(name_field(&self.name))
            .field(url.value(self.url.as_str()))
            .field(Field::new("moments", several, Text::RULES_MOMENTS).value(self.moments.as_str()))
            .field(acts.value(self.acts.as_str()))
            .field(namespace.hint(Text::RULES_NAMESPACE_HINT).value(self.namespace.as_str()))
            .field(Field::new("timeout", self.times(), Text::RULES_TIMEOUT).value(self.timeout.as_str()))
            .field(Field::new("on_failure", choice, Text::RULES_FAILURE).value(self.on_failure.as_str()))
    }

    /// The times that can be chosen, with the one that the rule has had from elsewhere.
    fn times(&self) -> FieldKind {
        let mut times = TIMES.to_vec();
        let own = self.timeout_read().and_then(|time| u64::try_from(time.as_millis()).ok());
        times.extend(own.filter(|own| !TIMES.contains(own)));
        times.sort_unstable();
        let choice = |time: u64| Choice::new(time.to_string(), Label::Says(spoken(time)));
        FieldKind::Select(times.into_iter().map(choice).collect())
    }
}

/// All of a rule as a change of it.
pub(super) fn patch(new: NewWebhook) -> WebhookPatch {
    let NewWebhook { name, url, moments, acts, timeout, on_failure, namespace } = new;
    WebhookPatch {
        name: Some(name),
        url: Some(url),
        moments: Some(moments),
        acts: Some(acts),
        timeout: Some(timeout),
        on_failure: Some(on_failure),
        namespace: Some(namespace),
        enabled: None,
    }
}

/// A time in words.
pub(super) fn spoken(milliseconds: u64) -> Say {
    if milliseconds.is_multiple_of(1_000) {
        Text::RULES_SECONDS.with("seconds", milliseconds / 1_000)
    } else {
        Text::RULES_MILLIS.with("milliseconds", milliseconds)
    }
}

/// What the core says about it.
///
/// # Errors
/// Nobody can mend it here.
pub(super) fn explain(member: &Member, error: Error) -> Result<Fault, Stop> {
    match &error {
        // The core knows whether one is needed; what was typed has been looked at before.
        Error::Invalid(Invalid { field: "namespace", .. }) => Ok(Fault::at("namespace", Text::RULES_NO_NAMESPACE)),
        Error::Invalid(invalid) => Ok(wrong(invalid)),
        Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => Err(member.stop(error)),
    }
}

fn wrong(invalid: &Invalid) -> Fault {
    let says: Say = match (invalid.field, &invalid.reason) {
        ("name", InvalidReason::TooMany { max }) => Text::RULES_TOO_MANY.with("max", *max),
        ("url", InvalidReason::TooLong { max }) => Text::RULES_LONG_URL.with("max", *max),
        ("url", InvalidReason::NotAllowed) => Text::RULES_REFUSED_URL.into(),
        ("url", _) => Text::RULES_BAD_URL.into(),
        ("moments", _) => Text::RULES_NO_MOMENT.into(),
        ("acts", _) => Text::RULES_IDLE_ACTS.into(),
        ("timeout", _) => Text::RULES_BAD_TIMEOUT.into(),
        ("namespace", _) => Text::RULES_BAD_NAMESPACE.into(),
        (_, _) => Text::SYS_BAD_NAME.into(),
    };
    Fault::at(invalid.field, says)
}
