//! What must be found nowhere, and the search for it: in clear, in pieces, and in every writing that a program could have
//! given it on its way.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL, HEXLOWER, HEXUPPER};

/// A piece of a secret that is as long as this is a leak. 96 bits of the least dense secret that we have.
const PIECE: usize = 16;
/// Nothing shorter is looked for: it would be found by chance.
const SHORTEST: usize = 8;

/// The secrets of one run.
#[derive(Default)]
pub(super) struct Canaries {
    whole: BTreeSet<(&'static str, Vec<u8>)>,
}

impl Canaries {
    pub(super) fn add(&mut self, what: &'static str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref();
        assert!(secret.len() >= SHORTEST, "{what} is too short to be looked for");
        self.whole.insert((what, secret.to_vec()));
    }

    /// A key that is written in hexadecimal digits, also as the bytes that it stands for.
    pub(super) fn add_key(&mut self, what: &'static str, hex: &str) {
        self.add(what, hex);
        self.add(what, HEXLOWER.decode(hex.as_bytes()).unwrap());
    }

    /// Whatever in an answer is secret: the tokens in its body and in its cookies.
    pub(super) fn add_tokens(&mut self, head: &str, body: &str) {
        let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        for what in ["access_token", "refresh_token", "selection_token"] {
            if let Some(token) = json[what].as_str() {
                self.add(what, token);
                self.add_secret_of(token);
                if let Some((_, signature)) = token.rsplit_once('.') {
                    self.add("the signature of a token", BASE64URL.decode(padded(signature).as_bytes()).unwrap());
                }
            }
        }
        for cookie in head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (_, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).unwrap();
            if !value.is_empty() {
                self.add("a token in a cookie", value);
                self.add_secret_of(value);
            }
        }
    }

    /// What makes a refresh token good, and what makes it ours, as they stand behind its digits (DESIGN 4.1).
    fn add_secret_of(&mut self, token: &str) {
        let Some(digits) = token.strip_prefix("gwr_").and_then(|rest| rest.split('_').next()) else { return };
        let bytes = base62_bytes(digits);
        assert_eq!(bytes[..2], [1, 1], "version and key: the digits were read rightly");
        self.add("the secret of a refresh token", &bytes[26..58]);
        self.add("the tag of a refresh token", &bytes[58..]);
    }

    /// A secret that says by its beginning what it is, and the bytes that its digits stand for.
    pub(super) fn add_secret_text(&mut self, what: &'static str, prefix: &str, text: &str) {
        self.add(what, text);
        let digits = text.strip_prefix(prefix).and_then(|rest| rest.split('_').next()).unwrap();
        self.add("the bytes of a secret", BASE32_NOPAD.decode(digits.to_uppercase().as_bytes()).unwrap());
    }

    /// The longest secret of this kind: an example to misuse.
    pub(super) fn one(&self, what: &str) -> String {
        let all = self.whole.iter().filter(|(of, _)| *of == what);
        let (_, secret) = all.max_by_key(|(_, secret)| secret.len()).unwrap_or_else(|| panic!("there is no {what}"));
        String::from_utf8(secret.clone()).unwrap()
    }

    /// Makes the search ready. Secrets that come later are not looked for.
    pub(super) fn search(&self) -> Search {
        let mut search = Search { patterns: HashMap::new(), filter: vec![0; FILTER_WORDS], bytes: 0 };
        for (what, secret) in &self.whole {
            for (form, text) in forms(secret) {
                search.add(what, form, text);
            }
            // A token of which a line shows a half, or which is split into two columns.
            for piece in telling(secret).windows(PIECE) {
                search.add(what, "a piece", piece.to_vec());
                search.add(what, "a piece, reversed", piece.iter().rev().copied().collect());
            }
        }
        search
    }
}

/// What makes a signed token good: its signature. What stands before it tells whom it is for and when it was made, like much else; a
/// checkpoint of the activity log, which is in the log so that others can keep it, begins with the same issuer and has its
/// moment in the same place. What is no such token is telling as a whole.
fn telling(secret: &[u8]) -> &[u8] {
    let dots: Vec<usize> = secret.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at).collect();
    match dots[..] {
        [_, last] if secret.starts_with(b"eyJ") => &secret[last + 1..],
        _ => secret,
    }
}

fn padded(base64: &str) -> String {
    format!("{base64}{}", "=".repeat((4 - base64.len() % 4) % 4))
}

/// The 74 bytes of a refresh token.
pub(super) fn base62_bytes(digits: &str) -> [u8; 74] {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut bytes = [0_u8; 74];
    for digit in digits.bytes() {
        let mut carry = alphabet.iter().position(|one| *one == digit).unwrap();
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 62;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
    }
    bytes
}

