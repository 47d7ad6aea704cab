//! Access tokens of living sessions with something wrong in them, signed with the instance's own key: what is forged is
//! everything but the signature, so that a refusal means the fault and not the signature.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use gatewright_testkit::{
    TestApp,
    app::{Browser, Setup},
};
use serde_json::Value;

/// A key that a test holds as well.
pub(crate) struct Forge {
    pair: EcdsaKeyPair,
    pub(crate) pem: String,
}

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

impl Forge {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let body = BASE64.encode(pair.to_pkcs8v1().unwrap().as_ref());
        Self { pair, pem: format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n") }
    }

    /// An instance that signs with this key, and somebody signed in to it.
    pub(super) async fn instance(&self) -> (TestApp, Browser) {
        let app = Setup::default().signing_key(&self.pem).start().await;
        let ada = app.sign_up_in("body", crate::family::EMAIL).await;
        (app, ada)
    }

    /// Any two parts as they are, with a right signature over them.
    pub(super) fn sign_parts(&self, header: &str, claims: &str) -> String {
        let signed = format!("{header}.{claims}");
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", b64(signature.as_ref()))
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_parts(&b64(header.to_string()), &b64(claims.to_string()))
    }
}

/// Header and claims of a token.
pub(super) fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}
