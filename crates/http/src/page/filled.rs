//! What a form was filled in with: `application/x-www-form-urlencoded`, as strict as a body of JSON (SECURITY AZ7): declared as
//! what it is, small, UTF-8, no field twice.

use std::collections::BTreeMap;

use axum::{
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, header},
};

use crate::{Code, Edge, Problem, extract::read_body};

/// No form of ours has more fields.
const MOST_FIELDS: usize = 64;

/// The fields of a form.
#[derive(Default)]
pub(super) struct Filled(BTreeMap<String, String>);

impl Filled {
    /// A field; empty if it did not come.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// What is on of a [`FieldKind::Several`](super::sheet::FieldKind::Several): the fields `name.value` that came.
    pub(super) fn several(&self, name: &str) -> Vec<&str> {
        let of = |(key, value): &(&String, &String)| {
            key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| rest == *value)
        };
        self.0.iter().filter(of).map(|(_, value)| value.as_str()).collect()
    }

    /// A field, out of here: nothing keeps a secret longer than it is needed.
    pub(super) fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    fn parse(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = BTreeMap::new();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let name = decoded(&pair[..at]).ok_or_else(malformed)?;
            let value = decoded(pair.get(at + 1..).unwrap_or_default()).ok_or_else(malformed)?;
            if fields.insert(name, value).is_some() || fields.len() > MOST_FIELDS {
                return Err(malformed());
            }
        }
        Ok(Self(fields))
    }
}

impl<S: Send + Sync> FromRequest<S> for Filled
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_content_type(&parts.headers)?;
        Self::parse(&read_body(&parts.headers, body, &Edge::from_ref(state)).await?)
    }
}

fn malformed() -> Problem {
    Problem::malformed("The form could not be read.")
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let essence = values.next().and_then(|value| value.to_str().ok()?.split(';').next());
    let is_form = essence.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if is_form && values.next().is_none() { Ok(()) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
}

/// Undoes the encoding of forms and queries: `+` is a blank, `%41` is an A. `None` if it is none, or not UTF-8.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(rest.next()?)? + digit(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let mut filled =
            Filled::parse(b"email=ada%40example.test&code=1234+5678&empty=&bare&%C3%BC=%C3%a4%3D%26%2B").unwrap();
        assert_eq!((filled.text("email"), filled.text("code")), ("ada@example.test", "1234 5678"));
        assert_eq!((filled.text("empty"), filled.text("bare"), filled.text("none")), ("", "", ""));
        assert_eq!(filled.take("ü"), "ä=&+");
        assert_eq!(filled.text("ü"), "");
        assert!(Filled::parse(b"").unwrap().0.is_empty());
    }

    #[test]
    fn what_no_browser_writes_is_refused() {
        let many: String = (0..=MOST_FIELDS).map(|number| format!("f{number}=x&")).collect();
        for bad in ["a=1&a=2", "a=%", "a=%4", "a=%4g", "a=%ff", "%ff=a", "=1&=2", &many] {
            assert!(Filled::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
