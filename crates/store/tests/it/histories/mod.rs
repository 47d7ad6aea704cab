//! Random and concurrent histories on every store, against the reference model of the test kit.

mod backdoor;
mod postgres;
mod redis;
mod sqlite;

use std::sync::Arc;

use gatewright_testkit::{
    FrozenClock,
    histories::{Budget, Laboratory, Workshop, concurrent_operations, random_operations},
};
use tokio::runtime::{Builder, Runtime};

/// A laboratory with the clock of its nodes, and what its tasks run on.
fn with<L: Laboratory>(
    start: impl AsyncFnOnce(&Arc<FrozenClock>) -> L,
    look: impl FnOnce(&Workshop<'_>, &Runtime, u32),
    histories: u32,
) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let clock = Arc::new(FrozenClock::default());
    let lab = runtime.block_on(start(&clock));
    look(&Workshop::new(&lab, clock), &runtime, histories);
}

fn one_after_the_other(workshop: &Workshop<'_>, runtime: &Runtime, histories: u32) {
    random_operations(workshop, runtime, Budget::of(histories));
}

fn at_once(workshop: &Workshop<'_>, runtime: &Runtime, histories: u32) {
    concurrent_operations(workshop, runtime, Budget::of(histories));
}

/// The same histories on each store; how many, is what fits into about ten seconds of a development build.
macro_rules! histories {
    ($store:ident, $lab:expr, $sequential:literal, $concurrent:literal) => {
        mod $store {
            use super::*;

            #[test]
            fn p10_p15_p17_p19_what_comes_out_of_any_operations_and_any_clock_is_what_the_model_says() {
                with($lab, one_after_the_other, $sequential);
            }

            #[test]
            fn p1_p3_p5_what_is_done_at_once_could_have_been_done_in_some_order() {
                with($lab, at_once, $concurrent);
            }
        }
    };
}

histories!(on_sqlite, async |clock: &_| sqlite::SqliteLab::start(clock), 120, 120);
histories!(on_postgres, postgres::PostgresLab::start, 24, 48);
histories!(on_redis, redis::RedisLab::start, 18, 36);
