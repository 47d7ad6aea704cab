//! Deliveries: what a listener is to be told, and when it is tried again.

use std::time::Duration;

use super::{Timestamp, names};

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// The listener has it.
    Delivered,
    /// It was tried too often, or there is nothing any more to tell or nobody to be told.
    GivenUp,
}

names!(DeliveryState { Waiting = "waiting", Delivered = "delivered", GivenUp = "given_up" });

/// How long after each failed try there is another: the schedule that Standard Webhooks recommends, about three days.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];

/// When there is another try after this many have failed, the last of them at `now`; `None` if it was tried often enough.
#[must_use]
pub fn next_delivery_try(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    PAUSES.get(index).map(|pause| now.plus(*pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_ten_times_in_about_three_days() {
        let start = Timestamp::from_secs(1_800_000_000);
        let (mut now, mut attempts) = (start, 1);
        while let Some(again) = next_delivery_try(attempts, now) {
            now = again;
            attempts += 1;
        }
        assert_eq!(attempts, 10);
        assert_eq!(now.since(start), Duration::from_secs(305 + 1800 + 75 * 3600));
        assert_eq!(next_delivery_try(1, start), Some(start.plus(Duration::from_secs(5))));
        assert_eq!(next_delivery_try(u32::MAX, start), None);
    }
}
