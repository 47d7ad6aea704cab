//! `gatewright dev`: the first thing that anybody tries. A database of its own, kept between starts; a demo account and an admin; and
//! lines that can be copied into another terminal. No mail leaves: all of it is caught and shown.
//!
//! What must stay true: it listens on loopback only; nothing but this file opens the mailbox; and its accounts are in a database that `serve` does not use (SECURITY
//! PW19): the demo's password is no secret.

mod history;
mod mailbox;
mod seed;

use std::path::PathBuf;

use clap::Args;
use gatewright_mail::Sender;

use self::seed::{ADMIN, ADMIN_EMAIL, ADMIN_PASSWORD, Administration, CHILD, EMAIL, OWNER, PASSWORD, PIN, WITH_PIN};
use crate::{
    config::{Database, LogFormat, Problem, Settings, Sources, Way, keys},
    failure::Failure,
    house::{House, Stay},
    logs, post,
    serve::{self, Service, Sockets},
    terminal::{self, Ink},
};

/// Try it here and now.
///
/// Serves on this machine only, with a demo account that has three users, one of them behind a PIN, and an admin. No mail leaves: it is
/// shown at /dev/mailbox. Everything is kept in ./gatewright-data/dev; delete that folder to start over.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// Where to listen; a loopback address.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where health and metrics listen, or `off`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    ops_listen: Option<String>,
    /// Begin with the demo accounts alone, without a week behind them.
    #[arg(long)]
    without_history: bool,
}

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
        if let Database::File(path) = &settings.database
            && !path.exists()
            && !self.without_history
        {
            terminal::say(format_args!("Making a database with a week behind it …"));
            history::live_through(&settings, &origin).await?;
        }
        // What was only lived through is in the activity log, and would hide here what happens now.
        logs::start(settings.log);
        let house = House::open(&settings, &origin, Stay::Long).await?;
        let seeded = seed::seed(&house.gate).await;
        let administration = seeded.map_err(|error| Failure::because("the demo accounts were not made", &error))?;
        let ops = sockets.ops_address().map(|address| format!("http://{address}"));
        let data = settings.data_dir.display().to_string();
        let welcome = move || welcome(origin.as_str(), ops.as_deref(), &data, administration);
        let service = Service { house, sockets, postman };
        serve::run(&settings, service, |api| pages.before(api), welcome).await
    }
}

fn welcome(origin: &str, ops: Option<&str>, data: &str, administration: Administration) {
    let Ink { bold, dim, good, off, .. } = Ink::new();
    let mailbox = mailbox::PATH;
    let ops = ops.map_or_else(String::new, |ops| format!("\n  Metrics  {ops}/metrics"));
    let admin = match administration {
        Administration::Demo => {
            format!("  Admin    {ADMIN_EMAIL}  password  {ADMIN_PASSWORD}  {dim}({ADMIN}; {origin}/admin){off}\n")
        }
        Administration::Other => String::new(),
    };
    terminal::say(format_args!(
        r#"
{good}●{off} {bold}Gatewright{off} is here: {bold}{origin}{off}  {dim}(this machine only; data in {data}){off}

  Open     {bold}{origin}/{off}  {dim}(sign in, choose who you are, look around){off}
  Account  {EMAIL}   password  {PASSWORD}
  Users    {OWNER} (owner) · {WITH_PIN} (PIN {PIN}) · {CHILD}
{admin}  API      {origin}/auth/openapi.json
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
