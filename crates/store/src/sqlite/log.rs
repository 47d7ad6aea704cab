//! A write-ahead log that was left behind, looked over before SQLite reads it. SQLite takes the first frame that is not whole
//! for the end of the log, because a commit that the power cut off looks like that. What must stay true: a log that is damaged
//! before its end is not taken for one that ends there, which would undo what had been acknowledged and revive what had ended.
//!
//! How they are told apart: a commit is begun when the one before it is on the disk. So of what the power may have cut there is one
//! commit at most. Two whole commits behind a frame that is not whole mean that this frame had been whole.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::{OpenError, identity};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The size of our pages: what SQLite takes where nobody says otherwise.
const PAGE_BYTES: usize = 4096;
/// The last bit says in which byte order the sums are made.
const MAGIC: u32 = 0x377f_0682;

type Sum = [u32; 2];

/// Refuses a log that is damaged before its end.
pub(super) fn check(path: &Path) -> Result<(), OpenError> {
    let log = identity::log_of(path);
    match look(&log) {
        Ok(None) => Ok(()),
        Ok(Some(offset)) => Err(OpenError::damaged(&format!(
            "its log does not have its checksum at byte {offset}, and goes on behind it: what was acknowledged since is lost"
        ))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Where the damage is.
fn look(log: &Path) -> io::Result<Option<u64>> {
    let mut file = File::open(log)?;
    let header = read_header(&mut file)?;
    let mut reader = io::BufReader::with_capacity(1 << 20, file);
    let start = match Start::of(&header) {
        Some(start) => start,
        None => Start::guessed(&mut reader)?,
    };
    let mut frame = vec![0; FRAME_HEADER_BYTES + start.page_bytes];
    let (mut before, mut offset) = (start.sum, HEADER_BYTES as u64);
    let (mut broken, mut commits_behind) = (None, 0);
    while read_frame(&mut reader, &mut frame)? {
        let stored = [big(&frame[16..]), big(&frame[20..])];
        if frame[8..16] == start.salts && stored == start.continued(before, &frame) {
            // A frame that is the last of a commit says how large the database is then.
            commits_behind += u32::from(broken.is_some() && big(&frame[4..]) != 0);
        } else if broken.is_none() {
            broken = Some(offset);
        }
        if commits_behind == 2 {
            // Somebody else may be writing: a log that was begun anew meanwhile is another one.
            let is_same = read_header(reader.get_mut())? == header;
            return Ok(broken.filter(|_| is_same));
        }
        // Each frame says what the sum was there, so that those behind a broken one can be looked at, too.
        before = stored;
        offset += frame.len() as u64;
    }
    Ok(None)
}

fn read_header(file: &mut File) -> io::Result<[u8; HEADER_BYTES]> {
    let mut header = [0; HEADER_BYTES];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut header)?;
    Ok(header)
}

/// False at the end.
fn read_frame(reader: &mut impl Read, frame: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(frame) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// What the header of a log says.
struct Start {
    page_bytes: usize,
    salts: [u8; 8],
    sum: Sum,
    is_big: bool,
}

impl Start {
    /// `None` if the header is damaged itself: SQLite ignores such a log.
    fn of(header: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (magic, page_bytes) = (big(header), usize::try_from(big(&header[8..])).ok()?);
        let salts = header[16..24].try_into().ok()?;
        let start = Self { page_bytes, salts, sum: [big(&header[24..]), big(&header[28..])], is_big: magic & 1 == 1 };
        let is_whole = start.summed([0, 0], &header[..24]) == start.sum;
        (magic & !1 == MAGIC && is_whole && (512..=65_536).contains(&page_bytes)).then_some(start)
    }

    /// What a log of ours would say whose header is damaged, as its first frame tells.
    fn guessed(reader: &mut io::BufReader<File>) -> io::Result<Self> {
        let mut frame = [0; 16];
        reader.read_exact(&mut frame)?;
        reader.seek_relative(-(frame.len() as i64))?;
        let salts = [8, 9, 10, 11, 12, 13, 14, 15].map(|index| frame[index]);
        Ok(Self { page_bytes: PAGE_BYTES, salts, sum: [0, 0], is_big: cfg!(target_endian = "big") })
    }

    /// The sum that goes on from `before` over a frame.
    fn continued(&self, before: Sum, frame: &[u8]) -> Sum {
        self.summed(self.summed(before, &frame[..8]), &frame[FRAME_HEADER_BYTES..])
    }

    fn summed(&self, [mut one, mut two]: Sum, bytes: &[u8]) -> Sum {
        let number = |bytes: &[u8]| if self.is_big { big(bytes) } else { big(bytes).swap_bytes() };
        for pair in bytes.chunks_exact(8) {
            one = one.wrapping_add(number(pair)).wrapping_add(two);
            two = two.wrapping_add(number(&pair[4..])).wrapping_add(one);
        }
        [one, two]
    }
}

/// The first four bytes, the highest first.
fn big(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}
