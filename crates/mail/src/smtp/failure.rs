//! What a failure means for the letter. What must stay true: a letter is only given up when the server refused that letter; nothing that an
//! operator can mend (a wrong password, an expired certificate, a server that is down) loses one. No token, code, address or
//! credential gets into a text, not even when the server repeats it.

use gatewright_core::port::CourierError;

use crate::clean;

/// What a server's own words may take in an error, in characters.
const LONGEST_REPLY: usize = 200;

/// Where in the conversation it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    Greeting,
    StartTls,
    Handshake,
    SignIn,
    Sender,
    Recipient,
    Data,
    /// The letter was on its way; only an answer says whether it was taken.
    Letter,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// The server answered, and not with yes.
    Reply { code: u16, text: String },
    /// The server cannot do what this letter needs.
    Incapable(&'static str),
    /// It did not answer in time.
    Late,
    /// The connection broke, or what came was no SMTP.
    Broken(String),
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) cause: Cause,
}

impl Failure {
    pub(super) fn new(stage: Stage, cause: Cause) -> Self {
        Self { stage, cause }
    }

    pub(super) fn broken(stage: Stage, says: impl Into<Box<dyn std::error::Error>>) -> Self {
        Self::new(stage, Cause::Broken(says.into().to_string()))
    }

    /// What the library reports.
    pub(super) fn of(stage: Stage, error: &lettre::transport::smtp::Error) -> Self {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        match error.status() {
            Some(code) => Self::new(stage, Cause::Reply { code: u16::from(code), text: source }),
            None => Self::broken(stage, if source.is_empty() { error.to_string() } else { source }),
        }
    }

    /// Whether the connection is as good as before: the server answered, and did not take leave (RFC 5321 section 3.8).
    pub(super) fn leaves_connection(&self) -> bool {
        matches!(self.cause, Cause::Incapable(_)) || matches!(self.cause, Cause::Reply { code, .. } if code != 421)
    }

    pub(super) fn verdict(&self, server: &str) -> CourierError {
        let is_about_letter = matches!(self.stage, Stage::Sender | Stage::Recipient | Stage::Data | Stage::Letter);
        let text = format!("{server}: {}", self.says());
        match self.cause {
            Cause::Incapable(_) => CourierError::Never(text),
            // 530, 534, 535 and 538 (RFC 4954 section 6) are about who hands it in, and that is for the operator to mend.
            Cause::Reply { code: 530 | 534 | 535 | 538, .. } => CourierError::Later(text),
            Cause::Reply { code: 500..=599, .. } if is_about_letter => CourierError::Never(text),
            Cause::Reply { .. } | Cause::Late | Cause::Broken(_) => CourierError::Later(text),
        }
    }

    fn says(&self) -> String {
        let place = self.stage.words();
        let doubt = if self.stage == Stage::Letter { "; nobody knows whether the letter was taken" } else { "" };
        match &self.cause {
            // What a server says about credentials is not repeated, it may repeat them.
            Cause::Reply { code, .. } if self.stage == Stage::SignIn => format!("it answered {code} {place}"),
            Cause::Reply { code, text } => format!("it answered {code} {place}: {}", harmless(text)),
            Cause::Incapable(says) => (*says).to_owned(),
            Cause::Late => format!("it did not answer in time {place}{doubt}"),
            Cause::Broken(says) => format!("the connection failed {place}: {}{doubt}", harmless(says)),
        }
    }
}

impl Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "at connecting",
            Self::Greeting => "at the greeting",
            Self::StartTls => "at STARTTLS",
            Self::Handshake => "at the TLS handshake",
            Self::SignIn => "at signing in",
            Self::Sender => "at the sender (MAIL)",
            Self::Recipient => "at the recipient (RCPT)",
            Self::Data => "at DATA",
            Self::Letter => "after the letter",
        }
    }
}

/// A server's words without those that could be an address, a link, a token or a code: some servers repeat in a refusal what they
/// refuse.
fn harmless(text: &str) -> String {
    let line = clean::one_line(text, 4 * LONGEST_REPLY);
    let words = line.split(' ').map(|word| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let is_plain = word.is_ascii() && word.len() <= 30 && digits < 8 && !word.contains(['@', '/', '=', '_', '%']);
        if is_plain { word } else { "[…]" }
    });
    clean::one_line(&words.collect::<Vec<_>>().join(" "), LONGEST_REPLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(stage: Stage, code: u16) -> CourierError {
        Failure::new(stage, Cause::Reply { code, text: "5.1.1 no".into() }).verdict("smtp://a:25")
    }

    #[test]
    fn only_a_refusal_of_the_letter_gives_it_up() {
        for stage in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Letter] {
            assert!(matches!(verdict(stage, 550), CourierError::Never(_)));
            assert!(matches!(verdict(stage, 451), CourierError::Later(_)));
            assert!(matches!(verdict(stage, 530), CourierError::Later(_)));
        }
        for stage in [Stage::Greeting, Stage::StartTls, Stage::SignIn] {
            assert!(matches!(verdict(stage, 554), CourierError::Later(_)));
        }
        let late = Failure::new(Stage::Letter, Cause::Late).verdict("smtp://a:25");
        assert!(late.to_string().contains("nobody knows whether"), "{late}");
    }

    #[test]
    fn em6_an_error_repeats_no_address_link_token_or_code() {
        let text = "5.7.1 <ada@example.test> https://a.test/reset-password?token=gwm_abc 01234567 \r\n554 spam (code:01234567) evil\u{202e}";
        let failure = Failure::new(Stage::Letter, Cause::Reply { code: 554, text: text.into() });
        let says = failure.verdict("smtp://a:25").to_string();
        assert_eq!(
            says,
            "the mail cannot be sent: smtp://a:25: it answered 554 after the letter: 5.7.1 […] […] […] 554 spam […] evil"
        );
        let failure = Failure::new(Stage::SignIn, Cause::Reply { code: 535, text: "hunter2 is wrong".into() });
        assert!(!failure.verdict("x").to_string().contains("hunter2"));
    }
}
