//! What the figures were measured on, in words that name no machine.

use std::{fs, path::Path, process::Command};

use crate::failure::{During, Failure};

/// Cores and memory.
pub(crate) fn kind(cores: usize) -> Result<String, Failure> {
    let text = fs::read_to_string("/proc/meminfo").during("reading how much memory there is")?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let total: u64 = total.unwrap_or_default().parse().during("how much memory there is")?;
    // What the kernel keeps for itself is not in the total.
    Ok(format!("{cores} cores, {} GiB, Linux", total.div_ceil(1024 * 1024)))
}

/// How busy it was in the last minute, in processes.
pub(crate) fn load_average() -> Result<String, Failure> {
    let text = fs::read_to_string("/proc/loadavg").during("reading the load average")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// The commit that was built, and whether it was changed.
pub(crate) fn commit(root: &Path) -> Result<String, Failure> {
    let git = |arguments: &[&str]| -> Result<String, Failure> {
        let output = Command::new("git").args(arguments).current_dir(root).output().during("starting git")?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--", "crates", "bench", "Cargo.toml", "Cargo.lock"])?;
    Ok(if changed.is_empty() { format!("`{commit}`") } else { format!("`{commit}` with changes") })
}
