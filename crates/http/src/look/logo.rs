//! The logo of an operator. What must stay true: a picture can do nothing: it is shown as a picture, and where somebody opens it by
//! itself, it is in a sandbox without scripts (SECURITY WB7).

use std::fmt;

use bytes::Bytes;

/// The largest logo, in bytes: every visitor loads it.
const LARGEST: usize = 64 * 1024;
/// How every PNG begins (RFC 2083 section 12.11).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A picture: SVG or PNG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    kind: Kind,
    bytes: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Svg,
    Png,
}

/// This is no logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotALogo {
    /// It is larger than 64 KiB.
    Large,
    /// It is neither SVG nor PNG.
    Unknown,
}

impl Logo {
    /// A logo, by what is in its file.
    ///
    /// # Errors
    /// It is too large, or neither SVG nor PNG.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, NotALogo> {
        let bytes = bytes.into();
        if bytes.len() > LARGEST {
            return Err(NotALogo::Large);
        }
        let is_svg = || std::str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg"));
        let kind = if bytes.starts_with(PNG) {
            Kind::Png
        } else if is_svg() {
            Kind::Svg
        } else {
            return Err(NotALogo::Unknown);
        };
        Ok(Self { kind, bytes })
    }

    pub(crate) const fn suffix(&self) -> &'static str {
        match self.kind {
            Kind::Svg => "svg",
            Kind::Png => "png",
        }
    }

    pub(crate) const fn media_type(&self) -> &'static str {
        match self.kind {
            Kind::Svg => "image/svg+xml",
            Kind::Png => "image/png",
        }
    }

    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl fmt::Display for NotALogo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Large => "it is larger than 64 KiB, which every visitor would have to load",
            Self::Unknown => "it is neither SVG nor PNG",
        })
    }
}

impl std::error::Error for NotALogo {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_known_by_what_is_in_it() {
        let kind = |bytes: &[u8]| Logo::new(bytes.to_vec()).map(|logo| logo.media_type());
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n..."), Ok("image/png"));
        assert_eq!(kind(b"<?xml version=\"1.0\"?><svg/>"), Ok("image/svg+xml"));
        for bad in [&b""[..], b"GIF89a", b"<html>", b"\xff\xd8\xff"] {
            assert_eq!(kind(bad), Err(NotALogo::Unknown));
        }
        assert_eq!(kind(&[b' '; LARGEST + 1]), Err(NotALogo::Large));
    }
}
