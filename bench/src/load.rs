//! The load generator: workers that each ask, wait for the answer, check it and ask again. What must stay true: it is bounded
//! in time and in connections, every answer is checked by its worker, and the first wrong one ends the run.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use tokio::time::{sleep_until, timeout};

use crate::{
    clock,
    failure::{During, Failure},
    process, task,
};

/// How much longer than planned a load may take: for requests that were under way at its end.
const GRACE: Duration = Duration::from_secs(30);

/// One connection with what it needs to ask the next question.
pub(crate) trait Worker: Send + 'static {
    /// Asks once and checks the answer.
    fn turn(&mut self) -> impl Future<Output = Result<Turn, Failure>> + Send;
}

/// What a right answer was.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    /// What was asked for.
    Served,
    /// 503 with Retry-After: right, but no service.
    Refused,
}

/// When the workers ask.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Again as soon as the answer is there: the most that so many connections can get.
    Full,
    /// Each worker once in this time. An answer's time counts from when its turn was due, so that one slow answer is not
    /// hidden by the questions that it delayed.
    Every(Duration),
}

/// How long, and how fast.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// Not measured: until caches and branch predictors know the work.
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
    pub(crate) pace: Pace,
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) connections: usize,
    /// Served within the window.
    pub(crate) served: usize,
    /// Refused with 503 within the window.
    pub(crate) refused: usize,
    pub(crate) window: Duration,
    /// Processor time of the server within the window.
    pub(crate) processor: Duration,
    /// How long each that was served took, shortest first.
    latencies: Vec<Duration>,
}

impl Measured {
    /// Answers per second.
    pub(crate) fn rate(&self) -> f64 {
        count(self.served) / self.window.as_secs_f64()
    }

    /// The latency that `percent` of the answers did not exceed (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.latencies.len() * percent).div_ceil(100).max(1);
        self.latencies.get(rank - 1).copied().unwrap_or_default()
    }

    /// Processor time of the server for one answer.
    pub(crate) fn processor_per_answer(&self) -> Duration {
        self.processor.div_f64(count(self.served).max(1.0))
    }
}

/// Counts of requests are far below 2^52, so nothing is lost.
fn count(number: usize) -> f64 {
    number as f64
}

/// Has all workers ask, and gives them back with what was measured on the process `pid`.
pub(crate) async fn run<W: Worker>(workers: Vec<W>, plan: Plan, pid: u32) -> Result<(Measured, Vec<W>), Failure> {
    let connections = workers.len();
    let begin = clock::now();
    let from = begin + plan.warm_up;
    let schedule = Schedule { begin, from, to: from + plan.window, pace: plan.pace };
    let work = workers.into_iter().enumerate().map(|(index, worker)| {
        // Spread over the interval: a real crowd does not come in step.
        let share = f64::from(u32::try_from(index).unwrap_or(u32::MAX)) / count(connections);
        async move { schedule.work(worker, share).await }
    });
    let watch = async {
        sleep_until(schedule.from.into()).await;
        let before = process::processor_time(pid)?;
        sleep_until(schedule.to.into()).await;
        Ok(process::processor_time(pid)?.saturating_sub(before))
    };
    let both = async { tokio::try_join!(task::all(work), watch) };
    let (logs, processor) =
        timeout(plan.warm_up + plan.window + GRACE, both).await.during("a load that did not end in time")??;
    let mut workers = Vec::with_capacity(connections);
    let (mut latencies, mut refused) = (Vec::new(), 0);
    for (worker, log) in logs {
        workers.push(worker);
        refused += log.refused;
        latencies.extend(log.latencies);
    }
    latencies.sort_unstable();
    let measured =
        Measured { connections, served: latencies.len(), refused, window: plan.window, processor, latencies };
    Ok((measured, workers))
}

/// What one worker saw within the window.
#[derive(Default)]
struct Log {
    latencies: Vec<Duration>,
    refused: usize,
}

#[derive(Clone, Copy)]
struct Schedule {
    begin: Instant,
    from: Instant,
    to: Instant,
    pace: Pace,
}

impl Schedule {
    async fn work<W: Worker>(self, mut worker: W, share: f64) -> Result<(W, Log), Failure> {
        let mut log = Log::default();
        let mut due = match self.pace {
            Pace::Full => self.begin,
            Pace::Every(interval) => self.begin + interval.mul_f64(share),
        };
        loop {
            match self.pace {
                Pace::Full => due = clock::now(),
                Pace::Every(_) => sleep_until(due.into()).await,
            }
            if due >= self.to {
                return Ok((worker, log));
            }
            let turn = worker.turn().await?;
            let ended = clock::now();
            if (self.from..self.to).contains(&ended) {
                match turn {
                    Turn::Served => log.latencies.push(ended - due),
                    Turn::Refused => log.refused += 1,
                }
            }
            match self.pace {
                Pace::Full => {}
                Pace::Every(interval) => due += interval,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(millis: impl IntoIterator<Item = u64>) -> Measured {
        let latencies: Vec<_> = millis.into_iter().map(Duration::from_millis).collect();
        let (window, processor) = (Duration::from_secs(2), Duration::from_millis(100));
        Measured { connections: 1, served: latencies.len(), refused: 0, window, processor, latencies }
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred = measured(1..=100);
        for (percent, millis) in [(1, 1), (50, 50), (95, 95), (99, 99), (100, 100)] {
            assert_eq!(hundred.percentile(percent), Duration::from_millis(millis), "{percent}");
        }
        assert_eq!(measured([7]).percentile(99), Duration::from_millis(7));
        assert_eq!(measured([]).percentile(99), Duration::ZERO);
        assert_eq!(measured(1..=3).percentile(50), Duration::from_millis(2));
    }

    #[test]
    fn rate_and_processor_time_are_of_the_window() {
        let hundred = measured(1..=100);
        assert!((hundred.rate() - 50.0).abs() < 1e-9);
        assert_eq!(hundred.processor_per_answer(), Duration::from_millis(1));
    }

    struct Slow;

    impl Worker for Slow {
        async fn turn(&mut self) -> Result<Turn, Failure> {
            tokio::time::sleep(Duration::from_millis(40)).await;
            Ok(Turn::Served)
        }
    }

    #[tokio::test]
    async fn a_slow_answer_counts_for_the_turns_that_it_delays() {
        let pace = Pace::Every(Duration::from_millis(10));
        let plan = Plan { warm_up: Duration::ZERO, window: Duration::from_millis(200), pace };
        let (measured, _) = run(vec![Slow], plan, std::process::id()).await.unwrap();
        // The fourth turn was due after 30 ms and answered after 160.
        assert!(measured.percentile(100) >= Duration::from_millis(130), "{measured:?}");
        assert!((3..=4).contains(&measured.served), "{measured:?}");
    }

    struct Wrong(u32);

    impl Worker for Wrong {
        async fn turn(&mut self) -> Result<Turn, Failure> {
            self.0 -= 1;
            if self.0 == 0 { Err(Failure::new("a wrong answer")) } else { Ok(Turn::Served) }
        }
    }

    #[tokio::test]
    async fn one_wrong_answer_ends_the_run() {
        let plan = Plan { warm_up: Duration::ZERO, window: Duration::from_secs(20), pace: Pace::Full };
        let ended = run(vec![Wrong(1000), Wrong(500)], plan, std::process::id()).await;
        assert_eq!(ended.err().unwrap().to_string(), "a wrong answer");
    }
}
