//! One conversation, as RFC 5321 has it, with STARTTLS (RFC 3207), AUTH (RFC 4954), 8BITMIME (RFC 6152), PIPELINING (RFC 2920) and SMTPUTF8
//! (RFC 6531). What must stay true: everything that a client says is kept as it came, with whether it came inside TLS.

use std::{
    io,
    net::TcpStream,
    sync::{Mutex, PoisonError},
};

use data_encoding::BASE64;

use super::{Does, PASSWORD, Shared, SmtpMood, SmtpStage, SmtpTls, USER, wire::Wire};

/// The most lines and bytes of one conversation.
const MOST_LINES: usize = 50_000;
const LARGEST_LETTER: usize = 4 * 1024 * 1024;

/// What was said in one conversation.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// Every line of the client, but for letters.
    pub said: Vec<Said>,
    /// The letters that were taken, or kept before the server died.
    pub letters: Vec<Received>,
    /// Whether the conversation has ended.
    pub has_ended: bool,
}

/// A line of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The line, without its end.
    pub line: String,
    /// Whether it came inside TLS.
    pub in_tls: bool,
}

/// A letter as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The line with the sender.
    pub sender: String,
    /// The lines with recipients.
    pub recipients: Vec<String>,
    /// The letter, with the dots that were doubled on the way taken out.
    pub data: Vec<u8>,
    /// The letter's lines as they came, with those dots.
    pub raw: Vec<u8>,
}

struct Talk<'a> {
    shared: &'a Shared,
    wire: Wire,
    record: &'a Mutex<Conversation>,
    envelope: Option<(String, Vec<String>)>,
    has_greeted: bool,
    has_signed_in: bool,
    letters: usize,
}

