//! Whoever has the database and not the master key alters the log, in every way that we could think of, and `activity verify`
//! with nothing but the public key says so.

use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::BASE64URL_NOPAD;
use gatewright::core::model::{Act, ActivityId, ChainedActivity, Link, link};

use super::Bench;

/// What is done, and what has to be said of it.
struct Tampering {
    name: &'static str,
    sql: String,
    says: &'static str,
}

fn tampering(name: &'static str, sql: impl Into<String>, says: &'static str) -> Tampering {
    Tampering { name, sql: sql.into(), says }
}

/// Alterations of one entry.
fn alterations(bench: &Bench) -> Vec<Tampering> {
    let set = |name, what: &str, says| tampering(name, format!("UPDATE activity SET {what} WHERE seq = 3"), says);
    let altered = "entry 3 (";
    let personal = "the address or the user agent of entry 3 (";
    let of_bob = "account_id = (SELECT account_id FROM activity WHERE seq = 2)";
    let user_of_bob = "user_id = (SELECT user_id FROM activity WHERE user_id IS NOT NULL AND seq = 2)";
    vec![
        set("act", "act = 'logged_out'", altered),
        set("account", of_bob, altered),
        set("user", user_of_bob, altered),
        set("session", &format!("session_id = {}", bench.id([8; 16])), altered),
        set("time", "at = at + 1", altered),
        set("reason", "reason = 'operator'", altered),
        set("actor", "actor = 'operator'", altered),
        set("detail", r#"detail = '{"x":1}'"#, altered),
        set("id", &format!("id = {}", bench.id([7; 16])), altered),
        set("commitment", &format!("commitment = {}", bench.bytes(&[7; 32])), altered),
        set("digest", &format!("digest = {}", bench.bytes(&[7; 32])), altered),
        set("ip", &format!("ip = {}", bench.bytes(&[203, 0, 113, 9])), personal),
        set("no ip", "ip = NULL", personal),
        set("user agent", "user_agent = 'somebody else'", personal),
        set("salt", &format!("salt = {}", bench.bytes(&[7; 16])), personal),
        set("salt alone erased", "salt = NULL", personal),
        set("personal part erased", "salt = NULL, ip = NULL, user_agent = NULL", "too young for that"),
        set("nonsense", "act = 'fell_asleep'", "cannot be read"),
    ]
}

/// Entries that are gone, added or elsewhere.
fn moves(bench: &Bench) -> Vec<Tampering> {
    let head_back = "UPDATE activity_chain SET (head_seq, head_digest) = \
                     (SELECT seq, digest FROM activity ORDER BY seq DESC LIMIT 1)";
    let begin_on =
        "UPDATE activity_chain SET (begin_seq, begin_digest) = (SELECT seq, digest FROM activity WHERE seq = 1)";
    let inserted = |seq: &str| {
        format!(
            "INSERT INTO activity (account_id, id, at, user_id, session_id, act, actor, detail, ip, salt, commitment, seq, digest)
             SELECT account_id, {}, at, user_id, session_id, act, actor, detail, ip, salt, commitment, {seq}, {}
             FROM activity WHERE seq = 3",
            bench.id([7; 16]),
            bench.bytes(&[7; 32])
        )
    };
    let last = "(SELECT head_seq FROM activity_chain)";
    // One place after the other is free for a moment, so that none is taken twice.
    let moved_up = "UPDATE activity SET seq = -seq WHERE seq >= 4; UPDATE activity SET seq = 1 - seq WHERE seq < 0; \
                    UPDATE activity_chain SET head_seq = head_seq + 1";
    vec![
        tampering("a row in the middle removed", "DELETE FROM activity WHERE seq = 4", "entry 4 is missing"),
        tampering("rows removed", "DELETE FROM activity WHERE seq IN (4, 5)", "entries 4 to 5 are missing"),
        tampering("the last removed", format!("DELETE FROM activity WHERE seq = {last}"), "the end was removed"),
        tampering(
            "the last removed, and the end moved",
            format!("DELETE FROM activity WHERE seq = {last}; {head_back}"),
            "was signed for entry",
        ),
        tampering("all removed", "DELETE FROM activity", "the end was removed"),
        tampering("the first removed", "DELETE FROM activity WHERE seq = 1", "entry 1 is missing"),
        tampering(
            "the first removed, and the beginning moved",
            format!("{begin_on}; DELETE FROM activity WHERE seq = 1"),
            "the first ones were removed",
        ),
        tampering("the beginning moved", begin_on, "the first ones were removed"),
        tampering(
            "the digest of the beginning altered",
            format!("UPDATE activity_chain SET begin_digest = {}", bench.bytes(&[7; 32])),
            "entry 1 (",
        ),
        tampering("one added at the end", inserted(&format!("{last} + 1")), "the end was removed, added to or moved"),
        tampering(
            "one added, and the end moved",
            format!("{}; {head_back}", inserted(&format!("{last} + 1"))),
            "was altered, or put there",
        ),
        tampering("one put in between", format!("{moved_up}; {}", inserted("4")), "entry 4 ("),
        tampering(
            "two swapped",
            "UPDATE activity SET seq = -3 WHERE seq = 3; UPDATE activity SET seq = 3 WHERE seq = 4; \
             UPDATE activity SET seq = 4 WHERE seq = -3",
            "entry 3 (",
        ),
        tampering(
            "the end moved back",
            "UPDATE activity_chain SET (head_seq, head_digest) = (SELECT seq, digest FROM activity WHERE seq = 4)",
            "was signed for entry",
        ),
        tampering(
            "taken out of the chain",
            "UPDATE activity SET seq = NULL, digest = NULL WHERE seq = 4",
            "entry 4 is missing",
        ),
    ]
}

/// Checkpoints that are altered, forged or somebody else's.
fn checkpoints(bench: &Bench, last: &str) -> Vec<Tampering> {
    let newest = "head_seq = (SELECT max(head_seq) FROM activity_checkpoints)";
    let signed = |name, text: String| {
        tampering(name, format!("UPDATE activity_checkpoints SET signed = '{text}' WHERE {newest}"), "is not genuine")
    };
    let [head, content, signature] = last.split('.').collect::<Vec<_>>()[..] else { panic!("{last}") };
    let said = String::from_utf8(BASE64URL_NOPAD.decode(content.as_bytes()).unwrap()).unwrap();
    let other = BASE64URL_NOPAD.encode(said.replacen("\"iat\":1", "\"iat\":2", 1).as_bytes());
    vec![
        signed("signed by another key", signed_by_another(&format!("{head}.{content}"))),
        signed("another text under the signature", format!("{head}.{other}.{signature}")),
        signed("no signature", format!("{head}.{content}.")),
        signed("no checkpoint", "x".to_owned()),
        tampering(
            "the row of a checkpoint altered",
            format!("UPDATE activity_checkpoints SET begin_seq = 5 WHERE {newest}"),
            "it is not what was signed",
        ),
        tampering(
            "a checkpoint of another moment",
            format!("UPDATE activity_checkpoints SET at = at + 1000000 WHERE {newest}"),
            "it is not what was signed",
        ),
        tampering(
            "the beginning moved, and a checkpoint that allows it altered",
            format!(
                "UPDATE activity_chain SET (begin_seq, begin_digest) = (SELECT seq, digest FROM activity WHERE seq = 2);
                 DELETE FROM activity WHERE seq <= 2;
                 UPDATE activity_checkpoints SET begin_seq = 2, begin_digest = {}",
                bench.bytes(&[7; 32])
            ),
            "the first ones were removed",
        ),
    ]
}

fn signed_by_another(text: &str) -> String {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(pair.sign(text.as_bytes()).as_ref()))
}

