//! `/admin/rules/{id}`: a rule, what it was told lately, and what can be done with it. What must stay true: its forms are good for the
//! rule as it was shown, so that nobody undoes unseen what somebody else has just changed, and a new secret is made once.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Allowed, DeliveriesWanted, EnableRule, Error, SecretRotation, WebhookPatch, WebhookTested,
    model::{Listener, RuleState, Webhook},
    rights,
};

use super::{
    PAGE,
    add::shown_once,
    draft::{self, Draft, spoken},
    state, when,
};
use crate::{
    Problem,
    extract::RuleInPath,
    page::{
        admin::{
            self, Place,
            fault::{Fault, marked, status, told},
            right::also,
            system::{deliveries, href, once, way},
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Form, Href, Section, Sheet, Tone},
        text::{Say, Text},
    },
};

/// So many deliveries are shown beside the rule.
const LATELY: usize = 5;

/// `GET`: the rule.
pub(in crate::page::admin::system) async fn show(member: Member, RuleInPath(id): RuleInPath) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RulesRead>().await?;
    let rule = member.visit.edge.gate().webhook(&by, id).await?;
    let done = member.was_done().and_then(|done| was_done(&done));
    shown(&member, &by, &rule, Outcome::Done(done.map(Into::into)), None).await
}

/// `POST`: changes it, tries it, or makes a secret.
pub(in crate::page::admin::system) async fn act(
    member: Member,
    RuleInPath(id): RuleInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RulesWrite>().await?;
    let read = member.allowed::<rights::RulesRead>().await?;
    let (gate, client) = (member.visit.edge.gate(), &member.visit.client);
    let rule = gate.webhook(&read, id).await?;
    member.check(&filled, &page(&rule))?;
    let here = format!("{PAGE}/{id}");
    let stop = |error: Error| member.stop(error);
    match filled.text("act") {
        "change" => {
            let draft = Draft::filled(&filled);
            let changed = match draft.read() {
                Ok(new) => gate.change_webhook(&by, id, draft::patch(new), client).await,
                Err(fault) => return shown(&member, &read, &rule, Outcome::Fault(fault), Some(draft)).await,
            };
            match changed {
                Ok(_) => Ok(member.see_done(&here, "changed")),
                Err(error) => {
                    let fault = draft::explain(&member, error)?;
                    shown(&member, &read, &rule, Outcome::Fault(fault), Some(draft)).await
                }
            }
        }
        act @ ("pause" | "resume") => {
            let (enabled, done) =
                if act == "pause" { (EnableRule::No, "paused") } else { (EnableRule::Yes, "resumed") };
            let patch = WebhookPatch { enabled: Some(enabled), ..WebhookPatch::default() };
            gate.change_webhook(&by, id, patch, client).await.map_err(stop)?;
            Ok(member.see_done(&here, done))
        }
        "test" => {
            // What came back is shown at once: an address that said it would say it again to whoever opens it.
            let tested = gate.test_webhook(&by, id).await.map_err(stop)?;
            shown(&member, &read, &rule, outcome(tested), None).await
        }
        "rotate" => {
            let made = gate.rotate_webhook_secret(&by, id, SecretRotation::Begin, client).await.map_err(stop)?;
            Ok(shown_once(&member, &made, StatusCode::OK, Text::RULE_ROTATED_TITLE, Text::RULE_ROTATED_LEAD))
        }
        "finish" => {
            gate.rotate_webhook_secret(&by, id, SecretRotation::Finish, client).await.map_err(stop)?;
            Ok(member.see_done(&here, "finished"))
        }
        _ => Err(Problem::malformed("The form is none of this page.").into()),
    }
}

/// What has just happened.
enum Outcome {
    Done(Option<Say>),
    /// It was done, and what came of it is not as it should be.
    Wrong(Say),
    Fault(Fault),
}

fn outcome(tested: WebhookTested) -> Outcome {
    match (tested.status, tested.error) {
        (Some(status), _) if (200..300).contains(&status) => {
            Outcome::Done(Some(Text::RULE_TESTED.with("status", status)))
        }
        (Some(status), _) => Outcome::Wrong(Text::RULE_TESTED_BADLY.with("status", status)),
        (None, error) => Outcome::Wrong(Text::RULE_TESTED_NOT.with("error", error.unwrap_or_default())),
    }
}

fn was_done(name: &str) -> Option<Text> {
    match name {
        "changed" => Some(Text::RULE_CHANGED),
        "paused" => Some(Text::RULE_IS_PAUSED),
        "resumed" => Some(Text::RULE_RESUMED),
        "finished" => Some(Text::RULE_FINISHED),
        _ => None,
    }
}

