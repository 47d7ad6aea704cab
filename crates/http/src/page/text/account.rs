//! What is said at `/account`.

use super::{Text, texts};

texts! {}
