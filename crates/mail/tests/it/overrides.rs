//! An operator's own templates.

use std::{fs, path::Path};

use gatewright_core::model::Letter;
use gatewright_mail::{Stationery, export_templates};

use crate::{letter, letterhead, page::Page};

fn with(files: &[(&str, &str)]) -> Result<Stationery, String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Stationery::open(letterhead(), "en", Some(folder.path())).map_err(|error| error.to_string())
}

const TEST: &str = "subject: Hi\npreheader: p\nreason: r\n\nOne of\nmine, {{ product }}.\n";

#[test]
fn a_file_of_the_operator_wins_over_ours_and_the_others_stay() {
    let stationery = with(&[("en/test.txt", TEST), (".git", "x")]).unwrap();
    let written = stationery.write(&letter("test")).unwrap();
    assert_eq!(written.subject, "Hi");
    assert!(written.text.contains("\nOne of mine, Example.\n"), "{}", written.text);
    assert!(Page::of(&written.html).words.join(" ").contains("One of mine, Example."));
    assert!(stationery.write(&letter("magic_link")).unwrap().subject.starts_with("Sign in"));
}

#[test]
fn a_language_of_the_operator_is_used_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    export_templates(folder.path()).unwrap();
    fs::rename(folder.path().join("fr"), folder.path().join("pt-BR")).unwrap();
    let stationery = Stationery::open(letterhead(), "pt-br", Some(folder.path())).unwrap();
    assert_eq!(stationery.languages().collect::<Vec<_>>(), ["de", "en", "fr", "pt-BR"]);
    let letter = Letter { locale: Some("pt-BR".into()), ..letter("test") };
    assert_eq!(stationery.write(&letter).unwrap().language, "pt-BR");

    fs::remove_file(folder.path().join("pt-BR/sign_up.txt")).unwrap();
    let error = Stationery::open(letterhead(), "en", Some(folder.path())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mail template pt-BR/sign_up.txt, line 1: there is no such file; a language needs its words and all letters"
    );
}

#[test]
fn a_bad_template_is_named_with_its_line_at_the_start() {
    let reset = |body: &str| format!("subject: s\npreheader: p\nbutton: b\nreason: r\n\n{body}\n");
    let cases = [
        ("en/test.txt", "subject: Hi {{ prodct }}\npreheader: p\nreason: r\n\nx".to_owned(), "line 1: there is no variable `prodct` here; there are: product, name"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\n\nx\n\ny {{ product\n".into(), "line 7: syntax error"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\n\nx\n{% if name %}y\n".into(), "line 6: syntax error"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\n\nx\ny {{ name }}\n".into(), "line 6: invalid operation: it has no value here"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\n\n{% for x in [1] %}{{ x.y }}{% endfor %}\n".into(), "line 5: undefined value"),
        ("en/test.txt", "subject: Hi\npreheader: p\n\nx\n".into(), "line 1: there is no line `reason: …`"),
        ("en/test.txt", "subject:\npreheader: p\nreason: r\n\nx\n".into(), "line 1: `subject` is empty"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\nfooter: f\n\nx\n".into(), "line 4: `footer` is not known here"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\nbutton: f\n\nx\n".into(), "line 4: this letter has no link"),
        ("en/test.txt", "subject: Hi\npreheader: p\nreason: r\n\n[proof]\n".into(), "line 5: the paragraph [proof] has no place"),
        ("en/reset_password.txt", reset("x"), "line 1: the paragraph [proof] stands exactly once"),
        ("en/reset_password.txt", reset("[proof]\n\n[proof]"), "line 8: the paragraph [proof] stands exactly once"),
        ("en/reset_password.txt", reset("[proof]\n\n{{ link }}"), "line 8: there is no variable `link` here"),
        ("de/words.txt", "dir: ltr".into(), "line 1: there is no line `greeting: …`"),
        ("layout.html", "<p>\n{{ subject }}\n{{ subjct }}</p>".into(), "line 3: there is no variable `subjct` here"),
        ("layout.txt", "a\n{% for block in blocks %}{{ block.txt }}{% endfor %}".into(), "line 2: undefined value"),
        ("layout.txt", "{% for a in blocks %}{% for b in subject %}{% for c in preheader %}{% for d in preheader %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}".into(), "line 1:"),
    ];
    for (file, text, says) in cases {
        let error = with(&[(file, &text)]).unwrap_err();
        assert!(error.starts_with(&format!("the mail template {file}, line ")), "{error}");
        assert!(error.contains(says), "{says}\n{error}");
    }
}

#[test]
fn a_template_that_runs_for_long_is_stopped() {
    let endless = "{% for a in preheader %}{% for b in preheader %}{% for c in preheader %}{% for d in preheader %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}";
    let error = with(&[("layout.txt", endless)]).unwrap_err();
    assert!(error.contains("fuel"), "{error}");
}

#[test]
fn a_file_that_nobody_would_read_is_complained_about() {
    for file in ["en/reset-password.txt", "en/layout.html", "mail.css", "english/test.txt", "en/test.html"] {
        let error = with(&[(file, "x")]).unwrap_err();
        assert!(error.starts_with("the folder of mail templates cannot be used"), "{error}");
    }
    let error = Stationery::open(letterhead(), "en", Some(Path::new("/nowhere/at/all"))).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/at/all: "), "{error}");
    let error = Stationery::open(letterhead(), "it", None).unwrap_err();
    assert!(error.to_string().contains("no templates for `it`; there are: de, en, fr"), "{error}");
}

#[test]
fn em10_what_a_template_prints_into_the_subject_stays_one_line() {
    let stationery =
        with(&[("en/test.txt", "subject: a {{ name or \"b\\r\\nBcc: x@y.test\" }}\npreheader: p\nreason: r\n\nx\n")])
            .unwrap();
    let letter = Letter { name: None, ..letter("test") };
    assert_eq!(stationery.write(&letter).unwrap().subject, "a b Bcc: x@y.test");
}
