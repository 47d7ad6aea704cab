//! The graded addresses of isemail (Dominic Sayers). Also read by the tests of the HTTP edge.

const VECTORS: &str = include_str!("../vectors/isemail/tests.xml");

/// An address with the category that isemail gives it.
pub(crate) fn vectors() -> Vec<(String, String)> {
    let tag = |text: &str, name: &str| {
        let start = text.find(&format!("<{name}>")).map(|at| at + name.len() + 2);
        let end = text.find(&format!("</{name}>"));
        start.zip(end).map(|(start, end)| text[start..end].to_owned()).unwrap_or_default()
    };
    let tests: Vec<_> = VECTORS.split("<test ").skip(1).collect();
    tests.iter().map(|test| (unescape(&tag(test, "address")), tag(test, "category"))).collect()
}

/// XML entities; and U+2400 + n stands for the control character n, which XML cannot hold.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';').unwrap();
        plain.push_str(before);
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => char::from_u32(u32::from_str_radix(number.strip_prefix("#x").unwrap(), 16).unwrap()).unwrap(),
        });
        rest = after;
    }
    plain.push_str(rest);
    let control = |c: char| match c {
        '\u{2400}'..='\u{241f}' => char::from_u32(u32::from(c) - 0x2400).unwrap(),
        other => other,
    };
    plain.chars().map(control).collect()
}
