//! The one place where the environment is read.

use crate::config::keys::PREFIX;

/// Every variable that is ours. What is not UTF-8 is read with replacement characters, which no key takes.
#[expect(clippy::disallowed_methods, reason = "the one named place where the environment is read")]
pub(crate) fn ours() -> Vec<(String, String)> {
    let texts = std::env::vars_os().map(|(name, value)| (lossy(&name), lossy(&value)));
    let texts = texts.filter(|(name, _)| name.starts_with(PREFIX));
    #[cfg(feature = "alternatives")]
    let texts = texts.filter(|(name, _)| name != ROTATION_POLICY);
    texts.collect()
}

/// Names a policy for spent tokens that is not ours; not a setting, since nothing that ships knows it.
#[cfg(feature = "alternatives")]
const ROTATION_POLICY: &str = "GATEWRIGHT_ROTATION_POLICY";

/// The policy that the fault bench wants to see at work.
#[cfg(feature = "alternatives")]
#[expect(clippy::disallowed_methods, reason = "the one named place where the environment is read")]
pub(crate) fn rotation_policy() -> Option<String> {
    std::env::var(ROTATION_POLICY).ok()
}

/// Whether people asked programs not to colour what they print (<https://no-color.org>).
#[expect(clippy::disallowed_methods, reason = "the one named place where the environment is read")]
pub(crate) fn wants_no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}
