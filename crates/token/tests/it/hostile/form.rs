//! The form of a token: parts, base64url, sizes, and bytes that are not strict JSON.

use crate::forge::{Forge, NOW, b64, claims, good_claims};
use gatewright_token::{MAX_TOKEN_LEN, Rejection};
use serde_json::json;

fn good(forge: &Forge) -> String {
    forge.sign_header(&forge.header())
}

#[test]
fn jw5_only_three_parts_are_a_token() {
    let forge = Forge::new();
    let token = good(&forge);
    let parts: Vec<_> = token.split('.').collect();
    let verify = |token: &str| forge.verifier().verify_access(token, NOW);
    for (text, reason) in [
        (String::new(), Rejection::Shape),
        (parts[0].to_owned(), Rejection::Shape),
        (format!("{}.{}", parts[0], parts[1]), Rejection::Shape),
        (format!("{token}."), Rejection::Shape),
        (format!("{token}.{}", parts[2]), Rejection::Shape),
        (format!(".{token}"), Rejection::Shape),
        ("..".to_owned(), Rejection::Header),
        (format!(".{}.{}", parts[1], parts[2]), Rejection::Header),
        (format!("{}..{}", parts[0], parts[2]), Rejection::Signature),
        (format!("{}.{}.", parts[0], parts[1]), Rejection::Signature),
        (
            format!(r#"{{"protected":"{}","payload":"{}","signature":"{}"}}"#, parts[0], parts[1], parts[2]),
            Rejection::Shape,
        ),
    ] {
        assert_eq!(verify(&text), Err(reason), "{text}");
    }
}

#[test]
fn jw5_padding_is_refused() {
    let forge = Forge::new();
    let token = good(&forge);
    let parts: Vec<_> = token.split('.').collect();
    for text in [
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}==.{}", parts[0], parts[1], parts[2]),
        format!("{token}="),
        format!("{token}=="),
    ] {
        assert_eq!(forge.verifier().verify_access(&text, NOW), Err(Rejection::Encoding), "{text}");
    }
    // Also when the signature covers the padding.
    let padded = forge.sign_parts(&format!("{}=", parts[0]), parts[1]);
    assert_eq!(forge.verifier().verify_access(&padded, NOW), Err(Rejection::Encoding));
    let padded = forge.sign_parts(parts[0], &format!("{}=", parts[1]));
    assert_eq!(forge.verifier().verify_access(&padded, NOW), Err(Rejection::Encoding));
}

#[test]
fn jw5_whitespace_and_trailing_bytes_are_refused() {
    let forge = Forge::new();
    let token = good(&forge);
    for text in [
        format!("{token}\n"),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\0"),
        format!("{token}A"),
        format!("{token}AAAA"),
        format!("\u{feff}{token}"),
        format!("Bearer {token}"),
        token.replace('.', " ."),
    ] {
        let verdict = forge.verifier().verify_access(&text, NOW);
        assert!(matches!(verdict, Err(Rejection::Encoding | Rejection::Signature)), "{text:?}: {verdict:?}");
    }
}

#[test]
fn jw5_the_alphabet_of_plain_base64_is_refused() {
    let forge = Forge::new();
    // A claim whose encoding has both characters in which the alphabets differ.
    let mut claims = good_claims();
    claims["x"] = json!("\u{3e}\u{3f}\u{fb}~~~???>>>");
    let token = forge.sign_claims(&claims);
    assert!(forge.verifier().verify_access(&token, NOW).is_ok());
    let plain = token.replace('-', "+").replace('_', "/");
    assert_ne!(plain, token);
    assert_eq!(forge.verifier().verify_access(&plain, NOW), Err(Rejection::Encoding));
}

/// 64 bytes take 86 characters, the last of which has four unused bits: fifteen other spellings of one signature.
#[test]
fn jw5_unused_bits_must_be_zero() {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let forge = Forge::new();
    let token = good(&forge);
    let last = token.bytes().last().expect("not empty");
    let value = ALPHABET.iter().position(|&byte| byte == last).expect("base64url");
    assert_eq!(value % 16, 0, "the canonical spelling");
    for other in 1..16 {
        let text = format!("{}{}", &token[..token.len() - 1], char::from(ALPHABET[value + other]));
        assert_eq!(forge.verifier().verify_access(&text, NOW), Err(Rejection::Encoding));
    }
}

#[test]
fn jw6_five_parts_are_refused_before_anything_is_read() {
    let forge = Forge::new();
    for text in ["a.b.c.d.e", "....", "!.!.!.!.!", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.BBBB.CCCC"] {
        assert_eq!(forge.verifier().verify_access(text, NOW), Err(Rejection::Encrypted), "{text}");
    }
}

