//! A report for programs.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::{Report, median};
use crate::{
    failure::{During, Failure},
    run::Ended,
};

impl Report {
    /// All of it.
    pub fn json(&self) -> Value {
        let secs = |duration: Duration| (duration.as_secs_f64() * 1e3).round() / 1e3;
        let thefts = self.thefts.iter().map(|line| {
            json!({
                "kind": line.kind.name(), "thefts": line.count, "still_in": line.still_in,
                "median_secs": median(&line.times).map(secs), "longest_secs": line.times.last().copied().map(secs),
                "median_refreshes": median(&line.served), "most_refreshes": line.served.last(),
                "beyond_windows": line.beyond, "outlived_victim": line.outlived,
            })
        });
        let blows = self.blows.iter().map(|line| {
            json!({
                "blow": line.title, "count": line.count, "longest_away_secs": secs(line.longest_away),
                "longest_outage_secs": secs(line.longest_outage), "failed_requests": line.failed,
            })
        });
        let exhibits = |all: &[super::Exhibit]| -> Vec<Value> {
            all.iter().map(|one| json!({ "what": one.what, "exchanges": one.exchanges })).collect()
        };
        json!({
            "store": self.profile.store.name(), "policy": self.profile.policy.name(), "seed": self.profile.seed,
            "clients": self.profile.clients, "length_secs": secs(self.profile.length),
            "min_age_secs": self.profile.min_age_secs, "scale": self.profile.scale(),
            "complete": self.ended == Ended::Fully, "well": self.is_well(), "faults": self.faults(),
            "exchanges": self.exchanges, "exchanges_per_sec": self.rate().round(),
            "longest_life_of_a_request_secs": secs(self.longest_life),
            "verdicts": self.verdicts, "signed_out": self.signed_out, "false_logouts": exhibits(&self.false_logouts),
            "lost_count": self.broken_count, "lost": exhibits(&self.broken), "strange": self.strange,
            "logouts": self.logouts, "switches": self.switches, "logins": self.logins, "crashes": self.crashes,
            "failures": self.failures, "thefts": thefts.collect::<Vec<_>>(), "blows": blows.collect::<Vec<_>>(),
            "fallen": self.fallen,
        })
    }
}

/// Writes reports as one array.
pub(crate) fn write(path: &Path, reports: &[Report]) -> Result<(), Failure> {
    let all: Vec<_> = reports.iter().map(Report::json).collect();
    let text = serde_json::to_string_pretty(&all).during("printing the report")?;
    std::fs::write(path, text + "\n").during("writing the report")
}
