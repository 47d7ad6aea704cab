//! Mail as others see it: the words, the messages, and a conversation with a real SMTP server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something wrong panics")]

mod folder;
mod hostile;
mod letters;
mod message;
mod overrides;
mod page;
mod smtp;

use std::sync::{Arc, OnceLock};

use gatewright_core::model::Letter;
use gatewright_mail::{Letterhead, Origin, Postman, Sender, Stationery, Support, WayOut, sample_letters};

/// The languages that are built in.
const LANGUAGES: [&str; 3] = ["de", "en", "fr"];

fn origin() -> Origin {
    Origin::parse("https://auth.example.test").unwrap()
}

fn letterhead() -> Letterhead {
    let support = Support::parse("help@example.test").unwrap();
    Letterhead::new(origin(), "Example", Some(support)).unwrap()
}

/// Opened once: that prints all samples.
fn stationery() -> Arc<Stationery> {
    static ONCE: OnceLock<Arc<Stationery>> = OnceLock::new();
    Arc::clone(ONCE.get_or_init(|| Arc::new(Stationery::open(letterhead(), "en", None).unwrap())))
}

fn postman(way: WayOut) -> Postman {
    Postman::new(stationery(), Sender::parse("Example accounts <no-reply@example.test>").unwrap(), way)
}

/// The sample with everything, of this kind, in English.
fn letter(kind: &str) -> Letter {
    sample_letters("en").into_iter().find(|letter| letter.says.name() == kind).unwrap()
}
