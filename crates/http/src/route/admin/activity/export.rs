//! `GET /admin/v1/activity/export`: the activity log as lines of JSON, to be kept elsewhere.
//!
//! A page of the log is read when the one before has been taken by the client: however long the log is and however slow the
//! client, there is one page in memory. It ends with what happened before it was asked for.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use gatewright_core::{
    ActivityWanted, Allowed, Error, Gatewright,
    model::{Activity, ClientInfo},
    rights,
};

use crate::{
    Problem,
    extract::{ActivityExportQuery, Client, FromOwnPage, Require},
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Gives the activity log, newest first, each entry as one line of JSON. It is noted in the log itself first: so a page of
/// another site cannot ask for it. An answer that breaks off is not complete.
#[utoipa::path(
    get, path = "/admin/v1/activity/export", tag = "admin", operation_id = "admin_export_activity",
    params(
        ("account_id" = Option<String>, Query, format = Uuid),
        ("user_id" = Option<String>, Query, format = Uuid),
        ("session_id" = Option<String>, Query, format = Uuid),
        ("act" = Option<String>, Query, description = "One act, or several with commas between"),
        ("actor" = Option<String>, Query, description = "As for the pages of the log"),
        ("since" = Option<String>, Query, format = DateTime, description = "From this moment on"),
        ("until" = Option<String>, Query, format = DateTime, description = "Before this moment"),
    ),
    security(("service_key" = ["activity:read"]), ("access_token" = ["activity:read"]), ("access_cookie" = ["activity:read"])),
    responses(
        (status = 200, body = view::ActivityEntry, content_type = "application/x-ndjson",
            description = "One entry on each line"),
        Always, Administered,
    )
)]
pub(crate) async fn export(
    State(gate): State<Gatewright>,
    Client(client): Client,
    _: FromOwnPage,
    Require(by): Require<rights::ActivityRead>,
    ActivityExportQuery(wanted): ActivityExportQuery,
) -> Result<Response, Problem> {
    exported(&gate, by, wanted, &client).await
}

/// The log as lines of JSON, noted as taken away.
pub(crate) async fn exported(
    gate: &Gatewright,
    by: Allowed<rights::ActivityRead>,
    wanted: ActivityWanted,
    client: &ClientInfo,
) -> Result<Response, Problem> {
    gate.note_activity_export(&by, &wanted, client).await?;
    let until = wanted.until.map_or(client.received_at, |until| until.min(client.received_at));
    let wanted = ActivityWanted { until: Some(until), limit: EXPORT_STEP, ..wanted };
    let export = Export { gate: gate.clone(), by, wanted: Some(wanted) };
    let lines = stream::try_unfold(export, Export::next);
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"))];
    Ok((kind, Body::from_stream(lines)).into_response())
}

/// So many entries are read at a time.
const EXPORT_STEP: usize = 1_000;

/// What is still to be sent.
struct Export {
    gate: Gatewright,
    by: Allowed<rights::ActivityRead>,
    /// The next page; `None` after the last.
    wanted: Option<ActivityWanted>,
}

impl Export {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let Some(wanted) = self.wanted.take() else { return Ok(None) };
        let page = self.gate.activity_of_all(&self.by, wanted.clone()).await;
        let page = page.inspect_err(|error| tracing::error!(%error, "an export of the activity log broke off"))?;
        self.wanted = page.next.map(|before| ActivityWanted { before: Some(before), ..wanted });
        Ok(Some((lines(&page.entries)?, self)))
    }
}

fn lines(entries: &[Activity]) -> Result<Bytes, Error> {
    let mut text = Vec::new();
    for entry in entries {
        let written = serde_json::to_writer(&mut text, &view::ActivityEntry::from(entry));
        written.map_err(|_| Error::Bug("an entry of the activity log is JSON"))?;
        text.push(b'\n');
    }
    Ok(text.into())
}
