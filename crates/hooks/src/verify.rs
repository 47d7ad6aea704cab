//! What the program that is called does with a signature: check it before reading the body as anything. For such programs in Rust,
//! and for tests.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64;
use gatewright_core::model::Timestamp;
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use crate::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, SECRET_PREFIX, VERSION, tag};

/// How far the two clocks may be apart, and how long a copied call can be played back: the five minutes of the specification's
/// libraries.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// How many signatures are looked at; a sender that changes its secret sends two.
const MOST_SIGNATURES: usize = 16;

/// Why a call is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The secret is not `whsec_` and 24 to 64 bytes in base64.
    #[error("the secret is not whsec_ and 24 to 64 bytes in base64")]
    Secret,
    /// One of the three headers is missing, there twice, or unreadable.
    #[error("the call has not exactly one webhook-id, one webhook-timestamp and one webhook-signature")]
    Headers,
    /// It was made too long ago: it may be a copy.
    #[error("the call is too old")]
    TooOld,
    /// It comes from the future: one of the clocks is wrong.
    #[error("the call comes from the future")]
    TooNew,
    /// None of the signatures is that of this secret over this body.
    #[error("the call is not signed with this secret")]
    Signature,
}

/// Checks that whoever has the secret (`whsec_…`) has sent this body, at most `tolerance` ago; [`TOLERANCE`] is usual. A call that
/// was copied within that time verifies again: remember the `webhook-id`s of that time, or do what may be done twice.
///
/// # Errors
/// Why it is not believed.
pub fn verify(
    secret: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), Unverified> {
    let secret = read_secret(secret).ok_or(Unverified::Secret)?;
    let id = the_one(headers, &HEADER_ID)?;
    let secs = the_one(headers, &HEADER_TIMESTAMP)?;
    let signatures = the_one(headers, &HEADER_SIGNATURE)?;
    if id.is_empty() || secs.is_empty() || !secs.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unverified::Headers);
    }
    let secs: i64 = secs.parse().map_err(|_| Unverified::Headers)?;
    let at = Timestamp::from_secs(secs);
    let now = Timestamp::from_secs(now.secs());
    if now.since(at) > tolerance {
        return Err(Unverified::TooOld);
    }
    if at.since(now) > tolerance {
        return Err(Unverified::TooNew);
    }
    let expected = tag(&secret, id, secs, body);
    let is_ours = |signature: &str| {
        let given = signature.strip_prefix(VERSION).and_then(|text| BASE64.decode(text.as_bytes()).ok());
        given.is_some_and(|given| verify_slices_are_equal(&given, expected.as_ref()).is_ok())
    };
    signatures.split(' ').take(MOST_SIGNATURES).any(is_ours).then_some(()).ok_or(Unverified::Signature)
}

fn read_secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.strip_prefix(SECRET_PREFIX)?;
    let bytes = Zeroizing::new(BASE64.decode(text.as_bytes()).ok()?);
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

fn the_one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Unverified> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Unverified::Headers),
        (Some(_), Some(_)) | (None, _) => Err(Unverified::Headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_core::model::Secret;
    use http::HeaderValue;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const AT: i64 = 1_614_265_330;

    fn headers(signatures: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER_ID, HeaderValue::from_static("msg_p5jXN8AQM9LWM0D4loKWxJek"));
        headers.insert(HEADER_TIMESTAMP, HeaderValue::from(AT));
        headers.insert(HEADER_SIGNATURE, HeaderValue::from_str(signatures).unwrap());
        headers
    }

    fn at(secs: i64, headers: &HeaderMap) -> Result<(), Unverified> {
        verify(SECRET, headers, BODY, Timestamp::from_secs(secs), TOLERANCE)
    }

    #[test]
    fn what_was_signed_with_the_secret_is_believed_also_beside_other_signatures() {
        for signatures in [
            SIGNED.to_owned(),
            format!("v1,AAAA {SIGNED}"),
            format!("{SIGNED} v1a,AAAA"),
            format!("v1a,x v2,y v1,!! {SIGNED}"),
        ] {
            assert_eq!(at(AT, &headers(&signatures)), Ok(()), "{signatures}");
        }
    }

    #[test]
    fn what_was_changed_is_not_believed() {
        let good = headers(SIGNED);
        let now = Timestamp::from_secs(AT);
        let other = crate::secret_text(&Secret::new([1; 32]));
        assert_eq!(verify(&other, &good, BODY, now, TOLERANCE), Err(Unverified::Signature));
        assert_eq!(verify(SECRET, &good, br#"{"test": 2432232315}"#, now, TOLERANCE), Err(Unverified::Signature));
        let mut moved = good.clone();
        moved.insert(HEADER_TIMESTAMP, HeaderValue::from(AT + 1));
        assert_eq!(at(AT, &moved), Err(Unverified::Signature));
        let mut renamed = good.clone();
        renamed.insert(HEADER_ID, HeaderValue::from_static("msg_p5jXN8AQM9LWM0D4loKWxJel"));
        assert_eq!(at(AT, &renamed), Err(Unverified::Signature));
        let unsigned = SIGNED.trim_start_matches("v1,");
        for signatures in
            ["", " ", "v1,", "v1", unsigned, &SIGNED[..40], &format!("v2,{unsigned}"), &format!("{SIGNED},x")]
        {
            assert_eq!(at(AT, &headers(signatures)), Err(Unverified::Signature), "{signatures:?}");
        }
        let many = format!("{}{SIGNED}", "v1,AAAA ".repeat(MOST_SIGNATURES));
        assert_eq!(at(AT, &headers(&many)), Err(Unverified::Signature));
    }

    /// docs/attacks.md#a-webhook-played-back
    #[test]
    fn a_call_that_was_copied_is_refused_after_five_minutes() {
        let good = headers(SIGNED);
        for (now, verdict) in [
            (AT + 300, Ok(())),
            (AT + 301, Err(Unverified::TooOld)),
            (AT - 300, Ok(())),
            (AT - 301, Err(Unverified::TooNew)),
            (0, Err(Unverified::TooNew)),
            (i64::MAX / 1_000_000, Err(Unverified::TooOld)),
        ] {
            assert_eq!(at(now, &good), verdict, "{now}");
        }
    }

    #[test]
    fn a_header_that_is_missing_twice_there_or_no_number_is_refused() {
        for name in [HEADER_ID, HEADER_TIMESTAMP, HEADER_SIGNATURE] {
            let mut missing = headers(SIGNED);
            let value = missing.remove(&name).unwrap();
            assert_eq!(at(AT, &missing), Err(Unverified::Headers), "{name}");
            let mut twice = headers(SIGNED);
            twice.append(&name, value);
            assert_eq!(at(AT, &twice), Err(Unverified::Headers), "{name}");
        }
        for secs in ["", " ", "-1", "+1614265330", "1614265330.0", "0x60", "99999999999999999999", "now"] {
            let mut odd = headers(SIGNED);
            odd.insert(HEADER_TIMESTAMP, HeaderValue::from_str(secs).unwrap());
            assert_eq!(at(AT, &odd), Err(Unverified::Headers), "{secs}");
        }
    }

    #[test]
    fn a_secret_that_is_none_is_said_to_be_none() {
        let short = format!("whsec_{}", BASE64.encode(&[0; 23]));
        for secret in
            ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", &short]
        {
            let verdict = verify(secret, &headers(SIGNED), BODY, Timestamp::from_secs(AT), TOLERANCE);
            assert_eq!(verdict, Err(Unverified::Secret), "{secret}");
        }
    }
}
