//! A letter as an RFC 5322 message. What must stay true: the same letter is the same message, byte by byte, however often and wherever
//! it is made, so that whoever gets it twice sees by the `Message-ID` that it is one.

use std::time::{Duration, SystemTime};

use gatewright_core::model::{Email, Letter, LetterId};
use lettre::{
    Address, Message as Built,
    message::{
        Mailbox, MultiPart, MultiPartKind, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use crate::{sender::Sender, stationery::Written};

/// A message on its way.
pub(crate) struct Message {
    pub(crate) id: LetterId,
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) bytes: Vec<u8>,
}

/// The message cannot be written: an address that we take for one is none for the library.
#[derive(Debug)]
pub(crate) struct Unwritable(pub(crate) &'static str);

impl Message {
    pub(crate) fn compose(letter: &Letter, written: &Written, sender: &Sender, host: &str) -> Result<Self, Unwritable> {
        let from = address(&sender.address).ok_or(Unwritable("the sender's address cannot be written into a mail"))?;
        let to = address(&letter.to).ok_or(Unwritable("the reader's address cannot be written into a mail"))?;
        let id = letter.id;
        let part = |kind: ContentType, text: &str| {
            let builder = SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable);
            builder.body(text.to_owned())
        };
        // Of the id, which nobody can know before, so that no text can hold it.
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("=_{}", id.uuid().simple()))
            .singlepart(part(ContentType::TEXT_PLAIN, &written.text))
            .singlepart(part(ContentType::TEXT_HTML, &written.html));
        let own =
            |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let built = Built::builder()
            .date(born(id))
            .from(Mailbox::new(sender.name.clone(), from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(&written.subject)
            .message_id(Some(format!("<{id}@{host}>")))
            // RFC 3834: no out-of-office answers this. The second is what Exchange understands.
            .raw_header(own("Auto-Submitted", "auto-generated"))
            .raw_header(own("X-Auto-Response-Suppress", "All"))
            .raw_header(own("Content-Language", &written.language))
            .multipart(parts)
            .map_err(|_| Unwritable("a part of the mail is missing"))?;
        Ok(Self { id, from, to, bytes: built.formatted() })
    }

    /// Whether a server must know SMTPUTF8 (RFC 6531) to take it.
    pub(crate) fn needs_utf8(&self) -> bool {
        let is_beyond = |address: &Address| !address.to_string().is_ascii();
        is_beyond(&self.from) || is_beyond(&self.to)
    }
}

/// The address with its domain in ASCII (RFC 5890), which every server understands. The part before the `@` is the reader's and stays as
/// he gave it.
fn address(email: &Email) -> Option<Address> {
    let (_, domain) = email.key().rsplit_once('@')?;
    Address::new(email.local_part(), domain).ok()
}

/// When the letter was written, out of its id (UUIDv7). Not when it is sent: that is the business of `Received` (RFC 5322 section
/// 3.6.1).
pub(crate) fn born(id: LetterId) -> SystemTime {
    let millis = id.as_bytes()[..6].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}
