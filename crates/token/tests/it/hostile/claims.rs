//! Issuer, audience, the required claims, and claims of the wrong type.

use crate::forge::{AUDIENCE, Forge, ISSUER, NOW, claims, good_claims};
use gatewright_token::Rejection;
use serde_json::{Value, json};
use uuid::Uuid;

/// Every claim that must be there. `client_id` of RFC 9068 is not among them: there are no OAuth clients.
const REQUIRED: [&str; 12] =
    ["iss", "aud", "sub", "account_id", "session_id", "username", "roles", "amr", "auth_time", "iat", "exp", "jti"];

#[test]
fn jw7_a_time_of_the_wrong_type_is_refused_never_taken_as_absent() {
    let forge = Forge::new();
    for name in ["exp", "iat", "auth_time", "nbf"] {
        for value in [
            json!("1800000590"),
            json!((NOW + 590).to_string()),
            Value::Null,
            json!([]),
            json!([NOW + 590]),
            json!({}),
            json!(true),
            json!(false),
            json!(-1),
            json!(1_800_000_590.0),
            json!(1_800_000_590.5),
            json!(1_u64 << 63),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(1_i64 << 53),
            json!(1e300),
        ] {
            assert_eq!(forge.judge_claim(name, value.clone()), Err(Rejection::InvalidClaim(name)), "{name}: {value}");
        }
        // What `json!` cannot write.
        for text in ["1e400", "-1e400"] {
            let good = good_claims();
            let mut members: Vec<String> = good
                .as_object()
                .expect("an object")
                .iter()
                .filter(|(key, _)| *key != name)
                .map(|(key, value)| format!("\"{key}\":{value}"))
                .collect();
            members.push(format!("\"{name}\":{text}"));
            let token = forge.sign_text(forge.header().to_string(), format!("{{{}}}", members.join(",")));
            assert_eq!(forge.verifier().verify_access(&token, NOW), Err(Rejection::Claims), "{name}: {text}");
        }
    }
}

#[test]
fn jw7_every_claim_has_one_type() {
    let forge = Forge::new();
    for name in ["iss", "username"] {
        for value in [Value::Null, json!(1), json!([ISSUER]), json!({}), json!(true)] {
            assert_eq!(forge.judge_claim(name, value), Err(Rejection::InvalidClaim(name)), "{name}");
        }
    }
    for name in ["roles", "amr", "permissions"] {
        for value in
            [Value::Null, json!("admin"), json!({ "0": "admin" }), json!(["a", 1]), json!([["admin"]]), json!([null])]
        {
            assert_eq!(forge.judge_claim(name, value), Err(Rejection::InvalidClaim(name)), "{name}");
        }
    }
    let id = Uuid::from_u128(0xabcd);
    for name in ["sub", "account_id", "session_id", "jti"] {
        for value in [
            Value::Null,
            json!(1),
            json!(""),
            json!("ada"),
            json!(id.simple().to_string()),
            json!(id.braced().to_string()),
            json!(id.urn().to_string()),
            json!(id.to_string().to_uppercase()),
            json!(format!("{id} ")),
        ] {
            assert_eq!(forge.judge_claim(name, value.clone()), Err(Rejection::InvalidClaim(name)), "{name}: {value}");
        }
    }
}

#[test]
fn jw9_the_audience_must_name_this_service() {
    let forge = Forge::new();
    for good in [json!(AUDIENCE), json!([AUDIENCE]), json!(["https://other.example.test", AUDIENCE])] {
        assert_eq!(forge.judge_claim("aud", good), Ok(claims()));
    }
    for other in [
        json!(""),
        json!([]),
        json!("https://other.example.test"),
        json!(["https://other.example.test"]),
        json!(format!("{AUDIENCE}/")),
        json!(AUDIENCE.to_uppercase()),
        json!(format!("{AUDIENCE} https://other.example.test")),
        json!(&AUDIENCE[..AUDIENCE.len() - 1]),
    ] {
        assert_eq!(forge.judge_claim("aud", other.clone()), Err(Rejection::Audience), "{other}");
    }
    for mistyped in [Value::Null, json!(1), json!({ "aud": AUDIENCE }), json!([AUDIENCE, 1]), json!([[AUDIENCE]])] {
        assert_eq!(forge.judge_claim("aud", mistyped.clone()), Err(Rejection::InvalidClaim("aud")), "{mistyped}");
    }
}

