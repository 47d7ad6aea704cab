//! What a proxy asks about when it lets us decide (forward-auth): which request, in one spelling that everybody reads alike, and what
//! such a question may do to a session.
//!
//! What must stay true: a path that two programs could read as two different ones is no [`NormalPath`] at all (SECURITY OA10), and
//! a question moves no session that has a script of its own (`docs/proof.md`, "Forward-auth beside a script with keys").

use std::{fmt, str::FromStr};

use super::{Standing, Transport, Verdict};

/// The request that a proxy has before it, as the rules of routes see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRoute {
    /// Its method.
    pub method: RouteMethod,
    /// The host that it is for.
    pub host: RouteHost,
    /// Its path.
    pub path: NormalPath,
}

/// Whether forward-auth may carry this verdict out. It has no key of its own, so it leaves alone whatever may be renewed by a
/// client that has one: sessions whose tokens a script holds, and those whose last rotation carried a key. A young token moves
/// nothing, and is served wherever it is forward-auth that hands access tokens out.
#[must_use]
pub fn forward_auth_may(standing: &Standing, verdict: Verdict) -> bool {
    match (standing.session.transport, verdict) {
        (Transport::Hybrid | Transport::Body, _) => false,
        (Transport::Cookie, Verdict::Young | Verdict::Refuse(_) | Verdict::Unknown) => true,
        (Transport::Cookie, Verdict::Rotate | Verdict::Redeliver { .. } | Verdict::RollForward | Verdict::Reuse) => {
            standing.session.chain.retry_key.is_none()
        }
    }
}

/// This cannot be read, or could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be read, or not by everybody alike")]
pub struct Ambiguous;

/// A method: capitals and hyphens, as every method of a registry is written. Methods are told apart by case, and who writes `get`
/// means something that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteMethod(String);

impl RouteMethod {
    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it only reads.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD")
    }
}

impl FromStr for RouteMethod {
    type Err = Ambiguous;

    fn from_str(text: &str) -> Result<Self, Ambiguous> {
        let is_method = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
            && text.starts_with(|first: char| first.is_ascii_uppercase());
        if is_method { Ok(Self(text.to_owned())) } else { Err(Ambiguous) }
    }
}

/// The host of a request: a name or an address in lower case, without a port and without the dot that may end a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteHost(String);

impl RouteHost {
    /// The host.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RouteHost {
    type Err = Ambiguous;

    fn from_str(text: &str) -> Result<Self, Ambiguous> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((inner, port)) => {
                inner.parse::<std::net::Ipv6Addr>().map_err(|_| Ambiguous)?;
                (&text[..inner.len() + 2], port)
            }
            None => {
                let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                (host.strip_suffix('.').unwrap_or(host), port)
            }
        };
        let is_port =
            |digits: &str| !digits.is_empty() && digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit());
        let is_name = |name: &str| {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            name.split('.').all(|label| !label.is_empty() && label.bytes().all(legal))
        };
        let legal_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        if host.len() <= 253 && legal_port && (host.starts_with('[') || is_name(host)) {
            Ok(Self(host.to_ascii_lowercase()))
        } else {
            Err(Ambiguous)
        }
    }
}

/// More than any proxy takes by default.
const LONGEST_URI: usize = 16 * 1024;

/// A path that everybody reads alike: decoded once, without empty segments and without `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalPath {
    segments: Vec<String>,
}

impl NormalPath {
    /// Reads what stood in the request line, `/path?query`. The query is not looked at.
    ///
    /// # Errors
    /// What a proxy and the application behind it may read differently: `..` in any spelling, an encoded slash, a backslash or a
    /// control character in any spelling, what would be an escape again once it is decoded, what is not UTF-8, a broken escape, a
    /// fragment, what does not begin with a slash.
    pub fn of_uri(uri: &str) -> Result<Self, Ambiguous> {
        if uri.len() > LONGEST_URI || uri.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'#') {
            return Err(Ambiguous);
        }
        let path = uri.split('?').next().unwrap_or_default();
        let segments = path.strip_prefix('/').ok_or(Ambiguous)?.split('/');
        let decoded = segments.map(decoded_segment).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { segments: plain(decoded)? })
    }

    /// Its segments, decoded.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Every way in which some program reads the path: as it stands; without the parameters that a semicolon begins, as
    /// applications in Java do; cut where a decoded `?` or `#` stands, as whoever takes an address apart after decoding it does.
    /// The first is the path as it stands.
    ///
    /// # Errors
    /// One of them has `..` in it.
    pub fn readings(&self) -> Result<Vec<Vec<String>>, Ambiguous> {
        let cut = |segments: &[String], at: &[char]| -> Vec<String> {
            segments.iter().map(|segment| segment.split(at).next().unwrap_or_default().to_owned()).collect()
        };
        let without_parameters = |segments: &[String]| plain(cut(segments, &[';']));
        let shortened = |segments: &[String]| {
            let whole = segments.iter().take_while(|segment| !segment.contains(['?', '#'])).count();
            plain(cut(&segments[..segments.len().min(whole + 1)], &['?', '#']))
        };
        let mut readings = vec![self.segments.clone()];
        let (bare, short) = (without_parameters(&self.segments)?, shortened(&self.segments)?);
        // In both orders: a parameter may hold a `?`, and what follows a `?` may hold a semicolon.
        for reading in [shortened(&bare)?, without_parameters(&short)?, bare, short] {
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        Ok(readings)
    }
}

/// In the one spelling that reads back as the same path.
impl fmt::Display for NormalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() {
            return f.write_str("/");
        }
        for segment in &self.segments {
            f.write_str("/")?;
            for byte in segment.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
                    write!(f, "{}", char::from(byte))?;
                } else {
                    write!(f, "%{byte:02X}")?;
                }
            }
        }
        Ok(())
    }
}

/// Without the segments that lead nowhere; with one that leads up it is no path.
fn plain(segments: Vec<String>) -> Result<Vec<String>, Ambiguous> {
    if segments.iter().any(|segment| segment == "..") {
        return Err(Ambiguous);
    }
    Ok(segments.into_iter().filter(|segment| !segment.is_empty() && segment != ".").collect())
}

/// Undoes the percent-encoding of one segment, once.
fn decoded_segment(segment: &str) -> Result<String, Ambiguous> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { 16 * digit(rest.next())? + digit(rest.next())? } else { byte });
    }
    let is_escape = |at: &[u8]| at[0] == b'%' && at[1].is_ascii_hexdigit() && at[2].is_ascii_hexdigit();
    if bytes.windows(3).any(is_escape) {
        return Err(Ambiguous);
    }
    let text = String::from_utf8(bytes).map_err(|_| Ambiguous)?;
    if text.contains(|c: char| c == '/' || c == '\\' || c.is_control()) { Err(Ambiguous) } else { Ok(text) }
}

fn digit(byte: Option<u8>) -> Result<u8, Ambiguous> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Ambiguous)?;
    u8::try_from(digit).map_err(|_| Ambiguous)
}

#[cfg(test)]
mod tests;
