//! Counting tests. What must stay true: nothing that failed is ever counted as nothing. A run of cargo that ends badly
//! without a failed test (it did not compile, a test binary was killed) counts as one failure of its own.

use crate::Ended;

/// How many checks held and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn passed(passed: u64) -> Self {
        Self { passed, failed: 0 }
    }

    pub(crate) fn failed(failed: u64) -> Self {
        Self { passed: 0, failed }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Takes in one line of `cargo test`; lines that are no summary of a test binary change nothing.
    pub(crate) fn read_cargo_line(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for part in counts.split(';') {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse::<u64>().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse::<u64>().unwrap_or(1),
                _ => {}
            }
        }
    }

    /// How a task with this tally ends.
    pub(crate) fn ended(self) -> Ended {
        if self.failed == 0 { Ended::Well } else { Ended::Badly }
    }

    /// The tally of a run that has `ended`: a bad end without a counted failure is one.
    pub(crate) fn closed(mut self, ended: Ended) -> Self {
        if ended == Ended::Badly && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
    const BAD: &str = "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s";

    #[test]
    fn the_summaries_of_all_test_binaries_are_added_up() {
        let mut tally = Tally::default();
        for line in ["running 12 tests", "test a ... ok", GOOD, "", BAD] {
            tally.read_cargo_line(line);
        }
        assert_eq!(tally.to_string(), "14 passed, 3 failed");
    }

    #[test]
    fn a_bad_end_without_a_failed_test_is_one_failure() {
        let mut tally = Tally::default();
        tally.read_cargo_line(GOOD);
        assert_eq!(tally.closed(Ended::Badly), Tally { passed: 12, failed: 1 });
        assert_eq!(tally.closed(Ended::Well), Tally { passed: 12, failed: 0 });
    }
}
