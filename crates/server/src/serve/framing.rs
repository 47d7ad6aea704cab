//! Strict message framing, before the HTTP library sees a byte (SECURITY AZ8). Where two parsers could disagree about where a
//! request ends, the second half of one request can be smuggled in as another one's beginning; the library is more lenient
//! than RFC 9112 here: it takes a bare line feed for a line's end, and ignores `Content-Length` beside `Transfer-Encoding`.
//!
//! The inspector follows the bytes of a connection and spoils the first one that breaks a rule by making it NUL. The library
//! refuses that byte wherever it stands in a head, answers 400 and closes; in a chunked body it fails the body. What must
//! stay true: the inspector never changes a byte of a request that keeps the rules, and never finds an end of a body later
//! than the library does.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Follows the bytes of one connection.
#[derive(Debug, Default)]
pub(crate) struct Inspector {
    place: Place,
    /// The present line of a head, as far as it matters: up to its bound.
    line: Vec<u8>,
    head: Head,
    /// Whether the byte before was a carriage return.
    after_return: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the request line; empty lines are skipped (RFC 9112 section 2.2).
    #[default]
    Start,
    Head,
    /// So many bytes of a body with a length are left.
    Body(u64),
    ChunkSize,
    ChunkData(u64),
    /// After a chunk's data: its line end.
    ChunkEnd,
    Trailers,
    /// A rule was broken; nothing matters any more.
    Spoiled,
}

#[derive(Debug, Default)]
struct Head {
    length: Option<u64>,
    is_chunked: bool,
}

/// What of a line is kept: enough for the fields that frame a message. A longer value of theirs is refused.
const KEPT: usize = 256;

impl Inspector {
    /// Follows `bytes`, and spoils what must not be there.
    pub(crate) fn inspect(&mut self, bytes: &mut [u8]) {
        let mut at = 0;
        while at < bytes.len() {
            match self.place {
                Place::Body(left) | Place::ChunkData(left) => {
                    let available = bytes.len() - at;
                    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(available);
                    at += skipped;
                    let left = left - skipped as u64;
                    let is_chunk = matches!(self.place, Place::ChunkData(_));
                    self.place = match (left, is_chunk) {
                        (0, false) => Place::Start,
                        (0, true) => Place::ChunkEnd,
                        (left, false) => Place::Body(left),
                        (left, true) => Place::ChunkData(left),
                    };
                }
                Place::Spoiled => return,
                Place::Start | Place::Head | Place::ChunkSize | Place::ChunkEnd | Place::Trailers => {
                    if !self.line_byte(bytes[at]) {
                        bytes[at] = 0;
                        self.place = Place::Spoiled;
                        return;
                    }
                    at += 1;
                }
            }
        }
    }

    /// One byte of a line. `false` if it breaks a rule.
    fn line_byte(&mut self, byte: u8) -> bool {
        let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            b'\r' => !after_return,
            b'\n' if after_return => {
                let line = std::mem::take(&mut self.line);
                self.line_ended(&line)
            }
            // A bare line feed.
            b'\n' => false,
            // A bare carriage return.
            _ if after_return => false,
            // A line that begins with white space continues the one before (obsolete folding).
            b' ' | b'\t' if self.line.is_empty() && matches!(self.place, Place::Head | Place::Trailers) => false,
            _ => {
                if self.line.len() < KEPT {
                    self.line.push(byte);
                }
                true
            }
        }
    }

    fn line_ended(&mut self, line: &[u8]) -> bool {
        match self.place {
            Place::Start if line.is_empty() => true,
            Place::Start => {
                self.head = Head::default();
                self.place = Place::Head;
                true
            }
            Place::Head if line.is_empty() => {
                self.place = match (self.head.is_chunked, self.head.length) {
                    (true, _) => Place::ChunkSize,
                    (false, None | Some(0)) => Place::Start,
                    (false, Some(length)) => Place::Body(length),
                };
                true
            }
            Place::Head => self.head.take(line),
            Place::ChunkSize => match chunk_size(line) {
                Some(0) => {
                    self.place = Place::Trailers;
                    true
                }
                Some(size) => {
                    self.place = Place::ChunkData(size);
                    true
                }
                None => false,
            },
            Place::ChunkEnd => {
                self.place = Place::ChunkSize;
                line.is_empty()
            }
            Place::Trailers => {
                if line.is_empty() {
                    self.place = Place::Start;
                }
                true
            }
            Place::Body(_) | Place::ChunkData(_) | Place::Spoiled => true,
        }
    }
}

impl Head {
    /// Takes a field line. `false` if it makes the message's length ambiguous.
    fn take(&mut self, line: &[u8]) -> bool {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return line.len() < KEPT };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = decimal(value);
            let is_first = self.length.is_none() && !self.is_chunked;
            self.length = length;
            is_first && length.is_some()
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_first = self.length.is_none() && !self.is_chunked;
            self.is_chunked = true;
            is_first && value.eq_ignore_ascii_case(b"chunked")
        } else {
            // `Content-Length :` would be another field to some and this one to others.
            !name.iter().any(u8::is_ascii_whitespace)
        }
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// A chunk's size. Extensions are refused: nobody sends them, and their grammar is where parsers differ.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let is_number = (1..=15).contains(&line.len()) && line.iter().all(u8::is_ascii_hexdigit);
    let text = is_number.then(|| std::str::from_utf8(line).ok()).flatten()?;
    u64::from_str_radix(text, 16).ok()
}

/// A stream whose incoming bytes are inspected.
#[derive(Debug)]
pub(crate) struct Inspected<S> {
    stream: S,
    inspector: Inspector,
}

impl<S> Inspected<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, inspector: Inspector::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Inspected<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.inspector.inspect(&mut buffer.filled_mut()[before..]);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Inspected<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `text` passes unchanged, whole and byte by byte.
    fn passes(text: &str) -> bool {
        let mut whole = text.as_bytes().to_vec();
        Inspector::default().inspect(&mut whole);
        let mut inspector = Inspector::default();
        let mut single = text.as_bytes().to_vec();
        single.chunks_mut(1).for_each(|byte| inspector.inspect(byte));
        assert_eq!(whole == text.as_bytes(), single == text.as_bytes(), "{text:?}");
        whole == text.as_bytes()
    }

    #[test]
    fn what_keeps_the_rules_passes_unchanged() {
        for text in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\na\nb\r\ncGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na\nb\nc\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length:0\r\n\r\nGET / HTTP/1.1\r\nCookie: a=b; c=d\r\n\r\n",
        ] {
            assert!(passes(text), "{text:?}");
        }
    }

    #[test]
    fn az8_what_two_parsers_could_read_differently_is_spoiled() {
        for text in [
            "GET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/1.1\r\nHost: x\n\r\n",
            "GET / HTTP/1.1\r\nX: a\r b\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"\n\"\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\nabcde\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n",
            // The second request of a connection is followed, too.
            "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\nHost: x\r\n\r\n",
        ] {
            assert!(!passes(text), "{text:?}");
        }
    }
}
