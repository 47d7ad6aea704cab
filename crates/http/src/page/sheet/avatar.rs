//! The picture of a user: his own if this site has it, and otherwise his initials on a colour of his own. What must stay true: a page
//! loads nothing from anywhere else, so that nobody else learns who looks at it.

use gatewright_core::model::{User, UserId};

/// So many colours there are.
const HUES: u8 = 8;

/// The picture of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Avatar {
    pub(crate) initials: String,
    /// Which of the colours, from 0 on.
    pub(crate) hue: u8,
    /// A path of this site.
    pub(crate) picture: Option<String>,
}

impl Avatar {
    pub(crate) fn of(user: &User) -> Self {
        let picture = user.profile.avatar_url.as_deref().filter(|url| url.starts_with('/'));
        Self { initials: initials(name_of(user)), hue: hue(user.id), picture: picture.map(str::to_owned) }
    }
}

/// How a user is called on pages: as it wants to be called, and otherwise by its username.
pub(crate) fn name_of(user: &User) -> &str {
    user.profile.display_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(user.username.as_str())
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|one| one.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The same for one user everywhere and always.
fn hue(id: UserId) -> u8 {
    id.as_bytes().last().map_or(0, |byte| byte % HUES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("ada", "A"),
            ("Ada King, Countess of Lovelace", "AL"),
            ("  (zoë)  ", "Z"),
            ("日本 太郎", "日太"),
            ("ßen", "SS"),
            ("--- !", ""),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
