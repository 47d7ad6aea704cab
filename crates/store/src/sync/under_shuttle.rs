//! What Shuttle does not have: a channel for one answer. What must stay true: it does all that its counterpart in a real build
//! may do.

use shuttle::sync::atomic::{AtomicBool, Ordering};

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
pub(crate) fn let_others_run() {
    AtomicBool::new(false).load(Ordering::SeqCst);
}
