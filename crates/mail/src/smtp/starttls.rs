//! The few lines in clear before TLS (RFC 3207). What must stay true: nothing that came in clear is taken for something that came inside
//! TLS. The library keeps what it has read ahead when it changes over, so somebody on the way could append answers to the last one
//! in clear; here that ends the connection.

use lettre::transport::smtp::extension::ClientId;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::failure::{Cause, Failure, Stage};

/// The most that a server may say in one answer.
const LONGEST: usize = 16 * 1024;

/// Asks for TLS, and gives back the greeting.
pub(super) async fn ask(stream: &mut TcpStream, hello: &ClientId) -> Result<Vec<u8>, Failure> {
    let greeting = answer(stream, Stage::Greeting, "220").await?;
    say(stream, &format!("EHLO {hello}\r\n")).await?;
    let offers = answer(stream, Stage::StartTls, "250").await?;
    let is_offered =
        lines(&offers).skip(1).any(|line| line.get(4..).is_some_and(|word| word.eq_ignore_ascii_case("STARTTLS")));
    if !is_offered {
        let says =
            "the server offers no STARTTLS, and nothing is said in clear; somebody may have removed it on the way";
        return Err(Failure::broken(Stage::StartTls, says));
    }
    say(stream, "STARTTLS\r\n").await?;
    answer(stream, Stage::StartTls, "220").await?;
    Ok(greeting)
}

async fn say(stream: &mut TcpStream, line: &str) -> Result<(), Failure> {
    stream.write_all(line.as_bytes()).await.map_err(|error| Failure::broken(Stage::StartTls, error))
}

/// One answer, and nothing after it: we have asked for nothing more.
async fn answer(stream: &mut TcpStream, stage: Stage, wanted: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        let mut chunk = [0; 1024];
        let count = stream.read(&mut chunk).await.map_err(|error| Failure::broken(stage, error))?;
        if count == 0 || bytes.len() + count > LONGEST {
            return Err(Failure::broken(stage, "the server hung up or said too much"));
        }
        bytes.extend_from_slice(&chunk[..count]);
    }
    let rest: Vec<&str> = lines(&bytes).skip_while(|line| line.as_bytes().get(3) == Some(&b'-')).collect();
    let last = rest.first().copied().unwrap_or_default();
    if rest.len() > 1 {
        return Err(Failure::broken(
            stage,
            "the server said more than it was asked; somebody may have added it on the way",
        ));
    }
    if last.starts_with(wanted) {
        return Ok(bytes);
    }
    match last.get(..3).and_then(|code| code.parse().ok()) {
        Some(code) => {
            Err(Failure::new(stage, Cause::Reply { code, text: last.get(4..).unwrap_or_default().to_owned() }))
        }
        None => Err(Failure::broken(stage, "what the server said is no SMTP")),
    }
}

/// Whether there is a last line and it has ended.
fn is_whole(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\n") && lines(bytes).any(|line| line.as_bytes().get(3) != Some(&b'-'))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        std::str::from_utf8(line).unwrap_or("???")
    })
}
