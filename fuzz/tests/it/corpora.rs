//! The corpora as they stand in the repository: one for each target and for nothing else, small, and worth something.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gatewright_fuzz::ALL;

/// A unit is an input that a person can still read.
const LARGEST: usize = 4096;
/// All of them together.
const MOST: usize = 400 * 1024;

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
}

/// The inputs of a target, in the order of their names.
pub(crate) fn corpus(name: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder(name)).unwrap_or_else(|error| panic!("{name} has no corpus: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn every_target_has_a_small_corpus_and_nothing_else_has_one() {
    let mut all = 0;
    for target in ALL {
        let inputs = corpus(target.name);
        assert!(inputs.len() > 2, "{}: {} inputs", target.name, inputs.len());
        for input in &inputs {
            assert!(input.len() <= LARGEST, "{}: an input of {} bytes", target.name, input.len());
            all += input.len();
        }
    }
    assert!(all <= MOST, "{all} bytes");
    let folders = fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for folder in folders {
        assert!(ALL.iter().any(|target| target.name == folder), "{folder} is the corpus of no target");
    }
}

#[test]
fn every_target_has_a_program_for_libfuzzer_and_nothing_else_has_one() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer");
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    for target in ALL {
        let program = fs::read_to_string(package.join("targets").join(format!("{}.rs", target.name)));
        let call = format!("gatewright_fuzz::{}(data)", target.name);
        assert!(program.is_ok_and(|program| program.contains(&call)), "{} has no program", target.name);
        assert!(manifest.contains(&format!("name = \"{}\"\n", target.name)), "{} is not in the manifest", target.name);
    }
    assert_eq!(fs::read_dir(package.join("targets")).unwrap().count(), ALL.len());
    assert_eq!(manifest.matches("[[bin]]").count(), ALL.len());
}

#[test]
fn every_operation_with_a_body_is_in_the_corpus_of_bodies() {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    let inputs = corpus("json_body");
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, says) in methods.as_object().unwrap() {
            let head = format!("{} {path}\n", method.to_uppercase());
            let is_there = inputs.iter().any(|input| input.starts_with(head.as_bytes()));
            assert!(is_there || says.get("requestBody").is_none(), "no input for {head}");
        }
    }
}
