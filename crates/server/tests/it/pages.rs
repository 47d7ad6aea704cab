//! What an operator makes of the pages: name, logo, colour, templates and words by configuration, what `serve` refuses of them, and
//! `gatewright pages export`.

use std::fs;

use crate::{child::Place, client::get};

/// A page that is there for everybody.
const PAGE: &str = "/magic-link?done=signed-in";

/// What `serve` says instead of serving; nothing was made.
#[track_caller]
fn refused(place: &Place) -> String {
    let ran = place.run(&["serve"]);
    assert_eq!(ran.code(), 3, "{}", ran.err());
    assert!(!place.data().exists(), "nothing is made before the settings are judged");
    let checked = place.run(&["config", "check"]);
    assert_eq!((checked.code(), checked.err()), (3, ran.err()), "`config check` says the same");
    ran.err()
}

#[test]
fn what_cannot_be_used_is_told_with_its_key_and_the_remedy() {
    let place = Place::new()
        .with("PAGES_ENABLED", "perhaps")
        .with("PAGES_PRODUCT", &"x".repeat(61))
        .with("PAGES_HOME", "javascript:alert(1)")
        .with("PAGES_NEXT", "https://app.example.test/path")
        .with("PAGES_ACCENT", "#ffcc00");
    insta::assert_snapshot!(refused(&place), @"
    gatewright: GATEWRIGHT_PAGES_PRODUCT: is no name of at most 60 characters; choose a shorter one
    gatewright: GATEWRIGHT_PAGES_ENABLED: `perhaps` is not true or false; the default is `true`
    gatewright: GATEWRIGHT_PAGES_HOME: `javascript:alert(1)` is no address of an app; write it like `https://app.example.com/`
    gatewright: GATEWRIGHT_PAGES_NEXT: `https://app.example.test/path` is not a list of origins, such as `https://app.example.com`; separate several with commas
    gatewright: GATEWRIGHT_PAGES_ACCENT: cannot be used: words in this colour could not be read on light pages: its contrast is 1.34, and 4.50 is the least; `#836900` is the nearest that can be; choose one that is darker on light pages, and lighter on dark ones
    ");
    let dark = Place::new().with("PAGES_ACCENT", "#005ea5").with("PAGES_ACCENT_DARK", "#005ea5");
    assert!(refused(&dark).contains("GATEWRIGHT_PAGES_ACCENT_DARK: cannot be used: words in this colour"));
    let alone = Place::new().with("PAGES_ACCENT_DARK", "#7cb8ff");
    assert!(refused(&alone).contains("GATEWRIGHT_PAGES_ACCENT_DARK: is set, and `GATEWRIGHT_PAGES_ACCENT` is not"));
}

#[test]
fn what_stands_in_files_is_judged_before_anything_is_served() {
    let place = Place::new().with("PAGES_LOGO", "nowhere.svg");
    assert!(refused(&place).contains("GATEWRIGHT_PAGES_LOGO: nowhere.svg: No such file"));
    place.write("nowhere.svg", "GIF89a");
    assert!(refused(&place).contains("GATEWRIGHT_PAGES_LOGO: nowhere.svg: it is neither SVG nor PNG"));
    for (file, words, says) in [
        ("page.htm", "", "pages/page.htm: there is no such file"),
        ("page.html", "<p>\n{{ nothing }}", "pages/page.html, line 2: undefined value"),
        ("en/base.txt", "# mine\nemali: Mail", "pages/en/base.txt, line 2: nothing in this file is called `emali`"),
        ("de/base.txt", "email: {{ secret }}", "pages/de/base.txt, line 1: there is no value called `secret` here"),
        ("en/more/base.txt", "", "en/more: a folder of a language holds files, and no folders"),
    ] {
        let place = Place::new().with("PAGES_DIR", "pages");
        let path = place.path().join("pages").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, words).unwrap();
        let said = refused(&place);
        assert!(said.contains("GATEWRIGHT_PAGES_DIR: ") && said.contains(says), "{said}");
    }
}

#[test]
fn exported_pages_are_a_start_for_ones_own() {
    let place = Place::new().with("PAGES_DIR", "pages").with("MAIL_PRODUCT", "Example");
    let told = place.run(&["pages", "export", "pages"]).well().out();
    assert!(told.contains("GATEWRIGHT_PAGES_DIR=pages"), "{told}");
    let path = place.path().join("pages/en/base.txt");
    let words = fs::read_to_string(&path).unwrap();
    fs::write(&path, words.replace("done_signed_in: ", "done_signed_in: Welcome to {{ product }}: ")).unwrap();
    place.run(&["pages", "export", "pages"]).well();
    let place = place.with("PAGES_HOME", "https://app.example.test/");
    let server = place.serve();
    let page = get(server.api, PAGE).expect(200).body;
    assert!(page.contains("<h1>Welcome to Example: You are signed in</h1>"), "{page}");
    assert!(page.contains("Go on to Example"), "{page}");
}

#[test]
fn there_are_no_pages_where_they_are_turned_off() {
    let server = Place::new().with("PAGES_ENABLED", "false").serve();
    get(server.api, PAGE).expect_problem(404, "not_found");
    get(server.api, "/auth/openapi.json").expect(200);
}
