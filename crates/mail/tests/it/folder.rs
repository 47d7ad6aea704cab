//! Letters in a folder, read back; and letters on a terminal.

use std::{
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    sync::{Arc, Mutex},
};

use gatewright_core::{
    model::{Letter, LetterId, Says, Timestamp},
    port::{Courier, CourierError},
};
use gatewright_mail::{Folder, Mailbox, WayOut, sample_letters};

use crate::{letter, postman, stationery};

#[tokio::test]
async fn what_is_put_into_the_folder_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let postman = postman(WayOut::Folder(Folder::open(folder.path()).unwrap()));
    let mailbox = Mailbox::open(folder.path()).unwrap();
    for language in ["en", "de", "fr"] {
        for letter in sample_letters(language) {
            postman.deliver(&letter).await.unwrap();
            let mail = mailbox.mail(letter.id).unwrap().unwrap();
            let written = stationery().write(&letter).unwrap();
            assert_eq!(
                (mail.id, &mail.subject, &mail.text, &mail.html),
                (letter.id, &written.subject, &written.text, &written.html)
            );
            assert_eq!(
                (mail.from.as_str(), mail.to.as_str()),
                ("Example accounts <no-reply@example.test>", "ada@example.test")
            );
            assert_eq!(mail.language, language);
            assert_eq!(mail.message_id, format!("<{}@auth.example.test>", letter.id));
            assert_eq!(mail.date.to_string(), "2026-11-21T20:20:00Z");
            let has_proof = written.text.contains("gwm_");
            assert_eq!(
                (mail.links.len(), mail.code.as_deref()),
                (usize::from(has_proof), has_proof.then_some("01234567"))
            );
            assert!(
                mail.links
                    .iter()
                    .all(|link| link.starts_with("https://auth.example.test/") && link.contains("?token=gwm_"))
            );
        }
    }
}

#[tokio::test]
async fn the_newest_mail_comes_first_and_no_more_than_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mails");
    let postman = postman(WayOut::Folder(Folder::open(&path).unwrap()));
    postman.check().await.unwrap();
    let mailbox = Mailbox::open(&path).unwrap();
    assert_eq!(mailbox.list(10).unwrap(), []);
    let ids: Vec<LetterId> =
        (0..5).map(|second| LetterId::new(Timestamp::from_secs(1_795_292_400 + second), [0; 10])).collect();
    for id in &ids {
        let letter = Letter { id: *id, ..letter("test") };
        postman.deliver(&letter).await.unwrap();
        // A letter that comes twice is one mail.
        postman.deliver(&letter).await.unwrap();
    }
    std::fs::write(path.join("notes.txt"), "x").unwrap();
    std::fs::write(path.join(format!("{}.eml", LetterId::new(Timestamp::from_secs(1), [9; 10]))), "no mail").unwrap();
    let listed = |most: usize| mailbox.list(most).unwrap().iter().map(|mail| mail.id).collect::<Vec<_>>();
    assert_eq!(listed(10), ids.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(listed(2), [ids[4], ids[3]]);
    assert_eq!(mailbox.mail(LetterId::new(Timestamp::from_secs(2), [9; 10])).unwrap(), None);
    let mode = std::fs::metadata(path.join(format!("{}.eml", ids[0]))).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(mailbox.clear().unwrap(), 6);
    assert_eq!(listed(10), []);
    let left: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_tried_again_later() {
    let folder = tempfile::tempdir().unwrap();
    let postman = postman(WayOut::Folder(Folder::open(folder.path()).unwrap()));
    drop(folder);
    assert!(matches!(postman.deliver(&letter("test")).await, Err(CourierError::Later(_))));
    assert!(matches!(postman.check().await, Err(CourierError::Later(_))));
}

#[derive(Clone, Default)]
struct Terminal(Arc<Mutex<Vec<u8>>>);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_terminal_shows_subject_and_text() {
    let terminal = Terminal::default();
    let postman = postman(WayOut::writer(terminal.clone()));
    let letter = letter("reset_password");
    postman.deliver(&letter).await.unwrap();
    let shown = String::from_utf8(terminal.0.lock().unwrap().clone()).unwrap();
    assert!(shown.starts_with(&format!(
        "--- mail {} to ada@example.test\nSubject: Choose a new password for Example\n\nHello Ada,",
        letter.id
    )));
    assert!(shown.contains("https://auth.example.test/reset-password?token=gwm_") && shown.contains("01234567"));
    let Says::ResetPassword(proof) = &letter.says else { panic!("it is another letter") };
    assert!(!format!("{postman:?}").contains(proof.code.expose()));
}
