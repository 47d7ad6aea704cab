//! Several nodes on one store: what one knows, the others know, although each has keys in its memory and a clock of its own.

mod clocks;
mod keys;
mod work;

use gatewright_testkit::{
    TestApp,
    app::{Setup, secs},
};

/// Two nodes on one database, at the same moment.
async fn two_nodes() -> [TestApp; 2] {
    nodes_apart(Setup::default(), 0).await
}

/// Two nodes on one database; the clock of the first is so many seconds ahead.
async fn nodes_apart(setup: Setup, apart: u64) -> [TestApp; 2] {
    let ahead = setup.start().await;
    let behind = ahead.another_node().await;
    ahead.clock.advance(secs(apart));
    [ahead, behind]
}

/// Lets time pass on both.
fn pass(nodes: &[TestApp; 2], span: std::time::Duration) {
    for node in nodes {
        node.clock.advance(span);
    }
}
