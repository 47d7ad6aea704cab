//! Running a setup to its end. What must stay true: a run ends because there is nothing left to explore or because a property
//! fell, never because it was cut off; and a fall is reported with a shortest trace, the same one every time.

use std::{
    collections::BTreeSet,
    hash::Hash,
    time::{Duration, Instant},
};

use stateright::{Checker, Expectation, HasDiscoveries, Model, Path};

use crate::{
    model::Rotation,
    switch::{Event, Switch},
    trace,
};

/// What a run found.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many different states there are.
    pub states: usize,
    /// How many steps the furthest state is away.
    pub depth: usize,
    /// What fell, if anything did.
    pub fall: Option<Fall>,
    /// What the run should have come to and did not.
    pub missed: Vec<&'static str>,
    /// How long it took.
    pub took: Duration,
}

/// A property that fell.
#[derive(Clone, Debug)]
pub struct Fall {
    /// All that fall in so many steps.
    pub properties: BTreeSet<&'static str>,
    /// The fewest steps to a fall.
    pub steps: usize,
    /// One of the shortest ways there.
    pub trace: String,
}

/// A model whose counterexamples a reader can follow.
pub trait Explored:
    Model<State: Clone + PartialEq + Hash + Send + Sync, Action: Clone + PartialEq> + Copy + Send + Sync + 'static
{
    /// The steps, one a line.
    fn told(&self, path: Path<Self::State, Self::Action>) -> String;
}

impl Explored for Rotation {
    fn told(&self, path: Path<Self::State, Self::Action>) -> String {
        trace::of(&self.0, path.into_vec())
    }
}

impl Explored for Switch {
    fn told(&self, path: Path<Self::State, Self::Action>) -> String {
        let told = |(number, event): (usize, Event)| format!("{:3}. {event:?}\n", number + 1);
        path.into_actions().into_iter().enumerate().map(told).collect()
    }
}

/// Explores everything, or up to the first fall. `progress` is told now and then how many states there are.
pub fn explore<M: Explored>(model: M, mut progress: impl FnMut(usize)) -> Report {
    let started = now();
    let mut checker = model.checker().threads(THREADS).finish_when(HasDiscoveries::AnyFailures).spawn_bfs();
    let handles = checker.handles();
    while handles.iter().any(|handle| !handle.is_finished()) {
        std::thread::sleep(Duration::from_millis(5));
        progress(checker.unique_state_count());
    }
    for handle in handles {
        handle.join().expect("the model does not panic");
    }
    let found = checker.discoveries();
    let expectation = |wanted: &'static str| {
        let properties = model.properties().into_iter().find(|property| property.name == wanted);
        properties.expect("what was discovered is a property").expectation
    };
    let first = found.iter().filter(|(name, _)| expectation(name) != Expectation::Sometimes);
    let first = first.map(|(_, path)| steps(path.clone())).min();
    let sometimes = model.properties().into_iter().filter(|one| one.expectation == Expectation::Sometimes);
    let missed = sometimes.map(|one| one.name).filter(|name| !found.contains_key(name)).collect();
    Report {
        states: checker.unique_state_count(),
        depth: checker.max_depth() - 1,
        fall: first.map(|first| shortest(model, first)),
        missed,
        took: now().duration_since(started),
    }
}

/// Two: what this repository is tested on. Which of two states is seen first changes nothing that a report tells.
const THREADS: usize = 2;

/// The shortest fall, found by exploring everything up to fewer and fewer steps.
fn shortest<M: Explored>(model: M, mut most: usize) -> Fall {
    loop {
        let falls = falls_within(model, most - 1);
        match falls.iter().map(|(_, path)| steps(path.clone())).min() {
            Some(fewer) => most = fewer,
            None => break,
        }
    }
    let mut falls = falls_within(model, most);
    falls.sort_by_key(|(name, _)| *name);
    let properties = falls.iter().map(|(name, _)| *name).collect();
    let (_, path) = falls.swap_remove(0);
    Fall { properties, steps: most, trace: model.told(path) }
}

type Falls<M> = Vec<(&'static str, Path<<M as Model>::State, <M as Model>::Action>)>;

/// Every property that falls within so many steps. One thread, so that the trace is the same every time.
fn falls_within<M: Explored>(model: M, steps: usize) -> Falls<M> {
    // The checker counts states, of which a path has one more than steps, and stops before the last one.
    let checker = model.checker().target_max_depth(steps + 2).spawn_bfs().join();
    let falls = |name: &&'static str| {
        let property = model.properties().into_iter().find(|property| property.name == *name);
        property.is_some_and(|property| property.expectation != Expectation::Sometimes)
    };
    checker.discoveries().into_iter().filter(|(name, _)| falls(name)).collect()
}

fn steps<S, A>(path: Path<S, A>) -> usize {
    path.into_actions().len()
}

#[expect(clippy::disallowed_methods, reason = "how long a run takes is shown to whoever waits for it")]
fn now() -> Instant {
    Instant::now()
}
