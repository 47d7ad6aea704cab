//! The mail of a [`TestApp`]: what lies in the outbox is delivered into the test's hands, written by the real stationery, so
//! that a test reads the link that a reader would follow.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use gatewright_core::{
    model::{Letter, Proof, Says},
    port::{Courier, CourierError},
};
use gatewright_mail::{Letterhead, Origin, Stationery};

use super::{ISSUER, TestApp};

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// The name of what it says, `reset_password` for example.
    pub kind: &'static str,
    /// One line.
    pub subject: String,
    /// The part of plain text.
    pub text: String,
    /// The letter before it had a language and a form.
    pub letter: Letter,
}

impl Mail {
    /// The address of its link.
    ///
    /// # Panics
    /// It has none, or several.
    #[must_use]
    #[track_caller]
    pub fn link(&self) -> String {
        let mut links = self.text.split_whitespace().filter(|word| word.contains("?token="));
        let link = links.next().expect("a mail with a link");
        assert!(links.next().is_none(), "one link: {}", self.text);
        link.to_owned()
    }

    /// The token in its link.
    ///
    /// # Panics
    /// It has none.
    #[must_use]
    #[track_caller]
    pub fn token(&self) -> String {
        self.link().split_once("?token=").expect("a link with a token").1.to_owned()
    }

    /// Its short code, as the text shows it or without blanks.
    ///
    /// # Panics
    /// It has none.
    #[must_use]
    #[track_caller]
    pub fn code(&self) -> String {
        let code = self.proof().expect("a mail that carries something").code.expose().to_owned();
        let digits: String = self.text.chars().filter(char::is_ascii_digit).collect();
        assert!(digits.contains(&code), "the text shows the code: {}", self.text);
        code
    }

    fn proof(&self) -> Option<&Proof> {
        match &self.letter.says {
            Says::VerifyEmail(proof)
            | Says::SignUp(proof)
            | Says::ResetPassword(proof)
            | Says::MagicLink(proof)
            | Says::ConfirmEmail(proof)
            | Says::Invitation { proof, .. }
            | Says::EmailChanged { undo: proof, .. } => Some(proof),
            Says::AlreadySignedUp(_)
            | Says::NewDevice(_)
            | Says::PasswordChanged(_)
            | Says::SessionTheft(_)
            | Says::SecondStepFailed(_)
            | Says::Test => None,
        }
    }
}

impl TestApp {
    /// Delivers what lies in the outbox: the mails since the last call, oldest first.
    ///
    /// # Panics
    /// One of them cannot be written, or the store is away.
    pub async fn letters(&self) -> Vec<Mail> {
        let hands = Hands::default();
        loop {
            let delivered = self.gate.deliver_letters(&hands).await.expect("the outbox can be read");
            assert_eq!(delivered.postponed, 0, "every letter can be written");
            if delivered.sent + delivered.given_up == 0 {
                break;
            }
        }
        let mut mails = hands.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        mails.sort_by_key(|mail| mail.letter.id);
        mails
    }

    /// The mail of this kind to this address among those since the last call.
    ///
    /// # Panics
    /// There is none, or there are several.
    pub async fn letter(&self, kind: &str, to: &str) -> Mail {
        let all = self.letters().await;
        let seen: Vec<_> = all.iter().map(|mail| (mail.kind, mail.to.clone())).collect();
        let mut found = all.into_iter().filter(|mail| mail.kind == kind && mail.to == to);
        let mail = found.next().unwrap_or_else(|| panic!("no {kind} to {to} among {seen:?}"));
        assert!(found.next().is_none(), "one {kind} to {to}: {seen:?}");
        mail
    }
}

/// A courier that brings letters to the test.
#[derive(Default)]
struct Hands(Mutex<Vec<Mail>>);

#[async_trait]
impl Courier for Hands {
    async fn deliver(&self, letter: &Letter) -> Result<(), CourierError> {
        let written = stationery().write(letter).map_err(|error| CourierError::Never(error.to_string()))?;
        let mail = Mail {
            to: letter.to.as_str().to_owned(),
            kind: letter.says.name(),
            subject: written.subject,
            text: written.text,
            letter: letter.clone(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        Ok(())
    }
}

/// Read once in a process: that prints every sample in every language.
fn stationery() -> Arc<Stationery> {
    static STATIONERY: OnceLock<Arc<Stationery>> = OnceLock::new();
    let made = STATIONERY.get_or_init(|| {
        let origin = Origin::parse(ISSUER).expect("the issuer is an origin");
        let letterhead = Letterhead::new(origin, "Gatewright", None).expect("a name");
        Arc::new(Stationery::open(letterhead, "en", None).expect("the templates are good"))
    });
    Arc::clone(made)
}
