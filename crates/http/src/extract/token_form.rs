//! What a service asks about or ends: a token in a form, as RFC 7662 section 2.1 and RFC 7009 section 2.1 want it. The form is
//! read strictly: declared, small, UTF-8, no parameter twice (RFC 6749 section 3.1). What nobody knows is left alone, as
//! these say.

use axum::{
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, HeaderValue, header},
};

use super::read_body;
use crate::{Code, Edge, Problem};

/// The parameter `token`. What it is said to be (`token_type_hint`) is not looked at: it tells itself.
#[derive(Clone)]
pub(crate) struct TokenForm(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for TokenForm
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_content_type(&parts.headers)?;
        let bytes = read_body(&parts.headers, body, &Edge::from_ref(state)).await?;
        token(&bytes).map(Self)
    }
}

/// `application/x-www-form-urlencoded`, once.
fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let is_form = values.next().is_some_and(is_form) && values.next().is_none();
    if is_form { Ok(()) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
}

fn is_form(value: &HeaderValue) -> bool {
    let essence = value.to_str().ok().and_then(|text| text.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The one token of a form.
fn token(bytes: &[u8]) -> Result<String, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("The form is not UTF-8."))?;
    let mut seen: Vec<String> = Vec::new();
    let mut token = None;
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?;
        if seen.contains(&name) {
            return Err(malformed("A parameter came twice."));
        }
        if name == "token" {
            token = Some(decoded(value)?);
        }
        seen.push(name);
    }
    match token {
        Some(token) if !token.is_empty() => Ok(token),
        Some(_) | None => Err(Problem::of_form("`token` is missing", Some("token"))),
    }
}

fn malformed(detail: &'static str) -> Problem {
    Problem::of_form(detail, None)
}

/// Percent-decoding of the WHATWG URL standard, section 5.1, but what is malformed is refused.
fn decoded(text: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
                let value = digits.filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let value = value.and_then(|pair| u8::from_str_radix(pair, 16).ok());
                bytes.push(value.ok_or_else(|| malformed("The form is not percent-encoded as it should be."))?);
                rest = &after[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed("The form is not UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_read_as_forms_write_it() {
        for form in ["token=a.b-c", "token=a%2Eb%2dc", "x=1&token=a.b-c&y", "&token=a.b-c&", "%74oken=a.b-c"] {
            assert_eq!(token(form.as_bytes()).unwrap(), "a.b-c", "{form}");
        }
        assert_eq!(token(b"token=a+b").unwrap(), "a b");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let twice = ["token=a&token=b", "token=a&%74oken=b", "token_type_hint=a&token_type_hint=b&token=c"];
        let malformed = ["token=%", "token=%4", "token=%zz", "token=%+1", "token=%ff", "%ff=a&token=b"];
        let missing = ["", "token", "token=", "Token=a", "toke=a"];
        for form in twice.into_iter().chain(malformed).chain(missing) {
            assert_eq!(token(form.as_bytes()).unwrap_err().code(), Code::InvalidRequest, "{form}");
        }
        assert!(token(b"token=\xff").is_err());
    }
}
