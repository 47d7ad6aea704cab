//! The little of the Redis protocol that the test kit speaks: one command per connection, answers as text. It is no
//! client for the product: only the store speaks to Redis.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any command of a test; a paused server must not hold a test for ever.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn ask(port: u16, password: &str, database: u32, command: &[&str]) -> Result<String, String> {
    let says = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect(("127.0.0.1", port)).map_err(says)?;
    stream.set_read_timeout(Some(TIMEOUT)).map_err(says)?;
    let mut reader = BufReader::new(stream);
    let mut answer = Ok(String::new());
    for one in [&["AUTH", password][..], &["SELECT", &database.to_string()], command] {
        reader.get_mut().write_all(&encoded(one)).map_err(says)?;
        answer = decoded(&mut reader).map_err(says)?;
        answer.clone()?;
    }
    answer
}

/// An array of strings that say their length.
fn encoded(command: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", command.len()).into_bytes();
    for word in command {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

/// The outer error is the connection's, the inner one the server's.
fn decoded(reader: &mut impl BufRead) -> std::io::Result<Result<String, String>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let line = line.trim_end();
    let Some(kind) = line.chars().next() else { return Err(std::io::ErrorKind::UnexpectedEof.into()) };
    let rest = line[kind.len_utf8()..].to_owned();
    let count = || rest.parse::<i64>().map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData));
    match kind {
        '+' | ':' => Ok(Ok(rest)),
        '-' => Ok(Err(rest)),
        '$' => {
            // A length of -1 is nothing at all.
            let Ok(length) = usize::try_from(count()?) else { return Ok(Ok(String::new())) };
            let mut bytes = vec![0; length + 2];
            reader.read_exact(&mut bytes)?;
            Ok(Ok(String::from_utf8_lossy(&bytes[..length]).into_owned()))
        }
        '*' => {
            let parts: std::io::Result<Result<Vec<_>, _>> = (0..count()?).map(|_| decoded(reader)).collect();
            Ok(parts?.map(|parts| parts.join("\n")))
        }
        _ => Err(std::io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_is_read() {
        for (bytes, expected) in [
            ("+OK\r\n", Ok("OK")),
            (":-2\r\n", Ok("-2")),
            ("$5\r\na\r\nbc\r\n", Ok("a\r\nbc")),
            ("$-1\r\n", Ok("")),
            ("*2\r\n$1\r\na\r\n:7\r\n", Ok("a\n7")),
            ("-ERR no\r\n", Err("ERR no")),
        ] {
            let answer = decoded(&mut bytes.as_bytes()).unwrap();
            assert_eq!(answer.as_deref().map_err(String::as_str), expected, "{bytes}");
        }
        assert!(decoded(&mut "".as_bytes()).is_err());
        assert!(decoded(&mut "$5\r\nab".as_bytes()).is_err());
    }
}
