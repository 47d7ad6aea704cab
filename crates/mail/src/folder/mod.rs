//! A folder as a way out: one file for each letter, named by its id. What must stay true: a file that is there is a whole message, and a
//! letter that is delivered twice is one file.

mod mailbox;
mod reading;

use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use gatewright_core::port::CourierError;

pub use self::mailbox::{Mail, Mailbox};
use crate::{message::Message, setup::SetupError};

/// How the files end.
const ENDING: &str = "eml";

/// A folder that letters are put into. Writing is a matter of a few kilobytes on a local disk, so it is done in place.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Takes the folder, and makes it for us alone if it is not there: what lies in it opens accounts.
    ///
    /// # Errors
    /// [`SetupError::File`] if it cannot be made or is none.
    pub fn open(path: &Path) -> Result<Self, SetupError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(SetupError::file(path))?;
        fs::read_dir(path).map_err(SetupError::file(path))?;
        Ok(Self { path: path.to_owned() })
    }

    pub(crate) fn put(&self, message: &Message) -> Result<(), CourierError> {
        self.write(&message.id.to_string(), &message.bytes)
            .map_err(|error| CourierError::Later(format!("the folder of mails cannot be written to: {error}")))
    }

    pub(crate) fn check(&self) -> Result<(), CourierError> {
        let probe = self.path.join(".probe");
        let written = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
        written.map_err(|error| CourierError::Later(format!("the folder of mails cannot be written to: {error}")))
    }

    /// Under another name first, so that nobody reads half a message.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let half = self.path.join(format!(".{name}"));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half, self.path.join(format!("{name}.{ENDING}")))
    }
}
