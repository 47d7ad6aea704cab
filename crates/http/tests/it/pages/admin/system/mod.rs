//! Service keys, mails, rules and their deliveries.
