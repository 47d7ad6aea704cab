//! Takes letters away: the core's port `Courier`, with one of several ways out.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use gatewright_core::{
    model::Letter,
    port::{Courier, CourierError},
};

use crate::{
    folder::Folder,
    message::Message,
    sender::Sender,
    smtp::Smtp,
    stationery::{Stationery, Written},
};

/// Gives letters their form and takes them away.
#[derive(Debug)]
pub struct Postman {
    stationery: Arc<Stationery>,
    sender: Sender,
    way: WayOut,
}

/// Where letters go.
pub enum WayOut {
    /// To an SMTP server.
    Smtp(Box<Smtp>),
    /// Into a folder, a file each.
    Folder(Folder),
    /// Written out for somebody to read, as on a terminal. Whoever reads it can do what the mails allow.
    Writer(Mutex<Box<dyn Write + Send>>),
}

impl fmt::Debug for WayOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(smtp) => smtp.fmt(f),
            Self::Folder(folder) => folder.fmt(f),
            Self::Writer(_) => f.write_str("Writer"),
        }
    }
}

impl WayOut {
    /// Writes each letter's subject and text there.
    pub fn writer(to: impl Write + Send + 'static) -> Self {
        Self::Writer(Mutex::new(Box::new(to)))
    }
}

impl Postman {
    /// A postman with this paper, this sender and this way out.
    #[must_use]
    pub fn new(stationery: impl Into<Arc<Stationery>>, sender: Sender, way: WayOut) -> Self {
        Self { stationery: stationery.into(), sender, way }
    }

    /// Sees whether letters could go out now, without sending one: the SMTP server is greeted and signed in to, the folder is
    /// written to.
    ///
    /// # Errors
    /// [`CourierError::Later`] with what is in the way.
    pub async fn check(&self) -> Result<(), CourierError> {
        match &self.way {
            WayOut::Smtp(smtp) => smtp.check().await,
            WayOut::Folder(folder) => folder.check(),
            WayOut::Writer(_) => Ok(()),
        }
    }

    /// Takes leave of the SMTP server. Letters may still be delivered afterwards.
    pub async fn close(&self) {
        if let WayOut::Smtp(smtp) = &self.way {
            smtp.close().await;
        }
    }

    /// The paper that it writes on.
    #[must_use]
    pub fn stationery(&self) -> &Stationery {
        &self.stationery
    }
}

#[async_trait]
impl Courier for Postman {
    async fn deliver(&self, letter: &Letter) -> Result<(), CourierError> {
        let written = self.stationery.write(letter).map_err(|error| CourierError::Never(error.to_string()))?;
        let host = self.stationery.letterhead().origin.host();
        let message = Message::compose(letter, &written, &self.sender, host)
            .map_err(|unwritable| CourierError::Never(unwritable.0.to_owned()))?;
        match &self.way {
            WayOut::Smtp(smtp) => smtp.send(&message).await,
            WayOut::Folder(folder) => folder.put(&message),
            WayOut::Writer(writer) => {
                let mut writer = writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                print(&mut **writer, letter, &written)
                    .map_err(|error| CourierError::Later(format!("the mail cannot be written out: {error}")))
            }
        }
    }
}

fn print(writer: &mut dyn Write, letter: &Letter, written: &Written) -> std::io::Result<()> {
    writeln!(
        writer,
        "--- mail {} to {}\nSubject: {}\n\n{}---",
        letter.id,
        letter.to.as_str(),
        written.subject,
        written.text
    )?;
    writer.flush()
}
