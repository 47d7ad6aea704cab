//! A pointer that is swapped and a lock that is waited for without a thread, with the scheduler's choice before each of their
//! steps. What must stay true: they are the ones that ship; each of their calls is one step to all others, so that nothing
//! between two calls is left untried.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

pub(crate) use arc_swap::Guard;
use futures_util::lock;
use shuttle::sync::atomic::{AtomicBool, Ordering};

/// [`arc_swap::ArcSwap`].
pub(crate) struct ArcSwap<T>(arc_swap::ArcSwap<T>);

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self(arc_swap::ArcSwap::from_pointee(value))
    }

    pub(crate) fn load(&self) -> Guard<Arc<T>> {
        let_others_run();
        self.0.load()
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        let_others_run();
        self.0.load_full()
    }

    pub(crate) fn compare_and_swap(&self, current: &Arc<T>, new: Arc<T>) -> Guard<Arc<T>> {
        let_others_run();
        self.0.compare_and_swap(current, new)
    }
}

/// [`futures_util::lock::Mutex`].
pub(crate) struct Mutex<T>(lock::Mutex<T>);

pub(crate) struct MutexGuard<'a, T>(Option<lock::MutexGuard<'a, T>>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(lock::Mutex::new(value))
    }

    pub(crate) async fn lock(&self) -> MutexGuard<'_, T> {
        let_others_run();
        let guard = self.0.lock().await;
        MutexGuard(Some(guard))
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        let_others_run();
        self.0 = None;
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("only dropping takes it")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("only dropping takes it")
    }
}

/// Lets the scheduler choose who goes on. Nobody is put back, as `yield_now` would.
fn let_others_run() {
    AtomicBool::new(false).load(Ordering::SeqCst);
}
