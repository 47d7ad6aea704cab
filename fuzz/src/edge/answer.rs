//! What comes back, and what is true of it whatever was sent.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, response::Parts},
};
use gatewright::{Code, core::model::ClientSource};
use serde_json::Value;

/// An answer that is in order.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Null if there is no body.
    pub(super) json: Value,
    /// From where the request was thought to come.
    pub(super) source: Option<ClientSource>,
}

impl Answer {
    /// Not our fault, valid JSON or a page of ours, a problem that clients can read, marked so that a browser does no harm with it.
    pub(super) fn checked(method: &Method, parts: Parts, body: &Bytes) -> Self {
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        let (status, headers) = (parts.status, parts.headers);
        assert!(status.as_u16() < 500, "{status}: {text}");
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let is_page = header("content-type") == Some("text/html; charset=utf-8");
        assert!(is_page || text.bytes().all(|byte| byte >= b' '), "{text:?}");
        let is_empty = text.is_empty();
        let json: Value = if is_empty || is_page { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
        if is_page {
            let policy = header("content-security-policy").expect("a policy");
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert!(is_empty || text.starts_with("<!DOCTYPE html>") && text.trim_end().ends_with("</html>"), "{text}");
        } else if status.is_client_error() && method != Method::HEAD {
            assert_eq!(header("content-type"), Some("application/problem+json"), "{text}");
            assert!(Code::ALL.iter().any(|code| json["code"] == code.name()), "{text}");
            assert_eq!(json["status"], status.as_u16(), "{text}");
            assert_eq!(json["request_id"].as_str(), header("x-request-id"), "{text}");
        } else {
            assert!(is_empty || header("content-type") == Some("application/json"), "{text}");
        }
        assert!(header("x-request-id").is_some_and(|id| id.len() == 36));
        assert!(header("content-security-policy").is_some() && header("x-content-type-options") == Some("nosniff"));
        let allowed = header("access-control-allow-origin");
        assert!(allowed.is_none_or(|allowed| allowed == super::house::FRIEND), "{allowed:?}");
        let source = parts.extensions.get::<ClientSource>().copied();
        Self { status, headers, json, source }
    }
}
