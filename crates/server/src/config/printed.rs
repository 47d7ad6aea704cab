//! The configuration as it is shown: every key, the value in force, and where it came from. Never a secret, and of a URL
//! only where it leads to.

use super::{
    Origin, Problems, Settings, Sources,
    keys::{self, ALL, Kind},
    layers::Layers,
};

/// A key as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// `refresh.min_age`.
    pub path: String,
    /// The value, `[secret]`, a URL without its secrets, or empty for none.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Every key in the order of the reference page.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub fn printed(sources: &Sources) -> Result<Vec<Printed>, Problems> {
    let settings = Settings::read(sources)?;
    let layers = Layers::read(sources)?;
    let show = |key: &keys::Key| {
        let value = layers.value(key);
        let text = match (key.kind, value.text.trim().is_empty()) {
            (_, true) => key.default.to_owned(),
            (Kind::Secret, false) => "[secret]".to_owned(),
            (Kind::Url, false) if *key == keys::SESSIONS => {
                settings.sessions.as_ref().map_or_else(String::new, ToString::to_string)
            }
            (Kind::Url, false) if *key == keys::SMTP_URL => {
                settings.mail.way.as_ref().map_or_else(String::new, ToString::to_string)
            }
            (Kind::Url, false) => settings.database.to_url(),
            (_, false) => value.text.trim().to_owned(),
        };
        Printed { path: key.path(), value: text, origin: value.origin }
    };
    Ok(ALL.iter().map(show).collect())
}