/// Every writing of `secret`, with its name.
fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("clear", secret.to_vec()),
        ("reversed", secret.iter().rev().copied().collect()),
        ("hexadecimal", HEXLOWER.encode(secret).into_bytes()),
        ("hexadecimal", HEXUPPER.encode(secret).into_bytes()),
        ("every byte percent-encoded", percent(secret, |_| false).to_uppercase().into_bytes()),
        ("every byte percent-encoded", percent(secret, |_| false).to_lowercase().into_bytes()),
        ("a list of numbers", secret.iter().map(u8::to_string).collect::<Vec<_>>().join(", ").into_bytes()),
    ];
    for (name, encoding) in [("base64", &BASE64), ("base64url", &BASE64URL)] {
        // Within something longer a secret begins at any of three places of a group; what it shares with its
        // neighbours is cut off.
        for before in 0..3 {
            let text = encoding.encode(&[&vec![0; before][..], secret].concat());
            let begin = (before * 8).div_ceil(6);
            let end = (before + secret.len()) * 8 / 6;
            forms.push((name, text.as_bytes()[begin..end].to_vec()));
        }
    }
    if let Ok(text) = str::from_utf8(secret) {
        let json = serde_json::to_string(text).unwrap();
        forms.push(("JSON", json.as_bytes()[1..json.len() - 1].to_vec()));
        let unicode: Vec<u16> = text.encode_utf16().collect();
        let escaped: String = unicode.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        forms.push(("JSON, all escaped", escaped.into_bytes()));
        forms.push(("what Rust prints", text.escape_debug().to_string().into_bytes()));
        forms.push(("SQL", text.replace('\'', "''").into_bytes()));
        forms.push(("UTF-16", unicode.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
        forms.push(("UTF-16, big end first", unicode.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        forms.push(("percent-encoded", percent(secret, unreserved).into_bytes()));
        forms.push(("a form", percent(secret, |byte| unreserved(byte) || byte == b' ').replace(' ', "+").into_bytes()));
    }
    forms
}

fn percent(secret: &[u8], stays: impl Fn(u8) -> bool) -> String {
    let one = |byte: &u8| if stays(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    secret.iter().map(one).collect()
}

/// One bit for each hash of a pattern's first eight bytes: most places of a file are left after one look.
const FILTER_BITS: u32 = 22;
const FILTER_WORDS: usize = 1 << (FILTER_BITS - 6);

/// What it is, its form, and how that is written.
type Pattern = (&'static str, &'static str, Vec<u8>);

/// Looks for many patterns at once.
pub(super) struct Search {
    patterns: HashMap<u64, Vec<Pattern>>,
    filter: Vec<u64>,
    /// How much was searched, so that a test can say that there was something.
    pub(super) bytes: u64,
}

impl Search {
    fn add(&mut self, what: &'static str, form: &'static str, text: Vec<u8>) {
        let head = text[..SHORTEST].iter().fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
        let bit = place_in_filter(head);
        self.filter[bit / 64] |= 1 << (bit % 64);
        let others = self.patterns.entry(head).or_default();
        if !others.iter().any(|(_, _, other)| *other == text) {
            others.push((what, form, text));
        }
    }

    /// What stands in `bytes` first, and in which form.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<(&'static str, &'static str)> {
        let mut head = 0_u64;
        for (at, byte) in bytes.iter().enumerate() {
            head = head << 8 | u64::from(*byte);
            let bit = place_in_filter(head);
            if self.filter[bit / 64] & 1 << (bit % 64) != 0 && at + 1 >= SHORTEST {
                let rest = &bytes[at + 1 - SHORTEST..];
                let here = self.patterns.get(&head).into_iter().flatten();
                if let Some((what, form, _)) = here.into_iter().find(|(_, _, text)| rest.starts_with(text)) {
                    return Some((what, form));
                }
            }
        }
        None
    }

    /// Fails the test if anything is found.
    #[track_caller]
    pub(super) fn look(&mut self, place: &str, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "{place} is empty: nothing was searched");
        self.bytes += bytes.len() as u64;
        if let Some((what, form)) = self.find(bytes) {
            panic!("{what} stands in {place} ({form})");
        }
    }

    /// Looks into every file of a folder and of those in it. Answers which there were.
    #[track_caller]
    pub(super) fn look_into(&mut self, folder: &Path, leave_out: &[&str]) -> Vec<PathBuf> {
        let mut seen = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if leave_out.contains(&name.as_ref()) {
                continue;
            }
            if path.is_dir() {
                seen.extend(self.look_into(&path, leave_out));
            } else if path.is_file() {
                // Files come and go while a server runs.
                let bytes = fs::read(&path).unwrap_or_default();
                if !bytes.is_empty() {
                    self.look(&path.display().to_string(), &bytes);
                }
                seen.push(path);
            }
        }
        seen
    }
}

fn place_in_filter(head: u64) -> usize {
    (head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS)) as usize
}

#[test]
fn a_signed_token_is_looked_for_as_a_whole_and_by_its_signature() {
    let mut canaries = Canaries::default();
    canaries.add("it", "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2F1dGgu.c2lnbmF0dXJlIG9mIGEgdG9rZW4");
    let search = canaries.search();
    assert!(search.find(b"...c2lnbmF0dXJlIG9m...").is_some());
    assert!(search.find(b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2F1dGgu.").is_none());
    assert!(search.find(b"x=eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2F1dGgu.c2lnbmF0dXJlIG9mIGEgdG9rZW4;").is_some());
    for whole in ["gwr_0", "a.b.c", "eyJ.", "a password. with dots. in it", ""] {
        assert_eq!(telling(whole.as_bytes()), whole.as_bytes());
    }
}

#[test]
fn the_search_finds_a_secret_in_every_form_and_in_pieces() {
    let mut canaries = Canaries::default();
    let secret = "a \"canary\" with 'quotes', \\, %, + and ü";
    canaries.add("it", secret);
    let search = canaries.search();
    let plant = |text: &[u8]| [&[b'x'; 100][..], text, &[0; 5]].concat();
    assert_eq!(search.find(&plant(b"a canary with quotes")), None);
    for (form, text) in forms(secret.as_bytes()) {
        assert!(search.find(&plant(&text)).is_some(), "{form}");
    }
    assert!(search.find(&plant(&secret.as_bytes()[7..7 + PIECE])).is_some());
    assert!(search.find(&plant(&secret.as_bytes()[7..6 + PIECE])).is_none(), "what is shorter may be chance");
    for before in 0..3 {
        for encoding in [&BASE64, &BASE64URL] {
            let body = encoding.encode(format!("{}{secret}!", "{".repeat(before)).as_bytes());
            assert!(search.find(&plant(body.as_bytes())).is_some(), "{body}");
        }
    }
}
