//! Reads a message of the form that we write: headers with encoded words (RFC 2047), two alternatives in quoted-printable. It is no
//! reader for the mails of others.

use data_encoding::BASE64;

/// Headers and a body, as they came.
pub(super) struct Entity<'a> {
    headers: Vec<(&'a str, String)>,
    body: &'a str,
}

impl<'a> Entity<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::of(std::str::from_utf8(bytes).ok()?)
    }

    fn of(text: &'a str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut headers: Vec<(&str, String)> = Vec::new();
        for line in head.split("\r\n") {
            match headers.last_mut() {
                Some((_, value)) if line.starts_with([' ', '\t']) => value.push_str(line),
                _ => {
                    let (name, value) = line.split_once(':')?;
                    headers.push((name, value.trim_start().to_owned()));
                }
            }
        }
        Some(Self { headers, body })
    }

    /// A header's value, decoded.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(decoded(value))
    }

    /// The bodies of plain text and HTML.
    pub(super) fn alternatives(&self) -> Option<[String; 2]> {
        let kind = self.header("Content-Type")?;
        let (_, boundary) = kind.split_once("boundary=\"")?;
        let (boundary, _) = boundary.split_once('"')?;
        let line = format!("--{boundary}");
        let mut bodies = self.body.split(&line).skip(1).filter_map(|part| {
            let part = Entity::of(part.strip_prefix("\r\n")?)?;
            let body = part.body.strip_suffix("\r\n").unwrap_or(part.body);
            let bytes = quoted_printable::decode(body, quoted_printable::ParseMode::Robust).ok()?;
            Some(String::from_utf8(bytes).ok()?.replace("\r\n", "\n"))
        });
        Some([bodies.next()?, bodies.next()?])
    }
}

/// Encoded words as what they mean; blanks between two of them mean nothing (RFC 2047 section 6.2).
fn decoded(value: &str) -> String {
    let mut out = String::new();
    let mut was_encoded = false;
    for (at, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
        let plain = encoded_word(word);
        if at > 0 && !(was_encoded && plain.is_some()) {
            out.push(' ');
        }
        was_encoded = plain.is_some();
        out.push_str(plain.as_deref().unwrap_or(word));
    }
    out
}

fn encoded_word(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?utf-8?b?")?.strip_suffix("?=")?;
    String::from_utf8(BASE64.decode(inner.as_bytes()).ok()?).ok()
}
