//! How a call is signed: Standard Webhooks 1.0, symmetric signatures (`v1`). HMAC-SHA-256 of the id, the moment and the body, with
//! dots between them.

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use gatewright_core::model::{Secret, Timestamp};
use http::HeaderName;

/// Names the message; the same for each attempt.
pub const HEADER_ID: HeaderName = HeaderName::from_static("webhook-id");
/// The moment of the attempt, in seconds since 1970.
pub const HEADER_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// Signatures, separated by spaces: one for each secret while secrets are being changed.
pub const HEADER_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What a secret begins with where people handle it.
pub(crate) const SECRET_PREFIX: &str = "whsec_";
/// What a signature of this kind begins with.
pub(crate) const VERSION: &str = "v1,";

/// A secret as whoever checks signatures is given it. Shown once, when it is made.
#[must_use]
pub fn secret_text(secret: &Secret<32>) -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(secret.expose()))
}

/// One signature, as it stands in [`HEADER_SIGNATURE`].
#[must_use]
pub fn signature(secret: &[u8], id: &str, at: Timestamp, body: &[u8]) -> String {
    format!("{VERSION}{}", BASE64.encode(tag(secret, id, at.secs(), body).as_ref()))
}

pub(crate) fn tag(secret: &[u8], id: &str, secs: i64, body: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    context.update(format!("{id}.{secs}.").as_bytes());
    context.update(body);
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_micros(1_614_265_330_999_999);
        let made = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(made, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_written_with_its_prefix_in_base64() {
        let text = secret_text(&Secret::new([0xff; 32]));
        assert_eq!(text, "whsec_//////////////////////////////////////////8=");
    }
}
