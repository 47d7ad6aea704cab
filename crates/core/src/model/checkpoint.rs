//! A checkpoint as it is signed: a JWS in its compact form, so that any library can verify it. What must stay true: it has one
//! spelling. What was read is written again and has to be the same bytes, so that nothing can be added to a good one, and no
//! two readers can understand it differently (duplicate members, white space, other numbers, unused bits of base64).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::{Checkpoint, Digest, KeyNumber, Link, Timestamp};

/// `typ` of a checkpoint. No token has it, and a checkpoint has no other, so that neither is taken for the other
/// (RFC 8725 section 3.11).
const TYPE: &str = "gatewright-checkpoint+jwt";

/// A checkpoint has less than half of this. Longer texts are not looked at.
const MAX_LENGTH: usize = 2048;

/// The public half of the key that signs checkpoints: all that is needed to verify the activity log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CheckpointKey([u8; 32]);

/// What a signed checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The instance that it is of, by the issuer of its tokens.
    pub issuer: String,
    /// Which of the instance's master keys its key is derived from.
    pub number: KeyNumber,
    /// The checkpoint itself.
    pub checkpoint: Checkpoint,
}

/// Why a text is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointRefusal {
    /// It is not three parts of base64url, or too long.
    #[error("it is no signed checkpoint")]
    Shape,
    /// It is another kind of token, or signed with another algorithm.
    #[error("its head is not that of a checkpoint")]
    Head,
    /// The key did not sign it, or not so.
    #[error("its signature is not that of the key")]
    Signature,
    /// It is signed, and not written as a checkpoint is.
    #[error("it does not say what a checkpoint says")]
    Content,
}

impl CheckpointKey {
    /// The key that `gatewright activity key` prints: 32 bytes in base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What `signed` says, if this key signed it. Nothing of it is looked at before its signature is right.
    ///
    /// # Errors
    /// See [`CheckpointRefusal`].
    pub fn verify(&self, signed: &str) -> Result<SignedCheckpoint, CheckpointRefusal> {
        let [head, content, signature] = parts(signed).ok_or(CheckpointRefusal::Shape)?;
        let number = decoded(head).and_then(|head| number_in(&head)).ok_or(CheckpointRefusal::Head)?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| CheckpointRefusal::Shape)?;
        let said = &signed[..head.len() + 1 + content.len()];
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(said.as_bytes(), &signature).map_err(|_| CheckpointRefusal::Signature)?;
        let content = decoded(content).ok_or(CheckpointRefusal::Content)?;
        let (issuer, checkpoint) = read(&content).ok_or(CheckpointRefusal::Content)?;
        if written(&issuer, &checkpoint) != content {
            return Err(CheckpointRefusal::Content);
        }
        Ok(SignedCheckpoint { issuer, number, checkpoint })
    }
}

impl fmt::Display for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key that signs checkpoints. It is derived from a master key and nothing else, so that it neither rotates with the keys of
/// access tokens nor depends on their algorithm: an auditor is given its public half once.
pub(super) struct CheckpointSigner {
    number: KeyNumber,
    pair: Ed25519KeyPair,
}

impl CheckpointSigner {
    /// The signer of the master key with this number, from 32 bytes that were derived from it.
    pub(super) fn new(number: KeyNumber, seed: &[u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are the seed of an Ed25519 key");
        Self { number, pair }
    }

    /// The public half.
    pub(super) fn key(&self) -> CheckpointKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        CheckpointKey(bytes)
    }

    /// Signs. The time of a checkpoint is in whole seconds.
    pub(super) fn sign(&self, issuer: &str, checkpoint: &Checkpoint) -> String {
        self.sign_text(&head(self.number), &written(issuer, checkpoint))
    }

    fn sign_text(&self, head: &str, content: &str) -> String {
        let mut text = BASE64URL_NOPAD.encode(head.as_bytes());
        text.push('.');
        BASE64URL_NOPAD.encode_append(content.as_bytes(), &mut text);
        let signature = self.pair.sign(text.as_bytes());
        text.push('.');
        BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut text);
        text
    }
}

