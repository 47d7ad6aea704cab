//! `gatewright account`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, print_json, visit};
use crate::{
    config::Sources,
    failure::Failure,
    gate::{
        AccountKey, AccountOverview, Error, Refusal, SignUpRequest,
        model::{
            Account as AccountModel, AccountId, Email, Invalid, Lock, Login, Plaintext, ProfilePatch, Rank, Session,
            Transport, User, Username,
        },
    },
    house::House,
    terminal,
};

/// Create, show, disable, enable or unlock an account.
#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Create an account with its first user. The password is asked for, or read from standard input.
    Create(Create),
    /// Show an account with its users and living sessions.
    Show(One),
    /// Disable an account: its sessions end, and nobody signs in to it.
    Disable(One),
    /// Enable a disabled account again.
    Enable(One),
    /// Forget the wrong passwords and PINs that were counted, so that the next attempt need not wait.
    Unlock(One),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The account's e-mail address.
    #[arg(long)]
    email: String,
    /// The first user's name [default: made from the address].
    #[arg(long)]
    username: Option<String>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The account: its e-mail address, the name of one of its users, or its id.
    account: String,
    #[command(flatten)]
    output: Output,
}

impl Account {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(sources).await,
            Self::Show(one) => {
                let house = visit(sources).await?;
                let overview = one.find(&house).await?;
                one.print(&overview);
                Ok(())
            }
            Self::Disable(one) => {
                let house = visit(sources).await?;
                let id = one.find(&house).await?.account.id;
                let changed = house.gate.operator().disable_account(id).await;
                one.changed(id, "disabled", changed)
            }
            Self::Enable(one) => {
                let house = visit(sources).await?;
                let id = one.find(&house).await?.account.id;
                let changed = house.gate.operator().enable_account(id).await;
                one.changed(id, "enabled", changed)
            }
            Self::Unlock(one) => {
                let house = visit(sources).await?;
                let id = one.find(&house).await?.account.id;
                let forgiven = house.gate.operator().forgive_failures(id).await;
                one.changed(id, "unlocked", forgiven.map(|()| true))
            }
        }
    }
}

impl Create {
    async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let email = Email::parse("email", &self.email).map_err(|error| invalid(&error))?;
        let username = self
            .username
            .as_deref()
            .map(|name| Username::parse("username", name))
            .transpose()
            .map_err(|error| invalid(&error))?;
        let house = visit(sources).await?;
        let typed = terminal::password().map_err(|error| Failure::because("the password was not read", &error))?;
        let password = Plaintext::parse("password", typed.to_string()).map_err(|error| invalid(&error))?;
        let request = SignUpRequest {
            email,
            password,
            username,
            profile: ProfilePatch::default(),
            transport: Transport::Body,
            label: None,
        };
        let created = house.gate.operator().create_account(request).await;
        let (account, user) = created.map_err(|error| Failure::because("the account was not created", &error))?;
        if self.output.json {
            print_json(&json!({ "account": account_shown(&account), "user": user_shown(&user) }));
        } else {
            let (email, name) = (account.email.as_str(), &user.username);
            terminal::say(format_args!("Account {} for {email}, with the user {name}.", account.id));
        }
        Ok(())
    }
}

impl One {
    async fn find(&self, house: &House) -> Result<AccountOverview, Failure> {
        let key = match self.account.parse::<AccountId>() {
            Ok(id) => AccountKey::Id(id),
            Err(_) => AccountKey::Login(Login::parse("account", &self.account).map_err(|error| invalid(&error))?),
        };
        house.gate.operator().show_account(&key).await.map_err(|error| {
            if matches!(error, Error::Refused(Refusal::NotFound)) {
                Failure::other("there is no such account")
            } else {
                Failure::because("the account was not read", &error)
            }
        })
    }

    fn print(&self, overview: &AccountOverview) {
        let AccountOverview { account, users, sessions } = overview;
        if self.output.json {
            let users: Vec<Value> = users.iter().map(user_shown).collect();
            let sessions: Vec<Value> = sessions.iter().map(session_shown).collect();
            print_json(&json!({ "account": account_shown(account), "users": users, "sessions": sessions }));
            return;
        }
        let state = account.disabled_at.map_or_else(String::new, |at| format!(", disabled since {at}"));
        terminal::say(format_args!(
            "Account {}, {}, since {}{state}",
            account.id,
            account.email.as_str(),
            account.created_at
        ));
        for user in users {
            let rank = match user.rank {
                Rank::Owner => "owner",
                Rank::Member => "member",
            };
            let pin = match user.lock {
                Lock::Pin => ", PIN",
                Lock::Open => "",
            };
            terminal::say(format_args!("  User {}  {} ({rank}{pin})", user.id, user.username));
        }
        for session in sessions {
            let client = session.label.as_ref().map_or("", |label| label.as_str());
            terminal::say(format_args!(
                "  Session {}  of user {}, since {} {client}",
                session.id, session.user_id, session.created_at
            ));
        }
    }

    fn changed(&self, id: AccountId, state: &str, changed: Result<bool, Error>) -> Result<(), Failure> {
        let changed = changed.map_err(|error| Failure::because("the account was not changed", &error))?;
        if self.output.json {
            print_json(&json!({ "account_id": id.to_string(), "state": state, "changed": changed }));
        } else if changed {
            terminal::say(format_args!("Account {id} is {state}."));
        } else {
            terminal::say(format_args!("Account {id} was {state} before."));
        }
        Ok(())
    }
}

fn invalid(error: &Invalid) -> Failure {
    Failure::other(error.to_string())
}

fn account_shown(account: &AccountModel) -> Value {
    json!({
        "id": account.id.to_string(),
        "email": account.email.as_str(),
        "email_verified": account.email_verified_at.is_some(),
        "disabled_at": account.disabled_at.map(|at| at.to_string()),
        "created_at": account.created_at.to_string(),
    })
}

fn user_shown(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "username": user.username.as_str(),
        "owner": user.rank == Rank::Owner,
        "roles": user.roles.names().iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "pin_required": user.lock == Lock::Pin,
        "disabled_at": user.disabled_at.map(|at| at.to_string()),
        "created_at": user.created_at.to_string(),
    })
}

fn session_shown(session: &Session) -> Value {
    json!({
        "id": session.id.to_string(),
        "user_id": session.user_id.to_string(),
        "client": session.label.as_ref().map(|label| label.as_str()),
        "transport": session.transport.name(),
        "created_at": session.created_at.to_string(),
        "expires_at": session.absolute_end.to_string(),
    })
}
