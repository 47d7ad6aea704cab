//! The client of the load generator: HTTP/1.1 on one connection that is kept. What must stay true: it does little, because
//! it shares the machine with what it measures, and it takes no answer that it does not understand fully.

use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::failure::{During, Failure};

/// More than any answer has that we ask for.
const MAX_ANSWER: usize = 64 * 1024;
const MAX_HEADERS: usize = 64;

/// Where the callers of a scenario come from. Each is a source of its own to the server's limits and queues.
pub(crate) const ORDINARY: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// See [`ORDINARY`]; Linux answers on all of 127.0.0.0/8.
pub(crate) const FLOOD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// One kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    server: SocketAddr,
    outgoing: String,
    incoming: Vec<u8>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    Get { path: &'a str, bearer: Option<&'a str> },
    Post { path: &'a str, json: &'a str },
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// Seconds, if the header was there.
    pub(crate) retry_after: Option<u32>,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(server: SocketAddr, from: Ipv4Addr) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4().during("making a socket")?;
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).during("binding a socket to its source")?;
        let stream = socket.connect(server).await.during("connecting")?;
        stream.set_nodelay(true).during("turning off Nagle's algorithm")?;
        Ok(Self { stream, server, outgoing: String::new(), incoming: Vec::with_capacity(4096) })
    }

    /// Asks, and waits for the whole answer.
    pub(crate) async fn ask(&mut self, request: Request<'_>) -> Result<Answer<'_>, Failure> {
        self.write(request);
        self.stream.write_all(self.outgoing.as_bytes()).await.during("sending a request")?;
        self.incoming.clear();
        loop {
            let read = self.stream.read_buf(&mut self.incoming).await.during("reading an answer")?;
            if read == 0 {
                return Err(Failure::new("the server closed a connection instead of answering"));
            }
            if let Some(head) = Head::parse(&self.incoming)? {
                let whole = head.length + head.content_length;
                if whole > MAX_ANSWER || self.incoming.len() > whole {
                    return Err(Failure::new("an answer is longer than it should be"));
                }
                if self.incoming.len() == whole {
                    let body = &self.incoming[head.length..];
                    return Ok(Answer { status: head.status, retry_after: head.retry_after, body });
                }
            } else if self.incoming.len() > MAX_ANSWER {
                return Err(Failure::new("the head of an answer does not end"));
            }
        }
    }

    fn write(&mut self, request: Request<'_>) {
        let (server, out) = (self.server, &mut self.outgoing);
        out.clear();
        let written = match request {
            Request::Get { path, bearer: None } => write!(out, "GET {path} HTTP/1.1\r\nhost: {server}\r\n\r\n"),
            Request::Get { path, bearer: Some(token) } => {
                write!(out, "GET {path} HTTP/1.1\r\nhost: {server}\r\nauthorization: Bearer {token}\r\n\r\n")
            }
            Request::Post { path, json } => write!(
                out,
                "POST {path} HTTP/1.1\r\nhost: {server}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
                json.len()
            ),
        };
        written.expect("a string takes whatever is written into it");
    }
}

impl Answer<'_> {
    /// The body, if the status is this one.
    pub(crate) fn expect(&self, status: u16) -> Result<&[u8], Failure> {
        if self.status == status { Ok(self.body) } else { Err(self.unexpected()) }
    }

    /// The failure that this answer is.
    pub(crate) fn unexpected(&self) -> Failure {
        Failure::new(format!("a wrong answer: {} {}", self.status, String::from_utf8_lossy(self.body)))
    }
}

/// What is needed of an answer's head.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    /// With the empty line.
    length: usize,
    status: u16,
    content_length: usize,
    retry_after: Option<u32>,
}

impl Head {
    /// `None` while it has not arrived completely.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Failure> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response.parse(bytes).during("parsing an answer")? else {
            return Ok(None);
        };
        let status = response.code.ok_or_else(|| Failure::new("an answer without a status"))?;
        let number = |name: &str| -> Result<Option<u32>, Failure> {
            let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            let Some(header) = found else { return Ok(None) };
            let text = std::str::from_utf8(header.value).during(name)?;
            text.parse().map(Some).during(name)
        };
        let content_length = match number("content-length")? {
            Some(length) => usize::try_from(length).during("content-length")?,
            None if status == 204 => 0,
            None => return Err(Failure::new("an answer without a content-length")),
        };
        Ok(Some(Self { length, status, content_length, retry_after: number("retry-after")? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_complete() {
        let text = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n{}";
        for end in 0..text.len() - 2 {
            assert_eq!(Head::parse(&text[..end]).unwrap(), None, "{end}");
        }
        let head = Head::parse(text).unwrap().unwrap();
        assert_eq!(head, Head { length: text.len() - 2, status: 503, content_length: 2, retry_after: Some(3) });
    }

    #[test]
    fn an_answer_of_unknown_length_is_refused() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert!(Head::parse(text).unwrap_err().to_string().contains("content-length"));
    }

    #[tokio::test]
    async fn an_answer_in_pieces_is_put_together_and_more_than_an_answer_is_refused() {
        let listener = tokio::net::TcpListener::bind((ORDINARY, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 256];
            let _ = stream.read(&mut request).await.unwrap();
            for piece in ["HTTP/1.1 200 OK\r\nconte", "nt-length: 4\r\n\r\nab", "cd"] {
                stream.write_all(piece.as_bytes()).await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc").await.unwrap();
        };
        let ask = async {
            let mut connection = Connection::open(address, FLOOD).await.unwrap();
            let request = Request::Get { path: "/", bearer: None };
            assert_eq!(connection.ask(request).await.unwrap().expect(200).unwrap(), b"abcd");
            assert!(connection.ask(request).await.is_err());
        };
        tokio::join!(serve, ask);
    }
}