#[test]
fn jw10_the_issuer_is_exact() {
    let forge = Forge::new();
    for other in [
        "".to_owned(),
        format!("{ISSUER}/"),
        ISSUER.to_uppercase(),
        ISSUER.replace("https", "http"),
        format!("{ISSUER}.evil.example"),
        format!(" {ISSUER}"),
    ] {
        assert_eq!(forge.judge_claim("iss", json!(other)), Err(Rejection::Issuer), "{other}");
    }
}

#[test]
fn jw10_a_key_of_another_issuer_is_not_found() {
    let (ours, theirs) = (Forge::new(), Forge::new());
    let token = theirs.sign_header(&theirs.header());
    assert_eq!(ours.verifier().verify_access(&token, NOW), Err(Rejection::UnknownKey));
}

#[test]
fn jw11_every_required_claim_must_be_there_and_client_id_is_not_one() {
    let forge = Forge::new();
    for name in REQUIRED {
        let mut claims = good_claims();
        claims.as_object_mut().expect("an object").remove(name);
        let verdict = forge.verifier().verify_access(&forge.sign_claims(&claims), NOW);
        assert_eq!(verdict, Err(Rejection::MissingClaim(name)));
    }
    let mut claims_now = good_claims();
    claims_now.as_object_mut().expect("an object").remove("permissions");
    let read = forge.verifier().verify_access(&forge.sign_claims(&claims_now), NOW).expect("permissions are optional");
    assert_eq!(read.permissions, None);
    assert!(!read.has_permission("articles:write"));
}

#[test]
fn jw12_duplicate_members_in_the_claims_are_refused() {
    let forge = Forge::new();
    let good = good_claims().to_string();
    let head = &good[..good.len() - 1];
    for claims in [
        format!(r#"{head},"exp":{}}}"#, NOW + 590),
        format!(r#"{head},"sub":"{}"}}"#, Uuid::from_u128(9)),
        format!(r#"{head},"roles":["admin"]}}"#),
        format!(r#"{head},"x":1,"x":1}}"#),
        format!(r#"{head},"x":{{"deep":{{"y":1,"y":1}}}}}}"#),
        format!(r#"{head},"r\u006fles":["admin"]}}"#),
    ] {
        let token = forge.sign_text(forge.header().to_string(), &claims);
        assert_eq!(forge.verifier().verify_access(&token, NOW), Err(Rejection::Claims), "{claims}");
    }
}

#[test]
fn nothing_is_said_about_claims_under_a_wrong_signature() {
    let forge = Forge::new();
    for claims in [json!({}), json!({ "exp": 1 }), json!({ "iss": "evil" })] {
        let signed = forge.sign_claims(&claims);
        let signature = forge.sign_claims(&json!({ "another": 1 }));
        let at = signature.rfind('.').expect("dots");
        let text = format!("{}{}", &signed[..signed.rfind('.').expect("dots")], &signature[at..]);
        assert_eq!(forge.verifier().verify_access(&text, NOW), Err(Rejection::Signature));
    }
}

/// Half a mark is none: a service that looks for `act.sub` must not find something else there.
#[test]
fn az6_a_claim_that_says_who_acts_is_whole_or_the_token_is_refused() {
    let forge = Forge::new();
    let id = "018f0000-0000-7000-8000-000000000009";
    for act in [
        json!(null),
        json!("user"),
        json!([]),
        json!({}),
        json!({ "sub": id }),
        json!({ "kind": "user" }),
        json!({ "sub": "ada", "kind": "user" }),
        json!({ "sub": id.to_uppercase(), "kind": "user" }),
        json!({ "sub": id, "kind": "admin" }),
        json!({ "sub": id, "kind": "user", "act": { "sub": id, "kind": "user" } }),
    ] {
        let mut bad = good_claims();
        bad["act"] = act.clone();
        let verdict = forge.verifier().verify_access(&forge.sign_claims(&bad), NOW);
        assert_eq!(verdict, Err(Rejection::InvalidClaim("act")), "{act}");
    }
    let mut good = good_claims();
    good["act"] = json!({ "sub": id, "kind": "user" });
    assert!(forge.verifier().verify_access(&forge.sign_claims(&good), NOW).is_ok());
}
