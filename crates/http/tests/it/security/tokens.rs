//! Section 5: what stands in front of `GET /auth/me`. The token crate has the vectors; here the same faults come through the
//! whole stack, as tokens of a living session that carry the right signature.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use gatewright_testkit::{
    TestApp,
    app::{Browser, ISSUER, mins},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::forge::{Forge, b64, parts};

async fn is_refused(app: &TestApp, token: &str) {
    let answer = app.browser().get("/auth/me").bearer(token).await.expect_problem(401, "access_token_invalid");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert!(!answer.text().contains(token));
}

/// Tries a token whose header was changed.
async fn refuse_header(forge: &Forge, app: &TestApp, ada: &Browser, change: impl Fn(&mut Value)) {
    let (mut header, claims) = parts(&ada.access_token());
    change(&mut header);
    is_refused(app, &forge.sign(&header, &claims)).await;
}

#[tokio::test]
async fn a_forged_token_without_a_fault_is_accepted_so_that_refusals_mean_something() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let (header, claims) = parts(&ada.access_token());
    let token = forge.sign(&header, &claims);
    assert_ne!(token, ada.access_token(), "signatures are randomised");
    app.browser().get("/auth/me").bearer(token).await.expect_status(200);
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw1_the_key_decides_the_algorithm_and_never_the_token() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let (header, claims) = parts(&ada.access_token());
    for alg in ["none", "None", "nOnE", "NONE", "", "es256", "ES384", "HS256", "RS256", "EdDSA"] {
        refuse_header(&forge, &app, &ada, |header| header["alg"] = json!(alg)).await;
        let mut unsigned = header.clone();
        unsigned["alg"] = json!(alg);
        is_refused(&app, &format!("{}.{}.", b64(unsigned.to_string()), b64(claims.to_string()))).await;
    }
    // HS256 with what everybody knows of the key as secret.
    let jwks = app.browser().get("/.well-known/jwks.json").await.expect_status(200);
    let key = &jwks.json()["keys"][0];
    let decode = |name: &str| BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap();
    let point = [vec![4], decode("x"), decode("y")].concat();
    let mut hs = header;
    hs["alg"] = json!("HS256");
    let signed = format!("{}.{}", b64(hs.to_string()), b64(claims.to_string()));
    for secret in [point, key.to_string().into_bytes(), jwks.body.to_vec(), Vec::new()] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        is_refused(&app, &format!("{signed}.{}", b64(tag.as_ref()))).await;
    }
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw2_a_token_that_points_to_its_own_key_makes_nobody_fetch_it() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let (good, claims) = parts(&ada.access_token());
    let thief = Forge::new();
    let (other, _) = thief.instance().await;
    let key = other.browser().get("/.well-known/jwks.json").await.json()["keys"][0].clone();
    for (name, value) in [("jku", json!(url)), ("x5u", json!(url)), ("jwk", key.clone()), ("x5c", json!(["MIIB"]))] {
        for kid in [good["kid"].clone(), key["kid"].clone(), json!(url)] {
            let mut header = good.clone();
            header[name] = value.clone();
            header["kid"] = kid;
            is_refused(&app, &thief.sign(&header, &claims)).await;
            is_refused(&app, &forge.sign(&header, &claims)).await;
        }
    }
    let connected = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(connected.is_err(), "nobody came");
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw3_a_key_id_is_compared_and_never_opened_queried_or_fetched() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let kid = parts(&ada.access_token()).0["kid"].as_str().unwrap().to_owned();
    let bad = [
        String::new(),
        format!("{kid} "),
        kid.to_uppercase() + "x",
        "../../../../dev/null".to_owned(),
        "' OR '1'='1".to_owned(),
        "\" UNION SELECT 'x' --".to_owned(),
        "http://127.0.0.1/jwks".to_owned(),
        "\0".to_owned(),
        "x".repeat(900),
        "x".repeat(5000),
    ];
    for bad in bad {
        refuse_header(&forge, &app, &ada, |header| header["kid"] = json!(bad)).await;
    }
    for wrong in [json!(null), json!(0), json!([kid]), json!({"kid": kid})] {
        refuse_header(&forge, &app, &ada, |header| header["kid"] = wrong.clone()).await;
    }
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw4_what_a_token_calls_critical_is_not_understood() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    for crit in [json!(["exp"]), json!([]), json!(["b64"]), json!(null), json!("b64")] {
        refuse_header(&forge, &app, &ada, |header| {
            header["crit"] = crit.clone();
            header["b64"] = json!(false);
        })
        .await;
        refuse_header(&forge, &app, &ada, |header| header["crit"] = crit.clone()).await;
    }
    refuse_header(&forge, &app, &ada, |header| header["b64"] = json!(false)).await;
    refuse_header(&forge, &app, &ada, |header| header["zip"] = json!("DEF")).await;
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw5_jw6_a_token_has_three_parts_in_the_one_way_of_writing_them() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let token = ada.access_token();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };
    // The signature has 64 bytes, so its last letter has four bits that mean nothing and must be zero.
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.iter().position(|letter| *letter == *signature.as_bytes().last().unwrap()).unwrap();
    let sloppy = format!("{}{}", &token[..token.len() - 1], char::from(alphabet[last + 1]));
    for bad in [
        sloppy,
        format!("{token}="),
        format!("{token}=="),
        format!("{header}=.{claims}.{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{token}.{claims}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        token.replace('.', ".."),
        "..".to_owned(),
        "....".to_owned(),
        b64("{}"),
    ] {
        is_refused(&app, &bad).await;
    }
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw7_a_time_that_is_missing_or_no_number_is_no_time() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let (header, good) = parts(&ada.access_token());
    let now = good["iat"].as_i64().unwrap();
    for name in ["exp", "iat"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        is_refused(&app, &forge.sign(&header, &claims)).await;
        let wrong =
            [json!(null), json!("9999999999"), json!([now]), json!({}), json!(true), json!(-1), json!(1u64 << 63)];
        for wrong in wrong {
            let mut claims = good.clone();
            claims[name] = wrong;
            is_refused(&app, &forge.sign(&header, &claims)).await;
        }
        for text in ["1e400", "NaN", "Infinity", "-0x1", "01", "1."] {
            let text = good.to_string().replace(&format!("\"{name}\":{}", good[name]), &format!("\"{name}\":{text}"));
            assert_ne!(text, good.to_string());
            is_refused(&app, &forge.sign_parts(&b64(header.to_string()), &b64(text))).await;
        }
    }
    // One that lives longer than we ever let one live, although it is signed. Who acts as somebody else may have one for an hour.
    let issued_at = good["iat"].as_i64().unwrap();
    let mut claims = good;
    for life in [601, 3600, 366 * 86_400] {
        claims["exp"] = json!(issued_at + life);
        is_refused(&app, &forge.sign(&header, &claims)).await;
    }
}

