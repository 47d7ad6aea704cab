//! Request bodies: strict JSON (SECURITY AZ7). Declared as JSON, small, UTF-8, no member twice at any depth, not deep, no
//! unknown member, no wrong type; a problem names the member that is wrong.

mod reader;
mod strict;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, HeaderValue, header},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::{Code, Edge, Problem};

/// A body that has to be there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// A body whose members are all optional, so that it may be left out. A body that is there is as strict as any other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T>
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_content_type(&parts.headers)?;
        let bytes = read(&parts.headers, body, &Edge::from_ref(state)).await?;
        Ok(Self(reader::read(strict::parse(&bytes)?).map_err(reader::Fault::into_problem)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OptionalJson<T>
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let is_declared = parts.headers.contains_key(header::CONTENT_TYPE);
        if is_declared {
            check_content_type(&parts.headers)?;
        }
        let bytes = read(&parts.headers, body, &Edge::from_ref(state)).await?;
        let value = match (bytes.is_empty(), is_declared) {
            (true, _) => Value::Null,
            (false, true) => strict::parse(&bytes)?,
            (false, false) => return Err(Problem::new(Code::UnsupportedMediaType)),
        };
        let value = if value.is_null() { Value::Object(Map::new()) } else { value };
        Ok(Self(reader::read(value).map_err(reader::Fault::into_problem)?))
    }
}

/// `application/json`, perhaps with `charset=utf-8`, once.
fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let is_json = values.next().is_some_and(is_json) && values.next().is_none();
    if is_json { Ok(()) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
}

fn is_json(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_type
        && parts.all(|parameter| {
            let charset = parameter.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
            parameter.is_empty()
                || charset.is_some_and(|(_, value)| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
        })
}

/// One object, read as strictly as a body. `None` if it is none.
pub(crate) fn object(text: &str) -> Option<Map<String, Value>> {
    match strict::parse(text.as_bytes()) {
        Ok(Value::Object(members)) => Some(members),
        Ok(_) | Err(_) => None,
    }
}

/// A body as a whole, within the limits of size and time.
pub(crate) async fn read(headers: &HeaderMap, body: Body, edge: &Edge) -> Result<Bytes, Problem> {
    let options = edge.options();
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > options.body_limit as u64) {
        return Err(Problem::new(Code::PayloadTooLarge));
    }
    match timeout(options.body_deadline, to_bytes(body, options.body_limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_limit(&error) => Err(Problem::new(Code::PayloadTooLarge)),
        Ok(Err(_)) => Err(Problem::malformed("The request body could not be read to its end.")),
        Err(_) => Err(Problem::new(Code::RequestTimeout)),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}
