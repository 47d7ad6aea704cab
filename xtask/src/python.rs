//! Programs that come as Python packages. What must stay true: each list of packages has a virtual environment of its own under
//! `target/`, which holds exactly the versions of the list.

use crate::process::{command, run};
use crate::{Ended, Failure};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the programs that `list`, a file of pinned packages, brings. Made when it is missing or older than the list.
pub(crate) fn programs(root: &Path, name: &str, list: &str) -> Result<PathBuf, Failure> {
    let folder = root.join("target").join(name);
    let programs = folder.join("bin");
    let wanted = fs::read_to_string(root.join(list)).map_err(|error| Failure(format!("{list}: {error}")))?;
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|had| had == wanted) {
        return Ok(programs);
    }
    let pip = programs.join("pip");
    let steps = [
        command(root, "python3", &["-m", "venv", "--clear", &folder.to_string_lossy()]),
        command(root, &pip.to_string_lossy(), &["install", "--quiet", "--no-deps", "--requirement", list]),
    ];
    for mut step in steps {
        if run(&mut step)? == Ended::Badly {
            let hint = "on Debian and Ubuntu `python3 -m venv` needs: apt-get install python3-venv";
            return Err(Failure(format!("{name} could not be installed: `{step:?}` failed; {hint}")));
        }
    }
    fs::write(installed, wanted).map_err(|error| Failure(format!("noting what is installed: {error}")))?;
    Ok(programs)
}
