//! The application: it answers every request with what it has seen of it, byte for byte.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use serde_json::{Value, json};

use crate::child::PATIENCE;

/// A running application. Dropping it ends it.
pub(crate) struct Application {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    requests: AtomicUsize,
    is_over: AtomicBool,
}

/// What was seen of a request.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn parse(text: &str) -> Self {
        let json: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        let headers = json["headers"].as_array().expect("it is a list");
        Self {
            line: text(&json["line"]),
            headers: headers.iter().map(|header| (text(&header[0]), text(&header[1]))).collect(),
            body: text(&json["body"]),
        }
    }

    /// Every value of a header, under whatever spelling an application could take for it.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let plain = |name: &str| name.to_ascii_lowercase().replace('_', "-");
        let own = self.headers.iter().filter(|(own, _)| plain(own) == plain(name));
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// The one value of a header.
    #[track_caller]
    pub(super) fn one(&self, name: &str) -> &str {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name}: {:?}", self.headers);
        all[0]
    }

    /// The names of all headers that are about us.
    pub(super) fn ours(&self) -> Vec<&str> {
        let own = self.headers.iter().map(|(name, _)| name.as_str());
        own.filter(|name| name.to_ascii_lowercase().contains("gatewright")).collect()
    }
}

impl Application {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.is_over.load(SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                let shared = Arc::clone(&accepting);
                // nginx closes connections as it likes.
                thread::spawn(move || shared.serve(client).map_err(drop));
            }
        });
        Self { address, shared }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests it has seen.
    pub(super) fn requests(&self) -> usize {
        self.shared.requests.load(SeqCst)
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        // Wakes the thread that accepts; if that fails, it has ended.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        let mut bytes = Vec::new();
        while let Some((head, rest)) = read_head(&mut client, bytes)? {
            self.requests.fetch_add(1, SeqCst);
            let mut lines = head.split("\r\n");
            let line = lines.next().unwrap_or_default().to_owned();
            let headers: Vec<(&str, &str)> =
                lines.filter_map(|line| line.split_once(": ").or(line.split_once(':'))).collect();
            let one =
                |name: &str| headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
            let length = one("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if one("upgrade").is_some() {
                return talk(client, &rest);
            }
            let (body, rest) = read_body(&mut client, rest, length)?;
            bytes = rest;
            let seen = json!({ "line": line, "headers": headers, "body": String::from_utf8_lossy(&body) }).to_string();
            let status = line.split("/status/").nth(1).and_then(|rest| rest.get(..3)).unwrap_or("200");
            let is_head = line.starts_with("HEAD ");
            let answer = format!(
                "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nSet-Cookie: own=1; Path=/\r\nContent-Length: {}\r\n\r\n{}",
                seen.len(),
                if is_head { "" } else { &seen }
            );
            client.write_all(answer.as_bytes())?;
        }
        Ok(())
    }
}

fn read_head(client: &mut TcpStream, mut bytes: Vec<u8>) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            bytes.truncate(end);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), rest)));
        }
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// nginx buffers bodies, so that all of them come with their length.
fn read_body(client: &mut TcpStream, mut bytes: Vec<u8>, length: usize) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut buffer = [0; 4096];
    while bytes.len() < length {
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
    let rest = bytes.split_off(length);
    Ok((bytes, rest))
}

/// Another protocol: says back what is said.
fn talk(mut client: TcpStream, first: &[u8]) -> io::Result<()> {
    client.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")?;
    client.write_all(first)?;
    let mut buffer = [0; 1024];
    loop {
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..read])?;
    }
}
