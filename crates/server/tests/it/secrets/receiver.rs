//! A program that webhooks call: allows everything, and keeps what it was sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use crate::child::PATIENCE;

/// It listens as long as the tests run.
pub(super) struct Receiver {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<u8>>>,
}

impl Receiver {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&calls);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                // A caller that goes away has its own reasons.
                thread::spawn(move || drop(answer(stream, &kept)));
            }
        });
        Self { address, calls }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Everything that was sent, heads and bodies.
    pub(super) fn calls(&self) -> Vec<u8> {
        self.calls.lock().unwrap().clone()
    }
}

fn answer(stream: TcpStream, kept: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let begin = head.len();
        reader.read_line(&mut head)?;
        let line = head[begin..].trim_end().to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length: ") {
            length = told.parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    kept.lock().unwrap().extend([head.as_bytes(), &body].concat());
    let answer = r#"{"allow":true}"#;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
    write!(reader.into_inner(), "{head} {}\r\n\r\n{answer}", answer.len())
}
