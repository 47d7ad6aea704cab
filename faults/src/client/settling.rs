//! The end of a run, in a calm network: whoever is still in somebody's session is found out by one more use of either side, every
//! client shows that it is signed in, and what has ended is seen to be dead.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet, time::sleep};

use super::{
    Device, Theft,
    refresh::{Outcome, Storing},
    thief::Still,
};
use crate::{
    book::OwnAct,
    http::Request,
    world::{Exhibit, Grave, World},
};

/// How many ask at a time.
const AT_A_TIME: usize = 64;
/// How often something is tried that has to be answered.
const TRIES: usize = 20;
/// One contact of either side, so often. A copied pending key outlives the first.
const CONTACTS: usize = 2;

/// Ends the thefts that go on, and has every client show that it is signed in.
pub(crate) async fn settle(devices: &[Arc<Device>], thefts: &[Arc<Theft>]) {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut work = JoinSet::new();
    let mut robbed = HashSet::new();
    for theft in thefts.iter().filter(|theft| theft.loot().as_ref().is_some_and(|loot| loot.came.is_some())) {
        robbed.insert(theft.victim().number);
        work.spawn(find_out(Arc::clone(theft)));
    }
    // Those who were robbed have their own turn, in which the order matters.
    for device in devices.iter().filter(|device| !robbed.contains(&device.number)) {
        let (device, permits) = (Arc::clone(device), Arc::clone(&permits));
        work.spawn(async move {
            let _permit = permits.acquire().await;
            renew(&device).await;
        });
    }
    work.join_all().await;
}

/// Refreshes until somebody answers.
async fn renew(device: &Device) {
    for _ in 0..TRIES {
        match device.refresh(Storing::Stores).await {
            Outcome::Renewed | Outcome::SignedOut => return,
            Outcome::Nothing | Outcome::Crashed => sleep(Duration::from_millis(100)).await,
        }
    }
    device.world.found().strange("a client gets no answer in a calm network");
}

/// First the thief uses what he has, then, later than the window, the owner, and so on in turn: a thief who came twice in a
/// row would make it easy.
async fn find_out(theft: Arc<Theft>) {
    let limits = theft.victim().world.limits;
    // By then the token that either has is old enough to rotate, and whatever was under way has arrived.
    sleep(limits.min_age + limits.patience).await;
    let mut thief = present(&theft).await;
    for _ in 0..CONTACTS {
        if thief == Still::Out {
            break;
        }
        sleep(limits.lost_window + limits.patience).await;
        let is_in = theft.loot().as_ref().is_some_and(|loot| {
            let hold = theft.victim().hold();
            hold.as_ref().is_some_and(|hold| Arc::ptr_eq(&hold.book, &loot.book))
        });
        if is_in {
            renew(theft.victim()).await;
        }
        sleep(limits.min_age + limits.patience).await;
        thief = present(&theft).await;
    }
    // It is signed out by that, which the book excuses, or has a session of its own again.
    if theft.victim().hold().is_some() {
        renew(theft.victim()).await;
    }
}

async fn present(theft: &Theft) -> Still {
    if theft.loot().as_ref().is_some_and(|loot| loot.out.is_some()) {
        return Still::Out;
    }
    for _ in 0..TRIES {
        match theft.present().await {
            Some(still) => return still,
            None => sleep(Duration::from_millis(100)).await,
        }
    }
    theft.victim().world.found().strange("a thief gets no answer in a calm network");
    Still::In
}

/// Whether every session whose end was acknowledged is dead, on whichever node is asked.
pub(crate) async fn look_into_graves(world: &Arc<World>) {
    let graves = world.found().graves.clone();
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut work = JoinSet::new();
    for grave in graves {
        let (world, permits) = (Arc::clone(world), Arc::clone(&permits));
        work.spawn(async move {
            let _permit = permits.acquire().await;
            look_into(&world, &grave).await;
        });
    }
    work.join_all().await;
}

/// Whether an ended session is dead: neither its refresh token nor its access token is taken.
pub(crate) async fn look_into(world: &World, grave: &Grave) {
    'requests: for request in [grave.refresh.clone(), Request::get("/auth/me").bearer(&grave.access)] {
        for _ in 0..TRIES {
            match world.ask_calmly(request.clone()).await.map(|answer| answer.status) {
                Some(401) => continue 'requests,
                Some(200) => {
                    let act = match grave.how {
                        OwnAct::Logout => "logout",
                        OwnAct::Switch => "switch",
                    };
                    let what = format!("{}: a {act} that was acknowledged is undone", grave.of);
                    return world.found().broken(|| Exhibit { what, exchanges: Vec::new() });
                }
                Some(status) if status < 500 => {
                    return world.found().strange(format!("an ended session is answered with {status}"));
                }
                Some(_) | None => sleep(Duration::from_millis(100)).await,
            }
        }
        // While nodes are away it may be so; the same is asked again at the end.
        if world.is_over() {
            world.found().strange("nobody says whether an ended session is dead");
        }
    }
}
