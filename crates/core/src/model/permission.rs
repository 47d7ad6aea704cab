//! Permissions: what a role lets its users do. `noun:verb` strings; those of an app are its own, ours are a closed list.

use std::{fmt, str::FromStr};

use super::session::names;

/// A permission: `noun:verb`, each 1 to 32 of `a-z 0-9 _ -`, starting with a letter. What it means is the app's business,
/// unless it is one of [`Right`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(String);

/// This is no permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a permission is `noun:verb`, each 1 to 32 of `a-z 0-9 _ -`, starting with a letter")]
pub struct NotAPermission;

impl Permission {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Permission {
    type Err = NotAPermission;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &str| {
            let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
            (1..=32).contains(&word.len())
                && word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.bytes().all(legal)
        };
        match text.split_once(':') {
            Some((noun, verb)) if is_word(noun) && is_word(verb) => Ok(Self(text.to_owned())),
            Some(_) | None => Err(NotAPermission),
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A permission of our own: what the admin API asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// See accounts.
    AccountsRead,
    /// Make, disable, enable and delete accounts, and start a reset of their password.
    AccountsWrite,
    /// Act as a user of any account, marked as such, for a while.
    AccountsImpersonate,
    /// See users.
    UsersRead,
    /// Change users: roles, `app_metadata`, whether they are disabled.
    UsersWrite,
    /// See what roles let their users do.
    RolesRead,
    /// Change that.
    RolesWrite,
    /// See sessions.
    SessionsRead,
    /// End sessions.
    SessionsWrite,
    /// Read the activity log.
    ActivityRead,
    /// See signing keys.
    KeysRead,
    /// Rotate signing keys.
    KeysWrite,
    /// See service keys.
    ServiceKeysRead,
    /// Make and revoke service keys.
    ServiceKeysWrite,
    /// See rules.
    RulesRead,
    /// Change rules.
    RulesWrite,
    /// See what rules were told.
    DeliveriesRead,
    /// Have something delivered again.
    DeliveriesWrite,
    /// See what became of mails; not what they say, nor to whom.
    MailsRead,
    /// Have a mail tried again that waits.
    MailsWrite,
    /// See counts and settings.
    StatsRead,
    /// Ask what a token is (RFC 7662).
    TokensIntrospect,
    /// Revoke a token (RFC 7009).
    TokensRevoke,
}

names!(Right {
    AccountsRead = "accounts:read",
    AccountsWrite = "accounts:write",
    AccountsImpersonate = "accounts:impersonate",
    UsersRead = "users:read",
    UsersWrite = "users:write",
    RolesRead = "roles:read",
    RolesWrite = "roles:write",
    SessionsRead = "sessions:read",
    SessionsWrite = "sessions:write",
    ActivityRead = "activity:read",
    KeysRead = "keys:read",
    KeysWrite = "keys:write",
    ServiceKeysRead = "service-keys:read",
    ServiceKeysWrite = "service-keys:write",
    RulesRead = "rules:read",
    RulesWrite = "rules:write",
    DeliveriesRead = "deliveries:read",
    DeliveriesWrite = "deliveries:write",
    MailsRead = "mails:read",
    MailsWrite = "mails:write",
    StatsRead = "stats:read",
    TokensIntrospect = "tokens:introspect",
    TokensRevoke = "tokens:revoke",
});

impl Right {
    /// All of them, in the order of their names' nouns as the admin API lists them.
    pub const ALL: [Self; 23] = [
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::AccountsImpersonate,
        Self::UsersRead,
        Self::UsersWrite,
        Self::RolesRead,
        Self::RolesWrite,
        Self::SessionsRead,
        Self::SessionsWrite,
        Self::ActivityRead,
        Self::KeysRead,
        Self::KeysWrite,
        Self::ServiceKeysRead,
        Self::ServiceKeysWrite,
        Self::RulesRead,
        Self::RulesWrite,
        Self::DeliveriesRead,
        Self::DeliveriesWrite,
        Self::MailsRead,
        Self::MailsWrite,
        Self::StatsRead,
        Self::TokensIntrospect,
        Self::TokensRevoke,
    ];

    /// The permission with its name.
    #[must_use]
    pub fn permission(self) -> Permission {
        Permission(self.name().to_owned())
    }
}

/// A set of permissions, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Vec<Permission>);

impl Permissions {
    /// Exactly these.
    #[must_use]
    pub fn new(mut permissions: Vec<Permission>) -> Self {
        permissions.sort();
        permissions.dedup();
        Self(permissions)
    }

    /// All of ours: what the built-in role `admin` has.
    #[must_use]
    pub fn all_rights() -> Self {
        Self::new(Right::ALL.map(Right::permission).to_vec())
    }

    /// Each of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.0.iter()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(&self, permission: &str) -> bool {
        self.0.binary_search_by(|held| held.as_str().cmp(permission)).is_ok()
    }

    /// Whether every one of these is also one of `other`: who gives something away must have it.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|permission| other.contains(permission.as_str()))
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        Self::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_a_noun_and_a_verb() {
        for good in ["a:b", "orders:read", "service-keys:write", "x_1:y-2", &format!("{0}:{0}", "a".repeat(32))] {
            assert_eq!(good.parse::<Permission>().unwrap().as_str(), good);
        }
        let long = format!("{}:read", "a".repeat(33));
        for bad in ["", ":", "a:", ":b", "a", "a:b:c", "A:b", "1a:b", "a b:c", "a:b,c", "ä:b", "a:*", &long] {
            assert_eq!(bad.parse::<Permission>(), Err(NotAPermission), "{bad:?}");
        }
    }

    #[test]
    fn each_right_is_a_permission_and_is_listed_once() {
        let all = Permissions::all_rights();
        assert_eq!(all.iter().count(), Right::ALL.len());
        for right in Right::ALL {
            assert_eq!(right.name().parse(), Ok(right.permission()));
            assert_eq!(Right::from_name(right.name()), Some(right));
            assert!(all.contains(right.name()));
        }
    }

    #[test]
    fn a_set_knows_what_is_in_it_and_what_it_is_in() {
        let set = |text: &str| Permissions::new(text.split(' ').map(|it| it.parse().unwrap()).collect());
        let (few, many) = (set("b:read a:read b:read"), set("c:read a:read b:read"));
        assert_eq!(few, set("a:read b:read"));
        assert!(few.within(&many) && !many.within(&few) && !few.contains("c:read"));
        assert_eq!(few.and(&set("c:read")), many);
    }
}
