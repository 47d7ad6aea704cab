//! The one place of this crate that draws randomness itself: the secret of a new HMAC key. Asymmetric keys are generated
//! inside aws-lc.

use zeroize::Zeroizing;

/// 32 random bytes: as many as the output of SHA-256, RFC 7518 section 3.2.
#[expect(clippy::disallowed_methods, reason = "the one named place for randomness in this crate: new HMAC secrets")]
pub(crate) fn hmac_secret() -> Result<Zeroizing<Vec<u8>>, aws_lc_rs::error::Unspecified> {
    let mut secret = Zeroizing::new(vec![0; 32]);
    aws_lc_rs::rand::fill(&mut secret)?;
    Ok(secret)
}