/// docs/attacks.md#interchangeable-tokens
#[tokio::test]
async fn jw8_jw9_jw10_a_token_says_exactly_what_it_is_for_whom_and_from_whom() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let kinds = ["JWT", "jwt", "sel+jwt", "secevent+jwt", "dpop+jwt", "at+jwt ", "text/at+jwt", ""];
    for typ in kinds.map(|typ| json!(typ)).into_iter().chain([json!(null), json!(["at+jwt"]), json!(1)]) {
        refuse_header(&forge, &app, &ada, |header| header["typ"] = typ.clone()).await;
    }
    let (header, good) = parts(&ada.access_token());
    for (name, wrong) in [
        ("aud", json!("https://api.example.test")),
        ("aud", json!(format!("{ISSUER}/"))),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", json!("https://AUTH.example.test")),
        ("iss", json!([ISSUER])),
        ("sub", json!("")),
        ("sub", json!(1)),
        ("session_id", json!("00000000-0000-7000-8000-000000000000")),
        ("session_id", json!("not an id")),
        ("session_id", json!(null)),
    ] {
        let mut claims = good.clone();
        claims[name] = wrong;
        is_refused(&app, &forge.sign(&header, &claims)).await;
    }
    for name in ["iss", "aud", "sub", "session_id", "jti"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        is_refused(&app, &forge.sign(&header, &claims)).await;
    }
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw12_jw13_what_two_parsers_would_read_differently_is_refused() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let (header, claims) = parts(&ada.access_token());
    let (header, claims) = (header.to_string(), claims.to_string());
    let deep = |depth: usize| format!(",\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let open = |text: &str| text.strip_suffix('}').unwrap().to_owned();
    let utf16: Vec<u8> = claims.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let claimed: Vec<Vec<u8>> = vec![
        format!("\u{feff}{claims}").into(),
        utf16,
        [open(&claims).as_bytes(), b",\"x\":\"\xff\"}"].concat(),
        (open(&claims) + ",\"x\":\"\\ud800\"}").into(),
        (open(&claims) + ",\"sub\":\"00000000-0000-7000-8000-000000000000\"}").into(),
        (open(&claims) + ",\"x\":1,\"x\":2}").into(),
        (open(&claims) + ",\"x\":{\"y\":1,\"y\":2}}").into(),
        (open(&claims) + &deep(9)).into(),
        (open(&claims) + &deep(500)).into(),
        format!("{claims}{claims}").into(),
        format!("[{claims}]").into(),
        (open(&claims) + ",}").into(),
    ];
    for bytes in claimed {
        is_refused(&app, &forge.sign_parts(&b64(&header), &b64(bytes))).await;
    }
    for bytes in [
        format!("\u{feff}{header}"),
        open(&header) + ",\"alg\":\"none\"}",
        open(&header) + ",\"x\":1,\"x\":1}",
        open(&header) + &deep(9),
        format!("{header} x"),
    ] {
        is_refused(&app, &forge.sign_parts(&b64(bytes), &b64(&claims))).await;
    }
}

