//! The program under torment. What must stay true: the policy that ships is run by the very program that ships, and only the others
//! by one that was compiled with them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::{During, Failure},
    profile::Policy,
    terminal::tell,
};

/// The programs that a run may need.
pub(crate) struct Programs {
    shipped: PathBuf,
    alternatives: Option<PathBuf>,
}

impl Programs {
    /// Builds what these policies need, as a release does.
    pub(crate) fn build(policies: &[Policy]) -> Result<Self, Failure> {
        let own = std::env::current_exe().during("finding this program")?;
        let shipped = own.with_file_name("gatewright");
        let alternatives = if policies.iter().any(|policy| policy.is_alternative()) {
            tell("building the server with the policies of others");
            cargo(&["build", "--release", "--package", "gatewright-server", "--features", "alternatives"])?;
            let aside = own.with_file_name("gatewright-alternatives");
            std::fs::copy(&shipped, &aside).during("putting a program aside")?;
            Some(aside)
        } else {
            None
        };
        tell("building the server");
        cargo(&["build", "--release", "--package", "gatewright-server"])?;
        Ok(Self { shipped, alternatives })
    }

    /// Takes one that is there, for every policy.
    pub(crate) fn given(path: &Path) -> Self {
        Self { shipped: path.to_path_buf(), alternatives: Some(path.to_path_buf()) }
    }

    /// The one that knows a policy.
    pub(crate) fn of(&self, policy: Policy) -> &Path {
        match &self.alternatives {
            Some(alternatives) if policy.is_alternative() => alternatives,
            Some(_) | None => &self.shipped,
        }
    }
}

fn cargo(words: &[&str]) -> Result<(), Failure> {
    let status = Command::new(env!("CARGO")).args(words).current_dir(root()).status().during("starting cargo")?;
    if status.success() { Ok(()) } else { Err(Failure::new("the server could not be built")) }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in a folder of the workspace")
}
