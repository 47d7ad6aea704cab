//! The command line. What must stay true: the exit status is 0 only if every bound held, 1 if one did not, 2 if nothing could be
//! run.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use crate::{
    failure::{During, Failure},
    profile::{Policy, Profile, Store},
    program::Programs,
    report::{Report, Setting, policies_block, stores_block, write_json, write_page},
    run::run,
    terminal::{Progress, complain, tell},
};

const HELP: &str = "\
Thousands of clients against real nodes that are killed, behind a network that loses things.

Usage: cargo xtask faults [options]

  --store STORE     sqlite, postgres or redis; may be repeated; all three without it (with --policies: postgres)
  --policy POLICY   shipped, strict, re_rotate, new_branch or previous_always; shipped without it
  --policies        all five, one after the other, and a table that compares them
  --minutes M       how long each run lasts; 3 without it
  --clients N       how many clients are signed in; 2000 without it
  --seed N          from which every decision follows; 1 without it
  --quick           a short run with few clients, as the tests have it
  --json FILE       writes everything that was found
  --write           writes the figures into docs/faults.md
  --program FILE    runs this program instead of one that is built for it

Ends with 0 if every bound held, with 1 if one did not, with 2 if nothing could be run. With --policies only the policy that ships
has bounds.";

/// What was asked for.
struct Asked {
    stores: Vec<Store>,
    policies: Vec<Policy>,
    seed: u64,
    clients: Option<usize>,
    length: Option<Duration>,
    size: Size,
    json: Option<PathBuf>,
    page: Page,
    program: Option<PathBuf>,
    words: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Long,
    Quick,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Left,
    Written,
}

/// Does what the command line asks for.
pub async fn main(words: Vec<String>) -> ExitCode {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        tell(HELP);
        return ExitCode::SUCCESS;
    }
    let ended = match Asked::parse(&words) {
        Ok(asked) => asked.run().await,
        Err(failure) => Err(failure),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            complain(failure);
            ExitCode::from(2)
        }
    }
}

impl Asked {
    fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut asked = Self {
            stores: Vec::new(),
            policies: vec![Policy::Shipped],
            seed: 1,
            clients: None,
            length: None,
            size: Size::Long,
            json: None,
            page: Page::Left,
            program: None,
            words: words.join(" "),
        };
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| Failure::new(format!("{word} needs a value")));
            match word {
                "--store" => asked.stores.push(named(value()?, &Store::ALL, Store::name)?),
                "--policy" => asked.policies = vec![named(value()?, &Policy::ALL, Policy::name)?],
                "--policies" => asked.policies = Policy::ALL.to_vec(),
                "--minutes" => asked.length = Some(minutes(value()?)?),
                "--clients" => asked.clients = Some(value()?.parse().during("--clients")?),
                "--seed" => asked.seed = value()?.parse().during("--seed")?,
                "--quick" => asked.size = Size::Quick,
                "--json" => asked.json = Some(value()?.into()),
                "--write" => asked.page = Page::Written,
                "--program" => asked.program = Some(std::path::absolute(value()?).during("--program")?),
                other => return Err(Failure::new(format!("`{other}` is no option; --help lists them"))),
            }
        }
        if asked.stores.is_empty() {
            asked.stores = if asked.compares() { vec![Store::Postgres] } else { Store::ALL.to_vec() };
        }
        if asked.clients == Some(0) {
            return Err(Failure::new("a run without clients proves nothing"));
        }
        Ok(asked)
    }

    fn compares(&self) -> bool {
        self.policies.len() > 1
    }

    fn profile(&self, store: Store, policy: Policy) -> Profile {
        let mut profile = match self.size {
            Size::Long => Profile::long(store, policy, self.seed),
            Size::Quick => Profile::quick(store, policy, self.seed),
        };
        profile.clients = self.clients.unwrap_or(profile.clients);
        profile.length = self.length.unwrap_or(profile.length);
        profile
    }

    /// Whether all of it was well.
    async fn run(&self) -> Result<bool, Failure> {
        let setting = Setting::now(&self.words)?;
        let programs = match &self.program {
            Some(path) => Programs::given(path),
            None => Programs::build(&self.policies)?,
        };
        let mut reports: Vec<Report> = Vec::new();
        for store in &self.stores {
            for policy in &self.policies {
                let profile = self.profile(*store, *policy);
                let report = run(programs.of(*policy), &profile, Progress::suitable()).await?;
                tell(&report);
                reports.push(report);
            }
        }
        if let Some(path) = &self.json {
            write_json(path, &reports)?;
        }
        if self.page == Page::Written {
            let block = if self.compares() { policies_block } else { stores_block };
            write_page(&block(&reports, &setting))?;
            tell("docs/faults.md is written");
        }
        let bound = reports.iter().filter(|report| !self.compares() || report.is_shipped());
        Ok(bound.filter(|report| !report.is_well()).count() == 0)
    }
}

fn named<T: Copy>(word: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Failure> {
    let found = all.iter().copied().find(|one| name(*one) == word);
    let names = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Failure::new(format!("`{word}` is none of {}", names())))
}

fn minutes(text: &str) -> Result<Duration, Failure> {
    let minutes: f64 = text.parse().during("--minutes")?;
    Duration::try_from_secs_f64(minutes * 60.0).during("--minutes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Asked, Failure> {
        Asked::parse(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_asked_for_is_understood_or_refused() {
        let asked = parse("--store redis --minutes 0.5 --clients 7 --seed 9").unwrap();
        let profile = asked.profile(asked.stores[0], asked.policies[0]);
        assert_eq!((profile.store, profile.clients, profile.seed), (Store::Redis, 7, 9));
        assert_eq!((profile.length, profile.policy), (Duration::from_secs(30), Policy::Shipped));
        assert_eq!(parse("").unwrap().stores, Store::ALL);
        assert_eq!(parse("--policies").unwrap().stores, [Store::Postgres]);
        for wrong in ["--store oracle", "--store", "--minutes -1", "--clients 0", "--sneed 1", "quick"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
