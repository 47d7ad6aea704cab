//! What is said at `/admin`: the overview, the log, keys and settings.

use super::{Text, texts};

texts! {}
