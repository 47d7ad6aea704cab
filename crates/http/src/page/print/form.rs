//! A form as values of the template.

use minijinja::{Error, Value};

use super::{
    Values, Words,
    blocks::{act, tone},
};
use crate::page::sheet::{Choice, Field, Form, Label, Layout, Method, Presence};

impl Words<'_> {
    pub(super) fn form(&self, form: &Form) -> Result<Value, Error> {
        let first_wrong = form.fields.iter().find(|field| field.error.is_some()).map(|field| field.name);
        // What is the same for every form of a page would be no id on a page with several.
        let prefix = match &form.act {
            None => String::new(),
            Some(act) if act.of.is_empty() => format!("{}-", act.name),
            Some(act) => format!("{}-{}-", act.name, act.of),
        };
        let method = match form.method {
            Method::Post => "post",
            Method::Get => "get",
        };
        let layout = match form.layout {
            Layout::Column => "column",
            Layout::Line => "line",
        };
        let other = match &form.other {
            None => Value::from(()),
            Some((name, says)) => Value::from(Values::from([("name", Value::from(*name)), ("text", self.say(says)?)])),
        };
        Ok(Value::from(Values::from([
            ("other", other),
            ("token", Value::from(&form.token)),
            ("act", act(form.act.as_ref())),
            ("action", form.action.as_ref().map_or(Value::from(()), |href| self.href(href))),
            ("method", Value::from(method)),
            ("tone", tone(form.tone)),
            ("layout", Value::from(layout)),
            ("button", self.say(&form.button)?),
            ("fields", self.each(&form.fields, |field| self.field(field, &prefix, first_wrong))?),
        ])))
    }

    fn field(&self, field: &Field, prefix: &str, first_wrong: Option<&str>) -> Result<Value, Error> {
        let input = field.kind.input();
        let id = format!("{prefix}{}", field.name);
        let described: Vec<String> = [field.hint.as_ref().map(|_| "hint"), field.error.as_ref().map(|_| "error")]
            .into_iter()
            .flatten()
            .map(|what| format!("{id}-{what}"))
            .collect();
        Ok(Value::from(Values::from([
            ("id", Value::from(&id)),
            ("name", Value::from(field.name)),
            ("kind", Value::from(input.element.name())),
            ("type", Value::from(input.kind)),
            ("autocomplete", Value::from(input.autocomplete)),
            ("inputmode", Value::from(input.inputmode)),
            ("maxlength", Value::from(input.maxlength)),
            ("plain", Value::from(input.kind != "password")),
            ("required", Value::from(input.presence == Presence::Required)),
            ("readonly", Value::from(input.presence == Presence::Fixed)),
            ("label", self.say(&field.label)?),
            ("hint", self.perhaps(field.hint.as_ref())?),
            ("error", self.perhaps(field.error.as_ref())?),
            ("value", Value::from(&field.value)),
            ("describedby", Value::from(described.join(" "))),
            ("autofocus", Value::from(first_wrong == Some(field.name))),
            ("choices", self.each(field.kind.choices(), |choice| self.choice(choice, &field.value))?),
        ])))
    }

    fn choice(&self, choice: &Choice, chosen: &str) -> Result<Value, Error> {
        let label = match &choice.label {
            Label::Is(name) => Value::from(name),
            Label::Says(says) => self.say(says)?,
        };
        Ok(Value::from(Values::from([
            ("value", Value::from(&choice.value)),
            ("label", label),
            ("also", Value::from(choice.also.as_deref())),
            ("detail", self.perhaps(choice.detail.as_ref())?),
            ("checked", Value::from(choice.value == chosen)),
            // Where several can be on, the value of the field names those that are.
            ("on", Value::from(chosen.split_whitespace().any(|one| one == choice.value))),
        ])))
    }
}
