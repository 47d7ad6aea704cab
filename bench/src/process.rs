//! What the kernel knows about a process: memory and processor time, from `/proc`.

use std::{fs, time::Duration};

use crate::failure::{During, Failure};

/// The unit of the times in `/proc/<pid>/stat`: `USER_HZ` is 100 on every architecture that Linux has today (time(7)).
const TICKS_PER_SEC: u64 = 100;

/// Memory of a process, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// All of it that is in RAM (`VmRSS`).
    pub(crate) resident_kib: u64,
    /// What no file backs (`RssAnon`): the part that nobody else can use.
    pub(crate) anonymous_kib: u64,
    /// The most that was ever resident (`VmHWM`).
    pub(crate) peak_kib: u64,
}

impl Memory {
    pub(crate) fn of(pid: u32) -> Result<Self, Failure> {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).during("reading a process's memory")?;
        Self::parse(&text).ok_or_else(|| Failure::new("a process without memory: has it ended?"))
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| -> Option<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.trim().strip_suffix(" kB")?.parse().ok()
        };
        Some(Self { resident_kib: field("VmRSS")?, anonymous_kib: field("RssAnon")?, peak_kib: field("VmHWM")? })
    }
}

/// The processor time that a process has used so far, all its threads together. Exact to 10 ms.
pub(crate) fn processor_time(pid: u32) -> Result<Duration, Failure> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).during("reading a process's time")?;
    parse_time(&text).ok_or_else(|| Failure::new("a process without times"))
}

/// Fields 14 and 15 of proc_pid_stat(5). The second field is a name in brackets that may hold anything.
fn parse_time(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let total = ticks()? + ticks()?;
    Some(Duration::from_millis(total * 1000 / TICKS_PER_SEC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_its_own_lines() {
        let text = "Name:\tVmRSS: 1 kB\nVmHWM:\t    9000 kB\nVmRSS:\t    8000 kB\nRssAnon:\t     700 kB\nThreads:\t4\n";
        let expected = Memory { resident_kib: 8000, anonymous_kib: 700, peak_kib: 9000 };
        assert_eq!(Memory::parse(text), Some(expected));
        assert_eq!(Memory::parse("Name:\tzombie\n"), None);
    }

    #[test]
    fn the_time_of_a_process_with_an_odd_name_is_read() {
        let stat = "42 (a) 1 2 (b) S 1 42 42 0 -1 4194560 1 0 0 0 150 25 7 7 20 0 3 0 99 1 1\n";
        assert_eq!(parse_time(stat), Some(Duration::from_millis(1750)));
        assert!(processor_time(std::process::id()).is_ok());
    }
}
