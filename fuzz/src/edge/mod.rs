//! Requests: what stands in their headers, paths and bodies, sent through the router of the whole system in this process.

mod answer;
mod body;
mod forwarded;
mod headers;
mod house;
mod path;

pub use self::{
    body::{json_body, metadata},
    forwarded::forwarded_headers,
    headers::{authorization_header, cookie_header, request_headers},
    house::close,
    path::path_and_query,
};

/// What of an input may stand in a header: a connection that carries anything else is closed before we see it.
fn legal(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f).collect()
}