#[test]
fn jw13_bytes_that_are_not_strict_json_are_refused() {
    let forge = Forge::new();
    let good = good_claims().to_string();
    let with = |extra: &str| format!("{},{extra}}}", &good[..good.len() - 1]);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut invalid = with(r#""x":"?""#).into_bytes();
    let at = invalid.iter().rposition(|&byte| byte == b'?').expect("there");
    invalid[at] = 0xff;
    let deep = format!(r#""x":{}{}"#, "[".repeat(8), "]".repeat(8));
    for (bytes, what) in [
        ([b"\xef\xbb\xbf", good.as_bytes()].concat(), "byte order mark"),
        (utf16, "UTF-16"),
        (invalid, "invalid UTF-8"),
        (with(r#""x":"\ud800""#).into_bytes(), "lone surrogate"),
        (with(r#""x":"\udc00\ud800""#).into_bytes(), "surrogates in the wrong order"),
        (with(r#""\ud800":1"#).into_bytes(), "lone surrogate in a name"),
        (with(&deep).into_bytes(), "nested nine deep"),
        (with(r#""x":1e400"#).into_bytes(), "number out of range"),
        (with(r#""x":NaN"#).into_bytes(), "NaN"),
        (with(r#""x":01"#).into_bytes(), "leading zero"),
        (with("\"x\":\"\n\"").into_bytes(), "control character"),
        (format!("{good}{{}}").into_bytes(), "two values"),
        (format!("{good} x").into_bytes(), "trailing bytes"),
        (b"[]".to_vec(), "a list"),
        (b"null".to_vec(), "null"),
        (b"".to_vec(), "nothing"),
    ] {
        let token = forge.sign_text(forge.header().to_string(), &bytes);
        assert_eq!(forge.verifier().verify_access(&token, NOW), Err(Rejection::Claims), "claims: {what}");
    }
    let header = forge.header().to_string();
    for bytes in
        [[b"\xef\xbb\xbf", header.as_bytes()].concat(), header.encode_utf16().flat_map(u16::to_le_bytes).collect()]
    {
        let token = forge.sign_text(&bytes, &good);
        assert_eq!(forge.verifier().verify_access(&token, NOW), Err(Rejection::Header));
    }
    // Eight deep in all is still read.
    let token = forge.sign_text(&header, with(&format!(r#""x":{}{}"#, "[".repeat(7), "]".repeat(7))));
    assert!(forge.verifier().verify_access(&token, NOW).is_ok());
}

#[test]
fn jw14_more_than_8_kib_is_refused_before_it_is_decoded() {
    let forge = Forge::new();
    let mut claims_now = good_claims();
    claims_now["x"] = json!("");
    let empty = forge.sign_claims(&claims_now).len();
    // Three bytes of claims are four characters of token.
    claims_now["x"] = json!("a".repeat((MAX_TOKEN_LEN - empty) / 4 * 3));
    let fits = forge.sign_claims(&claims_now);
    assert!(fits.len() <= MAX_TOKEN_LEN && fits.len() > MAX_TOKEN_LEN - 4, "{}", fits.len());
    assert!(forge.verifier().verify_access(&fits, NOW).is_ok());
    claims_now["x"] = json!("a".repeat((MAX_TOKEN_LEN - empty) / 4 * 3 + 6));
    let over = forge.sign_claims(&claims_now);
    assert_eq!(forge.verifier().verify_access(&over, NOW), Err(Rejection::TooLong));
    // Not even the dots are counted.
    assert_eq!(forge.verifier().verify_access(&"!".repeat(MAX_TOKEN_LEN + 1), NOW), Err(Rejection::TooLong));
    assert_eq!(forge.verifier().verify_access(&"!".repeat(MAX_TOKEN_LEN), NOW), Err(Rejection::Shape));
}

#[test]
fn jw14_a_header_has_at_most_1_kib() {
    let forge = Forge::new();
    let mut header = forge.header();
    header["x"] = json!("");
    let empty = header.to_string().len();
    header["x"] = json!("a".repeat(1024 - empty));
    assert_eq!(forge.verifier().verify_access(&forge.sign_header(&header), NOW), Ok(claims()));
    header["x"] = json!("a".repeat(1025 - empty));
    assert_eq!(forge.verifier().verify_access(&forge.sign_header(&header), NOW), Err(Rejection::HeaderTooLong));
    header["x"] = json!("a".repeat(4096));
    assert_eq!(forge.verifier().verify_access(&forge.sign_header(&header), NOW), Err(Rejection::HeaderTooLong));
}

#[test]
fn a_damaged_signature_is_refused_wherever_the_damage_is() {
    let forge = Forge::new();
    let token = good(&forge);
    let at = token.rfind('.').expect("dots") + 1;
    let signature = data_encoding::BASE64URL_NOPAD.decode(&token.as_bytes()[at..]).expect("canonical");
    for bit in 0..signature.len() * 8 {
        let mut damaged = signature.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let text = format!("{}{}", &token[..at], b64(damaged));
        assert_eq!(forge.verifier().verify_access(&text, NOW), Err(Rejection::Signature), "bit {bit}");
    }
    for len in [0, 1, 63, 65, 70, 72] {
        let mut other = signature.clone();
        other.resize(len, 0);
        let text = format!("{}{}", &token[..at], b64(other));
        assert_eq!(forge.verifier().verify_access(&text, NOW), Err(Rejection::Signature), "{len} bytes");
    }
}

#[test]
fn a_rejection_never_shows_the_token() {
    let forge = Forge::new();
    let token = good(&forge);
    let secret_part = &token[token.rfind('.').expect("dots") + 1..];
    for text in [format!("{token}."), format!("{token}="), token.replace("ey", "ez"), format!("{token}A")] {
        let reason = forge.verifier().verify_access(&text, NOW).expect_err("refused");
        assert!(!format!("{reason} {reason:?}").contains(&secret_part[..8]));
    }
}
