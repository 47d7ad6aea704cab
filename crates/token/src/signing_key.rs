//! Keys that sign. The private half never leaves except as `to_secret_bytes`, which the caller seals before storing it,
//! and is wiped when the last clone is dropped; `Debug` shows the name and the algorithm only.

use crate::{
    Algorithm, Jwk, KeyId, KeyRefusal, TokenType, VerifyingKey, base64url, der, entropy, jwk::PublicNumbers,
    jws::MAX_TOKEN_LEN, weak,
};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// The first byte of a sealed form. A later form gets another number.
const SEALED_FORM: u8 = 1;

/// A key that signs with one algorithm. Cheap to clone.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    pair: Pair,
    /// PKCS#8, or the HMAC secret.
    secret: Zeroizing<Vec<u8>>,
    public: Option<Jwk>,
    verifying: VerifyingKey,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
    /// Boxed, because its state is twenty times the size of the others.
    Hs256(Box<hmac::Key>),
}

impl SigningKey {
    /// Makes a new key: P-256, Ed25519, RSA with 3072 bits, or 32 random bytes.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyRefusal> {
        let failed = |_| KeyRefusal::Generation;
        let secret = match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().map_err(failed)?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa3072).map_err(failed)?;
                let document: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                Zeroizing::new(document.as_ref().to_vec())
            }
            Algorithm::Hs256 => entropy::hmac_secret().map_err(failed)?,
        };
        Self::from_secret(algorithm, secret)
    }

    /// Reads an unencrypted PKCS#8 key in PEM (RFC 7468 section 10). If `algorithm` is given, the key must be for it.
    pub fn from_pkcs8_pem(pem: &str, algorithm: Option<Algorithm>) -> Result<Self, KeyRefusal> {
        let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----");
        let body =
            body.and_then(|body| body.strip_suffix("-----END PRIVATE KEY-----")).ok_or(KeyRefusal::NotPkcs8Pem)?;
        let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
        text.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        let document = data_encoding::BASE64.decode(&text).map_err(|_| KeyRefusal::NotPkcs8Pem)?;
        let document = Zeroizing::new(document);
        let found = der::pkcs8_algorithm(&document).ok_or(KeyRefusal::Unsupported)?;
        if algorithm.is_some_and(|wanted| wanted != found) {
            return Err(KeyRefusal::OtherAlgorithm);
        }
        Self::from_secret(found, document)
    }

    /// Takes a shared secret for HS256: at least 32 random bytes, not text.
    pub fn from_hmac_secret(secret: &[u8]) -> Result<Self, KeyRefusal> {
        Self::from_secret(Algorithm::Hs256, Zeroizing::new(secret.to_vec()))
    }

    /// Reads what [`to_secret_bytes`](Self::to_secret_bytes) wrote, after the caller unsealed it.
    pub fn from_sealed_form(bytes: &[u8]) -> Result<Self, KeyRefusal> {
        let [SEALED_FORM, tag, secret @ ..] = bytes else { return Err(KeyRefusal::UnknownForm) };
        let algorithm = Algorithm::from_sealed_tag(*tag).ok_or(KeyRefusal::UnknownForm)?;
        Self::from_secret(algorithm, Zeroizing::new(secret.to_vec()))
    }

    /// Algorithm and private key in one, to be encrypted before it is stored. It wipes itself.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 + self.0.secret.len()));
        bytes.extend_from_slice(&[SEALED_FORM, self.algorithm().sealed_tag()]);
        bytes.extend_from_slice(&self.0.secret);
        bytes
    }

    /// The name: the RFC 7638 thumbprint of the public key; for HS256 a keyed hash of a fixed text.
    pub fn kid(&self) -> &KeyId {
        self.0.verifying.kid()
    }

    /// The one algorithm that the key is for.
    pub fn algorithm(&self) -> Algorithm {
        self.0.verifying.algorithm()
    }

    /// What may be published; nothing for HS256, whose only key is the secret.
    pub fn public_jwk(&self) -> Option<&Jwk> {
        self.0.public.as_ref()
    }

    /// The half that verifies.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.0.verifying
    }

    fn from_secret(algorithm: Algorithm, secret: Zeroizing<Vec<u8>>) -> Result<Self, KeyRefusal> {
        let invalid = |_| KeyRefusal::Invalid;
        let pair = match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &secret).map_err(invalid)?;
                Pair::Es256(pair)
            }
            // PKCS#8 version 1, which OpenSSL writes, carries no public key to compare with: it is derived.
            Algorithm::EdDsa => Pair::EdDsa(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&secret).map_err(invalid)?),
            // aws-lc refuses short keys here too, but says only "invalid".
            Algorithm::Rs256 => Pair::Rs256(RsaKeyPair::from_pkcs8(&secret).map_err(rsa_refusal)?),
            Algorithm::Hs256 => {
                weak::check_hmac_secret(&secret)?;
                Pair::Hs256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
            }
        };
        let public = pair.public_numbers()?.map(|point| Jwk { kid: point.thumbprint(), point });
        let verifying = match &public {
            Some(jwk) => VerifyingKey::from_public(jwk)?,
            None => VerifyingKey::from_hmac_secret(&secret, None)?,
        };
        Ok(Self(Arc::new(Inner { pair, secret, public, verifying })))
    }

    /// One token: header, payload, signature.
    pub(crate) fn sign(&self, kind: TokenType, payload: &[u8]) -> Result<String, SignError> {
        // Neither name needs escaping: both are ours, and a `kid` is base64url here.
        let header = format!(r#"{{"alg":"{}","typ":"{}","kid":"{}"}}"#, self.algorithm(), kind.as_str(), self.kid());
        let mut token = base64url::encode(header.as_bytes());
        token.push('.');
        data_encoding::BASE64URL_NOPAD.encode_append(payload, &mut token);
        let signature = self.0.pair.sign(token.as_bytes())?;
        token.push('.');
        data_encoding::BASE64URL_NOPAD.encode_append(&signature, &mut token);
        if token.len() > MAX_TOKEN_LEN { Err(SignError::TooLong) } else { Ok(token) }
    }
}

