//! In which language somebody is spoken to who may not have an account yet: as the browser asks (RFC 9110 section 12.5.4).

use axum::http::{HeaderMap, header};

/// A language that the pages speak; the mails speak the same ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English, also for those who ask for none of ours.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
}

/// More wishes than any browser sends are not read.
const MOST_WISHES: usize = 32;

impl Language {
    pub(crate) const ALL: [Self; 3] = [Self::En, Self::De, Self::Fr];

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// What it calls itself.
    pub(super) const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
        }
    }

    /// The one of ours that a tag asks for, as a profile has it: `de-AT` asks for German.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        Self::ALL.into_iter().find(|one| one.tag().eq_ignore_ascii_case(primary))
    }

    /// Its files, by name.
    pub(super) const fn words(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::En => &[
                ("base", include_str!("../../templates/en/base.txt")),
                ("mail", include_str!("../../templates/en/mail.txt")),
                ("entry", include_str!("../../templates/en/entry.txt")),
                ("family", include_str!("../../templates/en/family.txt")),
                ("account", include_str!("../../templates/en/account.txt")),
                ("admin", include_str!("../../templates/en/admin.txt")),
                ("people", include_str!("../../templates/en/people.txt")),
                ("system", include_str!("../../templates/en/system.txt")),
            ],
            Self::De => &[
                ("base", include_str!("../../templates/de/base.txt")),
                ("mail", include_str!("../../templates/de/mail.txt")),
                ("entry", include_str!("../../templates/de/entry.txt")),
                ("family", include_str!("../../templates/de/family.txt")),
                ("account", include_str!("../../templates/de/account.txt")),
                ("admin", include_str!("../../templates/de/admin.txt")),
                ("people", include_str!("../../templates/de/people.txt")),
                ("system", include_str!("../../templates/de/system.txt")),
            ],
            Self::Fr => &[
                ("base", include_str!("../../templates/fr/base.txt")),
                ("mail", include_str!("../../templates/fr/mail.txt")),
                ("entry", include_str!("../../templates/fr/entry.txt")),
                ("family", include_str!("../../templates/fr/family.txt")),
                ("account", include_str!("../../templates/fr/account.txt")),
                ("admin", include_str!("../../templates/fr/admin.txt")),
                ("people", include_str!("../../templates/fr/people.txt")),
                ("system", include_str!("../../templates/fr/system.txt")),
            ],
        }
    }

    /// The one of ours that the browser likes best; of several that it likes alike, the first.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
        let wishes = lines.flat_map(|line| line.split(',')).take(MOST_WISHES).filter_map(wish);
        let best = wishes.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language).unwrap_or_default()
    }
}

/// A language of ours and how much it is wished for, in thousandths. `en-GB` wishes for English.
fn wish(text: &str) -> Option<(Language, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let language = Language::of_tag(parts.next()?)?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => thousandths(parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?)?,
    };
    (weight > 0).then_some((language, weight))
}

/// `0.8`, `1`, `0.125`: at most one, with at most three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let part = format!("{rest:0<3}").parse::<u16>().ok().filter(|_| is_number)?;
    match whole {
        "0" => Some(part),
        "1" => (part == 0).then_some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_gets_the_language_that_it_likes_best_of_ours() {
        for (asked, expected) in [
            ("de-CH, de;q=0.9, en;q=0.8", Language::De),
            ("nl, fr-FR;q=0.4, de;q=0.5", Language::De),
            ("en;q=0.1,fr", Language::Fr),
            ("DE", Language::De),
            ("fr;q=0, de;q=0.001", Language::De),
            ("fr, de", Language::Fr),
            ("*", Language::En),
            ("", Language::En),
            ("ja", Language::En),
            ("de;q=2", Language::En),
            ("de;q=0.1234", Language::En),
            ("de;level=1", Language::En),
            ("deutsch", Language::En),
            (";;,,;q=", Language::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(asked).unwrap());
            assert_eq!(Language::of(&headers), expected, "{asked}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::En);
    }
}
