//! The inspector that stands before the HTTP library: a message whose end two readers could find in different places never
//! passes it unspoiled.

use gatewright_server::fuzzing::inspect;

/// The bytes of a connection. The first byte says how they are cut into pieces.
pub fn framing(data: &[u8]) {
    let Some((&cut, sent)) = data.split_first() else { return };
    let mut whole = sent.to_vec();
    inspect(&mut [&mut whole]);
    let mut pieces = sent.to_vec();
    let mut cut_up: Vec<&mut [u8]> = pieces.chunks_mut(usize::from(cut).max(1)).collect();
    inspect(&mut cut_up);
    assert_eq!(whole, pieces, "how the bytes arrive in pieces makes a difference");
    let changed: Vec<usize> = (0..sent.len()).filter(|at| whole[*at] != sent[*at]).collect();
    assert!(
        changed.len() <= 1 && changed.iter().all(|at| whole[*at] == 0),
        "one byte at most is spoiled, and made NUL"
    );
    follow(&whole);
}

/// Reads the messages of a connection with another parser, as long as it finds whole heads. Each is framed in one way only.
fn follow(mut rest: &[u8]) {
    for _ in 0..16 {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut fields);
        // Empty lines before a request are skipped by both.
        let Ok(httparse::Status::Complete(length)) = request.parse(rest) else { return };
        let head = &rest[..length];
        if head.contains(&0) {
            return;
        }
        let named = |name: &str| {
            let of_name = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
            of_name.map(|field| field.value).collect::<Vec<_>>()
        };
        let (lengths, encodings) = (named("content-length"), named("transfer-encoding"));
        assert!(lengths.len() + encodings.len() <= 1, "two framings: {}", head.escape_ascii());
        assert!(is_folded_nowhere(head), "a bare line end or a folded line: {}", head.escape_ascii());
        rest = &rest[length..];
        if let [length] = lengths[..] {
            assert!(!length.is_empty() && length.iter().all(u8::is_ascii_digit), "{}", head.escape_ascii());
            let length: usize = std::str::from_utf8(length).unwrap().parse().unwrap_or(usize::MAX);
            let Some((_, after)) = rest.split_at_checked(length) else { return };
            rest = after;
        } else if let [encoding] = encodings[..] {
            assert!(encoding.eq_ignore_ascii_case(b"chunked"), "{}", head.escape_ascii());
            let Some(after) = after_chunks(rest) else { return };
            rest = after;
        }
    }
}

fn is_folded_nowhere(head: &[u8]) -> bool {
    let is_bare = |at: usize| match head[at] {
        b'\n' => at == 0 || head[at - 1] != b'\r',
        b'\r' => head.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    !(0..head.len()).any(is_bare) && !head.windows(3).any(|three| matches!(three, b"\r\n " | b"\r\n\t"))
}

/// What follows a chunked body, if all of it is there and unspoiled.
fn after_chunks(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let Ok(httparse::Status::Complete((length, size))) = httparse::parse_chunk_size(rest) else { return None };
        let line = &rest[..length];
        if line.contains(&0) {
            return None;
        }
        assert!(line.strip_suffix(b"\r\n").is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)), "{line:?}");
        rest = &rest[length..];
        if size == 0 {
            return after_trailers(rest);
        }
        let (_, after) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        let (end, after) = after.split_at_checked(2)?;
        // The library looks at these two bytes itself, and ends here if they are others.
        if end != b"\r\n" {
            return None;
        }
        rest = after;
    }
}

fn after_trailers(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let (line, after) = rest.split_at(end);
        if line.contains(&0) {
            return None;
        }
        rest = &after[2..];
        if line.is_empty() {
            return Some(rest);
        }
    }
}
