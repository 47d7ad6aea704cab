//! Compares implementations of Argon2id at the recommended cost, on as many threads as there are cores, and prints ratios.
//! `cargo bench -p gatewright-password`. What is heavy to build (libsodium, the C reference) was measured once:
//! docs/decisions/0002-argon2-implementation.md.
//!
//! All take turns in short slices, so that whatever else the machine does hits all alike.

use std::{
    io::{self, Write},
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const SALT: [u8; 16] = *b"0123456789abcdef";
const SLICE: Duration = Duration::from_millis(500);
const ROUNDS: usize = 9;

type Hash = Box<dyn FnMut(&[u8]) -> [u8; 32]>;
type Candidate = (&'static str, fn() -> Hash);

const CANDIDATES: [Candidate; 4] = [
    ("argon2 (RustCrypto)", || {
        let engine = rust_crypto();
        Box::new(move |password| {
            let mut tag = [0; 32];
            engine.hash_password_into(password, &SALT, &mut tag).expect("the parameters are valid");
            tag
        })
    }),
    ("argon2 (RustCrypto), memory reused", || {
        let (engine, mut memory) = (rust_crypto(), vec![argon2::Block::default(); MEMORY_KIB as usize]);
        Box::new(move |password| {
            let mut tag = [0; 32];
            let hashed = engine.hash_password_into_with_memory(password, &SALT, &mut tag, &mut memory[..]);
            hashed.expect("the parameters are valid");
            tag
        })
    }),
    ("argon2-rust", || {
        let engine = argon2_rust();
        Box::new(move |password| {
            let mut tag = [0; 32];
            engine.hash_into(password, &SALT, &mut tag).expect("the parameters are valid");
            tag
        })
    }),
    ("argon2-rust, memory reused (chosen)", || {
        let mut engine = argon2_rust().hasher();
        Box::new(move |password| {
            let mut tag = [0; 32];
            engine.hash_into(password, &SALT, &mut tag).expect("the parameters are valid");
            tag
        })
    }),
];

fn rust_crypto() -> argon2::Argon2<'static> {
    let params = argon2::Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("the parameters are valid");
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
}

fn argon2_rust() -> argon2_rust::Argon2 {
    use argon2_rust::params::{Memory, TagLen};
    let params = argon2_rust::Params::builder().memory(Memory::kib(MEMORY_KIB.into())).passes(PASSES).lanes(1);
    let params = params.tag_len(TagLen::bytes(32)).build().expect("the parameters are valid");
    argon2_rust::Argon2::new(argon2_rust::Algorithm::Argon2id, argon2_rust::Version::V0x13, params)
}

fn main() -> io::Result<()> {
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).get();
    let expected = CANDIDATES[0].1()(b"password");
    let mut rates = CANDIDATES.map(|_| Vec::new());
    for round in 0..ROUNDS {
        for turn in 0..CANDIDATES.len() {
            let index = (round + turn) % CANDIDATES.len();
            let make = CANDIDATES[index].1;
            assert_eq!(make()(b"password"), expected, "all compute the same");
            rates[index].push(thread::scope(|scope| {
                let running: Vec<_> = (0..threads).map(|_| scope.spawn(move || rate(make()))).collect();
                running.into_iter().map(|thread| thread.join().expect("no benchmark panics")).sum::<f64>()
            }));
        }
    }
    let medians = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    writeln!(
        io::stdout(),
        "argon2id m={MEMORY_KIB} t={PASSES} p=1, {threads} threads; {:?}",
        argon2_rust::detected_backend()
    )?;
    for ((name, _), median) in CANDIDATES.iter().zip(medians) {
        writeln!(io::stdout(), "{name:36} {median:7.1} hashes/s  {:4.2} times the first", median / medians[0])?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn rate(mut hash: Hash) -> f64 {
    hash(b"takes the memory");
    let begun = Instant::now();
    let mut hashes = 0_u32;
    while begun.elapsed() < SLICE {
        hash(&hashes.to_le_bytes());
        hashes += 1;
    }
    f64::from(hashes) / begun.elapsed().as_secs_f64()
}
