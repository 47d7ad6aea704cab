//! Who has all that is stored, and no key, makes no token that is accepted (invariant P13).

use aws_lc_rs::{
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac,
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use super::{
    calls::{Api, Tokens},
    canaries::base62_bytes,
};
use crate::client::{Answer, get, refresh, request};

impl Api {
    /// Presents whatever can be made of what was found. `victim` is signed in, and must be so afterwards. With the master key
    /// the same lines make the victim's very token, so that a refusal means the key and not the format.
    pub(super) fn forge_of(&self, found: &[Vec<u8>], victim: &Tokens, master: &str) {
        assert!(found.len() >= 10, "hashes, salts and sealed keys were found: {}", found.len());
        // So far along its chain that there are spent tokens.
        let renew = |token: String| refresh(self.to, &token).expect(200).text("refresh_token");
        let current = (0..3).fold(victim.refresh.clone(), |token, _| renew(token));
        let real = base62_bytes(current.split('_').nth(1).unwrap());
        let (id, generation) = (real[2..18].to_vec(), u64::from_be_bytes(real[18..26].try_into().unwrap()));
        assert_eq!(token(&id, generation, &to_32(&real[26..58]), &mac_key(&master_bytes(master))), current);
        for (at, one) in found.iter().enumerate() {
            let secret = to_32(one);
            let neighbour = to_32(&found[(at + 1) % found.len()]);
            for key in [[0; 32], secret, neighbour] {
                // One that would rotate, one that would roll the row forward, and one that would end the session.
                for generation in [generation, generation + 1, generation - 2] {
                    let token = token(&id, generation, &secret, &key);
                    refresh(self.to, &token).expect_problem(401, "refresh_token_invalid");
                }
            }
            for text in [HEXLOWER.encode(one), BASE64URL_NOPAD.encode(one)] {
                refresh(self.to, &text).expect_problem(401, "refresh_token_invalid");
            }
            for forged in self.forged_access_tokens(&victim.access, &secret) {
                self.me(&forged).expect_problem(401, "access_token_invalid");
            }
        }
        // Nothing has ended.
        self.me(&victim.access).expect(200);
        refresh(self.to, &current).expect(200);
    }

    fn me(&self, access: &str) -> Answer {
        request(self.to, "GET", "/auth/me", &[("Authorization", &format!("Bearer {access}"))], "").unwrap()
    }

    /// The claims of a real token under a key that was found, in the algorithms that take any bytes, or none at all.
    fn forged_access_tokens(&self, real: &str, key: &[u8; 32]) -> Vec<String> {
        let claims = real.split('.').nth(1).unwrap();
        let keys = get(self.to, "/.well-known/jwks.json").expect(200).json();
        let kid = keys["keys"][0]["kid"].clone();
        let with = |algorithm: &str, sign: &dyn Fn(&str) -> Vec<u8>| {
            let header: Value = json!({ "typ": "at+jwt", "alg": algorithm, "kid": kid });
            let signed = format!("{}.{claims}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()));
            format!("{signed}.{}", BASE64URL_NOPAD.encode(&sign(&signed)))
        };
        let mac = |text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec();
        let twice = |_: &str| [*key, *key].concat();
        vec![with("HS256", &mac), with("ES256", &twice), with("none", &|_| Vec::new())]
    }
}

/// A refresh token on the wire (DESIGN 4.1), made by somebody who has read the source.
fn token(session: &[u8], generation: u64, secret: &[u8; 32], mac_key: &[u8; 32]) -> String {
    let body = [&[1, 1][..], session, &generation.to_be_bytes(), secret].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, mac_key), &body);
    let text = format!("gwr_{}", base62(&[&body[..], &tag.as_ref()[..16]].concat(), 100));
    let crc = crc32(text.as_bytes());
    format!("{text}_{}", base62(&crc.to_be_bytes(), 6))
}

fn master_bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

/// `K_mac` of a master key.
fn mac_key(master: &[u8]) -> [u8; 32] {
    struct Bytes32;
    impl KeyType for Bytes32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = [0; 32];
    let prk = Salt::new(HKDF_SHA256, b"gatewright").extract(master);
    prk.expand(&[b"refresh mac 1"], Bytes32).and_then(|okm| okm.fill(&mut key)).unwrap();
    key
}

fn base62(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap();
            rest = value % 62;
        }
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[usize::try_from(rest).unwrap()];
    }
    String::from_utf8(text).unwrap()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// As it is if it has the length of a secret, else cut or filled up.
fn to_32(bytes: &[u8]) -> [u8; 32] {
    let mut all = [0; 32];
    let length = bytes.len().min(32);
    all[..length].copy_from_slice(&bytes[..length]);
    all
}
