//! What several targets need to read bytes a second time, with other means than the code that they try.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

/// A word that inputs put where a secret would stand. No refusal may repeat it.
pub(crate) const CANARY: &str = "canary-7f3a";

/// The input as text, if it is some. Most parsers take `&str`, so the rest has nobody to go to.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Whether a text could end a line, or reverse or hide a part of it, in a log, a mail or on a page.
pub(crate) fn forges(text: &str) -> bool {
    let marks = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    text.contains(|c: char| c.is_control() || marks(c))
}

/// The refusal says nothing of what stood where a secret stands.
#[track_caller]
pub(crate) fn keeps_secret(said: &str) {
    assert!(!said.contains(CANARY), "a refusal repeats what it refuses: {said}");
}

/// The names of an object's members, each as often as it stands there.
pub(crate) fn members(data: &[u8]) -> Vec<String> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some((name, IgnoredAny)) = map.next_entry()? {
                names.push(name);
            }
            Ok(names)
        }
    }
    serde_json::Deserializer::from_slice(data).deserialize_map(Names).unwrap_or_default()
}
