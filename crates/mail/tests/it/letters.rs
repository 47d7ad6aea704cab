//! Every letter in every language, with all it can have and with the least.

use std::fmt::Write;

use gatewright_core::model::Letter;
use gatewright_mail::{Letterhead, Stationery, Support, Written, built_in_templates, export_templates, sample_letters};

use crate::{LANGUAGES, origin, page::Page, stationery};

fn all() -> Vec<(Letter, Written)> {
    let stationery = stationery();
    let letters = LANGUAGES.iter().flat_map(|language| sample_letters(language));
    letters.map(|letter| (letter.clone(), stationery.write(&letter).unwrap())).collect()
}

#[test]
fn the_words_of_all_letters() {
    for language in LANGUAGES {
        let mut text = String::new();
        for (letter, written) in all().iter().filter(|(_, written)| written.language == language) {
            let name = letter.says.name();
            let extent = if letter.name.is_some() { "with everything" } else { "with the least" };
            write!(text, "=== {name}, {extent}\nSubject: {}\n\n{}\n", written.subject, written.text).unwrap();
        }
        insta::with_settings!({ snapshot_path => "letters", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(language, text);
        });
    }
}

#[test]
fn the_form_of_a_letter() {
    let (_, written) = all()
        .into_iter()
        .find(|(letter, written)| letter.says.name() == "email_changed" && written.language == "en")
        .unwrap();
    insta::with_settings!({ snapshot_path => "letters", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("email_changed.html", written.html);
    });
}

#[test]
fn help_on_a_page_stands_in_both_parts_in_every_language() {
    let help = "https://example.test/help?from=mail&a=1";
    let letterhead = Letterhead::new(origin(), "Example", Some(Support::parse(help).unwrap())).unwrap();
    let stationery = Stationery::open(letterhead, "en", None).unwrap();
    for letter in LANGUAGES.iter().flat_map(|language| sample_letters(language)) {
        let written = stationery.write(&letter).unwrap();
        assert!(written.text.contains(&format!(" {help}\n")), "{}", written.text);
        assert!(Page::of(&written.html).words.iter().any(|word| word == help), "{}", written.html);
    }
}

#[test]
fn both_parts_say_the_same() {
    for (letter, written) in all() {
        let page = Page::of(&written.html);
        let words: Vec<&str> = written.text.split_whitespace().collect();
        assert_eq!(page.words, words, "{} {}", letter.says.name(), written.language);
    }
}

#[test]
fn link_and_code_are_there_as_often_as_they_should_be_and_nothing_is_loaded_from_anywhere() {
    for (letter, written) in all() {
        let name = letter.says.name();
        let page = Page::of(&written.html);
        let token = "gwm_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_";
        let count = |part: &str, what: &str| part.matches(what).count();
        let has_proof = written.text.contains(token);
        let expected = usize::from(has_proof);
        for (part, links) in [(&written.text, expected), (&written.html, 2 * expected)] {
            assert_eq!(count(part, "https://auth.example.test/"), links, "{name}");
            assert_eq!(count(part, token), links, "{name}");
            assert_eq!(count(part, "://"), links, "{name}");
            assert_eq!(count(part, "01234567"), expected, "{name}");
        }
        assert_eq!(page.addresses.len(), expected, "{name}");
        for forbidden in ["img", "script", "link", "iframe", "object", "form", "input", "video", "svg", "base"] {
            assert!(!page.elements.iter().any(|element| element == forbidden), "{name}: {forbidden}");
        }
        assert!(!written.html.contains("url(") && !written.html.contains("@import"), "{name}");
        assert_eq!(page.language, (written.language.clone(), "ltr".to_owned()));
        assert!(!written.subject.contains("Ada") && !written.subject.contains("01234567"), "{name}");
    }
}

#[test]
fn links_lead_to_the_page_of_their_purpose() {
    for (kind, page) in [
        ("verify_email", "/verify-email"),
        ("sign_up", "/verify-email"),
        ("reset_password", "/reset-password"),
        ("magic_link", "/magic-link"),
        ("confirm_email", "/confirm-email"),
        ("email_changed", "/undo-email"),
        ("invitation", "/invitation"),
    ] {
        let written = stationery().write(&crate::letter(kind)).unwrap();
        assert!(written.text.contains(&format!("\nhttps://auth.example.test{page}?token=gwm_")), "{kind}");
    }
}

#[test]
fn text_can_be_read_in_the_light_and_in_the_dark() {
    let written = stationery().write(&crate::letter("reset_password")).unwrap();
    let page = Page::of(&written.html);
    assert!(written.html.contains("color-scheme") && page.sheet.contains("prefers-color-scheme: dark"));
    let colours = |text: &str| {
        let of = |name: &str| {
            let at = text.split([';', '{']).find_map(|rule| rule.trim().strip_prefix(name))?;
            u32::from_str_radix(at.trim().trim_start_matches('#').get(..6)?, 16).ok()
        };
        Some((of("color:")?, of("background:")?))
    };
    let rules = page.styles.iter().map(String::as_str).chain(page.sheet.lines());
    let pairs: Vec<_> = rules.filter_map(colours).chain([(0x57606a, 0xffffff), (0xb3bac2, 0x14171a)]).collect();
    assert!(pairs.len() >= 8, "{pairs:x?}");
    for (text, ground) in pairs {
        assert!(contrast(text, ground) >= 4.5, "#{text:06x} on #{ground:06x}");
    }
}

/// WCAG 2.2, contrast ratio.
fn contrast(one: u32, other: u32) -> f64 {
    let light = |colour: u32| {
        let part = |shift: u32| {
            let value = f64::from(colour >> shift & 0xff) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    };
    let (dark, bright) = (light(one).min(light(other)), light(one).max(light(other)));
    (bright + 0.05) / (dark + 0.05)
}

#[test]
fn a_reader_is_written_to_in_the_nearest_language() {
    let stationery = stationery();
    assert_eq!(stationery.languages().collect::<Vec<_>>(), LANGUAGES);
    for (locale, language) in [
        (Some("de"), "de"),
        (Some("de-AT"), "de"),
        (Some("DE-at-1996"), "de"),
        (Some("fr_CA"), "fr"),
        (Some("it"), "en"),
        (Some(""), "en"),
        (Some("../../etc"), "en"),
        (None, "en"),
    ] {
        let letter = Letter { locale: locale.map(str::to_owned), ..crate::letter("test") };
        assert_eq!(stationery.write(&letter).unwrap().language, language, "{locale:?}");
    }
}

#[test]
fn the_built_in_templates_can_be_taken_out_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let count = built_in_templates().count();
    assert_eq!(count, 2 + 3 * 14);
    assert_eq!(export_templates(folder.path()).unwrap().len(), count);
    let mine = folder.path().join("en/test.txt");
    std::fs::write(&mine, "mine").unwrap();
    std::fs::remove_file(folder.path().join("layout.txt")).unwrap();
    assert_eq!(export_templates(folder.path()).unwrap(), ["layout.txt"]);
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "mine");
}

#[test]
fn a_letter_in_words_shows_nothing_that_opens_an_account() {
    let written = stationery().write(&crate::letter("reset_password")).unwrap();
    let shown = format!("{written:?}");
    assert!(!shown.contains("gwm_") && !shown.contains("01234567"), "{shown}");
}
