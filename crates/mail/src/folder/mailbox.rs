//! Reads the folder that letters are put into: what the mailbox of development shows. What must stay true: it reads a bounded number of
//! files of a bounded size, and only by ids, so that no name leads out of the folder.

use std::{fmt, fs, io, path::Path};

use gatewright_core::model::{LetterId, Timestamp};

use super::{ENDING, Folder, reading};
use crate::{message, setup::SetupError};

/// The largest file that is read; ours have some ten kilobytes.
const LARGEST: u64 = 512 * 1024;

/// A folder of mails.
#[derive(Clone, Debug)]
pub struct Mailbox {
    folder: Folder,
}

/// A mail, read back. `Debug` shows neither its text nor what it opens.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The letter's id.
    pub id: LetterId,
    /// `Name <address>`, decoded.
    pub from: String,
    /// The address.
    pub to: String,
    /// Decoded.
    pub subject: String,
    /// When the letter was written, to the millisecond.
    pub date: Timestamp,
    /// The `Message-ID`, with its brackets.
    pub message_id: String,
    /// In which language.
    pub language: String,
    /// The part of plain text, with `\n` at the ends of lines.
    pub text: String,
    /// The part of HTML.
    pub html: String,
    /// The links of the plain text, in their order.
    pub links: Vec<String>,
    /// The eight digits.
    pub code: Option<String>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Mailbox {
    /// Opens the folder, and makes it if it is not there.
    ///
    /// # Errors
    /// [`SetupError::File`] if it cannot be made or is none.
    pub fn open(path: &Path) -> Result<Self, SetupError> {
        Ok(Self { folder: Folder::open(path)? })
    }

    /// The newest mails first, at most so many. Files that are no mails of ours are passed over.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn list(&self, at_most: usize) -> io::Result<Vec<Mail>> {
        let mut ids = self.ids()?;
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let mut mails = Vec::new();
        for id in ids {
            if mails.len() == at_most {
                break;
            }
            mails.extend(self.mail(id)?);
        }
        Ok(mails)
    }

    /// The mail of this letter.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn mail(&self, id: LetterId) -> io::Result<Option<Mail>> {
        let path = self.folder.path.join(format!("{id}.{ENDING}"));
        let read =
            fs::metadata(&path).and_then(|about| if about.len() > LARGEST { Ok(Vec::new()) } else { fs::read(&path) });
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(read_back(id, &bytes))
    }

    /// Removes all mails and says how many there were.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn clear(&self) -> io::Result<usize> {
        let ids = self.ids()?;
        for id in &ids {
            match fs::remove_file(self.folder.path.join(format!("{id}.{ENDING}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(ids.len())
    }

    fn ids(&self) -> io::Result<Vec<LetterId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder.path)? {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(ENDING)?.strip_suffix('.'));
            ids.extend(id.and_then(|id| id.parse::<LetterId>().ok()));
        }
        Ok(ids)
    }
}

fn read_back(id: LetterId, bytes: &[u8]) -> Option<Mail> {
    let whole = reading::Entity::read(bytes)?;
    let [text, html] = whole.alternatives()?;
    let header = |name: &str| whole.header(name).unwrap_or_default();
    let millis = message::born(id).duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?.as_millis();
    let date = Timestamp::from_micros(i64::try_from(millis).ok()?.checked_mul(1000)?);
    let words = || text.split_whitespace();
    let links = words().filter(|word| word.starts_with("https://") || word.starts_with("http://"));
    let code = words()
        .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()))
        .find(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()));
    Some(Mail {
        id,
        // A sender's name holds no quotation marks of its own.
        from: header("From").replace('"', ""),
        to: header("To"),
        subject: header("Subject"),
        date,
        message_id: header("Message-ID"),
        language: header("Content-Language"),
        links: links.map(str::to_owned).collect(),
        code: code.map(str::to_owned),
        text,
        html,
    })
}
