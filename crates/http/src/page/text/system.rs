//! What is said at `/admin` of service keys, mails, rules and deliveries.

use super::{Text, texts};

texts! {}
