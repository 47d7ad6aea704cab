//! JSONTestSuite (nst) as the body of every operation, and as metadata wherever a profile may be given. By our strict rules, of
//! what the suite accepts (`y_`) exactly the two documents with a member that comes twice are refused; of what it refuses (`n_`)
//! nothing is read.

use std::{fs, path::Path};

use serde_json::Value;

use crate::access_table::fill_in;

use super::{
    places::{Place, members, with_bodies},
    stage::{Stage, profile},
};

/// RFC 8259 section 4 says that names "should be unique"; readers differ in which of two counts, so we insist.
const STRICTER: [&str; 2] = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/// Every document with its name.
fn suite() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../token/tests/vectors/jsontestsuite/test_parsing");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut all: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect();
    all.sort();
    let count = |kind: &str| all.iter().filter(|(name, _)| name.starts_with(kind)).count();
    assert_eq!([count("y_"), count("n_"), count("i_")], [95, 188, 35], "no document may get lost");
    all
}

/// docs/attacks.md#hostile-json
#[tokio::test]
async fn az7_no_document_of_the_json_test_suite_as_a_body_is_more_than_refused() {
    let mut stage = Stage::set().await;
    for row in with_bodies() {
        let mut caller = stage.caller(&row).await;
        for (name, document) in suite() {
            let call = stage.call(&caller, &row).raw("application/json", document.clone());
            let answer = stage.sent(call, "no text of these").await;
            let status = answer.status.as_u16();
            let said = serde_json::from_slice::<Value>(&document).ok();
            let is_empty =
                document.is_empty() || said.is_some_and(|said| said.is_null() || said == serde_json::json!({}));
            let allowed: &[u16] = match (status, is_empty) {
                // All members of some bodies may be left out.
                (200..300, true) => &[200, 204],
                (401, true) => &[401],
                // There is no such rule; a body that says nothing is not looked at for that.
                (404, true) if row.path.starts_with("/admin/v1/rules/") => &[404],
                _ => &[400, 413, 422],
            };
            assert!(allowed.contains(&status), "{} {name}: {status} {}", row.path, answer.text());
            if status < 300 && row.path == "/auth/logout" {
                stage.reset().await;
                caller = stage.caller(&row).await;
            }
        }
    }
}

/// docs/attacks.md#hostile-json
#[tokio::test]
async fn az7_of_the_json_test_suite_exactly_what_is_json_becomes_metadata_in_every_profile() {
    let mut stage = Stage::set().await;
    // The first admin is made once, with a secret; its body is that of a sign-up.
    let is_repeatable = |place: &Place| place.row.path != "/admin/v1/bootstrap";
    let places = members().into_iter().filter(|place| place.path == ["profile", "metadata"] && is_repeatable(place));
    let mut tried = 0;
    for place in places {
        for (name, document) in suite() {
            let marker = serde_json::json!({"x": "the document"});
            let mut body = place.body(marker);
            if ["/auth/signup", "/admin/v1/accounts"].contains(&place.row.path) {
                body["email"] = stage.stranger().into();
                body["username"] = Value::Null;
            } else if place.row.path == "/auth/users" {
                body["username"] = format!("user{tried}").into();
            } else if let Some((token, code)) = stage.mail(&place.row).await {
                fill_in(&mut body, &token, &code);
                body["username"] = format!("joiner{tried}").into();
            }
            let text = body.to_string().into_bytes();
            let at = text.windows(14).position(|window| window == b"\"the document\"").unwrap();
            let bytes = [&text[..at], &document, &text[at + 14..]].concat();
            let caller = stage.caller(&place.row).await;
            let call = stage.call(&caller, &place.row).raw("application/json", bytes);
            let answer = stage.sent(call, "no text of these").await;
            let status = answer.status.as_u16();
            match &name[..2] {
                "y_" => {
                    let is_taken = !STRICTER.contains(&name.as_str());
                    assert_eq!(status < 300, is_taken, "{} {name}: {}", place.name(), answer.text());
                }
                "n_" => assert!([413, 422].contains(&status), "{} {name}: {status}", place.name()),
                _ => assert!([200, 201, 413, 422].contains(&status), "{} {name}: {status}", place.name()),
            }
            if status < 300 {
                let json = answer.json();
                let said: Value = serde_json::from_slice(&document).unwrap();
                let expected = said.as_object().map_or_else(|| said.clone(), |it| without_nulls(it).into());
                let kept = &profile(&json)["metadata"]["x"];
                assert_eq!(*kept, expected, "{} {name}", place.name());
                if place.row.method == "PATCH" {
                    let path = place.row.path.replace("{id}", &stage.owner.user_id());
                    let empty = serde_json::json!({"profile": {"metadata": null}});
                    caller.request(place.row.method.clone(), &path).json(empty).await.expect_status(200);
                }
            }
            tried += 1;
        }
    }
    assert_eq!(
        tried,
        6 * 318,
        "sign-up, the own profile, a new user, another user, who is invited, an admin's account"
    );
}

/// RFC 7396: a member that is null is no member.
fn without_nulls(members: &serde_json::Map<String, Value>) -> serde_json::Map<String, Value> {
    members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Found by the fuzz target `metadata`: reading 1.7976931348623155 gave its neighbour, so a number moved each time that a
/// profile was read and written.
#[tokio::test]
async fn a_number_in_metadata_is_kept_to_its_last_digit() {
    let stage = Stage::set().await;
    for number in ["1.7976931348623155", "0.1", "5e-324", "1.7976931348623157e308", "9007199254740993", "-1.5e-7"] {
        let bytes = format!("{{\"profile\":{{\"metadata\":{{\"x\":{number}}}}}}}");
        stage.owner.patch("/auth/me").raw("application/json", bytes).await.expect_status(200);
        let kept = stage.owner.get("/auth/me").await.json()["user"]["profile"]["metadata"]["x"].clone();
        assert_eq!(kept.as_f64(), Some(number.parse::<f64>().unwrap()), "{number}");
    }
}
