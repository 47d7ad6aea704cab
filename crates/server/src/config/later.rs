//! Keys that belong to what a later version brings. A script that sets all keys of the design starts this version, too: what
//! makes no difference without that part is accepted and said to be without effect; what asks for the part is refused.
//!
//! What must stay true: no value is accepted that would make somebody believe in a protection that is not there.

/// A name that this version knows only to be of a later one.
struct Later {
    identifier: &'static str,
    /// What it will be for.
    part: &'static str,
    /// The only values that ask for nothing; `None` if no value does.
    harmless: Option<&'static [&'static str]>,
}

const MAIL: &str = "sending mail";

const LATER: &[Later] = &[
    Later { identifier: "EMAIL_VERIFICATION", part: "verifying addresses by mail", harmless: Some(&["", "optional"]) },
    Later { identifier: "SMTP_URL", part: MAIL, harmless: None },
    Later { identifier: "MAIL_FROM", part: MAIL, harmless: None },
    Later { identifier: "MAIL_TTL_RESET", part: MAIL, harmless: None },
    Later { identifier: "MAIL_TTL_VERIFY", part: MAIL, harmless: None },
    Later { identifier: "MAIL_TTL_MAGIC", part: MAIL, harmless: None },
    Later { identifier: "BOOTSTRAP_SECRET", part: "administrators", harmless: None },
];

/// What a value for a key of a later version means now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// It has no effect.
    Nothing,
    /// It asks for something that is not there: this.
    Missing(&'static str),
}

/// Judges a name that is no key; `None` if no later version is expected to know it either.
pub(super) fn judge(name: &str, text: &str) -> Option<Now> {
    let bare = name.to_ascii_uppercase();
    let bare = bare.strip_suffix("_FILE").unwrap_or(&bare);
    let later = LATER.iter().find(|later| later.identifier == bare)?;
    Some(match later.harmless {
        Some(harmless) if !harmless.contains(&text.trim()) => Now::Missing(later.part),
        Some(_) | None => Now::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_a_missing_part_is_refused_and_what_asks_for_nothing_is_not() {
        assert_eq!(judge("EMAIL_VERIFICATION", ""), Some(Now::Nothing));
        assert_eq!(judge("EMAIL_VERIFICATION", "optional"), Some(Now::Nothing));
        assert_eq!(judge("email_verification", "required"), Some(Now::Missing("verifying addresses by mail")));
        assert_eq!(judge("BOOTSTRAP_SECRET_FILE", "/x"), Some(Now::Nothing));
        assert_eq!(judge("SMPT_URL", "smtp://x"), None);
    }

    #[test]
    fn no_key_of_this_version_is_one_of_a_later_one() {
        for key in crate::config::keys::ALL {
            assert_eq!(judge(&key.name(), ""), None, "{}", key.name());
        }
    }
}
