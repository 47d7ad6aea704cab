//! What is said where the users of an account are chosen, added and changed.

use super::{Text, texts};

texts! {
    PIN = "pin",
    PIN_HINT = "pin_hint",
    WHO = "who",
    WITH_PIN = "with_pin",
    NO_CHOICE = "no_choice",
    NO_PIN = "no_pin",
    WRONG_PIN = "wrong_pin",
    LIMITED_PIN = "limited_pin",
    SELECT_TITLE = "select_title",
    SELECT_LEAD = "select_lead",
    SELECT_BUTTON = "select_button",
    SELECT_OVER_TITLE = "select_over_title",
    SELECT_OVER = "select_over",
}
