//! Makes the filter of common passwords and its test data from a list with one password a line, most common first:
//! `cargo run --release -p gatewright-password --example blocklist -- <list> <data directory> <test data directory>`.
//!
//! Run with the same list it writes the same bytes. `data/README.md` says which list that is.

use std::{
    collections::HashSet,
    env, fs,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use aws_lc_rs::digest;
use unicode_normalization::UnicodeNormalization;
use xorf::{BinaryFuse16, DmaSerializable};

/// What SECURITY PW6 has tests prove.
const SAMPLE: usize = 3_000;
/// The shortest password that any policy allows, in code points. The other is NIST's minimum without a second factor.
const MINIMA: [usize; 2] = [8, 15];

fn main() -> io::Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [list, data, test_data] = arguments.as_slice() else {
        return Err(io::Error::other("usage: blocklist <list> <data directory> <test data directory>"));
    };
    let (mut seen, mut keys, mut samples) = (HashSet::new(), Vec::new(), MINIMA.map(|_| Vec::new()));
    let (mut rank, mut skipped, mut last_rank) = (0, 0, MINIMA.map(|_| 0));
    for line in BufReader::new(fs::File::open(list)?).split(b'\n') {
        rank += 1;
        let Ok(password) = String::from_utf8(line?) else {
            skipped += 1;
            continue;
        };
        let normalised: String = password.trim_end_matches('\r').nfc().collect();
        let length = normalised.chars().count();
        let folded: String = normalised.to_lowercase().nfc().collect();
        if length < MINIMA[0] || !seen.insert(folded.clone()) {
            continue;
        }
        keys.push(key(&folded));
        for (index, minimum) in MINIMA.into_iter().enumerate() {
            if length >= minimum && samples[index].len() < SAMPLE {
                samples[index].push(normalised.clone());
                last_rank[index] = rank;
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let filter = BinaryFuse16::try_from(&keys).map_err(io::Error::other)?;
    let mut bytes = vec![0; BinaryFuse16::DESCRIPTOR_LEN];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    fs::write(data.join("common-passwords.fuse16"), &bytes)?;
    for (minimum, sample) in MINIMA.into_iter().zip(&samples) {
        fs::write(test_data.join(format!("top-{SAMPLE}-of-{minimum}.txt")), sample.join("\n") + "\n")?;
    }
    writeln!(
        io::stdout(),
        "{} entries of {rank} ranks ({skipped} not UTF-8), {} bytes; entry {SAMPLE} of at least {MINIMA:?} code points is at {last_rank:?}",
        keys.len(),
        bytes.len()
    )
}

fn key(folded: &str) -> u64 {
    let hash = digest::digest(&digest::SHA256, folded.as_bytes());
    u64::from_le_bytes(*hash.as_ref().first_chunk().expect("SHA-256 has 32 bytes"))
}
