//! The users of an account, as their owner manages them.

pub(super) mod form;
