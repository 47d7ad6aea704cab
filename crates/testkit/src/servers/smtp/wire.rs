//! The server's end of a connection: lines in, lines out, in clear or inside TLS.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long the server waits for a client; longer than any test lets it.
const WAIT: Duration = Duration::from_secs(60);
/// The longest line (RFC 5321 section 4.5.3.1 has 1000), so that a client without an end is not read for ever.
const LONGEST_LINE: u64 = 64 * 1024;

pub(super) enum Wire {
    Clear(BufReader<TcpStream>),
    Tls(Box<BufReader<StreamOwned<ServerConnection, TcpStream>>>),
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(WAIT))?;
        stream.set_write_timeout(Some(WAIT))?;
        stream.set_nodelay(true)?;
        Ok(Self::Clear(BufReader::new(stream)))
    }

    /// Goes on inside TLS. What a client has sent ahead in clear is dropped, as it has to be (CVE-2011-0411).
    pub(super) fn secured(self, config: &Arc<ServerConfig>) -> io::Result<Self> {
        let Self::Clear(stream) = self else { return Err(io::Error::other("it is inside TLS already")) };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream.into_inner());
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::Tls(Box::new(BufReader::new(stream))))
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// A line without its end; `None` when the client hung up.
    pub(super) fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        match self {
            Self::Clear(stream) => stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?,
            Self::Tls(stream) => stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?,
        };
        if !line.ends_with(b"\r\n") {
            return if line.is_empty() { Ok(None) } else { Err(io::Error::other("a line without CRLF")) };
        }
        line.truncate(line.len() - 2);
        Ok(Some(line))
    }

    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.get_mut().write_all(text.as_bytes()),
            Self::Tls(stream) => {
                stream.get_mut().write_all(text.as_bytes())?;
                stream.get_mut().flush()
            }
        }
    }
}