/// Speaks until one side hangs up.
pub(super) fn hold(shared: &Shared, stream: TcpStream, record: &Mutex<Conversation>) -> io::Result<()> {
    let mut wire = Wire::new(stream)?;
    if let (SmtpTls::Implicit, Some(config)) = (shared.tls, &shared.certificate) {
        wire = wire.secured(config)?;
    }
    let mut talk = Talk { shared, wire, record, envelope: None, has_greeted: false, has_signed_in: false, letters: 0 };
    if !talk.answer(SmtpStage::Greeting, "220 smtp.example.test ESMTP")? {
        return Ok(());
    }
    for _ in 0..MOST_LINES {
        let Some(line) = talk.hear()? else { return Ok(()) };
        let goes_on = match verb(&line).as_str() {
            "STARTTLS" => {
                let (next, goes_on) = talk.start_tls()?;
                talk = next;
                goes_on
            }
            _ => talk.obey(&line)?,
        };
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

fn verb(line: &str) -> String {
    line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase()
}

impl Talk<'_> {
    fn hear(&mut self) -> io::Result<Option<String>> {
        let Some(line) = self.wire.line()? else { return Ok(None) };
        let line = String::from_utf8_lossy(&line).into_owned();
        let said = Said { line: line.clone(), in_tls: self.wire.is_secure() };
        self.record.lock().unwrap_or_else(PoisonError::into_inner).said.push(said);
        Ok(Some(line))
    }

    /// Answers as the mood says; false if that was the end.
    fn answer(&mut self, stage: SmtpStage, usual: &str) -> io::Result<bool> {
        let mood = self.shared.mood();
        self.shared.dawdle(mood.delay_of(stage));
        match mood.does.get(&stage) {
            Some(Does::Dies) => Ok(false),
            Some(Does::Says(text)) => {
                self.wire.say(&format!("{text}\r\n"))?;
                Ok(!text.starts_with("421"))
            }
            Some(Does::Adds(text)) => self.wire.say(&format!("{usual}\r\n{text}")).map(|()| true),
            None => self.wire.say(&format!("{usual}\r\n")).map(|()| true),
        }
    }

    fn is_usual(&self, stage: SmtpStage) -> bool {
        !matches!(self.shared.mood().does.get(&stage), Some(Does::Says(_) | Does::Dies))
    }

    fn start_tls(mut self) -> io::Result<(Self, bool)> {
        let Some(config) = self.shared.certificate.clone().filter(|_| !self.wire.is_secure()) else {
            self.wire.say("503 5.5.1 no TLS here\r\n")?;
            return Ok((self, true));
        };
        let is_usual = self.is_usual(SmtpStage::StartTls);
        let goes_on = self.answer(SmtpStage::StartTls, "220 2.0.0 go ahead")?;
        if !is_usual {
            return Ok((self, goes_on));
        }
        self.wire = self.wire.secured(&config)?;
        self.has_greeted = false;
        Ok((self, true))
    }

    fn obey(&mut self, line: &str) -> io::Result<bool> {
        let mood = self.shared.mood();
        match verb(line).as_str() {
            "EHLO" => {
                self.has_greeted = true;
                let offers = self.offers(&mood);
                self.answer(SmtpStage::Hello, &offers)
            }
            "AUTH" => self.sign_in(line, &mood),
            "MAIL" if !self.has_greeted => self.wire.say("503 5.5.1 greet first\r\n").map(|()| true),
            "MAIL" if mood.asks_for_password && !self.has_signed_in => {
                self.wire.say("530 5.7.0 authentication required\r\n").map(|()| true)
            }
            "MAIL" if self.letters >= mood.letters_per_conversation => {
                self.wire.say("421 4.7.0 enough for one conversation\r\n").map(|()| false)
            }
            "MAIL" if self.envelope.is_some() => self.wire.say("503 5.5.1 one at a time\r\n").map(|()| true),
            "MAIL" if line.to_ascii_uppercase().contains("SMTPUTF8") && !mood.knows_utf8 => {
                self.wire.say("555 5.5.4 unknown parameter\r\n").map(|()| true)
            }
            "MAIL" => {
                if self.is_usual(SmtpStage::Sender) {
                    self.envelope = Some((line.to_owned(), Vec::new()));
                }
                self.answer(SmtpStage::Sender, "250 2.1.0 ok")
            }
            "RCPT" if self.envelope.is_none() => self.wire.say("503 5.5.1 who sends it?\r\n").map(|()| true),
            "RCPT" => {
                let is_usual = self.is_usual(SmtpStage::Recipient);
                self.envelope.iter_mut().filter(|_| is_usual).for_each(|(_, to)| to.push(line.to_owned()));
                self.answer(SmtpStage::Recipient, "250 2.1.5 ok")
            }
            "DATA" if self.envelope.as_ref().is_none_or(|(_, to)| to.is_empty()) => {
                self.wire.say("503 5.5.1 to whom?\r\n").map(|()| true)
            }
            "DATA" => {
                let is_usual = self.is_usual(SmtpStage::Data);
                let goes_on = self.answer(SmtpStage::Data, "354 go ahead")?;
                if is_usual { self.take_letter() } else { Ok(goes_on) }
            }
            "RSET" => {
                self.envelope = None;
                self.answer(SmtpStage::Reset, "250 2.0.0 ok")
            }
            "NOOP" => self.answer(SmtpStage::Noop, "250 2.0.0 ok"),
            "QUIT" => self.wire.say("221 2.0.0 bye\r\n").map(|()| false),
            _ => self.wire.say("502 5.5.2 unknown command\r\n").map(|()| true),
        }
    }

    fn offers(&self, mood: &SmtpMood) -> String {
        let mut offers =
            vec!["smtp.example.test".to_owned(), "PIPELINING".into(), "8BITMIME".into(), "SIZE 4194304".into()];
        if mood.knows_utf8 {
            offers.push("SMTPUTF8".into());
        }
        let may_secure = self.shared.tls == SmtpTls::Offered && !self.wire.is_secure();
        if may_secure && !mood.hides_starttls {
            offers.push("STARTTLS".into());
        }
        if !may_secure || mood.hides_starttls {
            offers.push(format!("AUTH {}", mood.mechanisms));
        }
        let last = offers.len() - 1;
        let line = |(at, offer): (usize, &String)| format!("250{}{offer}", if at == last { ' ' } else { '-' });
        offers.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }

    fn sign_in(&mut self, line: &str, mood: &SmtpMood) -> io::Result<bool> {
        let mut words = line.split(' ').skip(1);
        let (mechanism, first) =
            (words.next().unwrap_or_default().to_ascii_uppercase(), words.next().map(str::to_owned));
        if !mood.mechanisms.split(' ').any(|known| known == mechanism) {
            return self.wire.say("504 5.5.4 unknown mechanism\r\n").map(|()| true);
        }
        let (user, password) = if mechanism == "PLAIN" {
            let Some(both) = first.map_or_else(|| self.challenge(""), |first| Ok(Some(first)))? else {
                return Ok(false);
            };
            let text = decoded(&both);
            let mut parts = text.split('\0').skip(1);
            (parts.next().unwrap_or_default().to_owned(), parts.next().unwrap_or_default().to_owned())
        } else {
            let Some(user) = first.map_or_else(|| self.challenge("VXNlcm5hbWU6"), |first| Ok(Some(first)))? else {
                return Ok(false);
            };
            let Some(password) = self.challenge("UGFzc3dvcmQ6")? else { return Ok(false) };
            (decoded(&user), decoded(&password))
        };
        self.has_signed_in = user == USER && password == PASSWORD;
        let usual = if self.has_signed_in { "235 2.7.0 welcome" } else { "535 5.7.8 wrong user or password" };
        self.answer(SmtpStage::SignIn, usual)
    }

    fn challenge(&mut self, text: &str) -> io::Result<Option<String>> {
        self.wire.say(&format!("334 {text}\r\n"))?;
        self.hear()
    }

    fn take_letter(&mut self) -> io::Result<bool> {
        let (mut raw, mut data) = (Vec::new(), Vec::new());
        loop {
            let Some(line) = self.wire.line()? else { return Ok(false) };
            if line == b"." {
                break;
            }
            if raw.len() + line.len() > LARGEST_LETTER {
                return Ok(false);
            }
            raw.extend_from_slice(&line);
            raw.extend_from_slice(b"\r\n");
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            data.extend_from_slice(b"\r\n");
        }
        let (sender, recipients) = self.envelope.take().unwrap_or_default();
        let is_refused =
            matches!(self.shared.mood().does.get(&SmtpStage::Letter), Some(Does::Says(text)) if !text.starts_with('2'));
        if !is_refused {
            self.letters += 1;
            let letter = Received { sender, recipients, data, raw };
            self.record.lock().unwrap_or_else(PoisonError::into_inner).letters.push(letter);
        }
        self.answer(SmtpStage::Letter, "250 2.0.0 taken")
    }
}

fn decoded(text: &str) -> String {
    BASE64.decode(text.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
