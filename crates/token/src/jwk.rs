//! Public keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037). The type has no place for a private member, so nothing
//! secret can be published by mistake.

use crate::{Algorithm, KeyId, KeyRefusal, base64url, json};
use aws_lc_rs::digest;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// The members that hold private key material in any key type.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// One public key, as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    pub(crate) kid: KeyId,
    pub(crate) point: PublicNumbers,
}

/// The numbers of a public key, lengths already checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicNumbers {
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicNumbers {
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256 { .. } => Algorithm::Es256,
            Self::Ed25519 { .. } => Algorithm::EdDsa,
            Self::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// The thumbprint of RFC 7638: SHA-256 over the required members in lexicographic order, without spaces.
    pub(crate) fn thumbprint(&self) -> KeyId {
        let canonical = match self {
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, base64url::encode(x), base64url::encode(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(x)),
            Self::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url::encode(e), base64url::encode(n))
            }
        };
        KeyId::from_digest(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    }
}

impl Jwk {
    /// The name of the key.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The one algorithm that the key is for.
    pub fn algorithm(&self) -> Algorithm {
        self.point.algorithm()
    }

    /// Reads the members of a public key. A key without `kid` is named by its thumbprint.
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, KeyRefusal> {
        if let Some(private) = PRIVATE_MEMBERS.into_iter().find(|name| members.contains_key(*name)) {
            return Err(KeyRefusal::PrivateMember(private));
        }
        check_use(members)?;
        let point = match (required(members, "kty")?, optional(members, "crv")?) {
            ("EC", Some("P-256")) => PublicNumbers::P256 { x: coordinate(members, "x")?, y: coordinate(members, "y")? },
            ("OKP", Some("Ed25519")) => PublicNumbers::Ed25519 { x: coordinate(members, "x")? },
            ("RSA", None) => PublicNumbers::Rsa { n: number(members, "n")?, e: number(members, "e")? },
            _ => return Err(KeyRefusal::Unsupported),
        };
        check_algorithm(members, point.algorithm())?;
        let kid = match optional(members, "kid")? {
            Some(kid) => KeyId::parse(kid).map_err(|_| KeyRefusal::Malformed("kid"))?,
            None => point.thumbprint(),
        };
        Ok(Self { kid, point })
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.point {
            PublicNumbers::P256 { x, y } => {
                map.serialize_entry("kty", "EC")?;
                map.serialize_entry("crv", "P-256")?;
                map.serialize_entry("x", &base64url::encode(x))?;
                map.serialize_entry("y", &base64url::encode(y))?;
            }
            PublicNumbers::Ed25519 { x } => {
                map.serialize_entry("kty", "OKP")?;
                map.serialize_entry("crv", "Ed25519")?;
                map.serialize_entry("x", &base64url::encode(x))?;
            }
            PublicNumbers::Rsa { n, e } => {
                map.serialize_entry("kty", "RSA")?;
                map.serialize_entry("n", &base64url::encode(n))?;
                map.serialize_entry("e", &base64url::encode(e))?;
            }
        }
        map.serialize_entry("use", "sig")?;
        map.serialize_entry("alg", self.algorithm().as_str())?;
        map.serialize_entry("kid", self.kid.as_str())?;
        map.end()
    }
}

/// A published set of public keys: what `/.well-known/jwks.json` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl Jwks {
    /// The document as it is served.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and lists always serialise")
    }

    /// A strong entity tag with its quotes, for `ETag` and `If-None-Match`: it changes exactly when the document does.
    pub fn etag(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.to_json().as_bytes());
        format!("\"{}\"", base64url::encode(&hash.as_ref()[..16]))
    }
}

/// The `keys` of a set document, each an object.
pub(crate) fn read_set(document: &[u8]) -> Result<Vec<Map<String, Value>>, KeyRefusal> {
    const MAX_KEYS: usize = 64;
    let mut set = json::read_object(document).map_err(|_| KeyRefusal::NotStrictJson)?;
    let Some(Value::Array(keys)) = set.remove("keys") else { return Err(KeyRefusal::Missing("keys")) };
    if keys.len() > MAX_KEYS {
        return Err(KeyRefusal::TooManyKeys);
    }
    let object = |key| if let Value::Object(members) = key { Ok(members) } else { Err(KeyRefusal::NotStrictJson) };
    keys.into_iter().map(object).collect()
}

/// RFC 7517 sections 4.2 and 4.3: a key that says what it is for must say signatures.
pub(crate) fn check_use(members: &Map<String, Value>) -> Result<(), KeyRefusal> {
    if optional(members, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyRefusal::WrongUse);
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(acts)) if acts.iter().any(|act| act == "verify") => Ok(()),
        Some(_) => Err(KeyRefusal::WrongUse),
    }
}

/// A key that names its algorithm must name the one that its type implies here.
pub(crate) fn check_algorithm(members: &Map<String, Value>, implied: Algorithm) -> Result<(), KeyRefusal> {
    match optional(members, "alg")? {
        Some(name) if name != implied.as_str() => Err(KeyRefusal::Unsupported),
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn required<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, KeyRefusal> {
    optional(members, name)?.ok_or(KeyRefusal::Missing(name))
}

pub(crate) fn optional<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, KeyRefusal> {
    members.get(name).map(|value| value.as_str().ok_or(KeyRefusal::Malformed(name))).transpose()
}

pub(crate) fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyRefusal> {
    base64url::decode(required(members, name)?).ok_or(KeyRefusal::Malformed(name))
}

/// A coordinate has the full length of the field (RFC 7518 section 6.2.1.2).
fn coordinate(members: &Map<String, Value>, name: &'static str) -> Result<[u8; 32], KeyRefusal> {
    bytes(members, name)?.try_into().map_err(|_| KeyRefusal::Malformed(name))
}

/// A number has no leading zero (RFC 7518 section 2, Base64urlUInt).
fn number(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyRefusal> {
    let bytes = bytes(members, name)?;
    if bytes.first().is_none_or(|&first| first == 0) { Err(KeyRefusal::Malformed(name)) } else { Ok(bytes) }
}
