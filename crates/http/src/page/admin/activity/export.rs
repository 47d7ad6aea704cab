//! `/admin/activity/export`: the log as a file. It is noted in the log who takes it away, so that a form of ours asks for it: no link of
//! another site has somebody leave that trace, or fetch all of it.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use gatewright_core::rights;

use super::filter::Asked;
use crate::{
    Problem,
    page::{
        filled::Filled,
        member::{Member, Stop},
    },
    route::exported,
};

pub(super) const PAGE: &str = "admin/activity/export";

/// `GET`: leads to where the form is, with the same filters.
pub(in crate::page::admin) async fn show(member: Member) -> Response {
    member.visit.see(&Asked::of(&member.visit).address(super::PAGE, None))
}

/// `POST`: the file.
pub(in crate::page::admin) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let by = member.allowed::<rights::ActivityRead>().await?;
    let asked = Asked::of(&member.visit);
    let wanted = asked.wanted().map_err(|_| Problem::invalid("act", "a filter of the log cannot be"))?;
    let mut response = exported(member.visit.edge.gate(), by, wanted, &member.visit.client).await?;
    let name = HeaderValue::from_static("attachment; filename=\"activity.ndjson\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
