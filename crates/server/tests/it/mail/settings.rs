//! What `serve` refuses of the settings of mail, and the ways out that are no SMTP server.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{eventually, listed, through};
use crate::{
    child::{Place, Server},
    client::{post, sign_up, sign_up_body},
};

/// What `serve` says instead of serving; nothing was made.
#[track_caller]
fn refused(place: &Place) -> String {
    let ran = place.run(&["serve"]);
    assert_eq!(ran.code(), 3, "{}", ran.err());
    assert!(!place.data().exists(), "nothing is made before the settings are judged");
    ran.err()
}

#[test]
fn what_is_wrong_is_told_with_its_key_and_the_remedy() {
    let place = Place::new()
        .with("SMTP_URL", "smtp://gate:canary@mail.example.test:x")
        .with("MAIL_FROM", "Example")
        .with("MAIL_SUPPORT", "ask Ada")
        .with("MAIL_TTL_RESET", "soon")
        .with("EMAIL_VERIFICATION", "always")
        .with("MAGIC_LINKS", "yes");
    let said = refused(&place);
    insta::assert_snapshot!(said, @r"
    gatewright: GATEWRIGHT_SMTP_URL: cannot be used: its port is no number up to 65535; write `smtp://user:password@host:587`, `smtps://user:password@host:465` or `file:///folder`
    gatewright: GATEWRIGHT_MAIL_FROM: cannot be used: write it as no-reply@example.com or Example accounts <no-reply@example.com>; see docs/mail.md
    gatewright: GATEWRIGHT_MAIL_TTL_RESET: `soon` is not a duration above zero; write seconds (`90`) or `90s`, `10m`, `12h`, `14d`
    gatewright: GATEWRIGHT_EMAIL_VERIFICATION: `always` is not one of optional, required; the default is `optional`
    gatewright: GATEWRIGHT_MAGIC_LINKS: `yes` is not one of on, off, with_sign_up; the default is `on`
    gatewright: GATEWRIGHT_MAIL_SUPPORT: cannot be used: it is neither an address nor a URL with https://; write `help@example.com` or `https://example.com/help`
    ");
}

#[test]
fn mails_need_a_sender() {
    let said = refused(&Place::new().with("SMTP_URL", "smtp://mail.example.test"));
    assert!(
        said.contains("GATEWRIGHT_MAIL_FROM: is not set, and `GATEWRIGHT_SMTP_URL` says that mails are sent"),
        "{said}"
    );
}

#[test]
fn what_only_printing_a_mail_would_show_is_found_at_the_start() {
    for (key, value, says) in [
        ("MAIL_TEMPLATES", "nowhere", "GATEWRIGHT_MAIL_TEMPLATES: nowhere: No such file"),
        (
            "MAIL_LANGUAGE",
            "tlh",
            "GATEWRIGHT_MAIL_LANGUAGE: the default language of mails cannot be used: there are no templates for `tlh`",
        ),
        ("MAIL_PRODUCT", "a\tb", "GATEWRIGHT_MAIL_PRODUCT: the name of the product cannot be used"),
        ("SMTP_URL", "smtps://localhost?ca=/nonexistent", "GATEWRIGHT_SMTP_URL: "),
    ] {
        // With and without a way out: the letters that wait have to be written some day.
        let place = through("smtps://localhost").with(key, value);
        let said = refused(&place);
        assert!(said.contains(says), "{key}: {said}");
        let checked = place.run(&["config", "check"]);
        assert_eq!((checked.code(), checked.err()), (3, said));
        if key != "SMTP_URL" {
            assert!(refused(&Place::new().with(key, value)).contains(says));
        }
    }
    let place = Place::new().with("MAIL_TEMPLATES", "mine");
    fs::create_dir_all(place.path().join("mine/en")).unwrap();
    place.write("mine/en/test.txt", "subject: Hi {{ prodct }}\npreheader: p\nreason: r\n\nx\n");
    let said = refused(&place);
    assert!(
        said.contains(
            "GATEWRIGHT_MAIL_TEMPLATES: the mail template en/test.txt, line 1: there is no variable `prodct`"
        ),
        "{said}"
    );
}

#[test]
fn where_mail_is_the_way_in_mail_has_to_be_sent() {
    for (key, value) in [("EMAIL_VERIFICATION", "required"), ("MAGIC_LINKS", "with_sign_up")] {
        let place = Place::new().with(key, value);
        let said = refused(&place);
        let says = format!(
            "GATEWRIGHT_{key}: has people sign up by mail, and GATEWRIGHT_SMTP_URL is not set, so none is sent"
        );
        assert!(said.contains(&says), "{said}");
        assert_eq!(place.run(&["config", "check"]).code(), 3);
        drop(through("smtp://127.0.0.1:9").with(key, value).serve());
    }
}

#[test]
fn the_url_may_stand_in_a_file_that_not_everybody_can_read() {
    let place = Place::new().with("MAIL_FROM", "no-reply@example.test").with("PUBLIC_URL", "https://auth.example.test");
    let file = place.write("smtp", "smtps://gate:canary@mail.example.test\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let place = place.with("SMTP_URL_FILE", file.to_str().unwrap());
    let said = refused(&place);
    assert!(said.contains("GATEWRIGHT_SMTP_URL: ") && said.contains("can be read by every user"), "{said}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let shown = place.run(&["config", "print", "--json"]).well();
    assert_eq!(shown.json()["smtp_url"]["value"], "smtps://mail.example.test:465");
    assert!(!shown.out().contains("canary"));
}

#[test]
fn lg2_mails_go_onto_a_terminal_and_into_nothing_that_keeps_what_a_service_prints() {
    // The tests read what it prints through a pipe, as a service manager does.
    let said = refused(&through("stdout:"));
    assert!(said.contains("standard output is none: their links would be kept in a log"), "{said}");
    let public = through("stdout:").with("PUBLIC_URL", "https://auth.example.test");
    let said = refused(&public);
    assert!(said.contains("puts mails onto the terminal while others can reach this server"), "{said}");

    let place = through("stdout:");
    let serve = format!("{} serve", env!("CARGO_BIN_EXE_gatewright"));
    let mut on_terminal = Server::start(place.command_of("script".as_ref(), &["-qec", &serve, "/dev/null"]));
    sign_up(on_terminal.api, "ada@example.test");
    on_terminal.wait_for_line("to ada@example.test");
    on_terminal.wait_for_line("/verify-email?token=gwm_");
}

#[test]
fn mails_go_into_a_folder_that_only_this_user_can_read() {
    let place = Place::new().with("MAIL_FROM", "no-reply@example.test").with("EMAIL_VERIFICATION", "required");
    let folder = place.path().join("mails");
    let place = place.with("SMTP_URL", &format!("file://{}", folder.display()));
    place.run(&["config", "check"]).well();
    assert!(!folder.exists(), "a check makes nothing");
    let server = place.serve();
    post(server.api, "/auth/signup", &sign_up_body("ada@example.test")).expect(202);
    eventually("the mail", || {
        (fs::read_dir(&folder)
            .unwrap()
            .filter(|file| file.as_ref().is_ok_and(|file| file.path().extension().is_some_and(|end| end == "eml")))
            .count()
            == 1)
            .then_some(())
    });
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    eventually("the note", || (listed(&place)[0]["state"] == "sent").then_some(()));
}
