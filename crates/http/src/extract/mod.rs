//! What handlers take: each extractor turns a part of a request into a value that needs no further check.

mod admin;
mod browser;
mod client_info;
mod csrf;
mod cursor;
mod forwarded;
mod json;
mod listing;
mod mail_proof;
mod path;
mod query;
mod retry_key;
mod signed;
mod source;
mod token_form;

pub(crate) use self::{
    admin::{Require, ServiceOnly},
    browser::BrowserCookie,
    client_info::{Arrival, Client},
    csrf::{FromOwnPage, Guard, check_origin},
    cursor::{cursor_text, page as page_at},
    forwarded::{Asked, Forwarded, Shown, Unsaid, VERIFY},
    json::{Json, OptionalJson, object as json_object, read as read_body},
    listing::{
        AccountsQuery, ActivityExportQuery, ActivityFilterQuery, DeliveriesQuery, MailsQuery, SessionsQuery,
        StatsQuery, UsersQuery, actor,
    },
    mail_proof::{ConfirmProof, VerifyProof},
    path::{
        AccountInPath, DeliveryInPath, MailInPath, NewRoleInPath, RoleInPath, RuleInPath, ServiceKeyInPath,
        SessionInPath, UserInPath, one_spelling,
    },
    query::ActivityQuery,
    retry_key::OptionalRetryKey,
    source::{LogoutOrigin, LogoutToken, RefreshToken, SelectionToken, Sources},
    token_form::TokenForm,
};
pub use signed::Signed;
