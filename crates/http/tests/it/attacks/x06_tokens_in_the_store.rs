//! X6: refresh tokens stand in the database in clear.

use gatewright_testkit::{TestApp, app::mins};

/// docs/attacks.md#stolen-database
#[tokio::test]
async fn the_database_holds_no_token_and_no_secret_of_one() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", "ada@example.test").await;
    let mut tokens = vec![ada.refresh_token(), ada.access_token()];
    app.clock.advance(mins(10));
    ada.refresh().await.expect_status(200);
    tokens.extend([ada.refresh_token(), ada.access_token()]);
    let secrets: Vec<Vec<u8>> = tokens.iter().filter_map(|token| secret(token)).collect();
    assert_eq!(secrets.len(), 2);
    app.restart(|database| {
        let folder = database.parent().unwrap();
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
        assert!(holds(b"ada@example.test"), "the search finds what is there");
        for token in &tokens {
            assert!(!holds(token.as_bytes()));
        }
        for secret in &secrets {
            assert!(!holds(secret), "the bare secret of a refresh token");
        }
    })
    .await;
}

/// The 32 secret bytes of a refresh token (DESIGN 4.1).
fn secret(token: &str) -> Option<Vec<u8>> {
    let digits = token.strip_prefix("gwr_")?.split('_').next()?;
    let mut bytes = [0_u8; 74];
    for digit in digits.bytes() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            b'a'..=b'z' => digit - b'a' + 36,
            _ => return None,
        };
        let mut carry = u32::from(value);
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 62;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
    }
    assert_eq!((bytes[0], bytes[1]), (1, 1), "version and key: the decoding is right");
    Some(bytes[26..58].to_vec())
}
