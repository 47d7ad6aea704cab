//! A report for whoever sits at the terminal.

use std::fmt::{self, Display};

use super::{Report, median, secs};

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, .. } = self;
        writeln!(
            f,
            "{} (seed {}, {} clients, {} s at 1:{:.0}): {} exchanges, {:.0}/s; a request lived {} at most",
            profile.name(),
            profile.seed,
            profile.clients,
            profile.length.as_secs(),
            profile.scale(),
            self.exchanges,
            self.rate(),
            secs(Some(self.longest_life))
        )?;
        let list = |counts: Vec<String>| if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        let verdicts = self.verdicts.iter().map(|(what, count)| format!("{what}: {count}"));
        writeln!(f, "  refreshes          {}", list(verdicts.collect()))?;
        let failures = self.failures.iter().map(|(what, count)| format!("{what}: {count}"));
        writeln!(f, "  nodes failed       {}", list(failures.collect()))?;
        writeln!(
            f,
            "  clients            {} logouts, {} switches, {} logins anew, {} crashes before storing",
            self.logouts, self.switches, self.logins, self.crashes
        )?;
        let signed_out = self.signed_out.iter().map(|(why, count)| format!("{}: {count}", why.replace('_', " ")));
        writeln!(f, "  signed out         {}", list(signed_out.collect()))?;
        writeln!(f, "  blow                             count   away  outage  failed requests")?;
        for line in &self.blows {
            let (away, outage) = (secs(Some(line.longest_away)), secs(Some(line.longest_outage)));
            writeln!(f, "    {:<30} {:>5} {away:>6} {outage:>7} {:>8}", line.title, line.count, line.failed)?;
        }
        writeln!(
            f,
            "  a thief who                           thefts  in  out after (median, longest)  refreshes  beyond"
        )?;
        for line in self.thefts.iter().filter(|line| line.count > 0) {
            let times = format!("{}, {}", secs(median(&line.times)), secs(line.times.last().copied()));
            let served = line.served.last().copied().unwrap_or_default();
            let (name, count, still, beyond) = (line.kind.name(), line.count, line.still_in, line.beyond);
            writeln!(f, "    {name:<36} {count:>5} {still:>3}  {times:>27}  {served:>9}  {beyond:>6}")?;
        }
        writeln!(f, "  FALSE LOGOUTS      {}", self.false_logouts())?;
        self.false_logouts.iter().try_for_each(|exhibit| writeln!(f, "  {exhibit}"))?;
        writeln!(f, "  LOST               {}", self.broken_count)?;
        self.broken.iter().try_for_each(|exhibit| writeln!(f, "  {exhibit}"))?;
        self.strange.iter().try_for_each(|(what, count)| writeln!(f, "  STRANGE            {what}: {count}"))?;
        self.fallen.iter().try_for_each(|what| writeln!(f, "  FALLEN             {what}"))?;
        match self.faults().as_slice() {
            [] => write!(f, "  every bound holds"),
            faults => write!(f, "  {}", faults.join("; ")),
        }
    }
}
