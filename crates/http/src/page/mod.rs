//! The hosted pages: what links in mails lead to, and what people see who have no app of their own for it.
//!
//! What must stay true: reading a page changes nothing, however often and by whomever it is read (SECURITY EM3); what a page does
//! is done by its form. There is no script, and nothing comes from elsewhere. A page is a [`sheet::Sheet`], which one template gives
//! its form; all words lie in `templates/*.txt`. A new page is a file here, its words, and a line in [`routes`].

mod cookies;
mod done;
mod errors;
mod filled;
mod language;
mod mail;
mod print;
mod select;
mod sheet;
mod sign_in_first;
mod style;
mod text;
mod visit;

use axum::{Router, routing::get};

use self::mail::MailPage;
pub(crate) use self::{
    errors::as_pages,
    print::{Misprint, Printer},
    sign_in_first::{Onward, instead as as_page_that_leads_on},
};
use crate::Edge;

/// Every page, in its own place.
pub(crate) fn routes() -> Router<Edge> {
    let routes = Router::new().route(select::PATH, get(select::show).post(select::act));
    MailPage::ALL.into_iter().fold(routes, |routes, page| {
        let show = move |visit| mail::show(page, visit);
        let act = move |visit, filled| mail::act(page, visit, filled);
        routes.route(page.path(), get(show).post(act))
    })
}

/// Whether a page stands there.
fn is_page(path: &str) -> bool {
    path == select::PATH || MailPage::ALL.into_iter().any(|page| page.path() == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_path_and_nothing_else_is_one() {
        for page in MailPage::ALL {
            assert!(is_page(page.path()));
        }
        for other in ["", "/", "/auth/login", "/verify-email/", "/Verify-email", "/verify-emails", "//verify-email"] {
            assert!(!is_page(other), "{other}");
        }
    }
}
