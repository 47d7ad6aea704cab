//! What is said at `/account`.

use super::{Text, texts};

texts! {
    USER_NAME = "user_name",
    USER_NAME_HINT = "user_name_hint",
    USER_NAME_BAD = "user_name_bad",
    USER_NAME_LONG = "user_name_long",
    USER_LANGUAGE = "user_language",
    USER_LANGUAGE_HINT = "user_language_hint",
    USER_LANGUAGE_NONE = "user_language_none",
    USER_LANGUAGE_BAD = "user_language_bad",
}
