//! The hashing threads: the one place of this crate where threads are started. Each has a kernel, and with it memory, of its
//! own.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    kernel::Kernel,
    sync::{Builder, JoinHandle},
    waiting_room::{Next, WaitingRoom},
    work::Recipe,
};

/// How much hashing threads give way to all others, on the scale of nice(1). At 10 a thread that serves requests gets about
/// nine times the share of a hashing thread on the same core, so that a flood of logins does not slow a refresh (PW15).
#[cfg(target_os = "linux")]
const NICENESS: libc::c_int = 10;

/// Starts hashing thread number `index`.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate where threads are started")]
pub(crate) fn start(index: usize, room: &Arc<WaitingRoom>, recipe: &Arc<Recipe>) -> io::Result<JoinHandle<()>> {
    let (room, recipe) = (Arc::clone(room), Arc::clone(recipe));
    Builder::new().name(format!("argon2-{index}")).spawn(move || {
        give_way();
        run(index, &room, &recipe);
    })
}

fn run(index: usize, room: &WaitingRoom, recipe: &Recipe) {
    let own_kib = usize::try_from(recipe.parameters.memory_kib()).unwrap_or(usize::MAX);
    let mut kernel = Kernel::new();
    loop {
        match room.next(index, kernel.held_kib()) {
            Next::Work(work) => {
                let (begun, computed) = (room.now(), kernel.computed());
                let outcome = catch_unwind(AssertUnwindSafe(|| work.perform(&mut kernel, recipe)));
                room.finished(kernel.computed() - computed, room.now().since(begun));
                if outcome.is_err() {
                    // Its caller sees a closed channel. The thread goes on, with a kernel that no panic has touched.
                    tracing::error!("computing a password hash panicked");
                    kernel = Kernel::new();
                } else if kernel.held_kib() > own_kib {
                    // A stored hash was more expensive than ours: do not keep what only it needed.
                    kernel.release();
                }
            }
            Next::Expired(work, error) => work.refuse(error),
            Next::Rest => kernel.release(),
            Next::Stop => return,
        }
    }
}

/// Lowers the priority of the calling thread.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the standard library has no call for a thread's priority")]
fn give_way() {
    // SAFETY: setpriority takes three integers and no memory. On Linux who = 0 is the calling thread alone.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) };
    if result != 0 {
        tracing::warn!(error = %io::Error::last_os_error(), "hashing threads keep the normal priority");
    }
}

/// Elsewhere the priority belongs to the whole process, so it stays as it is.
#[cfg(not(target_os = "linux"))]
const fn give_way() {}
