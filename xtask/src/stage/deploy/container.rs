//! `deploy/Containerfile`: no container engine runs here, so each of its steps is checked by itself. What must stay true: the
//! binary is built by the very line of the file, from nothing but what the file copies.

use super::{Bench, Findings, unless};
use crate::process::{capture, cargo, command, run};
use crate::serving::{Serving, free_address};
use crate::{Ended, Failure};
use std::fs;
use std::path::Path;
use std::process::Command;

const FILE: &str = "deploy/Containerfile";
const IGNORED: &str = "deploy/Containerfile.dockerignore";

/// An instruction: its word, and what follows it on one line.
type Instruction = (String, String);

fn instructions(bench: &Bench) -> Result<Vec<Instruction>, Failure> {
    Ok(parse(&bench.text(FILE)?))
}

fn parse(text: &str) -> Vec<Instruction> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect::<String>();
    let joined = lines.replace("\\\n", " ");
    let split = joined.lines().filter_map(|line| line.split_once(' '));
    split.map(|(word, rest)| (word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))).collect()
}

/// The arguments of each instruction of that word.
fn all<'a>(instructions: &'a [Instruction], wanted: &str) -> Vec<&'a str> {
    instructions.iter().filter(|(word, _)| word == wanted).map(|(_, rest)| rest.as_str()).collect()
}

