//! Chance that repeats itself. What must stay true: what is decided depends on the seed and on who decides for the how
//! manyeth time, never on the order in which tasks happen to run.

use std::{ops::Range, time::Duration};

/// A stream of decisions: SplitMix64 (Steele, Lea, Flood 2014), which is short and good enough for games of chance.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

/// Who decides; part of where a stream begins, so that no two of them are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    /// What a client does.
    Habits,
    /// What becomes of one exchange.
    Passage,
    /// Who is robbed, when and how.
    Thefts,
    /// What happens to servers.
    Servers,
    /// Retry keys.
    Keys,
}

impl Chance {
    /// The stream of the one who has this number.
    pub(crate) fn of(seed: u64, stream: Stream, number: u64) -> Self {
        let mut mixed = Self(seed);
        for part in [stream as u64, number] {
            mixed = Self(mixed.draw() ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        }
        mixed
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    pub(crate) fn ratio(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.ratio() < probability
    }

    /// Somewhere in a range.
    pub(crate) fn between(&mut self, range: Range<Duration>) -> Duration {
        range.start + (range.end - range.start).mul_f64(self.ratio())
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.draw() % end as u64).expect("it is below a usize")
    }

    /// 128 bits in hexadecimal.
    pub(crate) fn text(&mut self) -> String {
        format!("{:016x}{:016x}", self.draw(), self.draw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_every_stream_is_another() {
        let first = |seed, stream, number| Chance::of(seed, stream, number).draw();
        assert_eq!(first(1, Stream::Habits, 7), first(1, Stream::Habits, 7));
        let all = [
            first(1, Stream::Habits, 7),
            first(2, Stream::Habits, 7),
            first(1, Stream::Passage, 7),
            first(1, Stream::Habits, 8),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn probabilities_and_ranges_are_kept() {
        let mut chance = Chance::of(3, Stream::Servers, 0);
        let heads = (0..10_000).filter(|_| chance.happens(0.25)).count();
        assert!((2_300..2_700).contains(&heads), "{heads}");
        let range = Duration::from_millis(10)..Duration::from_millis(20);
        assert!((0..1_000).all(|_| range.contains(&chance.between(range.clone()))));
        assert!((0..1_000).all(|_| chance.below(3) < 3));
    }
}
