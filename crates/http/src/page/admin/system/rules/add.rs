//! `/admin/rules/add`: makes a rule, and shows its secret this once. What must stay true: a form that has made a rule makes no other when
//! it is sent again, as long as that rule is there.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{WebhookMade, rights};

use super::{
    PAGE,
    draft::{self, Draft},
};
use crate::page::{
    admin::{
        self, Place,
        fault::{Fault, marked, status, told},
        system::once,
    },
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Form, Href, Sheet},
    text::Text,
};

/// `GET`: the form.
pub(in crate::page::admin::system) async fn show(member: Member) -> Result<Response, Stop> {
    member.allowed::<rights::RulesWrite>().await?;
    let page = page(&member).await?;
    Ok(shown(&member, &page, &Draft::new(), None))
}

/// `POST`: makes the rule, and shows its secret.
pub(in crate::page::admin::system) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RulesWrite>().await?;
    let page = page(&member).await?;
    member.check(&filled, &page)?;
    let draft = Draft::filled(&filled);
    let fault = match draft.read() {
        Ok(new) => match member.visit.edge.gate().make_webhook(&by, new, &member.visit.client).await {
            Ok(made) => {
                return Ok(shown_once(
                    &member,
                    &made,
                    StatusCode::CREATED,
                    Text::RULES_MADE_TITLE,
                    Text::RULES_MADE_LEAD,
                ));
            }
            Err(error) => draft::explain(&member, error)?,
        },
        Err(fault) => fault,
    };
    Ok(shown(&member, &page, &draft, Some(&fault)))
}

/// The form's own name, which is another one as soon as there is another rule.
async fn page(member: &Member) -> Result<String, Stop> {
    let by = member.allowed::<rights::RulesRead>().await?;
    let newest = member.visit.edge.gate().webhooks(&by).await?.iter().map(|rule| rule.id).max();
    Ok(once("admin/rules/add", &newest.map_or_else(String::new, |id| id.to_string())))
}

fn shown(member: &Member, page: &str, draft: &Draft, fault: Option<&Fault>) -> Response {
    let form = draft.on(Form::new(Text::RULES_ADD_BUTTON, member.form_token(page)));
    let sheet = admin::sheet(member, Place::Rules, Text::RULES_ADD)
        .block(Block::Form(marked(form, fault)))
        .block(Block::Link { says: Text::RULES_BACK.into(), href: Href::page(PAGE) });
    member.form(status(fault), &told(sheet, fault, None))
}

/// The one page that shows a secret.
pub(super) fn shown_once(member: &Member, made: &WebhookMade, status: StatusCode, title: Text, lead: Text) -> Response {
    let secret = made.secret.as_ref().map(|secret| secret.expose().to_owned());
    let secret = secret.map(|value| Block::ShownOnce { label: Text::RULES_SECRET.into(), value });
    let href = Href::page(format!("{PAGE}/{}", made.webhook.id));
    let sheet = admin::sheet(member, Place::Rules, title).paragraph(lead);
    let sheet = secret.into_iter().fold(sheet, Sheet::block);
    member.visit.page(status, &sheet.block(Block::Link { says: Text::RULES_TO_RULE.into(), href }))
}
