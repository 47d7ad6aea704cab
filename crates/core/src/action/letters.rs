//! Letters on their way through the outbox: sealed when they are written, opened when they are sent. What must stay true: what
//! lies in the store between tells nobody without the master key to whom it goes or what it says, since it may carry the
//! secret of a link (invariant P13).

use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    Gatewright,
    model::{
        AccountId, Circumstances, Email, Letter, LetterId, MailCode, MailToken, Proof, Says, Timestamp, UserAgent,
    },
    port::{DueLetter, SealedLetter},
};

impl Gatewright {
    /// The letter as the outbox may keep it.
    pub(super) fn sealed(&self, letter: &Letter, account_id: Option<AccountId>, at: Timestamp) -> SealedLetter {
        let plain = Zeroizing::new(written(letter).to_string());
        let sealed = self.master().seal(letter.id.as_bytes(), self.random(), plain.as_bytes());
        SealedLetter { id: letter.id, account_id, kind: letter.says.name(), at, sealed: Some(sealed) }
    }

    /// The letter that was sealed; `None` if it was sealed with a key that we do not have, or is damaged.
    pub(super) fn opened(&self, due: &DueLetter) -> Option<Letter> {
        let plain = self.master().open(due.id.as_bytes(), due.sealed.as_ref()?)?;
        read(due.id, &due.kind, &serde_json::from_slice(&plain).ok()?)
    }
}

fn written(letter: &Letter) -> Value {
    let says = match &letter.says {
        Says::VerifyEmail(proof)
        | Says::SignUp(proof)
        | Says::ResetPassword(proof)
        | Says::MagicLink(proof)
        | Says::ConfirmEmail(proof) => json!({ "proof": written_proof(proof) }),
        Says::Invitation { from, proof } => json!({ "from": from, "proof": written_proof(proof) }),
        Says::EmailChanged { to, undo, circumstances } => {
            json!({ "to": to, "proof": written_proof(undo), "circumstances": written_circumstances(circumstances) })
        }
        Says::AlreadySignedUp(circumstances)
        | Says::NewDevice(circumstances)
        | Says::PasswordChanged(circumstances)
        | Says::SessionTheft(circumstances)
        | Says::SecondStepFailed(circumstances) => json!({ "circumstances": written_circumstances(circumstances) }),
        Says::Test => json!({}),
    };
    json!({ "to": letter.to.as_str(), "locale": letter.locale, "name": letter.name, "says": says })
}

fn written_proof(proof: &Proof) -> Value {
    json!({ "token": proof.token.expose(), "code": proof.code.expose(), "good_for": proof.good_for.as_secs() })
}

fn written_circumstances(circumstances: &Circumstances) -> Value {
    json!({
        "at": circumstances.at.micros(),
        "ip": circumstances.ip.map(|ip| ip.to_string()),
        "user_agent": circumstances.user_agent.as_ref().map(UserAgent::as_str),
        "username": circumstances.username,
    })
}

fn read(id: LetterId, kind: &str, letter: &Value) -> Option<Letter> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let says = &letter["says"];
    let proof = || {
        let proof = &says["proof"];
        Some(Proof {
            token: MailToken::parse(proof["token"].as_str()?)?.encode(),
            code: MailCode::parse(proof["code"].as_str()?)?,
            good_for: Duration::from_secs(proof["good_for"].as_u64()?),
        })
    };
    let circumstances = || {
        let circumstances = &says["circumstances"];
        Some(Circumstances {
            at: Timestamp::from_micros(circumstances["at"].as_i64()?),
            ip: circumstances["ip"].as_str().and_then(|ip| ip.parse().ok()),
            user_agent: circumstances["user_agent"].as_str().and_then(UserAgent::from_header),
            username: text(&circumstances["username"]),
        })
    };
    let says = match kind {
        "verify_email" => Says::VerifyEmail(proof()?),
        "sign_up" => Says::SignUp(proof()?),
        "already_signed_up" => Says::AlreadySignedUp(circumstances()?),
        "reset_password" => Says::ResetPassword(proof()?),
        "magic_link" => Says::MagicLink(proof()?),
        "confirm_email" => Says::ConfirmEmail(proof()?),
        "email_changed" => {
            Says::EmailChanged { to: text(&says["to"])?, undo: proof()?, circumstances: circumstances()? }
        }
        "invitation" => Says::Invitation { from: text(&says["from"])?, proof: proof()? },
        "new_device" => Says::NewDevice(circumstances()?),
        "password_changed" => Says::PasswordChanged(circumstances()?),
        "session_theft" => Says::SessionTheft(circumstances()?),
        "second_step_failed" => Says::SecondStepFailed(circumstances()?),
        "test" => Says::Test,
        _ => return None,
    };
    let to = Email::parse("to", letter["to"].as_str()?).ok()?;
    Some(Letter { id, to, locale: text(&letter["locale"]), name: text(&letter["name"]), says })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    fn proof() -> Proof {
        Proof {
            token: MailToken::new(Secret::new([5; 32])).encode(),
            code: MailCode::from_random([3; 8]),
            good_for: Duration::from_secs(1800),
        }
    }

    fn circumstances() -> Circumstances {
        Circumstances {
            at: Timestamp::from_micros(1_800_000_000_123_456),
            ip: Some("2001:db8::7".parse().unwrap()),
            user_agent: UserAgent::from_header("Mozilla/5.0 (\"quoted\")"),
            username: Some("ada".to_owned()),
        }
    }

    #[test]
    fn every_letter_is_read_as_it_was_written() {
        let bare = Circumstances { ip: None, user_agent: None, username: None, ..circumstances() };
        let everything = [
            Says::VerifyEmail(proof()),
            Says::SignUp(proof()),
            Says::AlreadySignedUp(bare),
            Says::ResetPassword(proof()),
            Says::MagicLink(proof()),
            Says::ConfirmEmail(proof()),
            Says::EmailChanged { to: "a…@b.test".to_owned(), undo: proof(), circumstances: circumstances() },
            Says::Invitation { from: "Ada \u{202e}\n".to_owned(), proof: proof() },
            Says::NewDevice(circumstances()),
            Says::PasswordChanged(circumstances()),
            Says::SessionTheft(circumstances()),
            Says::SecondStepFailed(circumstances()),
            Says::Test,
        ];
        for says in everything {
            let letter = Letter {
                id: LetterId::from_bytes([9; 16]),
                to: Email::parse("to", "Ada@example.test").unwrap(),
                locale: Some("de-AT".to_owned()),
                name: None,
                says,
            };
            assert_eq!(read(letter.id, letter.says.name(), &written(&letter)), Some(letter));
        }
    }
}
