//! What a user shows of itself. Never used for security, never mixed with credentials.

use serde_json::{Map, Value};

use super::{Invalid, InvalidReason};

/// A JSON object as an app keeps it in `metadata` or `app_metadata`.
pub type Metadata = Map<String, Value>;

/// What one metadata object may take as JSON text, in bytes.
pub const MAX_METADATA_BYTES: usize = 4096;

/// What a user shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// How the user wants to be called.
    pub display_name: Option<String>,
    /// Where a picture of the user is.
    pub avatar_url: Option<String>,
    /// The user's language as a BCP 47 tag, for pages and mails.
    pub locale: Option<String>,
    /// What the app lets the user write.
    pub metadata: Metadata,
}

/// A change of a profile in the manner of JSON merge patch (RFC 7396): the outer `None` leaves a member, the inner one
/// removes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfilePatch {
    /// New display name.
    pub display_name: Option<Option<String>>,
    /// New avatar.
    pub avatar_url: Option<Option<String>>,
    /// New language.
    pub locale: Option<Option<String>>,
    /// Members to merge into the metadata; `None` empties it.
    pub metadata: Option<Option<Metadata>>,
}

impl Profile {
    /// The profile after `patch`.
    ///
    /// # Errors
    /// Says which member would be too long or malformed; nothing is changed then.
    pub fn patched(&self, patch: ProfilePatch) -> Result<Self, Invalid> {
        let mut next = self.clone();
        if let Some(display_name) = patch.display_name {
            next.display_name = display_name;
        }
        if let Some(avatar_url) = patch.avatar_url {
            next.avatar_url = avatar_url;
        }
        if let Some(locale) = patch.locale {
            next.locale = locale;
        }
        match patch.metadata {
            Some(Some(members)) => merge(&mut next.metadata, members),
            Some(None) => next.metadata.clear(),
            None => {}
        }
        next.check()?;
        Ok(next)
    }

    fn check(&self) -> Result<(), Invalid> {
        if let Some(name) = &self.display_name {
            check_text("profile.display_name", name, 256)?;
        }
        if let Some(url) = &self.avatar_url {
            check_text("profile.avatar_url", url, 2048)?;
            // Only what a page can load safely: `javascript:` and `data:` never reach an attribute.
            // Browsers take a backslash for a slash, so two of either name a host.
            let is_path = url.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']));
            if !(url.starts_with("https://") || is_path) {
                return Err(Invalid::new("profile.avatar_url", InvalidReason::NotAllowed));
            }
        }
        if let Some(locale) = &self.locale {
            let is_tag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
            if locale.len() > 35 || !locale.split('-').all(is_tag) {
                return Err(Invalid::new("profile.locale", InvalidReason::Malformed));
            }
        }
        check_metadata("profile.metadata", &self.metadata)
    }
}

/// Checks the size of a metadata object.
///
/// # Errors
/// [`InvalidReason::TooLong`] above [`MAX_METADATA_BYTES`] of JSON text.
pub fn check_metadata(field: &'static str, metadata: &Metadata) -> Result<(), Invalid> {
    let size = Value::Object(metadata.clone()).to_string().len();
    if size > MAX_METADATA_BYTES {
        return Err(Invalid::new(field, InvalidReason::TooLong { max: MAX_METADATA_BYTES }));
    }
    Ok(())
}

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), Invalid> {
    if text.len() > max {
        return Err(Invalid::new(field, InvalidReason::TooLong { max }));
    }
    if text.is_empty() || text.contains(forges) {
        return Err(Invalid::new(field, InvalidReason::Malformed));
    }
    Ok(())
}

/// Controls, the separators of lines and paragraphs, and the marks that reverse the direction of text could forge a line of a
/// log or a page (SECURITY LG3).
pub(super) fn forges(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// RFC 7396: `null` removes, objects merge, everything else replaces.
pub(crate) fn merge(target: &mut Metadata, patch: Metadata) {
    for (name, value) in patch {
        match (target.get_mut(&name), value) {
            (_, Value::Null) => {
                target.remove(&name);
            }
            (Some(Value::Object(inner)), Value::Object(members)) => merge(inner, members),
            (_, Value::Object(members)) => {
                let mut inner = Metadata::new();
                merge(&mut inner, members);
                target.insert(name, Value::Object(inner));
            }
            (_, value @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_))) => {
                target.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> Metadata {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_patch_merges_as_rfc_7396_says() {
        let profile = Profile {
            display_name: Some("Ada".into()),
            metadata: object(&serde_json::json!({"a": 1, "b": {"c": 2, "d": 3}})),
            ..Profile::default()
        };
        let patch = ProfilePatch {
            locale: Some(Some("de-AT".into())),
            metadata: Some(Some(object(&serde_json::json!({"a": null, "b": {"c": 4}, "e": {"f": null}})))),
            ..ProfilePatch::default()
        };
        let patched = profile.patched(patch).unwrap();
        assert_eq!(patched.display_name.as_deref(), Some("Ada"));
        assert_eq!(Value::Object(patched.metadata), serde_json::json!({"b": {"c": 4, "d": 3}, "e": {}}));
    }

    #[test]
    fn what_could_forge_a_line_or_run_a_script_is_refused() {
        let name = |text: &str| ProfilePatch { display_name: Some(Some(text.into())), ..ProfilePatch::default() };
        let avatar = |text: &str| ProfilePatch { avatar_url: Some(Some(text.into())), ..ProfilePatch::default() };
        for bad in [
            name("a\nb"),
            name("a\u{2028}b"),
            name("a\u{2029}b"),
            name("a\u{202e}b"),
            name(""),
            avatar("javascript:alert(1)"),
            avatar("//evil.test/x"),
            avatar("/\\evil.test/x"),
        ] {
            assert!(Profile::default().patched(bad.clone()).is_err(), "{bad:?}");
        }
        for good in ["https://example.test/a.png", "/people/a.png", "/"] {
            assert!(Profile::default().patched(avatar(good)).is_ok(), "{good}");
        }
    }
}
