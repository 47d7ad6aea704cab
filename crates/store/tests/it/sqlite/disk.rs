//! A disk that is full: SECURITY LG4. A limit on the size of files stands for it; SQLite sees a write that fails.

use std::{path::Path, sync::Arc};

use gatewright_core::{
    model::{AccountId, Act},
    port::{Accounts, Maintenance, SignUp, StoreError},
};
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::{FrozenClock, Sample};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{backend::Folder, child};

#[test]
fn a_full_disk_is_unavailable_until_there_is_room_and_nothing_acknowledged_is_lost() {
    if let Some(folder) = child::folder() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        return runtime.block_on(fill(&folder));
    }
    let folder = Folder::new();
    let test = "sqlite::disk::a_full_disk_is_unavailable_until_there_is_room_and_nothing_acknowledged_is_lost";
    let output = child::command(test, folder.0.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("the disk was full"), "{said}{output:?}");
}

async fn sign_up(store: &SqliteStore, sample: &Sample, name: &str) -> Result<AccountId, StoreError> {
    let new = sample.new_account(name);
    let id = new.account.id;
    assert_eq!(store.sign_up(new, sample.entry(id, Act::SignedUp)).await?, SignUp::Done);
    Ok(id)
}

fn limit_files(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum }).unwrap();
}

async fn fill(folder: &Path) {
    let path = folder.join("gatewright.db");
    let sample = Sample::default();
    let open = || {
        let clock: Arc<FrozenClock> = Arc::clone(&sample.clock);
        SqliteStore::open(&path, Options::default(), |_| clock).unwrap()
    };
    let store = open();
    limit_files(Some(512 * 1024));
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for number in 0..10_000 {
        match sign_up(&store, &sample, &format!("user{number}")).await {
            Ok(id) => acknowledged.push(id),
            Err(StoreError::Unavailable { .. }) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5, "after {} sign-ups", acknowledged.len());
    assert!(store.account(acknowledged[0]).await.unwrap().is_some(), "reading goes on");
    child::say(&format!("the disk was full after {} sign-ups", acknowledged.len()));
    limit_files(None);
    store.ping().await.unwrap();
    acknowledged.push(sign_up(&store, &sample, "after").await.unwrap());
    drop(store);
    let store = open();
    for id in acknowledged {
        assert!(store.account(id).await.unwrap().is_some());
    }
    store.integrity_check().await.unwrap();
}
