//! `gatewright service-key`: what programs show that ask about tokens or administer.
//!
//! What must stay true: the key itself is printed once, by the command that made it, and is kept nowhere (SECURITY AZ5).

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, print_json, visit};
use crate::{
    config::{Sources, parse_span},
    failure::Failure,
    gate::{
        Error, NewServiceKey, Refusal,
        model::{Permission, Right, ServiceKey as ServiceKeyModel, ServiceKeyId, Timestamp},
    },
    house::House,
    terminal::{self, Ink},
};

/// Make, list or revoke keys for programs.
#[derive(Debug, Subcommand)]
pub(super) enum ServiceKey {
    /// Make a key and print it, this once.
    #[command(after_help = permissions())]
    Create(Create),
    /// List the keys, newest first: what each may do, until when, and when it was used last. Not the keys themselves.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Revoke a key: every running server refuses it from now on.
    Revoke {
        /// The key's id, as `gatewright service-key list` shows it.
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What it is for, in at most 100 characters.
    #[arg(long)]
    name: String,
    /// What it may do; several times for several.
    #[arg(long = "permission", value_name = "NOUN:VERB", required = true, num_args = 1..)]
    permissions: Vec<Permission>,
    /// How long it is good, such as `90d` [default: until it is revoked].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires_in: Option<Duration>,
    #[command(flatten)]
    output: Output,
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let parsed = parse_span(text).filter(|span| !span.is_zero());
    parsed.ok_or("write seconds (`90`) or `90s`, `10m`, `12h`, `14d`")
}

fn permissions() -> String {
    let names: Vec<&str> = Right::ALL.map(Right::name).to_vec();
    let lines: Vec<String> = names.chunks(4).map(|some| format!("  {}", some.join(" "))).collect();
    format!("Permissions that mean something here:\n{}", lines.join("\n"))
}

impl ServiceKey {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(sources).await,
            Self::List { output } => list(&visit(sources).await?, output).await,
            Self::Revoke { id, output } => revoke(sources, &id, output).await,
        }
    }
}

impl Create {
    async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let house = visit(sources).await?;
        for permission in self.permissions.iter().filter(|it| Right::from_name(it.as_str()).is_none()) {
            terminal::tell(format_args!(
                "{permission} means nothing here; a key that has it, and roles:write, can put it into roles."
            ));
        }
        let new = NewServiceKey { name: self.name, permissions: self.permissions, expires_in: self.expires_in };
        let made = house.gate.operator().make_service_key(new).await;
        let made = made.map_err(|error| Failure::because("the key was not made", &error))?;
        let text = made.text.expose();
        if self.output.json {
            let mut whole = shown(&made.key);
            whole["key"] = text.into();
            print_json(&whole);
            return Ok(());
        }
        let Ink { bold, off, .. } = Ink::new();
        terminal::say(format_args!(
            "Service key {}, {}, may {}; good {}.\n\n  {bold}{text}{off}\n\nIt is shown this once. A program sends it as \
             `Authorization: Bearer …`, from a server; from a browser it is refused.",
            made.key.id,
            made.key.name,
            joined(&made.key),
            good_until(&made.key, house.gate.now())
        ));
        Ok(())
    }
}

async fn list(house: &House, output: Output) -> Result<(), Failure> {
    let keys = house.gate.operator().service_keys().await;
    let keys = keys.map_err(|error| Failure::because("the keys were not read", &error))?;
    if output.json {
        print_json(&json!({ "service_keys": keys.iter().map(shown).collect::<Vec<_>>() }));
        return Ok(());
    }
    if keys.is_empty() {
        terminal::say("There is no service key.");
    }
    let now = house.gate.now();
    for key in &keys {
        let used = key.used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"));
        terminal::say(format_args!("{}  {}: {}; good {}, {used}", key.id, key.name, joined(key), good_until(key, now)));
    }
    Ok(())
}

async fn revoke(sources: &Sources, id: &str, output: Output) -> Result<(), Failure> {
    let parsed: Result<ServiceKeyId, _> = id.parse();
    // Whoever mistakes the key for its id has it in the history of the shell; no need to print it, too.
    let id = parsed.map_err(|_| Failure::other("that is no id of a service key; it is a UUID"))?;
    let house = visit(sources).await?;
    match house.gate.operator().revoke_service_key(id).await {
        Ok(()) => {}
        Err(Error::Refused(Refusal::NotFound)) => return Err(Failure::other(format!("there is no service key {id}"))),
        Err(error) => return Err(Failure::because("the key was not revoked", &error)),
    }
    if output.json {
        print_json(&json!({ "id": id.to_string(), "revoked": true }));
    } else {
        terminal::say(format_args!("Service key {id} is revoked."));
    }
    Ok(())
}

fn joined(key: &ServiceKeyModel) -> String {
    key.permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(" ")
}

fn good_until(key: &ServiceKeyModel, now: Timestamp) -> String {
    match key.ends_at {
        None => "until it is revoked".to_owned(),
        Some(at) if at <= now => format!("no more since {at}"),
        Some(at) => format!("until {at}"),
    }
}

fn shown(key: &ServiceKeyModel) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "permissions": key.permissions.iter().map(Permission::as_str).collect::<Vec<_>>(),
        "created_at": key.created_at.to_string(),
        "expires_at": key.ends_at.map(|at| at.to_string()),
        "last_used_at": key.used_at.map(|at| at.to_string()),
    })
}
