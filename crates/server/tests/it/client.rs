//! A small HTTP client that does exactly what a test says: one connection per request, or bytes as they are.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
};

use serde_json::{Value, json};

use crate::child::PATIENCE;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.head, self.body))
    }

    /// A text member of the body.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.body)).to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }

    /// Status and code of a problem.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) {
        let answer = self.expect(status);
        assert_eq!(answer.json()["code"], code);
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = String::from_utf8_lossy(bytes);
        let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("no whole answer: {text:?}"));
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(body.len());
        if body.len() < length { Err(cut()) } else { Ok(Self { status, head: head.to_owned(), body: body.to_owned() }) }
    }
}

pub(crate) fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends `bytes` and reads until the other side closes.
pub(crate) fn raw(to: SocketAddr, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(to)?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

pub(crate) fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    request_of_type("application/json", to, method, path, headers, body)
}

/// A call of a service: a form (RFC 7662, RFC 7009) and its key.
pub(crate) fn post_form(to: SocketAddr, path: &str, key: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("Authorization", bearer.as_str())];
    let answer = request_of_type("application/x-www-form-urlencoded", to, "POST", path, &headers, body);
    answer.expect("the server answers")
}

pub(crate) fn request_of_type(
    content_type: &str,
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    Answer::parse(&raw(to, text.as_bytes())?)
}

pub(crate) fn get(to: SocketAddr, path: &str) -> Answer {
    request(to, "GET", path, &[], "").expect("the server answers")
}

pub(crate) fn post(to: SocketAddr, path: &str, body: &Value) -> Answer {
    try_post(to, path, body).expect("the server answers")
}

pub(crate) fn try_post(to: SocketAddr, path: &str, body: &Value) -> io::Result<Answer> {
    request(to, "POST", path, &[], &body.to_string())
}

pub(crate) const PASSWORD: &str = "quartz lamp under the seventh stair";

/// Signs up in the body transport.
pub(crate) fn sign_up(to: SocketAddr, email: &str) -> Answer {
    post(to, "/auth/signup", &sign_up_body(email)).expect(201)
}

pub(crate) fn sign_up_body(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "transport": "body" })
}

pub(crate) fn refresh(to: SocketAddr, token: &str) -> Answer {
    post(to, "/auth/refresh", &json!({ "refresh_token": token }))
}

/// A connection on which a request was begun.
pub(crate) struct Begun(TcpStream);

impl Begun {
    /// Sends the head and the first half of the body.
    pub(crate) fn post(to: SocketAddr, path: &str, body: &str) -> io::Result<Self> {
        let mut stream = connect(to)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body.as_bytes()[..body.len() / 2])?;
        Ok(Self(stream))
    }

    /// Sends the rest, and reads until the other side closes.
    pub(crate) fn finish(mut self, body: &str) -> io::Result<Answer> {
        self.0.write_all(&body.as_bytes()[body.len() / 2..])?;
        let mut answer = Vec::new();
        self.0.read_to_end(&mut answer)?;
        // The other side has closed already.
        let _closed = self.0.shutdown(Shutdown::Both);
        Answer::parse(&answer)
    }
}
