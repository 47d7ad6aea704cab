//! Tokens of every shape, good and bad, signed with a key that the verifier under test knows. What is forged here is
//! everything but the signature: an attacker without the key gets no further than one with it.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use gatewright_token::{
    AccessClaims, Algorithm, KeySet, Rejection, SelectionClaims, SigningKey, Transition, Verifier, VerifyingKeys,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Seconds since 1970 at which these tests take place.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://auth.example.test";
pub(crate) const AUDIENCE: &str = "https://api.example.test";
pub(crate) const SELECT: &str = "https://auth.example.test/auth/select";

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// A P-256 key of which the test holds the raw pair, so that it can sign any bytes.
pub(crate) struct Forge {
    pair: EcdsaKeyPair,
    pub(crate) key: SigningKey,
}

impl Forge {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("generated");
        let body = BASE64.encode(pair.to_pkcs8v1().expect("a document").as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let key = SigningKey::from_pkcs8_pem(&pem, Some(Algorithm::Es256)).expect("a good key");
        Self { pair, key }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        let keys = VerifyingKeys::new([self.key.verifying_key().clone()]).expect("one key");
        verifier(keys)
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key.kid().as_str() })
    }

    /// Any two parts, with a right signature over them.
    pub(crate) fn sign_parts(&self, header: &str, payload: &str) -> String {
        let signed = format!("{header}.{payload}");
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("signed");
        format!("{signed}.{}", b64(signature.as_ref()))
    }

    /// Any header and claims as text, with a right signature.
    pub(crate) fn sign_text(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        self.sign_parts(&b64(header), &b64(claims))
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(header.to_string(), claims.to_string())
    }

    /// A good header with these claims.
    pub(crate) fn sign_claims(&self, claims: &Value) -> String {
        self.sign(&self.header(), claims)
    }

    /// Good claims under this header.
    pub(crate) fn sign_header(&self, header: &Value) -> String {
        self.sign(header, &good_claims())
    }

    /// What the verifier says about claims with one of them changed.
    pub(crate) fn judge_claim(&self, name: &str, value: Value) -> Result<AccessClaims, Rejection> {
        let mut claims = good_claims();
        claims[name] = value;
        self.verifier().verify_access(&self.sign_claims(&claims), NOW)
    }

    /// What the verifier says about a header with one member changed.
    pub(crate) fn judge_header(&self, name: &str, value: Value) -> Result<AccessClaims, Rejection> {
        let mut header = self.header();
        header[name] = value;
        self.verifier().verify_access(&self.sign_header(&header), NOW)
    }
}

pub(crate) fn verifier(keys: VerifyingKeys) -> Verifier {
    Verifier::builder().issuer(ISSUER).audience(AUDIENCE).leeway_secs(5).keys(keys).build().expect("a good verifier")
}

/// The wire form of [`claims`].
pub(crate) fn good_claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": Uuid::from_u128(1).to_string(),
        "account_id": Uuid::from_u128(2).to_string(),
        "session_id": Uuid::from_u128(3).to_string(),
        "username": "ada",
        "roles": ["editor"],
        "permissions": ["articles:write"],
        "amr": ["pwd"],
        "auth_time": NOW - 100,
        "iat": NOW - 10,
        "exp": NOW + 590,
        "jti": Uuid::from_u128(4).to_string(),
    })
}

pub(crate) fn claims() -> AccessClaims {
    AccessClaims {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        subject: Uuid::from_u128(1),
        account_id: Uuid::from_u128(2),
        session_id: Uuid::from_u128(3),
        username: "ada".to_owned(),
        roles: vec!["editor".to_owned()],
        permissions: Some(vec!["articles:write".to_owned()]),
        amr: vec!["pwd".to_owned()],
        auth_time: NOW - 100,
        acting: None,
        issued_at: NOW - 10,
        expires_at: NOW + 590,
        token_id: Uuid::from_u128(4),
        extra: Map::new(),
    }
}

pub(crate) fn selection() -> SelectionClaims {
    SelectionClaims {
        issuer: ISSUER.to_owned(),
        audience: SELECT.to_owned(),
        subject: Uuid::from_u128(2),
        epoch: 7,
        amr: vec!["pwd".to_owned()],
        auth_time: NOW - 10,
        issued_at: NOW - 10,
        expires_at: NOW + 290,
        token_id: Uuid::from_u128(5),
        transport: Some("hybrid".to_owned()),
        client: None,
        extra: Map::new(),
    }
}

/// A set in which this key signs.
pub(crate) fn set_of(key: &SigningKey, now: i64) -> KeySet {
    let step = Transition::CreateSigning { algorithm: key.algorithm() };
    KeySet::default().with_created(&step, key.clone(), now).expect("the first key")
}
