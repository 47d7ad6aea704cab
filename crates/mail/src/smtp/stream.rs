//! The stream that the library speaks over. It begins with the server's greeting, which has been read already where there was
//! `STARTTLS`: after that a server greets nobody again (RFC 3207 section 4.2), and the library waits for it.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// The most that a server may say between two things that we say. The library bounds the lines of an answer, but only once a
/// line has ended.
const MOST: usize = 128 * 1024;

/// A stream that gives some bytes before its own, and not more than it is asked for.
pub(super) struct Greeted<S> {
    greeting: Vec<u8>,
    stream: S,
    heard: usize,
}

/// What a connection can be made of.
pub(super) trait Line: AsyncRead + AsyncWrite + Send + Sync + Unpin {
    fn peer(&self) -> io::Result<SocketAddr>;
}

impl Line for TcpStream {
    fn peer(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }
}

impl Line for TlsStream<TcpStream> {
    fn peer(&self) -> io::Result<SocketAddr> {
        self.get_ref().0.peer_addr()
    }
}

impl<S> Greeted<S> {
    pub(super) fn new(greeting: Vec<u8>, stream: S) -> Self {
        Self { greeting, stream, heard: 0 }
    }
}

impl<S: Line> AsyncTokioStream for Greeted<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer()
    }
}

impl<S> fmt::Debug for Greeted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Greeted")
    }
}

impl<S: Line> AsyncRead for Greeted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            let before = buffer.filled().len();
            std::task::ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
            self.heard += buffer.filled().len() - before;
            let is_bearable = self.heard <= MOST;
            return Poll::Ready(if is_bearable { Ok(()) } else { Err(io::Error::other("the server said too much")) });
        }
        let count = buffer.remaining().min(self.greeting.len());
        buffer.put_slice(&self.greeting[..count]);
        self.greeting.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl<S: Line> AsyncWrite for Greeted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.heard = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