fn parts(signed: &str) -> Option<[&str; 3]> {
    if signed.len() > MAX_LENGTH {
        return None;
    }
    let mut parts = signed.split('.');
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

fn decoded(part: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
}

fn head(number: KeyNumber) -> String {
    format!(r#"{{"alg":"EdDSA","typ":"{TYPE}","kid":"m{}"}}"#, number.number())
}

/// The number of the master key that a head names, if it is written as [`head`] writes it.
fn number_in(text: &str) -> Option<KeyNumber> {
    let start = text.rfind('m')? + 1;
    let digits = text.get(start..)?.strip_suffix("\"}")?;
    let number = KeyNumber::new(digits.parse().ok()?);
    (head(number) == text).then_some(number)
}

fn written(issuer: &str, checkpoint: &Checkpoint) -> String {
    let Checkpoint { begin, head, personal_since, at } = checkpoint;
    format!(
        r#"{{"iss":{},"iat":{},"begin_seq":{},"begin_digest":"{}","seq":{},"digest":"{}","personal_since":{}}}"#,
        Value::from(issuer),
        at.secs(),
        begin.seq,
        BASE64URL_NOPAD.encode(&begin.digest),
        head.seq,
        BASE64URL_NOPAD.encode(&head.digest),
        personal_since.micros(),
    )
}

/// What a signed text says. It is not yet known to be written as it should be.
fn read(text: &str) -> Option<(String, Checkpoint)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let digest = |name: &str| -> Option<Digest> {
        BASE64URL_NOPAD.decode(value[name].as_str()?.as_bytes()).ok()?.try_into().ok()
    };
    let checkpoint = Checkpoint {
        begin: Link { seq: value["begin_seq"].as_u64()?, digest: digest("begin_digest")? },
        head: Link { seq: value["seq"].as_u64()?, digest: digest("digest")? },
        personal_since: Timestamp::from_micros(value["personal_since"].as_i64()?),
        at: Timestamp::from_secs(value["iat"].as_i64()?),
    };
    Some((value["iss"].as_str()?.to_owned(), checkpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://auth.example.test";

    fn signer(seed: u8) -> CheckpointSigner {
        CheckpointSigner::new(KeyNumber::new(1), &[seed; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            begin: Link { seq: 3, digest: [7; 32] },
            head: Link { seq: 12, digest: [9; 32] },
            personal_since: Timestamp::from_micros(1_780_000_000_000_001),
            at: Timestamp::from_secs(1_795_292_400),
        }
    }

    fn refused(signed: &str) -> CheckpointRefusal {
        signer(1).key().verify(signed).unwrap_err()
    }

    /// The key and the signature were computed apart from this code, with Python's `cryptography`.
    #[test]
    fn lg6_a_checkpoint_is_a_jws_that_any_library_verifies() {
        let signed = signer(1).sign(ISSUER, &checkpoint());
        let parts: Vec<&str> = signed.split('.').collect();
        insta::assert_snapshot!(decoded(parts[0]).unwrap(), @r#"{"alg":"EdDSA","typ":"gatewright-checkpoint+jwt","kid":"m1"}"#);
        insta::assert_snapshot!(decoded(parts[1]).unwrap(), @r#"{"iss":"https://auth.example.test","iat":1795292400,"begin_seq":3,"begin_digest":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","seq":12,"digest":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk","personal_since":1780000000000001}"#);
        insta::assert_snapshot!(signer(1).key().to_string(), @"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w");
        insta::assert_snapshot!(parts[2], @"MgBXAnHVNIBfALosftX_8IUuaL2mD8u0UzYsPeEvxfP0gJFu57Fk8Rx466hxKXbxsEMjQlsQQQUH-14XCMQvDA");
        let read = signer(1).key().verify(&signed).unwrap();
        assert_eq!(
            read,
            SignedCheckpoint { issuer: ISSUER.into(), number: KeyNumber::new(1), checkpoint: checkpoint() }
        );
    }

    #[test]
    fn lg6_a_checkpoint_of_another_key_or_changed_in_any_byte_is_refused() {
        assert_eq!(refused(&signer(2).sign(ISSUER, &checkpoint())), CheckpointRefusal::Signature);
        let signed = signer(1).sign(ISSUER, &checkpoint());
        for place in 0..signed.len() {
            for other in ["A", "B", ".", "=", " "] {
                let mut changed = signed.clone();
                changed.replace_range(place..=place, other);
                assert!(changed == signed || signer(1).key().verify(&changed).is_err(), "{changed}");
            }
            assert!(signer(1).key().verify(&signed[..place]).is_err());
        }
        for longer in [format!("{signed} "), format!("{signed}\n"), format!("{signed}A"), format!("{signed}.AA")] {
            assert!(signer(1).key().verify(&longer).is_err(), "{longer:?}");
        }
    }

    #[test]
    fn lg6_what_the_right_key_signed_in_another_form_is_no_checkpoint() {
        let (good_head, good) = (head(KeyNumber::new(1)), written(ISSUER, &checkpoint()));
        let sign = |head: &str, content: &str| signer(1).sign_text(head, content);
        signer(1).key().verify(&sign(&good_head, &good)).unwrap();
        let heads = [
            good_head.replace("gatewright-checkpoint", "at"),
            good_head.replace("gatewright-checkpoint", "application/gatewright-checkpoint"),
            good_head.replace("EdDSA", "none"),
            good_head.replace("EdDSA", "HS256"),
            good_head.replace("m1", "m01"),
            good_head.replace("m1", "m256"),
            good_head.replace("m1", "m+1"),
            good_head.replace('}', r#","crit":["x"]}"#),
            good_head.replace('{', r#"{"alg":"none","#),
            good_head.replace(',', ", "),
            String::new(),
        ];
        for head in heads {
            assert_eq!(refused(&sign(&head, &good)), CheckpointRefusal::Head, "{head}");
        }
        let contents = [
            good.replace(r#""seq":12"#, r#""seq":12,"seq":13"#),
            good.replace(r#""seq":12"#, r#""seq":13,"seq":12"#),
            good.replace(r#""seq":12"#, r#""seq":12.0"#),
            good.replace(r#""seq":12"#, r#""seq":1.2e1"#),
            good.replace(r#""seq":12"#, r#""seq":"12""#),
            good.replace(r#""seq":12"#, r#""seq": 12"#),
            good.replace(r#""seq":12,"#, ""),
            good.replace('}', r#","more":1}"#),
            good.replace("https", r"\u0068ttps"),
            format!("{good} "),
            format!("{good}{{}}"),
            format!("\u{feff}{good}"),
            "[]".to_owned(),
            "null".to_owned(),
            String::new(),
        ];
        for content in contents {
            assert_ne!(content, good);
            assert_eq!(refused(&sign(&good_head, &content)), CheckpointRefusal::Content, "{content}");
        }
        let long = written(&"x".repeat(MAX_LENGTH), &checkpoint());
        assert_eq!(refused(&sign(&good_head, &long)), CheckpointRefusal::Shape);
    }

    #[test]
    fn lg6_a_signature_without_an_algorithm_is_no_signature() {
        let text = |part: &str| BASE64URL_NOPAD.encode(part.as_bytes());
        let content = text(&written(ISSUER, &checkpoint()));
        let none = text(&head(KeyNumber::new(1)).replace("EdDSA", "none"));
        assert_eq!(refused(&format!("{none}.{content}.")), CheckpointRefusal::Head);
        assert_eq!(refused(&format!("{}.{content}.", text(&head(KeyNumber::new(1))))), CheckpointRefusal::Signature);
    }

    #[test]
    fn a_public_key_is_32_bytes_in_base64url_and_prints_as_it_is_read() {
        let key = signer(1).key();
        assert_eq!(CheckpointKey::parse(&format!("{key}\n")), Some(key));
        for text in ["", "AAAA", &format!("{key}="), &format!("{key}AAAA"), "not a key"] {
            assert_eq!(CheckpointKey::parse(text), None, "{text}");
        }
    }
}
