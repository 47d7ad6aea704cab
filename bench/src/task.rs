//! Work beside each other: the one place of this crate where tasks are started. What must stay true: nothing outlives its
//! call, and the first failure ends everything that was started with it.

use std::future::Future;

use tokio::task::JoinSet;

use crate::failure::{During, Failure};

/// Runs all of them at once and gives what they gave, in the order in which they ended.
pub(crate) async fn all<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = Result<T, Failure>> + Send + 'static>,
) -> Result<Vec<T>, Failure> {
    // Dropped with the first failure, the set ends what still runs.
    let mut tasks = JoinSet::new();
    for one in work {
        tasks.spawn(one);
    }
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(ended) = tasks.join_next().await {
        done.push(ended.during("a task of the generator")??);
    }
    Ok(done)
}
