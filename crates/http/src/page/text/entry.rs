//! What is said on the way in and out: signing in and up, a forgotten password, who is known here.

use super::{Text, texts};

texts! {
    SIGN_IN_TITLE = "sign_in_title",
    SIGN_IN_LEAD = "sign_in_lead",
    SIGN_IN_LINK = "sign_in_link",
}
