//! The hosted pages: what links in mails lead to, and what people see who have no app of their own for it.
//!
//! What must stay true: reading a page changes nothing, however often and by whomever it is read (SECURITY EM3); what a page does
//! is done by its form. It works without a script, and nothing comes from elsewhere. A page is a [`sheet::Sheet`], which one template
//! gives its form; all words lie in `templates/<language>/`. A new page is a file in the folder of its part ([`entry`], [`family`],
//! [`account`], [`admin`], [`mail`]), its words, and a line in that part's `routes`.

mod account;
mod admin;
mod assets;
mod cookies;
mod done;
mod entry;
mod errors;
mod family;
mod filled;
mod language;
mod mail;
mod member;
mod next;
mod policy;
mod print;
mod sheet;
mod sign_in_first;
mod text;
mod visit;

use axum::{Router, http::StatusCode, response::Response, routing::get};

pub(crate) use self::{
    assets::Assets,
    entry::elsewhere,
    errors::as_pages,
    print::{Misprint, Printer, shipped, texts_of, try_out},
    sign_in_first::{Onward, instead as as_page_that_leads_on},
};
use self::{
    mail::MailPage,
    sheet::{Block, Href, Sheet},
    text::Text,
    visit::Visit,
};
use crate::Edge;

/// Every page, in its own place.
pub(crate) fn routes() -> Router<Edge> {
    let routes = Router::new()
        .route(assets::PATH, get(assets::give))
        .merge(entry::routes())
        .merge(family::routes())
        .merge(account::routes())
        .merge(admin::routes());
    MailPage::ALL.into_iter().fold(routes, |routes, page| {
        let show = move |visit| mail::show(page, visit);
        let act = move |visit, filled| mail::act(page, visit, filled);
        routes.route(page.path(), get(show).post(act))
    })
}

/// Whether a page stands there, or would if there were one.
fn is_page(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_api = below("/admin/v1");
    let is_known = MailPage::ALL.into_iter().any(|page| page.path() == path)
        || entry::PATHS.contains(&path)
        || family::PATHS.contains(&path);
    !is_api && (is_known || below(account::FOLDER) || below(admin::FOLDER))
}

/// A form that is not (any more) what this browser was given.
fn stale(visit: &Visit, page: &str) -> Response {
    let again = Block::Link { says: Text::AGAIN.into(), href: Href::page(page) };
    let sheet = Sheet::new(Text::STALE_TITLE).paragraph(Text::STALE_WHY).paragraph(Text::STALE_NEXT).block(again);
    visit.page(StatusCode::FORBIDDEN, &sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_path_and_nothing_else_is_one() {
        for page in MailPage::ALL {
            assert!(is_page(page.path()));
        }
        for page in ["/select", "/account", "/account/nothing", "/admin", "/admin/accounts", "/admin/v12"] {
            assert!(is_page(page), "{page}");
        }
        let near = ["/verify-email/", "/Verify-email", "/verify-emails", "//verify-email", "/accounts", "/admin/v1"];
        for other in ["", "/", "/auth/login", "/admin/v1/accounts"].into_iter().chain(near) {
            assert!(!is_page(other), "{other}");
        }
    }
}