/// Everything made anew from entry 3 on, digests included, as it could have been written: only the signature is missing.
fn anew(bench: &Bench, entries: &[ChainedActivity], change: impl FnOnce(&mut Vec<ChainedActivity>)) -> String {
    let mut entries = entries.to_vec();
    change(&mut entries);
    let mut at = Link::START;
    let mut sql = String::from("UPDATE activity SET seq = NULL;");
    for entry in &mut entries {
        at = link(&at, &entry.activity, &entry.commitment);
        sql += &format!(
            "UPDATE activity SET act = '{}', seq = {}, digest = {} WHERE id = {};",
            entry.activity.act.name(),
            at.seq,
            bench.bytes(&at.digest),
            bench.id(*entry.activity.id.as_bytes())
        );
    }
    sql + &format!(
        "DELETE FROM activity WHERE seq IS NULL;
         UPDATE activity_chain SET head_seq = {}, head_digest = {}",
        at.seq,
        bench.bytes(&at.digest)
    )
}

fn made_anew(bench: &Bench, entries: &[ChainedActivity]) -> Vec<Tampering> {
    vec![
        tampering(
            "an act altered and all digests made anew",
            anew(bench, entries, |entries| entries[2].activity.act = Act::LoggedOut),
            "they were written anew",
        ),
        tampering(
            "an entry removed and all after it renumbered",
            anew(bench, entries, |entries| drop(entries.remove(2))),
            "was signed for entry",
        ),
        tampering(
            "two swapped and all digests made anew",
            anew(bench, entries, |entries| entries.swap(2, 3)),
            "they were written anew",
        ),
    ]
}

const TABLES: [&str; 3] = ["activity", "activity_chain", "activity_checkpoints"];

