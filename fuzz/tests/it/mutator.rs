//! Changes inputs. Small, deterministic, and blind: it knows no coverage, so what it finds is what changed since libFuzzer
//! last ran.

/// What grammars are made of: put in whole, because chance would take long to spell them.
const WORDS: [&[u8]; 34] = [
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b";",
    b"=",
    b"%00",
    b"%2e",
    b"\0",
    b"\r\n",
    b"\n",
    b"\t",
    b" ",
    b"..",
    b"/",
    b"@",
    b"$",
    b"_",
    b"0",
    b"-1",
    b"1e400",
    b"null",
    b"true",
    b"\xff",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "ﬁ".as_bytes(),
    "İ".as_bytes(),
];

/// A stream of inputs.
pub(crate) struct Mutator {
    state: u64,
    corpus: Vec<Vec<u8>>,
}

impl Mutator {
    pub(crate) fn new(seed: u64, corpus: Vec<Vec<u8>>) -> Self {
        Self { state: seed, corpus }
    }

    /// The next one: an input of the corpus with one to four changes.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let at = self.below(self.corpus.len());
        let mut input = self.corpus[at].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(8192);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = at + self.below(input.len() - at + 1);
        match self.below(8) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = u8::try_from(self.below(256)).unwrap(),
            2 => drop(input.drain(at..end)),
            3 => {
                let piece = input[at..end.min(at + 64)].to_vec();
                input.splice(at..at, piece);
            }
            4 => {
                let other = self.below(self.corpus.len());
                let other = self.corpus[other].clone();
                let from = self.below(other.len() + 1);
                input.splice(at..end, other[from..].iter().copied());
            }
            5 => input.truncate(at),
            6 if at < input.len() => input[at] = input[at].wrapping_add(1),
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                input.splice(at..at, word.iter().copied());
            }
        }
    }

    /// A number below `bound`, which is not 0 (xorshift64*, Vigna 2016).
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let random = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(random).unwrap() % bound
    }
}

#[test]
fn the_same_seed_makes_the_same_inputs_and_they_differ() {
    let make = |seed| {
        let mut mutator = Mutator::new(seed, vec![b"an input".to_vec(), b"another".to_vec()]);
        (0..200).map(|_| mutator.next()).collect::<Vec<_>>()
    };
    assert_eq!(make(7), make(7));
    let all: std::collections::BTreeSet<_> = make(7).into_iter().collect();
    assert!(all.len() > 150, "{}", all.len());
    assert_ne!(make(7), make(8));
}
