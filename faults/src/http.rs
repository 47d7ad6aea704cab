//! The little of HTTP/1.1 that clients and proxy speak: one request and one answer per connection. What must stay true: an answer
//! that was cut off is no answer.

use std::{fmt::Write, net::SocketAddr};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// More than any message of a run has.
const MAX_MESSAGE: usize = 256 * 1024;
/// Names an exchange to the proxy.
pub(crate) const EXCHANGE: &str = "x-exchange";

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Request {
    pub(crate) fn get(path: &'static str) -> Self {
        Self { method: "GET", path, headers: Vec::new(), body: None }
    }

    pub(crate) fn post(path: &'static str, body: Option<&Value>) -> Self {
        Self { method: "POST", path, headers: Vec::new(), body: body.map(Value::to_string) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// As it goes over the wire.
    pub(crate) fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            write!(text, "{name}: {value}\r\n").expect("a string takes what is written into it");
        }
        if let Some(body) = &self.body {
            write!(text, "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                .expect("a string takes what is written into it");
        } else {
            text.push_str("\r\n");
        }
        text.into_bytes()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The values of `Set-Cookie`, in order.
    pub(crate) cookies: Vec<String>,
    body: String,
}

impl Answer {
    /// `None` if it was cut off or is none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let expected = content_length(head).unwrap_or(0);
        let cookies = head.lines().filter_map(|line| header(line, "set-cookie")).map(str::to_owned).collect();
        (body.len() >= expected).then(|| Self { status, cookies, body: body.to_owned() })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The stable code of a problem, or nothing.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// The status of an answer, if its first line arrived.
pub(crate) fn status(bytes: &[u8]) -> Option<u16> {
    std::str::from_utf8(bytes.get(9..12)?).ok()?.parse().ok()
}

fn header<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then_some(value.trim())
}

fn content_length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| header(line, "content-length"))?.parse().ok()
}

/// A request that has arrived completely.
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    /// What [`EXCHANGE`] says.
    pub(crate) exchange: Option<u64>,
}

/// Reads a head, and the body that it announces. `None` if the other side went away.
pub(crate) async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::with_capacity(2_048);
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 || bytes.len() > MAX_MESSAGE {
            return None;
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        if bytes.len() >= end + 4 + content_length(head).unwrap_or(0) {
            let exchange = head.lines().find_map(|line| header(line, EXCHANGE)).and_then(|text| text.parse().ok());
            return Some(Received { bytes, exchange });
        }
    }
}

/// Sends `request` and reads until the other side has closed.
pub(crate) async fn send(stream: &mut TcpStream, request: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let mut answer = Vec::with_capacity(4_096);
    while stream.read_buf(&mut answer).await? > 0 && answer.len() <= MAX_MESSAGE {}
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_cut_off_is_none() {
        let whole = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 14\r\nSet-Cookie: a=b; Path=/\r\nset-cookie: c=d\r\n\r\n{\"code\":\"nope\"";
        for end in 0..whole.len() {
            assert!(Answer::parse(&whole[..end]).is_none(), "{end}");
        }
        let answer = Answer::parse(whole).unwrap();
        assert_eq!(
            (answer.status, answer.cookies.as_slice()),
            (401, &["a=b; Path=/".to_owned(), "c=d".to_owned()][..])
        );
        assert_eq!(status(whole), Some(401));
    }
}
