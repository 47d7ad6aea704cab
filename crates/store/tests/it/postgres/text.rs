//! PostgreSQL cannot keep U+0000 in a text. So it must be refused, dropped or escaped by the model, before the store sees it.

use gatewright_core::{
    model::{Act, ClientLabel, Email, Profile, ProfilePatch, UserAgent, Username},
    port::{Accounts, ChangeUser, UserChange, Users},
};
use gatewright_testkit::Sample;
use serde_json::json;

use super::backend::{database, open};

#[test]
fn no_type_of_the_model_lets_a_nul_through() {
    for address in ["a\0b@example.test", "ab@exam\0ple.test", "\0@example.test", "ab@example.test\0"] {
        assert!(Email::parse("email", address).is_err(), "{address:?}");
    }
    for name in ["a\0b", "ab\0", "\0ab"] {
        assert!(Username::parse("username", name).is_err(), "{name:?}");
        assert!(ClientLabel::parse("label", name).is_err(), "{name:?}");
        let patches = [
            ProfilePatch { display_name: Some(Some(name.into())), ..ProfilePatch::default() },
            ProfilePatch { avatar_url: Some(Some(format!("https://example.test/{name}"))), ..ProfilePatch::default() },
            ProfilePatch { locale: Some(Some(name.into())), ..ProfilePatch::default() },
        ];
        for patch in patches {
            assert!(Profile::default().patched(patch.clone()).is_err(), "{patch:?}");
        }
    }
    assert_eq!(UserAgent::from_header("a\0b").unwrap().as_str(), "ab");
}

#[tokio::test]
async fn metadata_with_a_nul_comes_out_as_it_was_put_in() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let new = sample.new_account("ada");
    let owner = new.owner.clone();
    store.sign_up(new, sample.entry(owner.account_id, Act::SignedUp)).await.unwrap();
    let metadata = json!({ "a\0b": ["\0", { "\u{1}": "\u{ffff}\u{10ffff}" }] }).as_object().unwrap().clone();
    let patch = ProfilePatch { metadata: Some(Some(metadata.clone())), ..ProfilePatch::default() };
    let profile = owner.profile.patched(patch).unwrap();
    let change = UserChange { username: None, profile: Some((profile, owner.profile.clone())) };
    let entry = sample.entry(owner.account_id, Act::UserChanged);
    let changed = store.change(owner.id, change, entry).await.unwrap();
    assert!(matches!(changed, ChangeUser::Done(_)), "{changed:?}");
    let kept = store.user(owner.id).await.unwrap().unwrap().profile.metadata;
    assert_eq!(kept.get("a\0b"), metadata.get("a\0b"));
}
