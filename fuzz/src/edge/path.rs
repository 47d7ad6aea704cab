//! Ids in paths, cursors and limits in queries, and paths that are none of ours.

use axum::http::Method;

use super::house::{House, within};

/// A path with its query, asked for with the owner's token.
pub fn path_and_query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    within(|house| {
        let bearer = format!("Bearer {}", house.body.access_token());
        let headers: [(&str, &[u8]); 1] = [("authorization", bearer.as_bytes())];
        for (method, path) in [
            (Method::GET, format!("/auth/activity?{text}")),
            (Method::GET, format!("/{text}")),
            (Method::PATCH, format!("/auth/users/{text}")),
            (Method::DELETE, format!("/auth/sessions/{text}")),
        ] {
            let Some(request) = House::request(method.clone(), &path, &headers, Vec::new()) else { continue };
            let is_route = request.uri().path() == "/auth/activity";
            let answer = house.send(request);
            let status = answer.status.as_u16();
            let expected: &[u16] =
                if is_route { &[200, 422] } else { &[200, 204, 303, 400, 401, 403, 404, 405, 415, 422] };
            assert!(expected.contains(&status), "{method} {path}: {answer:?}");
            if let Some(to) = answer.headers.get("location") {
                let to = to.to_str().expect("ASCII");
                assert!(status == 303 && !to.starts_with(['/', '\\']) && !to.contains("://"), "{method} {path}: {to}");
            }
            if is_route && status == 200 {
                let entries = answer.json["activity"].as_array().expect("a page is a list").len();
                assert!(entries <= 200 && pairs(&path, "limit") <= 1 && pairs(&path, "cursor") <= 1, "{path}");
            }
            if status == 204 {
                assert!(text.contains(&house.body.session_id()[..8]), "an id that nobody told ended a session: {path}");
                house.renew();
                return;
            }
        }
    });
}

fn pairs(path: &str, name: &str) -> usize {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').filter(|pair| pair.split('=').next() == Some(name)).count()
}
