//! Taking claims out of a JSON object. A claim of the wrong type is an error, never the same as a missing one
//! (CVE-2026-25537 was that confusion), and what is left over afterwards are the additional claims.

use crate::Rejection;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The largest time that is believed, in seconds: 2^53 − 1, where JSON numbers stop being exact (RFC 7493 section 2.2).
pub(crate) const MAX_TIME: i64 = (1 << 53) - 1;

/// The claims of one token, taken out one by one.
pub(crate) struct Reader(Map<String, Value>);

impl Reader {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// What nobody asked for.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.0
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, Rejection> {
        self.optional_text(name)?.ok_or(Rejection::MissingClaim(name))
    }

    pub(crate) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Rejection> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Rejection::InvalidClaim(name)),
        }
    }

    /// An id in its one spelling: 36 characters, lower case.
    pub(crate) fn id(&mut self, name: &'static str) -> Result<Uuid, Rejection> {
        let text = self.text(name)?;
        let id = Uuid::try_parse(&text).map_err(|_| Rejection::InvalidClaim(name))?;
        let mut buffer = Uuid::encode_buffer();
        if *id.hyphenated().encode_lower(&mut buffer) == *text { Ok(id) } else { Err(Rejection::InvalidClaim(name)) }
    }

    /// A time in whole seconds since 1970, not negative. RFC 7519 allows fractions; no issuer of ours writes them.
    pub(crate) fn time(&mut self, name: &'static str) -> Result<i64, Rejection> {
        self.optional_time(name)?.ok_or(Rejection::MissingClaim(name))
    }

    pub(crate) fn optional_time(&mut self, name: &'static str) -> Result<Option<i64>, Rejection> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        let time = value.as_i64().filter(|time| (0..=MAX_TIME).contains(time));
        time.map(Some).ok_or(Rejection::InvalidClaim(name))
    }

    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Rejection> {
        self.optional_texts(name)?.ok_or(Rejection::MissingClaim(name))
    }

    pub(crate) fn optional_texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Rejection> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        let Value::Array(items) = value else { return Err(Rejection::InvalidClaim(name)) };
        let text = |item| if let Value::String(text) = item { Ok(text) } else { Err(Rejection::InvalidClaim(name)) };
        items.into_iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn optional_object(&mut self, name: &'static str) -> Result<Option<Map<String, Value>>, Rejection> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(Rejection::InvalidClaim(name)),
        }
    }

    /// `iss`, which must be exactly this text.
    pub(crate) fn issuer(&mut self, expected: &str) -> Result<String, Rejection> {
        let issuer = self.text("iss")?;
        if issuer == expected { Ok(issuer) } else { Err(Rejection::Issuer) }
    }

    /// `aud`, a text or a list of texts (RFC 7519 section 4.1.3) in which the expected audience must stand. Gives the
    /// expected one.
    pub(crate) fn audience(&mut self, expected: &str) -> Result<String, Rejection> {
        let found = match self.0.get("aud") {
            None => return Err(Rejection::MissingClaim("aud")),
            Some(Value::String(_)) => vec![self.text("aud")?],
            Some(_) => self.texts("aud")?,
        };
        found.into_iter().find(|audience| audience == expected).ok_or(Rejection::Audience)
    }
}
