//! Why a token was refused. The texts are stable and carry nothing of the token, so they may be logged; what a client is
//! told is the caller's choice, and "expired" is the only difference that an honest client needs.

/// The reason for which a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// More than 8 KiB; not looked at.
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not three parts separated by dots.
    #[error("the token does not have three parts")]
    Shape,
    /// Five parts: a JWE, which is never decrypted here.
    #[error("encrypted tokens are not accepted")]
    Encrypted,
    /// A part is not canonical base64url.
    #[error("a part of the token is not canonical base64url")]
    Encoding,
    /// The header is longer than 1 KiB.
    #[error("the header is longer than 1 KiB")]
    HeaderTooLong,
    /// The header is not a strict JSON object, or a member of it has the wrong type.
    #[error("the header is not a strict JSON object")]
    Header,
    /// The header has a member that changes how the token is read or where its key comes from.
    #[error("the header member `{0}` is not accepted")]
    HeaderMember(&'static str),
    /// The header does not name a key.
    #[error("the header has no usable `kid`")]
    NoKeyId,
    /// The `kid` is not one of ours.
    #[error("no key has this `kid`")]
    UnknownKey,
    /// `alg` is not the algorithm of the key.
    #[error("`alg` is not the algorithm of the key")]
    Algorithm,
    /// `typ` is not the kind that is expected here.
    #[error("`typ` is not the expected kind of token")]
    Type,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// The claims are not a strict JSON object.
    #[error("the claims are not a strict JSON object")]
    Claims,
    /// A required claim is missing.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// A claim has the wrong JSON type or an impossible value.
    #[error("the claim `{0}` has the wrong type or value")]
    InvalidClaim(&'static str),
    /// Another issuer.
    #[error("`iss` is not the expected issuer")]
    Issuer,
    /// For another audience.
    #[error("`aud` does not name this audience")]
    Audience,
    /// `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// `exp` − `iat` is more than the verifier allows, however well it is signed.
    #[error("the token lives longer than allowed")]
    Lifetime,
    /// Everything is right, except that the token has ended.
    #[error("the token has expired")]
    Expired,
}

impl Rejection {
    /// Whether the token was good once and has merely ended: the one case where a refresh helps. It is decided last, so
    /// a forged or foreign token never counts as expired.
    pub const fn is_expired(self) -> bool {
        matches!(self, Self::Expired)
    }
}
