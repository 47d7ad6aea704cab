//! Keys that must not be used although they parse: too short, guessable, or with a structure that lets others sign.

use crate::KeyRefusal;

/// The shortest HMAC secret: RFC 7518 section 3.2.
const MIN_HMAC_SECRET: usize = 32;
/// RFC 7518 section 3.3 demands 2048 bits.
const MIN_RSA_BITS: usize = 2048;
/// What aws-lc verifies at most; longer ones only cost time.
const MAX_RSA_BITS: usize = 8192;

/// Refuses an HMAC secret that is short, that is text, or that repeats few bytes. Of 2^64 random 32-byte secrets, about
/// one in 10^13 would be all printable by chance, so text means that a person typed it, or that it should have been
/// decoded from hex or base64 first.
pub(crate) fn check_hmac_secret(secret: &[u8]) -> Result<(), KeyRefusal> {
    if secret.len() < MIN_HMAC_SECRET {
        return Err(KeyRefusal::Weak("the HMAC secret has less than 32 bytes"));
    }
    if secret.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return Err(KeyRefusal::Weak("the HMAC secret is text; give random bytes (decode hex or base64 first)"));
    }
    let mut seen = [false; 256];
    for &byte in secret {
        seen[usize::from(byte)] = true;
    }
    if seen.iter().filter(|&&seen| seen).count() < 12 {
        return Err(KeyRefusal::Weak("the HMAC secret repeats few bytes"));
    }
    Ok(())
}

/// Refuses an RSA key by size, exponent and the ROCA fingerprint. Both numbers come without leading zeros.
pub(crate) fn check_rsa(modulus: &[u8], exponent: &[u8]) -> Result<(), KeyRefusal> {
    let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    if bits < MIN_RSA_BITS {
        return Err(KeyRefusal::Weak("the RSA modulus has less than 2048 bits"));
    }
    if bits > MAX_RSA_BITS {
        return Err(KeyRefusal::Weak("the RSA modulus has more than 8192 bits"));
    }
    // FIPS 186-5 section A.1.1: odd, and 2^16 < e. Above 2^33 aws-lc refuses.
    let large = exponent.len() > 3 || (exponent.len() == 3 && exponent[0] != 0);
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    if !large || !odd || exponent.len() > 4 {
        return Err(KeyRefusal::Weak("the RSA exponent is not an odd number above 2^16"));
    }
    if modulus.last().is_some_and(|last| last % 2 == 0) {
        return Err(KeyRefusal::Invalid);
    }
    if has_roca_fingerprint(modulus) {
        return Err(KeyRefusal::Weak("the RSA key has the ROCA weakness (CVE-2017-15361)"));
    }
    Ok(())
}

/// Whether the modulus is a power of 65537 modulo every small prime: primes of the weak generator have the form
/// k·M + (65537^a mod M) (Nemec et al. 2017). A sound modulus has this by chance once in about 2^27 keys.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES.iter().all(|&prime| {
        let rest = modulus.iter().fold(0, |rest, &byte| (rest * 256 + u32::from(byte)) % prime);
        let generator = 65537 % prime;
        let mut power = 1;
        for _ in 0..prime {
            if power == rest {
                return true;
            }
            power = power * generator % prime;
        }
        false
    })
}

/// Refuses the Ed25519 public keys of small order, in every encoding: for them, a signature can be made without any
/// private key. The values are the y coordinates of the eight points (RFC 8032 section 5.1, cofactor 8), some unreduced.
pub(crate) fn check_ed25519(public: &[u8; 32]) -> Result<(), KeyRefusal> {
    const ORDER_8: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const ORDER_8_NEGATED: [u8; 32] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let mut y = *public;
    y[31] &= 0x7f;
    let tail_is = |byte: u8| y[1..31].iter().all(|&other| other == byte);
    let small = (tail_is(0) && y[31] == 0 && y[0] <= 1)
        || (tail_is(0xff) && y[31] == 0x7f && (0xec..=0xee).contains(&y[0]))
        || y == ORDER_8
        || y == ORDER_8_NEGATED;
    if small { Err(KeyRefusal::Weak("the Ed25519 key is a point of small order")) } else { Ok(()) }
}
