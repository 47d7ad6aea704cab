//! The faults X1 to X12 of known systems, each replayed, and what else somebody could try. `docs/attacks.md` tells what they
//! are about.

mod headers;
mod histories;
mod races;
mod thieves;
mod x01_expired_token;
mod x02_interchangeable_tokens;
mod x03_switch_without_session;
mod x04_child_becomes_parent;
mod x05_refresh_replay;
mod x06_tokens_in_the_store;
mod x07_roles_by_environment;
mod x08_who_has_an_account;
mod x09_browser_rules;
mod x10_token_sources;
mod x11_store_errors;
mod x12_tokens_outlive_their_session;
