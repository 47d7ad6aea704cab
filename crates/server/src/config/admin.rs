//! The settings of who may do what: roles, what tokens say of them, the first admin, and acting as somebody else.
//!
//! What must stay true: what `admin` may do is no setting; the secret of the first admin stands in no problem, no `Debug` and
//! nothing that is shown, and only its hash goes on from here (SECURITY PW19); no setting gives anybody a role (fault X7).

use std::{path::PathBuf, time::Duration};

use super::{
    Problem,
    keys::{self, Key},
    settings::{Reader, flag},
};
use crate::gate::model::{
    ADMIN, MIN_BOOTSTRAP_SECRET, Permission, Permissions, PermissionsClaim, Role, RoleName, SecretHash, Timestamp,
    bootstrap_hash,
};

/// The settings of who may do what.
#[derive(Debug)]
pub(crate) struct AdminSettings {
    pub(crate) roles: Vec<Role>,
    pub(crate) permissions_claim: PermissionsClaim,
    pub(crate) bootstrap: Option<Bootstrap>,
    pub(crate) max_impersonation: Duration,
}

/// The secret of the first admin, as far as anybody has to know it.
#[derive(Debug)]
pub(crate) struct Bootstrap {
    pub(crate) hash: SecretHash,
    /// The file that the secret stands in, if it does.
    pub(crate) file: Option<PathBuf>,
}

/// No verifier takes a token that lives longer.
const DAY: Duration = Duration::from_secs(86_400);

/// The least that a secret of the settings is told to be made with.
const MAKE_ONE: &str = "make one with `openssl rand -hex 32`";

impl Reader<'_> {
    pub(super) fn admin(&mut self) -> AdminSettings {
        AdminSettings {
            roles: self.roles(&keys::ROLES),
            permissions_claim: match self.read(&keys::PERMISSIONS_CLAIM, flag) {
                true => PermissionsClaim::Present,
                false => PermissionsClaim::Absent,
            },
            bootstrap: self.bootstrap(&keys::BOOTSTRAP_SECRET),
            max_impersonation: self.max_impersonation(&keys::IMPERSONATION_MAX),
        }
    }

    fn roles(&mut self, key: &'static Key) -> Vec<Role> {
        let value = self.value(key);
        let mut roles: Vec<Role> = Vec::new();
        for entry in value.text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let read = role(entry).and_then(|role| match roles.iter().any(|known| known.name == role.name) {
                true => Err(format!("the role `{}` stands there twice", role.name)),
                false => Ok(role),
            });
            match read {
                Ok(role) => roles.push(role),
                Err(says) => {
                    let says = format!("in the entry `{}`, {says}", entry.escape_debug());
                    self.refuse_as(Problem::new(self.spoken(key), says, "write `editor=pages:read pages:write`"));
                }
            }
        }
        roles
    }

    fn max_impersonation(&mut self, key: &'static Key) -> Duration {
        let max = self.span(key);
        if max > DAY {
            let says = "is longer than a day, and nobody takes a token that lives longer";
            self.refuse_as(Problem::new(self.spoken(key), says, format!("the default is `{}`", key.default)));
        }
        max
    }

    fn bootstrap(&mut self, key: &'static Key) -> Option<Bootstrap> {
        let secret = self.secret(key)?;
        let text = secret.expose().trim();
        if text.len() < MIN_BOOTSTRAP_SECRET {
            let says = format!("has fewer than {MIN_BOOTSTRAP_SECRET} bytes, so that it could be guessed");
            self.refuse_as(Problem::new(self.spoken(key), says, MAKE_ONE));
            return None;
        }
        Some(Bootstrap { hash: bootstrap_hash(text), file: secret.file })
    }
}

