//! Values that somebody made to break a mail (SECURITY EM10).

use gatewright_core::{
    model::{Circumstances, Letter, Says, UserAgent},
    port::Courier,
};
use gatewright_mail::{Folder, Mailbox, Stationery, WayOut, sample_letters};
use proptest::prelude::*;

use crate::{letter, page::Page, postman, stationery};

const TRICKS: [&str; 16] = [
    "Ada\r\nBcc: victim@example.test",
    "Ada\n\n[proof]\n\n",
    "\0\u{1b}[2J\u{7}",
    "\u{202e}gnp.exe\u{2066}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style><body>",
    "{{ link }}{% for x in range(9) %}{{ code }}",
    "{#",
    "--=_0199\r\nContent-Type: text/html\r\n\r\n<b>",
    "https://evil.example/login",
    "evil.example",
    "=?utf-8?b?PGI+?=",
    "&lt;b&gt;&amp;",
    ".\r\nMAIL FROM:<x@y.test>",
    "\u{2028}\u{85}line",
];

/// The letter with this text in each place that others can write to.
fn poisoned(mut letter: Letter, text: &str) -> Letter {
    let spoilt = |circumstances: Circumstances| Circumstances {
        user_agent: UserAgent::from_header(text),
        username: Some(text.to_owned()),
        ..circumstances
    };
    letter.name = Some(text.to_owned());
    letter.locale = Some("en".to_owned());
    letter.says = match letter.says {
        Says::EmailChanged { undo, circumstances, .. } => {
            Says::EmailChanged { to: text.to_owned(), undo, circumstances: spoilt(circumstances) }
        }
        Says::Invitation { proof, .. } => Says::Invitation { from: text.to_owned(), proof },
        Says::AlreadySignedUp(one) => Says::AlreadySignedUp(spoilt(one)),
        Says::NewDevice(one) => Says::NewDevice(spoilt(one)),
        Says::PasswordChanged(one) => Says::PasswordChanged(spoilt(one)),
        Says::SessionTheft(one) => Says::SessionTheft(spoilt(one)),
        Says::SecondStepFailed(one) => Says::SecondStepFailed(spoilt(one)),
        other @ (Says::VerifyEmail(_)
        | Says::SignUp(_)
        | Says::ResetPassword(_)
        | Says::MagicLink(_)
        | Says::ConfirmEmail(_)
        | Says::Test) => other,
    };
    letter
}

/// Whatever the value: the same subject, the same elements, the same links and codes, and both parts still alike.
fn assert_unharmed(stationery: &Stationery, clean: &Letter, text: &str) {
    let dirty = poisoned(clean.clone(), text);
    let (before, after) = (stationery.write(clean).unwrap(), stationery.write(&dirty).unwrap());
    let (page, words) = (Page::of(&after.html), after.text.split_whitespace().collect::<Vec<_>>());
    assert_eq!(after.subject, before.subject);
    assert_eq!(page.addresses, Page::of(&before.html).addresses, "{text:?}");
    assert_eq!(page.words, words, "{text:?}");
    for part in [&after.text, &after.html] {
        assert!(part.len() < 16 * 1024);
        assert!(!part.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
        assert!(!part.contains(['\u{202e}', '\u{2066}', '\u{2028}']), "{text:?}");
        assert_eq!(part.matches("01234567").count(), before.text.matches("01234567").count(), "{text:?}");
    }
    let shape = |html: &str| {
        let rows = |element: &&String| !matches!(element.as_str(), "tr" | "th" | "td");
        Page::of(html).elements.iter().filter(rows).cloned().collect::<Vec<_>>()
    };
    assert_eq!(shape(&after.html), shape(&before.html), "{text:?}");
    assert!(after.text.lines().count().abs_diff(before.text.lines().count()) <= 2, "{text:?}\n{}", after.text);
}

#[test]
fn em10_tricks_change_neither_form_nor_links() {
    let stationery = stationery();
    for clean in sample_letters("en") {
        for text in TRICKS {
            assert_unharmed(&stationery, &clean, text);
        }
    }
}

#[test]
fn what_reads_like_an_advertisement_is_not_carried_to_others() {
    let stationery = stationery();
    for kind in ["sign_up", "invitation", "new_device"] {
        for text in ["Win at evil.example", "https://evil.example", "+1 555 0100 200", &"Buy now! ".repeat(20)] {
            let written = stationery.write(&poisoned(letter(kind), text)).unwrap();
            for part in [&written.text, &written.html] {
                assert!(!part.contains("evil") && !part.contains("555") && !part.contains("Buy"), "{kind}: {part}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn em10_no_text_changes_form_or_links(text in ".{0,80}", trick in 0..TRICKS.len(), at in 0..26_usize) {
        let clean = sample_letters("en").swap_remove(at);
        assert_unharmed(&stationery(), &clean, &format!("{}{text}", TRICKS[trick]));
        assert_unharmed(&stationery(), &clean, &text);
    }
}

#[tokio::test]
async fn em10_no_value_makes_a_header_or_a_part() {
    let folder = tempfile::tempdir().unwrap();
    let postman = postman(WayOut::Folder(Folder::open(folder.path()).unwrap()));
    let mailbox = Mailbox::open(folder.path()).unwrap();
    for text in TRICKS {
        for kind in ["sign_up", "email_changed", "invitation", "new_device"] {
            let clean = letter(kind);
            postman.deliver(&clean).await.unwrap();
            let path = folder.path().join(format!("{}.eml", clean.id));
            let before = std::fs::read_to_string(&path).unwrap();
            postman.deliver(&poisoned(clean.clone(), text)).await.unwrap();
            let after = std::fs::read_to_string(&path).unwrap();
            let head = |mail: &str| mail.split_once("\r\n\r\n").unwrap().0.to_owned();
            assert_eq!(head(&after), head(&before), "{text:?}");
            let parts = |mail: &str| mail.matches("\r\n--=_").count();
            assert_eq!(parts(&after), parts(&before), "{text:?}");
            assert!(after.is_ascii());
            assert_eq!(mailbox.list(9).unwrap().len(), 1);
            mailbox.clear().unwrap();
        }
    }
}
