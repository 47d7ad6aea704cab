//! The little DER that key import needs: which algorithm a PKCS#8 document is for, and the two numbers of an RSA public
//! key. What is inside the private key is read and checked by aws-lc alone.

use crate::Algorithm;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// 1.2.840.10045.2.1, RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7, RFC 5480 section 2.1.1.1.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.101.112, RFC 8410 section 3.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.2.840.113549.1.1.1, RFC 8017 appendix A.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The algorithm that a PKCS#8 `PrivateKeyInfo` (RFC 5208 section 5) is for, if it is one of ours.
pub(crate) fn pkcs8_algorithm(document: &[u8]) -> Option<Algorithm> {
    let (info, rest) = element(document, SEQUENCE)?;
    if !rest.is_empty() {
        return None;
    }
    let (_version, after_version) = element(info, INTEGER)?;
    let (identifier, _) = element(after_version, SEQUENCE)?;
    let (kind, parameters) = element(identifier, OBJECT_IDENTIFIER)?;
    match kind {
        ED25519 => Some(Algorithm::EdDsa),
        RSA => Some(Algorithm::Rs256),
        EC_PUBLIC_KEY => {
            let (curve, _) = element(parameters, OBJECT_IDENTIFIER)?;
            (curve == P256).then_some(Algorithm::Es256)
        }
        _ => None,
    }
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1), without leading zeros.
pub(crate) fn rsa_public_numbers(document: &[u8]) -> Option<(&[u8], &[u8])> {
    let (numbers, _) = element(document, SEQUENCE)?;
    let (modulus, rest) = element(numbers, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    Some((without_sign(modulus), without_sign(exponent)))
}

fn without_sign(number: &[u8]) -> &[u8] {
    number.strip_prefix(&[0]).unwrap_or(number)
}

/// The content of the first element, which must have this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => rest.split_first().map(|(&len, rest)| (usize::from(len), rest))?,
        0x82 => rest.split_first_chunk::<2>().map(|(len, rest)| (usize::from(u16::from_be_bytes(*len)), rest))?,
        _ => return None,
    };
    if found != tag { None } else { rest.split_at_checked(len) }
}
