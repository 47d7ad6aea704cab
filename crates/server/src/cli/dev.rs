//! `gatewright dev`: the first thing that anybody tries. A database of its own, kept between starts; a demo account; and lines
//! that can be copied into another terminal. No mail leaves: all of it is caught and shown.
//!
//! What must stay true: it listens on loopback only; nothing but this file opens the mailbox; and its accounts are in a database that `serve` does not use (SECURITY
//! PW19): the demo's password is no secret.

mod mailbox;

use std::path::PathBuf;

use clap::Args;
use gatewright_mail::Sender;

use crate::{
    config::{Database, LogFormat, Problem, Settings, Sources, Way, keys},
    failure::Failure,
    gate::{
        AccountKey, Error, Gatewright, NewUser, Refusal, SignUpRequest,
        model::{AccountId, Email, Login, Pin, Plaintext, ProfilePatch, Transport, Username},
    },
    house::{House, Stay},
    logs, post,
    serve::{self, Service, Sockets},
    terminal::{self, Ink},
};

/// Try it here and now.
///
/// Serves on this machine only, with a demo account that has three users, one of them behind a PIN. No mail leaves: it is shown at
/// /dev/mailbox. Everything is kept in ./gatewright-data/dev; delete that folder to start over.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// Where to listen; a loopback address.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where health and metrics listen, or `off`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    ops_listen: Option<String>,
}

const EMAIL: &str = "demo@example.test";
const PASSWORD: &str = "violet otter lantern";
const OWNER: &str = "ada";
const WITH_PIN: &str = "ben";
const PIN: &str = "2468";
const CHILD: &str = "cleo";
/// Whom mails are from, unless the configuration says so.
const SENDER: &str = "Gatewright <no-reply@gatewright.test>";

impl Dev {
    pub(super) async fn run(self, mut sources: Sources) -> Result<(), Failure> {
        sources.flags.extend(self.listen.map(|address| (&keys::LISTEN, address)));
        sources.flags.extend(self.ops_listen.map(|address| (&keys::OPS_LISTEN, address)));
        let mut settings = Settings::read(&sources)?;
        let caught = settings.move_to_dev();
        if settings.log.format == LogFormat::Auto {
            settings.log.format = LogFormat::Human;
        }
        logs::start(settings.log);
        if !settings.listen.ip().is_loopback() {
            let says = format!(
                "{} can be reached by others, and `dev` has a demo account with a known password",
                settings.listen
            );
            return Err(
                Problem::new(settings.spoken(&keys::LISTEN), says, "use 127.0.0.1, or `gatewright serve`").into()
            );
        }
        let sockets = Sockets::open(&settings).await?;
        let origin = settings.own_origin(sockets.address);
        let postman = post::open(&settings, &origin)?;
        let pages = mailbox::Pages::open(&caught);
        let pages = pages.map_err(|error| Failure::because("mails cannot be caught", &error))?;
        let house = House::open(&settings, &origin, Stay::Long).await?;
        seed(&house.gate).await.map_err(|error| Failure::because("the demo account was not made", &error))?;
        let ops = sockets.ops_address().map(|address| format!("http://{address}"));
        let data = settings.data_dir.display().to_string();
        let welcome = move || welcome(origin.as_str(), ops.as_deref(), &data);
        let service = Service { house, sockets, postman };
        serve::run(&settings, service, |api| pages.before(api), welcome).await
    }
}

/// Makes the demo account unless it is there.
async fn seed(gate: &Gatewright) -> Result<(), Error> {
    let operator = gate.operator();
    let login = Login::parse("login", EMAIL)?;
    match operator.show_account(&AccountKey::Login(login)).await {
        Ok(_) => return Ok(()),
        Err(Error::Refused(Refusal::NotFound)) => {}
        Err(error) => return Err(error),
    }
    let request = SignUpRequest {
        email: Email::parse("email", EMAIL)?,
        password: Plaintext::parse("password", PASSWORD.to_owned())?,
        username: Some(Username::parse("username", OWNER)?),
        profile: called("Ada"),
        transport: Transport::Body,
        label: None,
    };
    let (account, _) = operator.create_account(request).await?;
    add(gate, account.id, WITH_PIN, "Ben", Some(Pin::parse("pin", PIN.to_owned())?)).await?;
    add(gate, account.id, CHILD, "Cleo", None).await
}

async fn add(gate: &Gatewright, account: AccountId, name: &str, shown: &str, pin: Option<Pin>) -> Result<(), Error> {
    let username = Username::parse("username", name)?;
    gate.operator().add_user(account, NewUser { username, profile: called(shown), pin }).await.map(drop)
}

fn called(name: &str) -> ProfilePatch {
    ProfilePatch { display_name: Some(Some(name.to_owned())), ..ProfilePatch::default() }
}

fn welcome(origin: &str, ops: Option<&str>, data: &str) {
    let Ink { bold, dim, good, off, .. } = Ink::new();
    let mailbox = mailbox::PATH;
    let ops = ops.map_or_else(String::new, |ops| format!("\n  Metrics  {ops}/metrics"));
    terminal::say(format_args!(
        r#"
{good}●{off} {bold}Gatewright{off} is here: {bold}{origin}{off}  {dim}(this machine only; data in {data}){off}

  Account  {EMAIL}   password  {PASSWORD}
  Users    {OWNER} (owner) · {WITH_PIN} (PIN {PIN}) · {CHILD}
  API      {origin}/auth/openapi.json
  Keys     {origin}/.well-known/jwks.json
  Mail     {origin}{mailbox}  {dim}(caught here, none leaves){off}{ops}

Log in {dim}(the account has several users, so the answer asks which one){off}

  curl -s {origin}/auth/login -H 'Content-Type: application/json' \
    -d '{{"login":"{EMAIL}","password":"{PASSWORD}"}}'

Or name the user, and get tokens at once

  curl -s {origin}/auth/login -H 'Content-Type: application/json' \
    -d '{{"login":"{EMAIL}","password":"{PASSWORD}","user":"{OWNER}","transport":"body"}}'

{dim}Ctrl-C ends it.{off}
"#
    ));
}

impl Settings {
    /// Everything in a folder of its own, whatever the configuration says of the database, its key and mail. Answers where mails
    /// are caught.
    fn move_to_dev(&mut self) -> PathBuf {
        self.data_dir = self.data_dir.join("dev");
        self.database = Database::in_folder(&self.data_dir);
        self.database_secret = None;
        self.master_key = None;
        let caught = self.data_dir.join("mail");
        self.mail.way = Some(Way::Folder(caught.clone()));
        self.mail.way_secret = None;
        let sender = || Sender::parse(SENDER).expect("it is an address");
        self.mail.sender.get_or_insert_with(sender);
        caught
    }
}
