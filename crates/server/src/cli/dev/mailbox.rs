//! The mailbox of `gatewright dev`: every mail that would have left, as a list, as pages, and as JSON for tests.
//!
//! What must stay true: nothing outside of `dev` can make [`Pages`], this module is private to it (SECURITY PW19: whoever reads this
//! mailbox has every account); and nobody reads it through somebody's browser: another host's name, another origin and another
//! site's frame are refused.

mod guard;
mod page;

use std::{io, path::Path, sync::Arc};

use axum::{
    Json, Router,
    extract::{self, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
    },
    middleware,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use gatewright_mail::{Mail, Mailbox, SetupError};
use serde_json::{Value, json};

use crate::gate::model::{LetterId, MailPurpose};

/// Where the list stands.
pub(super) const PATH: &str = "/dev/mailbox";

/// The most mails that are listed.
const LISTED: usize = 200;

/// The pages of a mailbox.
pub(super) struct Pages(Mailbox);

impl Pages {
    /// Opens the folder that mails are caught in.
    pub(super) fn open(folder: &Path) -> Result<Self, SetupError> {
        Mailbox::open(folder).map(Self)
    }

    /// Puts the pages in front of the API.
    pub(super) fn before(self, api: Router) -> Router {
        Router::new()
            .route(PATH, get(list).delete(clear).post(clear_by_button))
            .route("/dev/mailbox.json", get(list_for_tests))
            .route("/dev/mailbox/style.css", get(style))
            .route("/dev/mailbox/{name}", get(one))
            .route_layer(middleware::from_fn(guard::only_from_here))
            .with_state(Arc::new(self.0))
            .fallback_service(api)
    }
}

type Box = State<Arc<Mailbox>>;

async fn list(State(mailbox): Box) -> Response {
    mailbox.list(LISTED).map_or_else(|error| unreadable(&error), |mails| framed(PAGE, page::list(&mails)))
}

async fn list_for_tests(State(mailbox): Box) -> Response {
    mailbox.list(LISTED).map_or_else(
        |error| unreadable(&error),
        |mails| {
            let mails: Vec<Value> = mails.iter().map(head).collect();
            Json(json!({ "mails": mails })).into_response()
        },
    )
}

/// `{id}`, `{id}.json` or `{id}.html`.
async fn one(State(mailbox): Box, extract::Path(name): extract::Path<String>) -> Response {
    let (id, form) = name.split_once('.').unwrap_or((&name, ""));
    let Ok(id) = id.parse::<LetterId>() else { return nothing() };
    let mail = match mailbox.mail(id) {
        Ok(Some(mail)) => mail,
        Ok(None) => return nothing(),
        Err(error) => return unreadable(&error),
    };
    match form {
        "" => framed(PAGE, page::mail(&mail)),
        "json" => {
            let mut whole = head(&mail);
            whole["text"] = mail.text.into();
            whole["html"] = mail.html.into();
            Json(whole).into_response()
        }
        "html" => framed(MAIL, page::opening_elsewhere(&mail.html)),
        _ => nothing(),
    }
}

async fn clear(State(mailbox): Box) -> Response {
    mailbox.clear().map_or_else(|error| unreadable(&error), |_| StatusCode::NO_CONTENT.into_response())
}

async fn clear_by_button(State(mailbox): Box) -> Response {
    let back = (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static(PATH))]);
    mailbox.clear().map_or_else(|error| unreadable(&error), |_| back.into_response())
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE).into_response()
}

/// What is a page of ours may load.
const PAGE: [(HeaderName, &str); 1] = [(
    CONTENT_SECURITY_POLICY,
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
)];

/// A mail's own HTML runs nothing and loads nothing; its links open beside it.
const MAIL: [(HeaderName, &str); 1] = [(
    CONTENT_SECURITY_POLICY,
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; \
     sandbox allow-popups allow-popups-to-escape-sandbox",
)];

fn framed(policy: [(HeaderName, &'static str); 1], html: String) -> Response {
    (policy, Html(html)).into_response()
}

fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "There is no such mail.\n").into_response()
}

fn unreadable(error: &io::Error) -> Response {
    tracing::error!(%error, "the folder of mails cannot be used");
    (StatusCode::INTERNAL_SERVER_ERROR, "The folder of mails cannot be used.\n").into_response()
}

/// All but the texts.
fn head(mail: &Mail) -> Value {
    let link = link(mail);
    json!({
        "id": mail.id.to_string(),
        "date": mail.date.to_string(),
        "from": mail.from,
        "to": mail.to,
        "subject": mail.subject,
        "language": mail.language,
        "message_id": mail.message_id,
        "purpose": link.and_then(purpose).map(MailPurpose::name),
        "link": link,
        "code": mail.code,
    })
}

/// The link that carries a token.
fn link(mail: &Mail) -> Option<&str> {
    mail.links.iter().map(String::as_str).find(|link| link.contains("?token="))
}

/// What the link is for, by the page it leads to. That of a sign-up looks like that of an address.
fn purpose(link: &str) -> Option<MailPurpose> {
    let (page, _) = link.split_once('?')?;
    Some(match page.rsplit('/').next()? {
        "verify-email" => MailPurpose::VerifyEmail,
        "reset-password" => MailPurpose::ResetPassword,
        "magic-link" => MailPurpose::MagicLink,
        "confirm-email" => MailPurpose::ConfirmEmail,
        "undo-email" => MailPurpose::UndoEmail,
        "invitation" => MailPurpose::Invitation,
        _ => return None,
    })
}
