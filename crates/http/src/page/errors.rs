//! What goes wrong at a page, as a page: a browser shows people no problem document. Which page it is depends on the code alone,
//! and so does the status, which stays what it is everywhere. And what has to leave with every answer, whatever it is: the cookies of a
//! session that was renewed on the way.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{
    is_page,
    language::Language,
    member::OnTheWay,
    sheet::{Block, Href, Sheet},
    text::Text,
    visit,
};
use crate::{Code, Edge, Pages, Problem, extract::Arrival};

/// Around everything that may answer a request to a page with a problem.
pub(crate) async fn as_pages(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if edge.options().pages == Pages::Off || !is_page(request.uri().path()) {
        return next.run(request).await;
    }
    let language = Language::of(request.headers());
    let root = visit::root_of(request.uri().path());
    let on_the_way = OnTheWay::default();
    let mut request = request;
    request.extensions_mut().insert(on_the_way.clone());
    let id = request.extensions().get::<Arrival>().map(|arrival| arrival.request_id.clone());
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    on_the_way.leave_with(response.headers_mut());
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let language = on_the_way.language().unwrap_or(language);
    let page = visit::page(&edge, language, &root, response.status(), &sheet(problem.code(), response.headers(), id));
    visit::turn_into(&mut response, page);
    if is_head {
        *response.body_mut() = Body::empty();
    }
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    response
}

fn sheet(code: Code, headers: &HeaderMap, id: Option<String>) -> Sheet {
    let (title, says) = words(code);
    let mut sheet = Sheet::new(title).paragraph(says);
    // What is not there, or not for them, is where nothing leads on from. Who is not signed in comes to their account by signing in.
    if code.status() == StatusCode::NOT_FOUND || code == Code::PermissionDenied {
        sheet = sheet.block(Block::Link { says: Text::WAY_ACCOUNT.into(), href: Href::page("account") });
    }
    if let Some(id) = id {
        let retry = headers.contains_key(header::RETRY_AFTER);
        // Whoever only came too often has nothing to report.
        if !(retry && code.status() == StatusCode::TOO_MANY_REQUESTS) {
            sheet = sheet.block(Block::Small(Text::REQUEST_ID.with("id", id)));
        }
    }
    sheet
}

fn words(code: Code) -> (Text, Text) {
    let status = code.status();
    if code == Code::EmailTaken {
        (Text::CONFLICT_TITLE, Text::CONFLICT)
    } else if code == Code::PermissionDenied {
        (Text::DENIED_TITLE, Text::DENIED)
    } else if status == StatusCode::FORBIDDEN {
        (Text::REFUSED_TITLE, Text::REFUSED)
    } else if status == StatusCode::NOT_FOUND {
        (Text::MISSING_TITLE, Text::MISSING)
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        (Text::LIMITED_TITLE, Text::LIMITED_NEXT)
    } else if status == StatusCode::SERVICE_UNAVAILABLE {
        (Text::BUSY_TITLE, Text::BUSY)
    } else if status.is_server_error() {
        (Text::DEFECT_TITLE, Text::DEFECT)
    } else {
        (Text::MALFORMED_TITLE, Text::MALFORMED)
    }
}
