//! Keys that verify. A key is parsed and checked once, when it comes in; it is bound to one algorithm for ever.

use crate::{
    Algorithm, Jwk, KeyId, KeyRefusal, json,
    jwk::{self, PublicNumbers},
    weak,
};
use aws_lc_rs::{
    hmac,
    signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    },
};
use serde_json::{Map, Value};
use std::{collections::HashMap, fmt, sync::Arc};

/// A key that verifies signatures of one algorithm. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    kid: KeyId,
    algorithm: Algorithm,
    material: Material,
}

enum Material {
    Public(ParsedPublicKey),
    /// Boxed, because its state is twenty times the size of the other.
    Shared(Box<hmac::Key>),
}

impl VerifyingKey {
    /// Reads one public key (RFC 7517). A key without `kid` is named by its RFC 7638 thumbprint.
    pub fn from_jwk(document: &[u8]) -> Result<Self, KeyRefusal> {
        let members = json::read_object(document).map_err(|_| KeyRefusal::NotStrictJson)?;
        Self::from_public(&Jwk::read(&members)?)
    }

    /// Takes the secret that an HS256 issuer shares with this service. Without a `kid` it has the name that
    /// [`SigningKey::from_hmac_secret`](crate::SigningKey::from_hmac_secret) gives it.
    pub fn from_hmac_secret(secret: &[u8], kid: Option<KeyId>) -> Result<Self, KeyRefusal> {
        weak::check_hmac_secret(secret)?;
        Ok(Self::from_unchecked_hmac_secret(secret, kid))
    }

    /// The name of the key.
    pub fn kid(&self) -> &KeyId {
        &self.0.kid
    }

    /// The one algorithm that the key is for.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    pub(crate) fn from_public(jwk: &Jwk) -> Result<Self, KeyRefusal> {
        let invalid = |_| KeyRefusal::Invalid;
        let parsed = match &jwk.point {
            PublicNumbers::P256 { x, y } => {
                let point = [&[4][..], x, y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(invalid)?
            }
            PublicNumbers::Ed25519 { x } => {
                weak::check_ed25519(x)?;
                ParsedPublicKey::new(&ED25519, x).map_err(invalid)?
            }
            PublicNumbers::Rsa { n, e } => {
                weak::check_rsa(n, e)?;
                let numbers = RsaPublicKeyComponents { n, e };
                numbers.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(invalid)?
            }
        };
        let inner = Inner { kid: jwk.kid.clone(), algorithm: jwk.algorithm(), material: Material::Public(parsed) };
        Ok(Self(Arc::new(inner)))
    }

    /// Without the check for weak secrets: vectors have weak ones.
    pub(crate) fn from_unchecked_hmac_secret(secret: &[u8], kid: Option<KeyId>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let kid = kid.unwrap_or_else(|| hmac_key_id(&key));
        Self(Arc::new(Inner { kid, algorithm: Algorithm::Hs256, material: Material::Shared(Box::new(key)) }))
    }

    fn from_shared_members(members: &Map<String, Value>) -> Result<Self, KeyRefusal> {
        if jwk::required(members, "kty")? != "oct" {
            return Err(KeyRefusal::MixedSet);
        }
        jwk::check_use(members)?;
        jwk::check_algorithm(members, Algorithm::Hs256)?;
        let kid = jwk::optional(members, "kid")?.map(KeyId::parse).transpose();
        let secret = zeroize::Zeroizing::new(jwk::bytes(members, "k")?);
        Self::from_hmac_secret(&secret, kid.map_err(|_| KeyRefusal::Malformed("kid"))?)
    }

    /// One signature operation: whether `signature` is this key's over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0.material {
            Material::Public(key) => key.verify_sig(message, signature).is_ok(),
            Material::Shared(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("kid", &self.0.kid).field("algorithm", &self.0.algorithm).finish()
    }
}

/// The name of an HMAC key: a MAC of a fixed text under the key itself. No signing input lacks a dot, so this text is
/// never one, and the name tells nothing about a secret that cannot be guessed.
pub(crate) fn hmac_key_id(key: &hmac::Key) -> KeyId {
    KeyId::from_digest(hmac::sign(key, b"gatewright-token key id").as_ref())
}

/// The keys that a verifier accepts, found by `kid`. Immutable and cheap to clone: a rotation makes a new value.
#[derive(Clone, Debug, Default)]
pub struct VerifyingKeys(Arc<HashMap<KeyId, VerifyingKey>>);

impl VerifyingKeys {
    /// Takes keys that were made or read one by one.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, KeyRefusal> {
        let mut by_kid = HashMap::new();
        for key in keys {
            if by_kid.insert(key.kid().clone(), key).is_some() {
                return Err(KeyRefusal::DuplicateKeyId);
            }
        }
        Ok(Self(Arc::new(by_kid)))
    }

    /// Reads a published JWKS. Keys that are not for us (another type, curve, algorithm or use) or that are weak are left
    /// out, as RFC 7517 section 5 says, so that an issuer may add kinds of keys; tokens that name them are refused.
    /// A set with two keys of one name, with a private member, with a symmetric key, or with nothing usable is refused
    /// as a whole.
    pub fn from_jwks(document: &[u8]) -> Result<Self, KeyRefusal> {
        let mut names = std::collections::HashSet::new();
        let mut keys = Vec::new();
        for members in jwk::read_set(document)? {
            if members.get("kty").is_some_and(|kind| kind == "oct") {
                return Err(KeyRefusal::MixedSet);
            }
            if let Some(Value::String(name)) = members.get("kid")
                && !names.insert(name.clone())
            {
                return Err(KeyRefusal::DuplicateKeyId);
            }
            match Jwk::read(&members).and_then(|jwk| VerifyingKey::from_public(&jwk)) {
                Ok(key) => keys.push(key),
                Err(KeyRefusal::PrivateMember(name)) => return Err(KeyRefusal::PrivateMember(name)),
                Err(_) => {}
            }
        }
        if keys.is_empty() { Err(KeyRefusal::NoUsableKey) } else { Self::new(keys) }
    }

    /// Reads a set of shared HS256 secrets, as it may stand in a service's own configuration. One key that is not such a
    /// secret, or that is weak, refuses the whole set: it is nobody else's to extend.
    pub fn from_shared_jwks(document: &[u8]) -> Result<Self, KeyRefusal> {
        let keys = jwk::read_set(document)?;
        let keys: Vec<_> = keys.iter().map(VerifyingKey::from_shared_members).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(KeyRefusal::NoUsableKey) } else { Self::new(keys) }
    }

    /// The names of the keys, in no order.
    pub fn kids(&self) -> impl Iterator<Item = &KeyId> {
        self.0.keys()
    }

    pub(crate) fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.get(kid)
    }
}
