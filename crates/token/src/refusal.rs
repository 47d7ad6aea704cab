//! Why a key was not taken. Texts name the remedy where there is one and never contain key material.

/// The reason for which a key, or a set of keys, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// Not one strict JSON object of the expected shape.
    #[error("the key document is not a strict JSON object")]
    NotStrictJson,
    /// A member is missing.
    #[error("the key has no member `{0}`")]
    Missing(&'static str),
    /// A member has the wrong type, length or encoding.
    #[error("the key member `{0}` is malformed")]
    Malformed(&'static str),
    /// A key type, curve or algorithm that is not one of ours, or an algorithm that does not fit the key type.
    #[error("the kind of key is not supported; use P-256, Ed25519, RSA or an HMAC secret, with the matching algorithm")]
    Unsupported,
    /// The key is for encryption, or not for verifying.
    #[error("the key is not for signatures")]
    WrongUse,
    /// A published key set shows private members: whoever read it can sign.
    #[error("the published key set contains the private member `{0}`; treat that key as stolen")]
    PrivateMember(&'static str),
    /// A published set with a symmetric key, or a shared set with an asymmetric one.
    #[error("symmetric and public keys may not stand in one set")]
    MixedSet,
    /// Two keys with one name.
    #[error("two keys have the same `kid`")]
    DuplicateKeyId,
    /// No key of the set can be used.
    #[error("the key set has no usable key")]
    NoUsableKey,
    /// More keys than any sound rotation has.
    #[error("the key set has more than 64 keys")]
    TooManyKeys,
    /// The key parses but must not be used.
    #[error("{0}")]
    Weak(&'static str),
    /// The numbers are not a key: off the curve, inconsistent, truncated.
    #[error("the key is invalid")]
    Invalid,
    /// Not a PKCS#8 document in PEM.
    #[error("expected one `-----BEGIN PRIVATE KEY-----` block (PKCS#8); convert with `openssl pkcs8 -topk8 -nocrypt`")]
    NotPkcs8Pem,
    /// The key is for another algorithm than the one that was asked for.
    #[error("the key is for another algorithm than the one asked for")]
    OtherAlgorithm,
    /// The bytes are not a sealed form of this crate.
    #[error("the stored key has an unknown form")]
    UnknownForm,
    /// The random generator failed.
    #[error("key generation failed")]
    Generation,
}
