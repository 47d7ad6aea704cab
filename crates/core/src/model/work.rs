//! Work that goes on beside the requests, and the node that does it. What must stay true: of several nodes on one store one
//! does a kind of work at a time; nothing breaks if it is two for a moment, since every step of it is guarded by itself.

use std::fmt;

use super::session::names;

/// A kind of work that goes on beside the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Moving the signing keys along and removing what is dead.
    Tending,
}

names!(Work { Tending = "tending" });

/// One started instance. Random, so that two that start at once are two, and one that starts again is another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId([u8; 16]);

impl NodeId {
    /// The node with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes, as a store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}
