//! No copy of this process's memory is left behind: it holds the master key, signing keys and what people have just typed.
//!
//! What must stay true: whatever stops the process, no core is written, neither to a file nor to a collector such as
//! `systemd-coredump` (SECURITY LG2); and a process of the same user may neither attach to it nor read its memory or its
//! environment. The kernel grants both to `root`, always.

use rustix::process::{DumpableBehavior, Resource, Rlimit, dumpable_behavior, set_dumpable_behavior, setrlimit};

/// Forbids them. Called before any secret is read.
pub(crate) fn forbid() {
    // Each of the two is enough; what a sandbox denies is asked for below.
    let _asked_below = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _second_lock = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Whether the kernel does as it was told.
pub(crate) fn are_forbidden() -> bool {
    dumpable_behavior() == Ok(DumpableBehavior::NotDumpable)
}
