//! Mail: templates in several languages, and the ways out.
//!
//! A [`gatewright_core::model::Letter`] says what is to be said. [`Stationery`] gives it words and form; a [`Postman`] makes an
//! RFC 5322 message of that and takes it to an SMTP server, into a folder or onto a terminal. [`Mailbox`] reads the folder.
//!
//! What must stay true: a value that came from outside never changes a header, a part or the structure of a mail (SECURITY
//! EM10); the host of a link comes from the configuration only (EM5); both parts say the same, because they are made of the same
//! sentences; credentials, tokens and codes show in no `Debug` and in no error. docs/decisions/0017-mail-rendering-and-transport.md
//! says why it is built this way.

mod clean;
mod folder;
mod letterhead;
mod message;
mod percent;
mod postman;
mod sender;
mod setup;
mod smtp;
mod stationery;

pub use self::{
    folder::{Folder, Mail, Mailbox},
    letterhead::{Letterhead, Origin, Support},
    postman::{Postman, WayOut},
    sender::Sender,
    setup::SetupError,
    smtp::{Smtp, SmtpAddress, SmtpPatience, SmtpSecurity},
    stationery::{Stationery, TemplateFile, Written, built_in_templates, export_templates, sample_letters},
};
