//! `gatewright admin`: the first admin, and the others.
//!
//! What must stay true: there is no default account (SECURITY PW19): an admin is made by whoever shows a secret that this command
//! has printed, or is named by whoever has the machine; and the last admin that can sign in stays one (SECURITY AZ6).

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, print_json, visit};
use crate::{
    config::Sources,
    failure::Failure,
    gate::{
        AccountKey, AccountOverview, AdminRole, BOOTSTRAP_LIFE, Error, Refusal,
        model::{ADMIN, Login, User},
    },
    house::House,
    terminal::{self, Ink},
};

/// Make the first admin; list admins; make or unmake one.
#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Print a secret with which somebody can make the first admin, once, within 24 hours.
    ///
    /// An earlier secret is good for nothing then. Refused when there is an admin.
    Bootstrap {
        #[command(flatten)]
        output: Output,
    },
    /// List the admins, oldest first.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Make a user an admin: for whoever has the machine, when no admin is left who could.
    Grant(One),
    /// Make an admin an ordinary user again. The last one that can sign in stays.
    Revoke(One),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The user's name, or the e-mail address of an account that has no other user.
    login: String,
    #[command(flatten)]
    output: Output,
}

impl Admin {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        match self {
            Self::Bootstrap { output } => bootstrap(&visit(sources).await?, output).await,
            Self::List { output } => list(&visit(sources).await?, output).await,
            Self::Grant(one) => one.set(&visit(sources).await?, AdminRole::Given).await,
            Self::Revoke(one) => one.set(&visit(sources).await?, AdminRole::Taken).await,
        }
    }
}

/// Where the secret is shown.
const PATH: &str = "/admin/v1/bootstrap";

async fn bootstrap(house: &House, output: Output) -> Result<(), Failure> {
    let secret = house.gate.operator().open_bootstrap().await.map_err(|error| {
        if matches!(error, Error::Refused(Refusal::BootstrapClosed)) {
            return Failure::other(
                "there is an admin already, who can make others; `gatewright admin list` says who, `gatewright admin grant` \
                 makes one if none can sign in",
            );
        }
        Failure::because("no secret was made", &error)
    })?;
    let secret = secret.expose();
    let ends_at = house.gate.now().plus(BOOTSTRAP_LIFE);
    let url = format!("{}{PATH}", house.gate.policy().issuer);
    if output.json {
        print_json(&json!({ "secret": secret, "expires_at": ends_at.to_string(), "url": url }));
        return Ok(());
    }
    let Ink { bold, dim, off, .. } = Ink::new();
    let hours = BOOTSTRAP_LIFE.as_secs() / 3600;
    // What stands for the address and the password is refused as it is, so that nobody gets an account with it.
    terminal::say(format_args!(
        r#"
  {bold}{secret}{off}

Whoever shows it to the server makes the first admin. It is good once, for {hours} hours (until {ends_at}); an earlier one is good
for nothing any more. Put the address and a password in:

  curl -sS {url} -H 'Content-Type: application/json' \
    -d '{{"secret":"{secret}","email":"<address>","password":"<…>","transport":"body"}}'

{dim}Lines that begin with a space are kept out of the history by most shells. The answer signs the admin in; what it can do is
under /admin/v1 in {}/auth/openapi.json, for as long as the password was given lately.{off}
"#,
        house.gate.policy().issuer
    ));
    Ok(())
}

async fn list(house: &House, output: Output) -> Result<(), Failure> {
    let failed = |error: &Error| Failure::because("the admins were not read", error);
    let operator = house.gate.operator();
    let mut admins = Vec::new();
    for user in operator.admins().await.map_err(|error| failed(&error))? {
        let overview = operator.show_account(&AccountKey::Id(user.account_id)).await;
        admins.push((user, overview.map_err(|error| failed(&error))?));
    }
    if output.json {
        let shown: Vec<Value> = admins.iter().map(|(user, overview)| shown(user, overview)).collect();
        print_json(&json!({ "admins": shown }));
        return Ok(());
    }
    if admins.is_empty() {
        terminal::say("There is no admin; `gatewright admin bootstrap` lets somebody make the first one.");
    }
    for (user, AccountOverview { account, .. }) in &admins {
        let state = match (user.disabled_at, account.disabled_at) {
            (Some(at), _) => format!(", disabled since {at}"),
            (None, Some(at)) => format!(", the account is disabled since {at}"),
            (None, None) => String::new(),
        };
        terminal::say(format_args!("{}  {}  of {}{state}", user.id, user.username, account.email.as_str()));
    }
    Ok(())
}

fn shown(user: &User, AccountOverview { account, .. }: &AccountOverview) -> Value {
    json!({
        "user_id": user.id.to_string(),
        "username": user.username.as_str(),
        "account_id": account.id.to_string(),
        "email": account.email.as_str(),
        "disabled": user.disabled_at.is_some() || account.disabled_at.is_some(),
    })
}

impl One {
    async fn set(&self, house: &House, is_to_be: AdminRole) -> Result<(), Failure> {
        let user = self.find(house).await?;
        let is_admin = user.roles.names().iter().any(|name| name.as_str() == ADMIN);
        let changes = is_admin != (is_to_be == AdminRole::Given);
        if changes {
            let set = house.gate.operator().set_admin(&user, is_to_be).await;
            set.map_err(|error| {
                if matches!(error, Error::Refused(Refusal::LastAdmin)) {
                    return Failure::other(format!(
                        "{} is the last admin that can sign in; make another one first (`gatewright admin grant`)",
                        user.username
                    ));
                }
                Failure::because("the user was not changed", &error)
            })?;
        }
        let state = if is_to_be == AdminRole::Given { "an admin" } else { "no admin" };
        if self.output.json {
            let is_admin = is_to_be == AdminRole::Given;
            print_json(&json!({ "user_id": user.id.to_string(), "admin": is_admin, "changed": changes }));
        } else if changes {
            terminal::say(format_args!("{} is {state} now.", user.username));
        } else {
            terminal::say(format_args!("{} was {state} before.", user.username));
        }
        Ok(())
    }

    async fn find(&self, house: &House) -> Result<User, Failure> {
        let login = Login::parse("login", &self.login).map_err(|error| Failure::other(error.to_string()))?;
        let found = house.gate.operator().show_account(&AccountKey::Login(login.clone())).await;
        let AccountOverview { users, .. } = found.map_err(|error| {
            if matches!(error, Error::Refused(Refusal::NotFound)) {
                return Failure::other("there is no such user");
            }
            Failure::because("the user was not read", &error)
        })?;
        let names: Vec<String> = users.iter().map(|user| user.username.to_string()).collect();
        match login {
            Login::Username(name) => users.into_iter().find(|user| user.username == name),
            Login::Email(_) if users.len() == 1 => users.into_iter().next(),
            Login::Email(_) => None,
        }
        .ok_or_else(|| Failure::other(format!("the account has several users, name one of them: {}", names.join(", "))))
    }
}
