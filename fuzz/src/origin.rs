//! Origins and URLs that an operator allows and a browser sends: each has one form, the one that is compared.

use gatewright::Origin;

use crate::spelling::{forges, text};

/// An origin, alone and at the beginning of a URL.
pub fn origin(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(origin) = text.parse::<Origin>() {
        let form = origin.as_str();
        assert_eq!(form.parse(), Ok(origin.clone()), "the form of {text:?} has another form");
        assert!(form.is_ascii() && !forges(form) && !form.contains(char::is_whitespace), "{form:?}");
        assert!(form.len() <= text.len() && form.bytes().all(|byte| !byte.is_ascii_uppercase()), "{form:?}");
        let (_, authority) = form.split_once("://").expect("an origin has a scheme");
        assert!(!authority.is_empty() && !authority.contains(['/', '?', '#', '@', '\\', '*']), "{form:?}");
        assert_eq!(Origin::of_url(text), Some(origin.clone()));
        assert_eq!(Origin::of_url(&format!("{text}/path?query#fragment")), Some(origin));
    }
    if let Some(origin) = Origin::of_url(text) {
        assert_eq!(Origin::of_url(origin.as_str()), Some(origin));
    }
}