/// `name=noun:verb noun:verb`.
fn role(entry: &str) -> Result<Role, String> {
    let (name, permissions) = entry.split_once('=').ok_or("no `=` stands between a role and its permissions")?;
    let name: RoleName = name.trim().parse().map_err(|error| format!("`{}`: {error}", name.trim().escape_debug()))?;
    if name.as_str() == ADMIN {
        return Err(format!("`{ADMIN}` is built in: what it may do is no setting"));
    }
    let permission =
        |text: &str| text.parse::<Permission>().map_err(|error| format!("`{}`: {error}", text.escape_debug()));
    let permissions = permissions.split_whitespace().map(permission).collect::<Result<Vec<_>, _>>()?;
    if permissions.is_empty() {
        return Err(format!("the role `{name}` has no permissions"));
    }
    Ok(Role { name, permissions: Permissions::new(permissions), changed_at: Timestamp::default() })
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Sources};
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<AdminSettings, String> {
        let variables = variables.iter().map(|(name, value)| (format!("GATEWRIGHT_{name}"), (*value).to_owned()));
        let sources = Sources { variables: variables.collect(), ..Sources::default() };
        Settings::read(&sources).map(|settings| settings.admin).map_err(|problems| problems.to_string())
    }

    #[test]
    fn roles_are_read_with_their_permissions() {
        let read = read(&[("ROLES", "support=accounts:read users:read, editor = pages:write  pages:write,")]).unwrap();
        let shown: Vec<_> =
            read.roles.iter().map(|role| (role.name.as_str(), role.permissions.iter().count())).collect();
        assert_eq!(shown, [("support", 2), ("editor", 1)]);
    }

    #[test]
    fn without_settings_there_is_no_role_and_no_secret() {
        let read = read(&[]).unwrap();
        assert!(read.roles.is_empty() && read.bootstrap.is_none());
        assert_eq!(read.permissions_claim, PermissionsClaim::Absent);
        assert_eq!(read.max_impersonation, Duration::from_secs(3600));
    }

    #[test]
    fn a_wrong_role_is_told_with_its_entry() {
        for (entry, says) in [
            ("admin=pages:read", "`admin` is built in"),
            ("editor", "no `=`"),
            ("editor=", "has no permissions"),
            ("editor=pages", "`pages`: a permission is"),
            ("editor=pages:*", "`pages:*`: a permission is"),
            ("Editor=pages:read", "`Editor`: a role name is"),
            ("=pages:read", "``: a role name is"),
            ("known=pages:write", "stands there twice"),
        ] {
            let told = read(&[("ROLES", &format!("known=pages:read,{entry}"))]).unwrap_err();
            assert!(told.starts_with(&format!("GATEWRIGHT_ROLES: in the entry `{entry}`, ")), "{told}");
            assert!(told.contains(says) && told.lines().count() == 1, "{told}");
        }
    }

    #[test]
    fn az6_nobody_acts_as_somebody_else_for_longer_than_a_day() {
        let told = read(&[("IMPERSONATION_MAX", "25h")]).unwrap_err();
        assert!(told.starts_with("GATEWRIGHT_IMPERSONATION_MAX: is longer than a day"), "{told}");
        assert_eq!(read(&[("IMPERSONATION_MAX", "1d")]).unwrap().max_impersonation, DAY);
        assert!(read(&[("IMPERSONATION_MAX", "0")]).is_err());
    }

    #[test]
    fn pw19_a_secret_that_could_be_guessed_is_refused_without_being_repeated() {
        let told = read(&[("BOOTSTRAP_SECRET", "  canary-7319    ")]).unwrap_err();
        assert!(told.starts_with("GATEWRIGHT_BOOTSTRAP_SECRET: has fewer than 16 bytes"), "{told}");
        assert!(!told.contains("canary"), "{told}");
        let good = read(&[("BOOTSTRAP_SECRET", "canary-7319-canary ")]).unwrap();
        assert_eq!(good.bootstrap.as_ref().unwrap().hash, bootstrap_hash("canary-7319-canary"));
        assert!(!format!("{good:?}").contains("canary"));
    }
}