async fn every_tampering_is_found(bench: Bench) {
    bench.write();
    let key = bench.public_key();
    let clean = bench.is_clean();
    assert!(clean["entries"].as_u64().unwrap() >= 7 && clean["checkpoints"].as_u64().unwrap() >= 2, "{clean}");
    assert_eq!(clean["not_yet_signed"], serde_json::Value::Null, "{clean}");
    let (entries, last) = {
        let log = bench.log().await;
        (log.chained(0, 100).await.unwrap(), log.checkpoints(1).await.unwrap().remove(0).signed)
    };
    assert_ne!(entries[2].activity.id, ActivityId::from_bytes([7; 16]));
    for table in TABLES {
        bench.sql(&format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}"));
    }
    let all = [alterations(&bench), moves(&bench), checkpoints(&bench, &last), made_anew(&bench, &entries)];
    let mut missed = Vec::new();
    for Tampering { name, sql, says } in all.into_iter().flatten() {
        bench.sql(&sql);
        let ran = bench.verify(&key, &[]);
        if ran.code() != 1 || !ran.out().lines().any(|line| line.starts_with('✗') && line.contains(says)) {
            missed.push(format!("{name}: {}{}", ran.out(), ran.err()));
        }
        for table in TABLES {
            bench.sql(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    bench.is_clean();
    let other = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w";
    let ran = bench.verify(other, &[]);
    assert!(ran.code() == 1 && ran.out().contains("is not genuine"), "{}", ran.out());
}

/// docs/attacks.md#altering-the-activity-log
#[tokio::test(flavor = "multi_thread")]
async fn lg6_whatever_is_done_to_the_log_of_a_file_is_found_with_the_public_key_alone() {
    every_tampering_is_found(Bench::on_sqlite()).await;
}

/// docs/attacks.md#altering-the-activity-log
#[tokio::test(flavor = "multi_thread")]
async fn lg6_whatever_is_done_to_the_log_of_a_server_is_found_with_the_public_key_alone() {
    every_tampering_is_found(Bench::on_postgres()).await;
}

/// docs/attacks.md#cutting-the-activity-log
fn a_cut_end_is_found(bench: &Bench) {
    bench.write();
    let key = bench.public_key();
    let kept = bench.place.run(&["activity", "checkpoint"]).well().out();
    bench.place.write("kept", &kept);
    bench.verify(&key, &["--checkpoint", "kept"]).well();
    bench.sql(
        "DELETE FROM activity WHERE seq > 4;
         UPDATE activity_chain SET (head_seq, head_digest) = (SELECT seq, digest FROM activity WHERE seq = 4);
         DELETE FROM activity_checkpoints WHERE head_seq > 4",
    );
    let without = bench.verify(&key, &[]);
    assert_eq!(without.code(), 0, "what is left is consistent: {}", without.out());
    let ran = bench.verify(&key, &["--checkpoint", "kept"]);
    assert_eq!(ran.code(), 1, "{}", ran.out());
    assert!(ran.out().contains("the checkpoint that was given, of"), "{}", ran.out());
    assert!(
        ran.out().contains("but the log ends with 4: its end was removed, or it is an older copy"),
        "{}",
        ran.out()
    );
}

/// docs/attacks.md#cutting-the-activity-log
#[test]
fn lg6_an_end_that_was_cut_with_its_checkpoints_is_found_with_one_that_was_kept_elsewhere() {
    a_cut_end_is_found(&Bench::on_sqlite());
    a_cut_end_is_found(&Bench::on_postgres());
}

#[test]
fn lg6_a_checkpoint_that_was_removed_is_missed_by_who_kept_it() {
    let bench = Bench::on_sqlite();
    bench.write();
    let kept = bench.place.run(&["activity", "checkpoint"]).well().out();
    bench.place.write("kept", &kept);
    bench.sql("DELETE FROM activity_checkpoints WHERE head_seq = (SELECT max(head_seq) FROM activity_checkpoints)");
    let ran = bench.verify(&bench.public_key(), &["--checkpoint", "kept"]);
    assert!(
        ran.code() == 1 && ran.out().contains("is newer than all that are stored: some were removed"),
        "{}",
        ran.out()
    );
}

/// A server that goes on with such a log does not vouch for it.
#[test]
fn lg6_a_server_signs_no_log_that_was_altered_while_it_was_down() {
    let bench = Bench::on_sqlite();
    bench.write();
    bench.sql("DELETE FROM activity WHERE seq > 4; UPDATE activity_chain SET (head_seq, head_digest) = (SELECT seq, digest FROM activity WHERE seq = 4)");
    let mut server = bench.place.serve();
    let line = server.wait_for_line("the activity log was tampered with");
    assert!(line.contains("ERROR") && line.contains("its end was removed"), "{line}");
    super::log_in(&server, "ada@example.test");
    super::stop(server);
    let ran = bench.verify(&bench.public_key(), &[]);
    assert!(ran.code() == 1 && ran.out().contains("was signed for entry"), "{}", ran.out());
    let refused = bench.place.run(&["activity", "checkpoint"]);
    assert!(refused.code() == 1 && refused.err().contains("the log was not signed"), "{}", refused.err());
    bench.place.run(&["activity", "checkpoint", "--force"]).well();
}