#[cfg(test)]
impl SigningKey {
    /// The bare signature, for the examples of the RFCs, whose headers are not ours.
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.pair.sign(message)
    }
}

fn rsa_refusal(reason: aws_lc_rs::error::KeyRejected) -> KeyRefusal {
    if reason.description_() == "TooSmall" {
        KeyRefusal::Weak("the RSA modulus has less than 2048 bits")
    } else {
        KeyRefusal::Invalid
    }
}

impl Pair {
    fn public_numbers(&self) -> Result<Option<PublicNumbers>, KeyRefusal> {
        match self {
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else { return Err(KeyRefusal::Invalid) };
                let exact = |half: &[u8]| <[u8; 32]>::try_from(half).map_err(|_| KeyRefusal::Invalid);
                Ok(Some(PublicNumbers::P256 { x: exact(x)?, y: exact(y)? }))
            }
            Self::EdDsa(pair) => {
                let x = pair.public_key().as_ref().try_into().map_err(|_| KeyRefusal::Invalid)?;
                Ok(Some(PublicNumbers::Ed25519 { x }))
            }
            Self::Rs256(pair) => {
                let (n, e) = der::rsa_public_numbers(pair.public_key().as_ref()).ok_or(KeyRefusal::Invalid)?;
                Ok(Some(PublicNumbers::Rsa { n: n.to_vec(), e: e.to_vec() }))
            }
            Self::Hs256(_) => Ok(None),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let failed = |_| SignError::Crypto;
        match self {
            Self::Es256(pair) => Ok(pair.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Self::EdDsa(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::Hs256(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", self.kid())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// Why a token could not be made. None of these depends on what a client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The set has no key in the state `Signing`.
    #[error("no key signs")]
    NoSigningKey,
    /// An additional claim has the name of one that this crate writes or checks.
    #[error("an additional claim has a reserved name")]
    ReservedClaim,
    /// An additional claim nests deeper than a verifier reads.
    #[error("an additional claim nests too deep")]
    TooDeep,
    /// A time is negative or beyond 2^53 − 1, or the token would end before it begins.
    #[error("a time of the token is out of range")]
    Times,
    /// The token would be longer than a verifier reads (8 KiB).
    #[error("the token would be longer than 8 KiB")]
    TooLong,
    /// The cryptographic library failed.
    #[error("signing failed")]
    Crypto,
}
