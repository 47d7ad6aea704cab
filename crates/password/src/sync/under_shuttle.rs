//! What Shuttle does not have: a timed wait whose time can be up, and a channel for one answer. What must stay true: each does
//! all that its counterpart in a real build may do.

use std::{
    ops::{Deref, DerefMut},
    sync::{LockResult, PoisonError},
    time::Duration,
};

use shuttle::{rand::Rng, sync};

/// [`std::sync::Mutex`]. It is Shuttle's; its guard also knows the mutex, for [`Condvar::wait_timeout`].
pub(crate) struct Mutex<T>(sync::Mutex<T>);

pub(crate) struct MutexGuard<'a, T> {
    guard: sync::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        with(self, self.0.lock())
    }
}

fn with<'a, T>(mutex: &'a Mutex<T>, locked: LockResult<sync::MutexGuard<'a, T>>) -> LockResult<MutexGuard<'a, T>> {
    match locked {
        Ok(guard) => Ok(MutexGuard { guard, mutex }),
        Err(poisoned) => Err(PoisonError::new(MutexGuard { guard: poisoned.into_inner(), mutex })),
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// [`std::sync::Condvar`].
pub(crate) struct Condvar(sync::Condvar);

/// Whether the time was up.
pub(crate) struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self(sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait<'a, T>(&self, MutexGuard { guard, mutex }: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        with(mutex, self.0.wait(guard))
    }

    /// Each wait ends either by a notification, or because its time is up: then no notification was spent on it, and others
    /// may have had the lock since. A wait whose time is never up would hide a wake-up that was lost, so the scheduler decides.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let is_time_up = shuttle::rand::thread_rng().r#gen::<bool>();
        let woken = if is_time_up {
            let mutex = guard.mutex;
            drop(guard);
            mutex.lock()
        } else {
            self.wait(guard)
        };
        match woken {
            Ok(guard) => Ok((guard, WaitTimeoutResult(is_time_up))),
            Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), WaitTimeoutResult(is_time_up)))),
        }
    }
}

/// [`futures_channel::oneshot`]: the same channel. Each of its calls is one step to others, so that it is enough to let the
/// scheduler choose before each.
pub(crate) mod oneshot {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use futures_channel::oneshot;

    use super::let_others_run;

    pub(crate) struct Sender<T>(Option<oneshot::Sender<T>>);
    pub(crate) struct Receiver<T>(Option<oneshot::Receiver<T>>);

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (Sender(Some(sender)), Receiver(Some(receiver)))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(mut self, value: T) -> Result<(), T> {
            let_others_run();
            self.0.take().expect("only sending and dropping take it").send(value)
        }

        pub(crate) fn is_canceled(&self) -> bool {
            let_others_run();
            self.0.as_ref().is_some_and(oneshot::Sender::is_canceled)
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            if self.0.is_some() {
                let_others_run();
            }
        }
    }

    impl<T> Future for Receiver<T> {
        type Output = Result<T, oneshot::Canceled>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let_others_run();
            Pin::new(self.0.as_mut().expect("only dropping takes it")).poll(context)
        }
    }

    impl<T> Drop for Receiver<T> {
        fn drop(&mut self) {
            let_others_run();
            self.0 = None;
        }
    }
}

/// Lets the scheduler choose who goes on. Nobody is put back, as `yield_now` would.
fn let_others_run() {
    sync::atomic::AtomicBool::new(false).load(sync::atomic::Ordering::SeqCst);
}
