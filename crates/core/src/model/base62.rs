//! Base62 of fixed width: digits, capitals, small letters, so that a double click selects the whole token. Big-endian, padded
//! with `0`; each value has exactly one spelling.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters for 74 bytes: the least n with 62^n ≥ 2^592.
pub(super) const LENGTH_74: usize = 100;
/// Characters for 32 bits: the least n with 62^n ≥ 2^32.
pub(super) const LENGTH_CRC: usize = 6;
/// 62^5, the largest power that leaves room for a carry in 64 bits beside a 32-bit limb.
const CHUNK: u64 = 62 * 62 * 62 * 62 * 62;
const LIMBS: usize = 19;

/// Appends `LENGTH_74` characters.
pub(super) fn encode_74(bytes: &[u8; 74], text: &mut String) {
    let mut limbs = Zeroizing::new([0_u32; LIMBS]);
    let mut padded = Zeroizing::new([0_u8; 4 * LIMBS]);
    padded[2..].copy_from_slice(bytes);
    for (limb, quad) in limbs.iter_mut().zip(padded.chunks_exact(4)) {
        *limb = u32::from_be_bytes([quad[0], quad[1], quad[2], quad[3]]);
    }
    let mut digits = Zeroizing::new([0_u8; LENGTH_74]);
    for chunk in digits.rchunks_mut(5) {
        let mut rest = 0_u64;
        for limb in limbs.iter_mut() {
            let value = rest << 32 | u64::from(*limb);
            *limb = u32::try_from(value / CHUNK).expect("the quotient of a smaller remainder fits a limb");
            rest = value % CHUNK;
        }
        for digit in chunk.iter_mut().rev() {
            *digit = character(rest % 62);
            rest /= 62;
        }
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
}

/// Reads `LENGTH_74` characters; `None` if one is foreign or the value needs more than 74 bytes.
pub(super) fn decode_74(text: &str) -> Option<Zeroizing<[u8; 74]>> {
    if text.len() != LENGTH_74 {
        return None;
    }
    let mut limbs = Zeroizing::new([0_u32; LIMBS]);
    for chunk in text.as_bytes().chunks_exact(5) {
        let mut carry = value(chunk)?;
        for limb in limbs.iter_mut().rev() {
            let product = u64::from(*limb) * CHUNK + carry;
            *limb = u32::try_from(product & u64::from(u32::MAX)).expect("masked to 32 bits");
            carry = product >> 32;
        }
        if carry != 0 {
            return None;
        }
    }
    let mut padded = Zeroizing::new([0_u8; 4 * LIMBS]);
    for (quad, limb) in padded.chunks_exact_mut(4).zip(limbs.iter()) {
        quad.copy_from_slice(&limb.to_be_bytes());
    }
    let (zeros, rest) = padded.split_at(2);
    let mut bytes = Zeroizing::new([0; 74]);
    bytes.copy_from_slice(rest);
    (zeros == [0, 0]).then_some(bytes)
}

/// Appends `LENGTH_CRC` characters.
pub(super) fn encode_crc(crc: u32, text: &mut String) {
    let mut rest = u64::from(crc);
    let mut digits = [0_u8; LENGTH_CRC];
    for digit in digits.iter_mut().rev() {
        *digit = character(rest % 62);
        rest /= 62;
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
}

/// Reads `LENGTH_CRC` characters; `None` if one is foreign or the value needs more than 32 bits.
pub(super) fn decode_crc(text: &str) -> Option<u32> {
    if text.len() != LENGTH_CRC {
        return None;
    }
    u32::try_from(value(text.as_bytes())?).ok()
}

fn character(digit: u64) -> u8 {
    ALPHABET[usize::try_from(digit).expect("a digit is below 62")]
}

fn value(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        Some(value * 62 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_value_has_exactly_one_spelling(bytes in prop::array::uniform32(any::<u8>()), crc in any::<u32>()) {
            let mut wide = [0; 74];
            wide[10..42].copy_from_slice(&bytes);
            wide[42..].copy_from_slice(&bytes);
            let (mut text, mut short) = (String::new(), String::new());
            encode_74(&wide, &mut text);
            encode_crc(crc, &mut short);
            prop_assert_eq!(*decode_74(&text).unwrap(), wide);
            prop_assert_eq!(decode_crc(&short), Some(crc));
        }
    }

    #[test]
    fn the_extremes_fit_and_what_is_beyond_is_refused() {
        let mut text = String::new();
        encode_74(&[255; 74], &mut text);
        assert_eq!(text.len(), LENGTH_74);
        assert_eq!(*decode_74(&text).unwrap(), [255; 74]);
        assert_eq!(decode_74(&"z".repeat(LENGTH_74)), None);
        assert_eq!(decode_crc("zzzzzz"), None);
        assert_eq!(decode_74(&format!("{}-", &text[..99])), None);
    }
}
