//! `act` (RFC 8693 section 4.1): who acts as the subject. A token has it if an admin, or a program of the operator, uses it in
//! the place of the user.

use super::Reader;
use crate::Rejection;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Who acts as the subject of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acting {
    /// This user, an admin.
    User(Uuid),
    /// A program with this service key.
    ServiceKey(Uuid),
}

impl Acting {
    /// The id of who acts.
    #[must_use]
    pub const fn subject(self) -> Uuid {
        match self {
            Self::User(id) | Self::ServiceKey(id) => id,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ServiceKey(_) => "service_key",
        }
    }

    /// Reads the claim; exactly the two members that we write.
    pub(super) fn read(members: Map<String, Value>) -> Result<Self, Rejection> {
        let mut reader = Reader::new(members);
        let wrong = |_| Rejection::InvalidClaim("act");
        let id = reader.id("sub").map_err(wrong)?;
        let kind = reader.text("kind").map_err(wrong)?;
        match (kind.as_str(), reader.rest().is_empty()) {
            ("user", true) => Ok(Self::User(id)),
            ("service_key", true) => Ok(Self::ServiceKey(id)),
            _ => Err(Rejection::InvalidClaim("act")),
        }
    }
}

impl Serialize for Acting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("sub", &self.subject())?;
        map.serialize_entry("kind", self.kind())?;
        map.end()
    }
}
