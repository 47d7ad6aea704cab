//! Refresh tokens: what comes in is refused unless we made it, and each token has one spelling.

use data_encoding::BASE64URL_NOPAD;
use gatewright_core::model::{
    Forged, KeyNumber, MasterKeys, REFRESH_TOKEN_LENGTH, RefreshToken, Secret, SessionId, looks_like_refresh_token,
};

use crate::spelling::text;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 2^592 − 1, the last body that 74 bytes have, as its hundred digits.
const LAST_BODY: &str =
    "5nEDmL69ckzTuhznpCnH2KVY0skOlbkWI73DeOnOGQUKU2m87OaVAajth6TNCPAp3qknt54XPkY6T0KxCJeCLsTzcMl16IokqOo3";

fn keys() -> MasterKeys {
    let [first, second] = [*b"only for fuzzing, 32 bytes: one.", *b"only for fuzzing, 32 bytes: two."]
        .map(|bytes| BASE64URL_NOPAD.encode(&bytes.map(|byte| byte ^ 0xa5)));
    MasterKeys::parse(&format!("2:{second},1:{first}")).unwrap()
}

/// Bytes as they come in a header or a body: whatever they are, they are no token of ours. A text of the right form gets the
/// checksum that it needs, so that the digits and the tag are looked at, too.
pub fn refresh_token(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let keys = keys();
    assert_eq!(looks_like_refresh_token(text), text.as_bytes().starts_with(b"gwr_"));
    let Err(refused) = RefreshToken::parse(text, &keys) else { panic!("a token that nobody made: {text}") };
    if text.len() != REFRESH_TOKEN_LENGTH || !text.is_ascii() {
        assert_eq!(refused, Forged::Malformed);
    }
    let body: String = text.chars().skip(4).take(100).collect();
    let checked = format!("gwr_{body}");
    let whole = format!("{checked}_{}", checksum(checked.as_bytes()));
    let Err(refused) = RefreshToken::parse(&whole, &keys) else { panic!("a token that nobody made: {whole}") };
    // The digits are in the order of their bytes, so numbers of one length compare as their texts do.
    let is_number = body.len() == 100 && body.bytes().all(|digit| DIGITS.contains(&digit));
    let fits = is_number && body.as_str() <= LAST_BODY;
    assert_eq!(refused, if fits { Forged::BadTag } else { Forged::Malformed }, "{whole}");
}

/// A token that is made of the input, and then changed as the input says: it parses as what it was made of, no other text
/// is the same token, and its successor is another one.
pub fn refresh_token_made(data: &[u8]) {
    let Some((seed, changes)) = data.split_first_chunk::<65>() else { return };
    let keys = keys();
    let session = SessionId::from_bytes(part(seed, 0));
    let number = KeyNumber::new(1 + seed[64] % 2);
    let token = RefreshToken::first(number, session, Secret::new(part(seed, 16)));
    let made = token.encode(&keys).unwrap();
    let made = made.expose();
    assert_eq!(made.len(), REFRESH_TOKEN_LENGTH);
    let read = RefreshToken::parse(made, &keys).unwrap();
    assert!(read == token && read.session() == session && read.generation() == 1);
    assert_eq!(read.encode(&keys).unwrap().expose(), made);
    let next = token.successor(number, &part(seed, 48), &keys).unwrap();
    assert!(next == read.successor(number, &part(seed, 48), &keys).unwrap() && next != token);
    assert_eq!((next.session(), next.generation()), (session, 2));
    assert!(RefreshToken::parse(next.encode(&keys).unwrap().expose(), &keys).unwrap() == next);

    let mut bytes = made.as_bytes().to_vec();
    for change in changes.chunks_exact(2) {
        let at = usize::from(change[0]) % bytes.len();
        bytes[at] = DIGITS[usize::from(change[1]) % 62];
    }
    // Half of the changed ones get a checksum that fits.
    if changes.len() % 2 == 1 {
        let mended = checksum(&bytes[..104]);
        bytes[105..].copy_from_slice(mended.as_bytes());
    }
    let changed = String::from_utf8(bytes).unwrap();
    assert_eq!(RefreshToken::parse(&changed, &keys).is_ok(), changed == made, "{changed}");
}

fn part<const N: usize>(seed: &[u8; 65], from: usize) -> [u8; N] {
    seed[from..from + N].try_into().unwrap()
}

/// The checksum's six digits, written down once more.
fn checksum(checked: &[u8]) -> String {
    let mut rest = crc32fast::hash(checked);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).unwrap()];
        rest /= 62;
    }
    String::from_utf8(digits.to_vec()).unwrap()
}
