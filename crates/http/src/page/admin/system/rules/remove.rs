//! `/admin/rules/{id}/remove`: asks once more, and removes.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{model::RuleId, rights};

use super::PAGE;
use crate::{
    extract::RuleInPath,
    page::{
        admin::{self, Place},
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Form, Href, Tone},
        text::Text,
    },
};

/// `GET`: which one it is.
pub(in crate::page::admin::system) async fn show(member: Member, RuleInPath(id): RuleInPath) -> Result<Response, Stop> {
    member.allowed::<rights::RulesWrite>().await?;
    let by = member.allowed::<rights::RulesRead>().await?;
    let rule = member.visit.edge.gate().webhook(&by, id).await?;
    let facts = [
        (Text::SYS_NAME, Fact::Is(rule.name.as_str().to_owned())),
        (Text::RULES_URL, Fact::Code(rule.url.as_str().to_owned())),
    ];
    let form = Form::new(Text::RULE_REMOVE, member.form_token(&page(id))).tone(Tone::Grave);
    let sheet = admin::sheet(&member, Place::Rules, Text::RULE_REMOVE_TITLE)
        .paragraph(Text::RULE_REMOVE_LEAD)
        .block(Block::Facts(facts.map(|(label, fact)| (label.into(), fact)).into()))
        .block(Block::Form(form))
        .block(Block::Link { says: Text::SYS_KEEP.into(), href: Href::page(format!("{PAGE}/{id}")) });
    Ok(member.form(StatusCode::OK, &sheet))
}

/// `POST`: removes it.
pub(in crate::page::admin::system) async fn act(
    member: Member,
    RuleInPath(id): RuleInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RulesWrite>().await?;
    member.check(&filled, &page(id))?;
    let removed = member.visit.edge.gate().remove_webhook(&by, id, &member.visit.client).await;
    removed.map_err(|error| member.stop(error))?;
    Ok(member.see_done(PAGE, "removed"))
}

fn page(id: RuleId) -> String {
    format!("{PAGE}/{id}/remove")
}
