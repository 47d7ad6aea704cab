//! The texts by which people are known, and the other short texts of requests. What is accepted is accepted again in the form
//! in which it is kept, holds nothing that could forge a line, and is within its stated limits.

use gatewright_core::model::{
    ClientLabel, Email, Login, MAX_PASSWORD_BYTES, Pin, Plaintext, Profile, ProfilePatch, RetryKey, RoleName,
    SessionId, UserAgent, Username,
};

use crate::spelling::{forges, keeps_secret, text};

/// An e-mail address.
pub fn email(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let email = match Email::parse("email", text) {
        Ok(email) => email,
        Err(invalid) => return keeps_secret(&invalid.to_string()),
    };
    assert_eq!(email.as_str(), text, "an address is kept as it was given");
    assert!(text.len() <= 254 && (1..=64).contains(&email.local_part().len()), "{text}");
    let (local, domain) = text.rsplit_once('@').expect("an address has an at sign");
    assert_eq!(local, email.local_part());
    for shown in [text, email.key()] {
        assert!(!forges(shown) && !shown.contains(char::is_whitespace), "{shown:?}");
        // RFC 5322 section 3.2.3: none of these stands in an address without quotes.
        assert!(!shown.contains(['"', '(', ')', '<', '>', '[', ']', ':', ';', ',', '\\']), "{shown:?}");
        assert_eq!(shown.matches('@').count(), 1, "{shown:?}");
    }
    let (_, key_domain) = email.key().rsplit_once('@').expect("so has its key");
    assert!(key_domain.is_ascii() && key_domain.contains('.') && key_domain.len() <= 253, "{key_domain}");
    assert!(key_domain.split('.').all(|label| (1..=63).contains(&label.len())), "{key_domain}");
    let is_invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}');
    assert!(!domain.is_empty() && !domain.contains(is_invisible), "{domain:?}");
    // The key of a key is the key, so that no third spelling can come between two.
    if let Ok(again) = Email::parse("email", email.key()) {
        assert_eq!(again.key(), email.key());
    }
    let stored = Email::from_stored(email.as_str().to_owned(), email.key().to_owned());
    assert!(stored.is_some_and(|stored| stored == email));
    assert!(matches!(Login::parse("login", text), Ok(Login::Email(login)) if login == email));
    keeps_secret(&format!("{email:?}"));
}

/// A username.
pub fn username(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let username = match Username::parse("username", text) {
        Ok(username) => username,
        Err(invalid) => return keeps_secret(&invalid.to_string()),
    };
    let kept = username.as_str();
    assert!((2..=64).contains(&kept.chars().count()), "{kept:?}");
    assert!(!kept.contains('@') && !forges(kept) && !kept.contains(char::is_whitespace), "{kept:?}");
    assert!(!username.skeleton().is_empty());
    // What is kept must be a name that can be typed: the same name, not another one and not nobody's.
    assert_eq!(Username::parse("username", kept).as_ref(), Ok(&username), "{text:?} is kept as {kept:?}");
    let stored = Username::from_stored(kept.to_owned(), username.skeleton().to_owned());
    assert_eq!(stored.as_ref(), Some(&username));
    if !text.contains('@') {
        assert_eq!(Login::parse("login", text), Ok(Login::Username(username)));
    }
}

/// Everything else that is short: PINs, passwords, labels, retry keys, ids, what a user shows of itself.
pub fn short_texts(data: &[u8]) {
    if let Some(agent) = UserAgent::from_header(&String::from_utf8_lossy(data)) {
        let kept = agent.as_str();
        assert!((1..=256).contains(&kept.len()) && kept.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{kept:?}");
        assert_eq!(UserAgent::from_header(kept), Some(agent.clone()));
    }
    let Some(text) = text(data) else { return };
    match Pin::parse("pin", text.to_owned()) {
        Ok(_) => assert!((4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())),
        Err(invalid) => keeps_secret(&invalid.to_string()),
    }
    match Plaintext::parse("password", text.to_owned()) {
        Ok(plain) => {
            assert!(!text.is_empty() && text.len() <= MAX_PASSWORD_BYTES && !text.contains('\0'));
            keeps_secret(&format!("{plain:?}"));
            let again = Plaintext::parse("password", plain.expose().to_owned());
            // Composition may lengthen a text by up to three times (UAX 15 section 9), but a second one changes nothing.
            assert!(again.is_err() || again.is_ok_and(|again| again.expose() == plain.expose()));
        }
        Err(invalid) => keeps_secret(&invalid.to_string()),
    }
    match RetryKey::parse(text) {
        Ok(key) => {
            assert!((16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
            let [one, other] = [[1; 16], [2; 16]].map(|bytes| key.hash(SessionId::from_bytes(bytes)));
            assert!(one != other, "the hash of a retry key is its session's own");
            keeps_secret(&format!("{key:?}"));
        }
        Err(invalid) => keeps_secret(&invalid.to_string()),
    }
    if let Ok(label) = ClientLabel::parse("client", text) {
        assert!(label.as_str() == text && text.chars().count() <= 100 && !forges(text), "{text:?}");
    }
    if let Ok(role) = text.parse::<RoleName>() {
        assert!(role.to_string() == text && text.len() <= 64);
    }
    if let Ok(id) = text.parse::<SessionId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.tag().len(), 8);
    }
    profile(text);
}

fn profile(text: &str) {
    let some = || Some(Some(text.to_owned()));
    let patches = [
        ProfilePatch { display_name: some(), ..ProfilePatch::default() },
        ProfilePatch { avatar_url: some(), ..ProfilePatch::default() },
        ProfilePatch { locale: some(), ..ProfilePatch::default() },
    ];
    for patch in patches {
        match Profile::default().patched(patch) {
            Ok(profile) => {
                let kept = [&profile.display_name, &profile.avatar_url, &profile.locale];
                assert!(kept.into_iter().flatten().all(|kept| kept == text && !forges(kept)), "{text:?}");
                assert!(profile.avatar_url.is_none_or(|url| !url.contains("script:") || !url.starts_with("java")));
            }
            Err(invalid) => keeps_secret(&invalid.to_string()),
        }
    }
}
