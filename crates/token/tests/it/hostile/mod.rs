//! What is refused, one file per part of a token. Each token here is signed with the right key unless the test is about
//! the signature, so nothing is refused for the wrong reason.

mod claims;
mod form;
mod header;
mod time;

use crate::forge::{Forge, NOW, claims};

#[test]
fn a_good_token_is_accepted_so_that_refusals_mean_something() {
    let forge = Forge::new();
    let token = forge.sign_header(&forge.header());
    assert_eq!(forge.verifier().verify_access(&token, NOW), Ok(claims()));
}
