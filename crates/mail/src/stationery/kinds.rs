//! Which letters there are, what each may speak of, and samples of them. What must stay true: every variant of `Says` has a kind
//! and samples with and without what may be missing; the start and the tests print them all.

use std::time::Duration;

use gatewright_core::model::{
    Circumstances, Email, Letter, LetterId, MailCode, MailToken, Proof, Says, Secret, Timestamp, UserAgent,
};

/// What a kind of letter has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// As `Says::name` has it: the name of its file.
    pub(super) name: &'static str,
    /// Which page its link leads to, if it has one.
    pub(super) page: Option<&'static str>,
    /// Whether it tells when and where something happened.
    pub(super) has_circumstances: bool,
    /// What it may speak of beside the product and the reader's name.
    pub(super) variables: &'static [&'static str],
}

const fn proof(name: &'static str, page: &'static str) -> Kind {
    Kind { name, page: Some(page), has_circumstances: false, variables: &["span"] }
}

const fn notice(name: &'static str) -> Kind {
    Kind { name, page: None, has_circumstances: true, variables: &["username"] }
}

pub(super) const KINDS: [Kind; 13] = [
    proof("verify_email", "/verify-email"),
    proof("sign_up", "/verify-email"),
    notice("already_signed_up"),
    proof("reset_password", "/reset-password"),
    proof("magic_link", "/magic-link"),
    proof("confirm_email", "/confirm-email"),
    Kind {
        name: "email_changed",
        page: Some("/undo-email"),
        has_circumstances: true,
        variables: &["span", "to", "username"],
    },
    Kind { name: "invitation", page: Some("/invitation"), has_circumstances: false, variables: &["span", "from"] },
    notice("new_device"),
    notice("password_changed"),
    notice("session_theft"),
    notice("second_step_failed"),
    Kind { name: "test", page: None, has_circumstances: false, variables: &[] },
];

/// The parts of a letter that are the same in several kinds.
pub(super) fn parts(says: &Says) -> (Option<&Proof>, Option<&Circumstances>) {
    match says {
        Says::VerifyEmail(proof)
        | Says::SignUp(proof)
        | Says::ResetPassword(proof)
        | Says::MagicLink(proof)
        | Says::ConfirmEmail(proof)
        | Says::Invitation { proof, .. } => (Some(proof), None),
        Says::EmailChanged { undo, circumstances, .. } => (Some(undo), Some(circumstances)),
        Says::AlreadySignedUp(circumstances)
        | Says::NewDevice(circumstances)
        | Says::PasswordChanged(circumstances)
        | Says::SessionTheft(circumstances)
        | Says::SecondStepFailed(circumstances) => (None, Some(circumstances)),
        Says::Test => (None, None),
    }
}

/// One letter of each kind with all that it can have, and one with the least, in this language. Their tokens and codes open
/// nothing.
#[must_use]
pub fn sample_letters(locale: &str) -> Vec<Letter> {
    let full = Extent { proof: sample_proof(), circumstances: sample_circumstances(), from: "Charles Babbage" };
    let bare = Extent {
        circumstances: Circumstances { ip: None, user_agent: None, username: None, ..sample_circumstances() },
        proof: Proof { good_for: Duration::from_secs(60), ..sample_proof() },
        from: "",
    };
    let to = Email::parse("email", "ada@example.test").expect("it is an address");
    let letters =
        says(&full).into_iter().map(|says| (says, Some("Ada"))).chain(says(&bare).into_iter().map(|says| (says, None)));
    let letter = |(number, (says, name)): (u8, (Says, Option<&str>))| Letter {
        id: LetterId::new(sample_moment(), [number; 10]),
        to: to.clone(),
        locale: Some(locale.to_owned()),
        name: name.map(str::to_owned),
        says,
    };
    (1..).zip(letters).map(letter).collect()
}

struct Extent {
    proof: Proof,
    circumstances: Circumstances,
    from: &'static str,
}

/// One of each variant: a new one does not compile until it stands here.
fn says(extent: &Extent) -> Vec<Says> {
    let (proof, circumstances) = (|| extent.proof.clone(), || extent.circumstances.clone());
    let mut all = vec![Says::VerifyEmail(proof())];
    while let Some(next) = match all.last().expect("it is never empty") {
        Says::VerifyEmail(_) => Some(Says::SignUp(proof())),
        Says::SignUp(_) => Some(Says::AlreadySignedUp(circumstances())),
        Says::AlreadySignedUp(_) => Some(Says::ResetPassword(proof())),
        Says::ResetPassword(_) => Some(Says::MagicLink(proof())),
        Says::MagicLink(_) => Some(Says::ConfirmEmail(proof())),
        Says::ConfirmEmail(_) => {
            let undo = Proof { good_for: Duration::from_secs(3 * 24 * 3600), ..proof() };
            Some(Says::EmailChanged { to: "c…@example.test".to_owned(), undo, circumstances: circumstances() })
        }
        Says::EmailChanged { .. } => Some(Says::Invitation { from: extent.from.to_owned(), proof: proof() }),
        Says::Invitation { .. } => Some(Says::NewDevice(circumstances())),
        Says::NewDevice(_) => Some(Says::PasswordChanged(circumstances())),
        Says::PasswordChanged(_) => Some(Says::SessionTheft(circumstances())),
        Says::SessionTheft(_) => Some(Says::SecondStepFailed(circumstances())),
        Says::SecondStepFailed(_) => Some(Says::Test),
        Says::Test => None,
    } {
        all.push(next);
    }
    all
}

fn sample_moment() -> Timestamp {
    // 2026-11-21T20:20:00Z
    Timestamp::from_secs(1_795_292_400)
}

fn sample_proof() -> Proof {
    let code = MailCode::parse("01234567").expect("it is a code");
    Proof { token: MailToken::new(Secret::new([0; 32])).encode(), code, good_for: Duration::from_secs(15 * 60) }
}

fn sample_circumstances() -> Circumstances {
    Circumstances {
        at: sample_moment(),
        ip: Some("2001:db8::7".parse().expect("it is an address")),
        user_agent: UserAgent::from_header("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        username: Some("ada".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_a_kind_that_tells_what_it_has() {
        let letters = sample_letters("en");
        assert_eq!(letters.len(), 2 * KINDS.len());
        for (letter, kind) in letters.iter().zip(KINDS.iter().chain(&KINDS)) {
            assert_eq!(letter.says.name(), kind.name);
            let (proof, circumstances) = parts(&letter.says);
            assert_eq!((proof.is_some(), circumstances.is_some()), (kind.page.is_some(), kind.has_circumstances));
            assert_eq!(kind.variables.contains(&"span"), kind.page.is_some(), "{}", kind.name);
            assert_eq!(kind.variables.contains(&"username"), kind.has_circumstances, "{}", kind.name);
        }
    }
}
