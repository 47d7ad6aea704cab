//! The figures of docs/faults.md. What must stay true: no figure on the page is typed by hand; what people wrote around the
//! generated parts is kept, and each part says when, on what and with which command it was made.

use std::{fmt::Write, fs, process::Command, time::Duration};

use super::{Report, median, secs};
use crate::{
    clock,
    failure::{During, Failure},
    program::root,
};

const PAGE: &str = "docs/faults.md";

/// Where and of what the figures are.
pub(crate) struct Setting {
    date: String,
    commit: String,
    machine: String,
    command: String,
}

/// A generated part of the page.
pub(crate) struct Block {
    name: &'static str,
    text: String,
}

impl Setting {
    pub(crate) fn now(words: &str) -> Result<Self, Failure> {
        let git = |arguments: &[&str]| -> Result<String, Failure> {
            let output = Command::new("git").args(arguments).current_dir(root()).output().during("starting git")?;
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
        let changed = git(&["status", "--porcelain", "--", "crates", "faults", "Cargo.toml", "Cargo.lock"])?;
        let cores = std::thread::available_parallelism().during("counting the cores")?;
        Ok(Self {
            date: clock::today(),
            commit: if changed.is_empty() { format!("`{commit}`") } else { format!("`{commit}` with changes") },
            machine: format!("{cores} cores, shared by clients, proxy, nodes and databases"),
            command: format!("cargo xtask faults {words}").trim_end().to_owned(),
        })
    }

    fn opening(&self, reports: &[Report]) -> String {
        let Self { date, commit, machine, command } = self;
        let Some(Report { profile, .. }) = reports.first() else { return String::new() };
        let percent = |rate: f64| format!("{:.0} %", rate * 100.0);
        let network = &profile.network;
        let mut stores: Vec<_> = reports.iter().map(|report| report.profile.store.title()).collect();
        stores.dedup();
        let stores = stores.join(" · ");
        format!(
            "Made on {date} at commit {commit} by `{command}`; {machine}.

| profile of each run | |
|---|---|
| store | {stores} |
| seed | {} |
| clients, length | {} clients, {} s |
| scale | 1:{:.0}: `min_age` {} s, `lost_window` {} s, clients take answers for {} s (60, 30 and 10 in production) |
| network, of all exchanges | request dropped {}, answer dropped after the server had done its work {}, answer cut in the middle {}, request up to {} ms late {}, answer as late {}, answer too late to be taken {}, request duplicated {} |
| thefts | {} for each 100 clients |
| servers | hurt every {:.0} s on average, still for up to {:.1} s, killed nodes away for up to {:.1} s |

",
            profile.seed,
            profile.clients,
            profile.length.as_secs(),
            profile.scale(),
            profile.min_age_secs,
            profile.lost_window().as_secs(),
            profile.patience().as_secs_f64(),
            percent(network.request_dropped),
            percent(network.answer_dropped),
            percent(network.answer_cut),
            profile.longest_delay().as_millis(),
            percent(network.request_delayed),
            percent(network.answer_delayed),
            percent(network.answer_too_late),
            percent(network.duplicated),
            profile.thefts_per_hundred,
            profile.servers.every.as_secs_f64(),
            profile.servers.longest_pause.as_secs_f64(),
            profile.servers.longest_absence.as_secs_f64(),
        )
    }
}

/// The runs of the policy that ships, on every store.
pub(crate) fn stores(reports: &[Report], setting: &Setting) -> Block {
    let mut text = setting.opening(reports);
    text.push_str("| | ");
    text.push_str(&reports.iter().map(|report| report.profile.store.title()).collect::<Vec<_>>().join(" | "));
    text.push_str(" |\n|---|");
    text.push_str(&"---|".repeat(reports.len()));
    text.push('\n');
    let mut row = |what: &str, figure: &dyn Fn(&Report) -> String| {
        let figures: Vec<_> = reports.iter().map(figure).collect();
        line(&mut text, &format!("| {what} | {} |", figures.join(" | ")));
    };
    row("**false logouts** (must be 0)", &|report| format!("**{}**", report.false_logouts()));
    row("**acknowledged things lost** (must be 0)", &|report| format!("**{}**", report.lost()));
    row("**thieves still in at the end** (must be 0)", &|report| format!("**{}**", report.thieves_in()));
    row("thefts", &|report| report.thefts().to_string());
    row("exchanges, each second", &|report| format!("{}, {:.0}", report.exchanges, report.rate()));
    row("refreshes answered with tokens", &|report| report.renewed().to_string());
    let renewals = |report: &Report, what: &str| report.verdicts.get(what).copied().unwrap_or_default().to_string();
    row("of these with a successor", &|report| renewals(report, "200 successor"));
    row("refreshes that got no answer", &|report| renewals(report, "no answer"));
    row("clients that ended before storing a token", &|report| report.crashes.to_string());
    row("logouts, switches (acknowledged, and looked after)", &|report| {
        format!("{}, {}", report.logouts, report.switches)
    });
    for (why, what) in [
        ("theft", "signed out because of a theft"),
        ("own_act", "signed out by an own logout or switch whose answer was lost"),
        ("keyless_too_late", "without a key, and later than `lost_window`"),
        ("network_too_slow", "after a request that outlived the windows"),
    ] {
        row(what, &|report| report.signed_out_for(why).to_string());
    }
    row("nodes answered 5xx, or not at all", &|report| {
        let failures = report.failures.iter().map(|(what, count)| format!("{what}: {count}"));
        failures.collect::<Vec<_>>().join(", ")
    });
    row("the longest life of a request", &|report| secs(Some(report.longest_life)));
    text.push_str(
        "\nWhat was done to the servers; an outage is the longest time in which a node that was concerned judged nothing.\n\n\
         | store | blow | times | longest away | longest outage | failed requests |\n|---|---|---|---|---|---|\n",
    );
    for report in reports {
        for blow in &report.blows {
            let (away, outage) = (secs(Some(blow.longest_away)), secs(Some(blow.longest_outage)));
            let (store, title, count, failed) = (report.profile.store.name(), blow.title, blow.count, blow.failed);
            line(&mut text, &format!("| {store} | {title} | {count} | {away} | {outage} | {failed} |"));
        }
    }
    text.push_str(
        "\nThefts, all stores together. *Refreshes* are those of either side that were served from the thief's first use until he \
         was refused; *beyond* those that were served later than `lost_window` after the other side had rotated.\n\n\
         | a thief who | thefts | still in | out after (median, longest) | refreshes (median, most) | beyond |\n\
         |---|---|---|---|---|---|\n",
    );
    thefts(&mut text, reports);
    Block { name: "stores", text }
}

fn thefts(text: &mut String, reports: &[Report]) {
    for kind in crate::client::TheftKind::ALL {
        let lines = || reports.iter().flat_map(|report| &report.thefts).filter(|line| line.kind == kind);
        let (mut times, mut served): (Vec<Duration>, Vec<usize>) = (Vec::new(), Vec::new());
        lines().for_each(|line| {
            times.extend(&line.times);
            served.extend(&line.served);
        });
        times.sort_unstable();
        served.sort_unstable();
        let sum = |of: fn(&super::TheftLine) -> usize| lines().map(of).sum::<usize>();
        let (count, still) = (sum(|line| line.count), sum(|line| line.still_in));
        let beyond = lines().map(|line| line.beyond).max().unwrap_or_default();
        let times = format!("{}, {}", secs(median(&times)), secs(times.last().copied()));
        let served = format!("{}, {}", median(&served).unwrap_or_default(), served.last().copied().unwrap_or_default());
        line(text, &format!("| {} | {count} | {still} | {times} | {served} | {beyond} |", kind.name()));
    }
}

/// The same profile for every policy.
pub(crate) fn policies(reports: &[Report], setting: &Setting) -> Block {
    let mut text = setting.opening(reports);
    text.push_str(
        "| policy | false logouts | refreshes answered with tokens | thefts | thieves still in | out after (median, longest) | refreshes of thieves whose victim was out |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for report in reports {
        let mut times: Vec<_> = report.seen_thefts().flat_map(|one| one.times.iter().copied()).collect();
        times.sort_unstable();
        let outlived: usize = report.seen_thefts().map(|one| one.outlived).sum();
        let (title, out, thefts, still) =
            (report.profile.policy.title(), report.false_logouts(), report.thefts(), report.thieves_in());
        let times = format!("{}, {}", secs(median(&times)), secs(times.last().copied()));
        line(
            &mut text,
            &format!("| {title} | {out} | {} | {thefts} | {still} | {times} | {outlived} |", report.renewed()),
        );
    }
    Block { name: "policies", text }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes what is written into it");
}

/// Puts a part in its place.
pub(crate) fn write(block: &Block) -> Result<(), Failure> {
    let path = root().join(PAGE);
    let page = fs::read_to_string(&path).during("reading the page")?;
    fs::write(&path, replaced(&page, block)?).during("writing the page")
}

fn replaced(page: &str, block: &Block) -> Result<String, Failure> {
    let (begin, end) =
        (format!("<!-- {}: written by the command -->\n", block.name), format!("<!-- end of {} -->", block.name));
    let parts = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.ok_or_else(|| Failure::new(format!("{PAGE} has no place for {}", block.name)))?;
    Ok(format!("{before}{begin}\n{}\n{end}{after}", block.text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_around_a_part_is_kept() {
        let page = "Why.\n<!-- stores: written by the command -->\nold\n<!-- end of stores -->\nLimits.\n";
        let block = Block { name: "stores", text: "new\n".to_owned() };
        let expected = "Why.\n<!-- stores: written by the command -->\n\nnew\n<!-- end of stores -->\nLimits.\n";
        assert_eq!(replaced(page, &block).unwrap(), expected);
        assert_eq!(replaced(expected, &block).unwrap(), expected);
        assert!(replaced(page, &Block { name: "policies", text: String::new() }).is_err());
    }
}
