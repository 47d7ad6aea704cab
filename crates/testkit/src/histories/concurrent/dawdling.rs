//! Sessions whose every step takes its time before it begins, as over a slow network: what one caller has read is then often no
//! longer so when it writes. The store behind it is real, and each step is as it was.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Device, Session, SessionId, Standing, Timestamp, UserId},
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};

pub(super) struct Dawdling {
    sessions: Arc<dyn Sessions>,
    steps: AtomicU64,
}

impl Dawdling {
    pub(super) fn new(sessions: Arc<dyn Sessions>) -> Self {
        Self { sessions, steps: AtomicU64::new(0) }
    }

    /// Goes on at once, or lets others go first, or waits for one to three milliseconds.
    async fn begin(&self) -> &dyn Sessions {
        // Neighbours of a multiple of an odd number differ in their upper bits.
        let step = self.steps.fetch_add(1, Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61;
        match step {
            0..=2 => {}
            3 | 4 => tokio::task::yield_now().await,
            longer => tokio::time::sleep(Duration::from_millis(longer - 4)).await,
        }
        &*self.sessions
    }
}

#[async_trait]
impl Sessions for Dawdling {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        self.begin().await.open(opening, entry).await
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        self.begin().await.standing(id).await
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        self.begin().await.rotate(step).await
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        self.begin().await.redeliver(step).await
    }

    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        self.begin().await.roll_forward(step, entry).await
    }

    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        self.begin().await.end(end, entry).await
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        self.begin().await.end_all(end, entry).await
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.begin().await.of_user(user, now).await
    }

    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.begin().await.of_account(account, now).await
    }

    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        self.begin().await.knows_source(account, ip).await
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        self.begin().await.knows_device(account, device).await
    }
}