/// The name of its forms, which is another one as soon as the rule is another.
fn page(rule: &Webhook) -> String {
    once(&format!("{PAGE}/{}", rule.id), &rule.version)
}

async fn shown(
    member: &Member,
    by: &Allowed<rights::RulesRead>,
    rule: &Webhook,
    outcome: Outcome,
    typed: Option<Draft>,
) -> Result<Response, Stop> {
    let sheet = admin::sheet(member, Place::Rules, Text::RULES_NAMED.with("name", rule.name.as_str()));
    let (sheet, fault) = match outcome {
        Outcome::Done(done) => (sheet.done(done), None),
        Outcome::Wrong(says) => (sheet.noticed(Some(says)), None),
        Outcome::Fault(fault) => (told(sheet, Some(&fault), None), Some(fault)),
    };
    let mut sheet = sheet.block(Block::Facts(facts(rule)));
    if also::<_, rights::RulesWrite>(by).is_some() {
        let token = member.form_token(&page(rule));
        sheet = ways(sheet, rule, &token);
        let form = typed.unwrap_or_else(|| Draft::of(rule)).on(Form::new(Text::RULE_SAVE, token).act("change", ""));
        let form = Block::Form(marked(form, fault.as_ref()));
        sheet = sheet.section(Section::new(Text::RULE_CHANGE).block(form));
    }
    let sheet = sheet.section(lately(member, by, rule).await?);
    let sheet = sheet.block(Block::Link { says: Text::RULES_BACK.into(), href: Href::page(PAGE) });
    Ok(member.form(status(fault.as_ref()), &sheet))
}

fn facts(rule: &Webhook) -> Vec<(Say, Fact)> {
    let timeout = u64::try_from(rule.timeout.as_millis()).unwrap_or(u64::MAX);
    let mut facts: Vec<(Say, Fact)> = vec![
        (Text::RULES_IS.into(), Fact::Says(state(rule.state).0.into())),
        (Text::RULES_URL.into(), Fact::Code(rule.url.as_str().to_owned())),
    ];
    facts.extend(rule.moments.iter().map(|moment| (Text::RULES_MOMENTS.into(), Fact::Says(when(*moment).into()))));
    facts.push((Text::RULES_TIMEOUT.into(), Fact::Says(spoken(timeout))));
    facts.push((Text::SYS_CREATED.into(), Fact::When(rule.created_at)));
    facts
}

/// What can be done with it besides changing it.
fn ways(sheet: Sheet, rule: &Webhook, token: &str) -> Sheet {
    let form = |button, act| Form::new(button, token.to_owned()).act(act, "").tone(Tone::Quiet);
    let (says, button, act) = match rule.state {
        RuleState::Enabled => (Some(Text::RULE_PAUSE_LEAD), Text::RULE_PAUSE, "pause"),
        RuleState::Disabled | RuleState::Gone => (None, Text::RULE_RESUME, "resume"),
    };
    let test = Section::new(Text::RULE_TEST).paragraph(Text::RULE_TEST_LEAD);
    let mut pause = Section::new(button);
    if let Some(says) = says {
        pause = pause.paragraph(says);
    }
    let mut secret = Section::new(Text::RULE_SECRET);
    if rule.secrets.previous.is_some() {
        secret = secret.paragraph(Text::RULE_FINISH_LEAD).block(Block::Form(form(Text::RULE_FINISH, "finish")));
    } else {
        secret = secret.paragraph(Text::RULE_ROTATE_LEAD);
    }
    sheet
        .section(test.block(Block::Form(form(Text::RULE_TEST, "test"))))
        .section(pause.block(Block::Form(form(button, act))))
        .section(secret.block(Block::Form(form(Text::RULE_ROTATE, "rotate"))))
        .block(Block::Form(way(Text::RULE_REMOVE, format!("{PAGE}/{}/remove", rule.id))))
}

/// What it was told lately, if the caller may see that.
async fn lately(member: &Member, by: &Allowed<rights::RulesRead>, rule: &Webhook) -> Result<Section, Stop> {
    let section = Section::new(Text::RULE_DELIVERIES);
    let Some(by) = also::<_, rights::DeliveriesRead>(by) else {
        return Ok(section.paragraph(Text::RULE_DELIVERIES_HIDDEN));
    };
    let listener = Listener::Webhook(rule.id);
    let key = listener.key();
    let wanted = DeliveriesWanted { listener: Some(listener), limit: LATELY, ..DeliveriesWanted::default() };
    let page = member.visit.edge.gate().deliveries(&by, wanted).await?;
    let all = href(deliveries::PAGE, &[("rule_id", &key)]);
    Ok(section
        .block(deliveries::items(member, &by, &page.deliveries, None))
        .block(Block::Link { says: Text::RULE_DELIVERIES_ALL.into(), href: all }))
}