/// docs/attacks.md#forged-access-tokens
#[tokio::test]
async fn jw14_a_token_as_large_as_a_book_is_refused_unread() {
    let forge = Forge::new();
    let (app, ada) = forge.instance().await;
    let (header, mut claims) = parts(&ada.access_token());
    claims["x"] = json!("x".repeat(8192));
    is_refused(&app, &forge.sign(&header, &claims)).await;
    is_refused(&app, &"a".repeat(1 << 20)).await;
    is_refused(&app, &"..a".repeat(1 << 16)).await;
    let (mut header, claims) = parts(&ada.access_token());
    header["x"] = json!("x".repeat(1024));
    is_refused(&app, &forge.sign(&header, &claims)).await;
}

#[tokio::test]
async fn jw20_the_published_keys_are_public_and_the_issuer_is_the_configured_origin() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", crate::family::EMAIL).await;
    let (header, claims) = parts(&ada.access_token());
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(ISSUER)));
    let nobody = app.browser();
    let hostile =
        nobody.get("/.well-known/jwks.json").header("host", "evil.test").header("x-forwarded-host", "evil.test");
    let jwks = hostile.await.expect_status(200).json();
    let keys = jwks["keys"].as_array().unwrap();
    assert!(keys.iter().any(|key| key["kid"] == header["kid"]), "{jwks}");
    for key in keys {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
}

#[tokio::test]
async fn jw21_what_a_token_says_of_its_user_is_ten_minutes_old_at_most() {
    let app = TestApp::start().await;
    let ada = crate::family::family(&app, "body").await;
    let grace = crate::family::grace(&app, "body").await;
    let (_, claims) = parts(&grace.access_token());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    let path = format!("/auth/users/{}", grace.user_id());
    ada.patch(&path).json(json!({"username": "hopper"})).await.expect_status(200);
    // Our own endpoints see the change at once, a new token with the next refresh.
    assert_eq!(grace.get("/auth/me").await.json()["user"]["username"], "hopper");
    assert_eq!(parts(&grace.access_token()).1["username"], "grace");
    app.clock.advance(mins(1));
    grace.refresh().await.expect_status(200);
    assert_eq!(parts(&grace.access_token()).1["username"], "hopper");
}