/// The variables that the image sets.
pub(super) fn variables(bench: &Bench) -> Result<Vec<(String, String)>, Failure> {
    let instructions = instructions(bench)?;
    let pairs =
        all(&instructions, "ENV").into_iter().flat_map(|rest| rest.split(' ')).filter_map(|pair| pair.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// True when the image has a probe of its own.
pub(super) fn has_probe(bench: &Bench) -> Result<bool, Failure> {
    Ok(!all(&instructions(bench)?, "HEALTHCHECK").is_empty())
}

/// What comes from the build context.
fn copied(instructions: &[Instruction]) -> Vec<&str> {
    let own = all(instructions, "COPY").into_iter().filter(|rest| !rest.starts_with("--from="));
    own.flat_map(|rest| rest.rsplit_once(' ').map_or("", |(sources, _)| sources).split(' ')).collect()
}

pub(super) fn copies(bench: &Bench) -> Result<Findings, Failure> {
    let instructions = instructions(bench)?;
    let ignored = bench.text(IGNORED)?;
    let seen: Vec<_> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let mut findings = Vec::new();
    findings.extend(unless(ignored.lines().any(|line| line == "*"), format!("{IGNORED} does not begin from nothing")));
    for source in copied(&instructions) {
        findings.extend(unless(bench.root.join(source).exists(), format!("`{source}` is copied and does not exist")));
        findings.extend(unless(seen.contains(&source), format!("`{source}` is copied and {IGNORED} hides it")));
    }
    findings.extend(seen.iter().filter_map(|one| {
        unless(copied(&instructions).contains(one), format!("{IGNORED} shows `{one}`, which nothing copies"))
    }));
    let users = all(&instructions, "USER");
    findings.extend(unless(
        users.last().is_some_and(|user| !user.starts_with('0') && !user.starts_with("root")),
        "it runs as root",
    ));
    findings.extend(unless(all(&instructions, "CMD") == [r#"["serve"]"#], "it does not run `serve`"));
    let toolchain = unless(
        newest_toolchain(bench)?.is_some_and(|version| {
            all(&instructions, "FROM").iter().any(|from| from.starts_with(&format!("rust:{version}-")))
        }),
        "its Rust is not the `rust-version` of Cargo.toml",
    );
    findings.extend(toolchain);
    Ok(findings)
}

fn newest_toolchain(bench: &Bench) -> Result<Option<String>, Failure> {
    let manifest = bench.text("Cargo.toml")?;
    Ok(manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"').map(str::to_owned)))
}

/// Copies what the file copies into a folder and runs its line there, without optimisation.
pub(super) fn builds(bench: &Bench) -> Result<Findings, Failure> {
    let instructions = instructions(bench)?;
    let context = bench.folder.join("context");
    let _absent = fs::remove_dir_all(&context);
    fs::create_dir_all(&context).map_err(|error| Failure(format!("making {}: {error}", context.display())))?;
    for source in copied(&instructions) {
        // With their times, so that cargo sees what has changed.
        let copy = capture(&mut command(&bench.root, "cp", &["-a", source, &context.to_string_lossy()]))?;
        if !copy.succeeded {
            return Ok(vec![copy.stderr]);
        }
    }
    let line = all(&instructions, "RUN").into_iter().find(|line| line.starts_with("cargo "));
    let Some(line) = line.filter(|line| line.contains(" --release ") && line.contains(" --locked ")) else {
        return Ok(vec!["no line builds with `cargo build --release --locked`".into()]);
    };
    let arguments: Vec<_> = line.split(' ').skip(1).filter(|word| *word != "--release").collect();
    let mut build = cargo(&context, &arguments);
    // Nothing of ours is shared with the builds of the workspace itself: cargo takes the copy for the same packages, and would
    // from then on look for changes in the copy.
    let built = bench.folder.join("built");
    lend(&bench.root.join("target/debug"), &built.join("debug"))?;
    build.env("CARGO_TARGET_DIR", &built);
    let mut findings = Vec::new();
    findings.extend(unless(run(&mut build)? == Ended::Well, format!("`{line}` fails on what is copied")));
    let taken =
        all(&instructions, "COPY").into_iter().find(|rest| rest.starts_with("--from=") && rest.contains("/target/"));
    let name = taken.and_then(|rest| rest.split_once("/target/release/")?.1.split(' ').next());
    let built = name.is_some_and(|name| built.join("debug").join(name).exists());
    findings.extend(unless(built, "the binary that it copies out of the first stage is not what the line builds"));
    Ok(findings)
}

/// Gives a first build the packages of others that the workspace's builds have compiled, C libraries above all. Ours stay away, because
/// whether they compile from the copy is the question.
fn lend(from: &Path, to: &Path) -> Result<(), Failure> {
    if to.exists() {
        return Ok(());
    }
    for folder in [".fingerprint", "build", "deps"] {
        let (from, to) = (from.join(folder), to.join(folder));
        let Ok(entries) = fs::read_dir(&from) else { continue };
        fs::create_dir_all(&to).map_err(|error| Failure(format!("making {}: {error}", to.display())))?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let lent = names.filter(|name| is_of_others(name)).collect::<Vec<_>>();
        // With their times, by which cargo knows that they are done; in portions that a command line takes.
        for some in lent.chunks(500) {
            let mut copy = command(&from, "cp", &["-a", "--reflink=auto", "-t", &to.to_string_lossy()]);
            if !capture(copy.args(some))?.succeeded {
                return Err(Failure(format!("lending {} to the container's build failed", from.display())));
            }
        }
    }
    Ok(())
}

/// True of what cargo made of a package that is not of this workspace. All of ours begin alike.
fn is_of_others(name: &str) -> bool {
    let ours = ["gatewright", "verify_only", "verify-only", "embed_axum", "embed-axum", "xtask", "it-"];
    !ours.iter().any(|one| name.strip_prefix("lib").unwrap_or(name).starts_with(one))
}

/// Runs the words of HEALTHCHECK against a real server that is ready, and against nobody.
pub(super) fn probe(bench: &Bench) -> Result<Findings, Failure> {
    let instructions = instructions(bench)?;
    let words =
        all(&instructions, "HEALTHCHECK").first().and_then(|rest| rest.split_once(" CMD ")).map(|(_, words)| words);
    let words = words.and_then(|words| words.strip_prefix(r#"["/bin/bash", "-c", ""#)?.strip_suffix(r#""]"#));
    let Some(script) = words.map(|script| script.replace("\\\\", "\\")) else {
        return Ok(vec!["HEALTHCHECK is not what this check can run: bash with a script".into()]);
    };
    let (api, ops) = (free_address()?, free_address()?);
    let here = script.replace("127.0.0.1/9090", &format!("127.0.0.1/{}", ops.port()));
    let asks = || capture(&mut command(Path::new("/"), "/bin/bash", &["-c", &here])).map(|asked| asked.succeeded);
    let mut findings = Vec::new();
    findings.extend(unless(here != script, "HEALTHCHECK does not ask the default address of the ops listener"));
    findings.extend(unless(!asks()?, "the probe finds somebody ready where nobody listens"));
    let mut serve = Command::new(&bench.gatewright);
    serve.arg("serve").env("GATEWRIGHT_LISTEN", api.to_string()).env("GATEWRIGHT_OPS_LISTEN", ops.to_string());
    let _serving = Serving::start(serve, &bench.folder.join("probe"), api)?;
    findings.extend(unless(asks()?, "the probe does not find a ready server ready"));
    // A server that answers, but not with 200: the API has no such path.
    let elsewhere = script.replace("127.0.0.1/9090", &format!("127.0.0.1/{}", api.port()));
    let asked = capture(&mut command(Path::new("/"), "/bin/bash", &["-c", &elsewhere]))?;
    findings.extend(unless(!asked.succeeded, "the probe takes any answer for a good one"));
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_of_others() {
        for name in ["libtokio-0a1b.rlib", "itoa-77", "aws-lc-sys-9f", "serde_json-1.d"] {
            assert!(is_of_others(name), "{name}");
        }
        for name in [
            "libgatewright_core-0a.rmeta",
            "it-5f",
            "libit-5f.rmeta",
            "xtask-1",
            "embed_axum-2.d",
            "gatewright-token-3",
        ] {
            assert!(!is_of_others(name), "{name}");
        }
    }

    #[test]
    fn instructions_are_read_over_several_lines_and_comments() {
        let parsed = parse("# c\nFROM a AS b\nCOPY x y ./\n# c\nCOPY --from=b /z /z\nENV A=1 \\\n    B=2\n");
        assert_eq!(copied(&parsed), ["x", "y"]);
        assert_eq!(all(&parsed, "ENV"), ["A=1 B=2"]);
        assert_eq!(all(&parsed, "FROM"), ["a AS b"]);
    }
}
