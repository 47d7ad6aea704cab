//! What a client does all day: it rests, refreshes until it has an answer, and now and then logs out or switches. What must stay
//! true: a client without a key comes back as quickly as it can, and one with a key may sleep as long as it likes.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use super::{Device, refresh::Outcome};
use crate::{
    book::Promise,
    chance::{Chance, Stream},
};

impl Device {
    /// Lives until it is over.
    pub(crate) async fn live(self: Arc<Self>) {
        let mut chance = Chance::of(self.world.profile.seed, Stream::Habits, self.number as u64 | 1 << 32);
        let min_age = self.world.profile.min_age();
        // A crowd does not come in step.
        self.rest(chance.between(Duration::ZERO..min_age)).await;
        while !self.world.is_over() {
            match chance.ratio() {
                draw if draw < 0.03 => self.leave().await,
                draw if draw < 0.07 => self.switch(&mut chance).await,
                _ => self.stay(&mut chance).await,
            }
            // Mostly longer than a token is young; sometimes somebody reloads a page.
            let rest = if chance.happens(0.2) { min_age / 10..min_age / 2 } else { min_age * 11 / 10..min_age * 3 };
            self.rest(chance.between(rest)).await;
        }
    }

    /// Refreshes until it has an answer; signed out, it signs in again.
    async fn stay(self: &Arc<Self>, chance: &mut Chance) {
        let min_age = self.world.profile.min_age();
        for attempt in 0.. {
            if self.world.is_over() {
                return;
            }
            let user = self.hold().as_ref().map(|hold| hold.user);
            // Somebody closes the laptop, the phone has no signal, or an app that ended is not opened again at once.
            let is_away = match self.refresh_in_tabs(attempt, chance).await {
                Outcome::Renewed => return,
                Outcome::SignedOut => return self.log_in(user.unwrap_or_default()).await,
                Outcome::Nothing => chance.happens(0.25),
                Outcome::Crashed => chance.happens(0.5),
            };
            // Whoever tries again at once as often as it can keeps the servers from coming back.
            let longer = 1 << attempt.min(4);
            let wait = match self.kind.promise() {
                Promise::WithinLostWindow => min_age / 60..min_age / 30 * longer.min(4),
                Promise::AnyTime if is_away => min_age * 6 / 10..min_age * 2,
                Promise::AnyTime => min_age / 60..min_age / 30 * longer,
            };
            self.rest(chance.between(wait)).await;
        }
    }

    /// Sleeps, but not much longer than the run.
    async fn rest(&self, time: Duration) {
        let end = Instant::from_std(self.world.begun() + self.world.profile.length);
        if self.world.is_over() {
            return;
        }
        tokio::select! {
            () = sleep(time) => {}
            () = sleep_until(end) => sleep(Duration::from_millis(100)).await,
        }
    }
}
