//! What is said at `/admin` of accounts, users, roles and sessions.

use super::{Text, texts};

texts! {}
