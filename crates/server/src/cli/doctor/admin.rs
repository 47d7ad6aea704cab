//! Who administers, and with what keys.

use std::time::Duration;

use super::{Finding, bad, good, note};
use crate::{
    config::{Settings, keys},
    failure::Failure,
    gate::{
        Error, Operator,
        model::{ServiceKey, Timestamp},
    },
    house::House,
};

/// Looks for an admin, a secret that makes one, and keys that nobody needs.
pub(super) async fn look(settings: &Settings, house: &House) -> Vec<Finding> {
    let operator = house.gate.operator();
    let unread = |about, error: &Error| bad(about, Failure::because("not read", error).to_string());
    let admin = admin(settings, operator).await.unwrap_or_else(|error| unread("admin", &error));
    match operator.service_keys().await {
        Ok(keys) if keys.is_empty() => vec![admin],
        Ok(keys) => vec![admin, service_keys(&keys, house.gate.now())],
        Err(error) => vec![admin, unread("service keys", &error)],
    }
}

async fn admin(settings: &Settings, operator: Operator<'_>) -> Result<Finding, Error> {
    let secret = settings.admin.bootstrap.as_ref().map(|_| keys::BOOTSTRAP_SECRET.variable());
    let count = operator.admins().await?.len();
    Ok(match (count, secret) {
        (0, Some(secret)) => note("admin", format!("there is none yet; whoever shows {secret} becomes the first")),
        (0, None) if operator.is_bootstrap_open().await? => {
            note("admin", "there is none yet; whoever shows the secret that was printed becomes the first")
        }
        (0, None) => note("admin", "there is none; `gatewright admin bootstrap` lets somebody become the first"),
        (_, Some(secret)) => {
            note("admin", format!("there is one, so {secret} is good for nothing any more: remove it"))
        }
        (count, None) => good("admin", format!("{count} of them; `gatewright admin list` says who")),
    })
}

/// A key that nobody has used for so long is one that nobody would miss.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(90 * 86_400);

fn service_keys(keys: &[ServiceKey], now: Timestamp) -> Finding {
    let endless: Vec<&str> = keys.iter().filter(|key| key.ends_at.is_none()).map(|key| &*key.name).collect();
    let is_forgotten = |key: &&ServiceKey| now.since(key.used_at.unwrap_or(key.created_at)) >= FORGOTTEN_AFTER;
    let forgotten: Vec<&str> = keys.iter().filter(is_forgotten).map(|key| &*key.name).collect();
    let mut says = format!("{} of them", keys.len());
    if !endless.is_empty() {
        says += &format!("; good until they are revoked: {}", named(&endless));
    }
    if !forgotten.is_empty() {
        let days = FORGOTTEN_AFTER.as_secs() / 86_400;
        says += &format!("; not used for {days} days: {}", named(&forgotten));
    }
    match endless.is_empty() && forgotten.is_empty() {
        true => good("service keys", says),
        false => note("service keys", format!("{says} (`gatewright service-key list`)")),
    }
}

/// More names than this are a number.
const NAMED: usize = 5;

fn named(names: &[&str]) -> String {
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::doctor::Mark,
        gate::model::{Permissions, SecretHash, ServiceKeyId},
    };

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key(name: &str, ends_in_days: Option<u64>, created_days_ago: u64, used_days_ago: Option<u64>) -> ServiceKey {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let ago = |ago: u64| NOW.minus(days(ago));
        ServiceKey {
            id: ServiceKeyId::new(NOW, [0; 10]),
            name: name.to_owned(),
            permissions: Permissions::default(),
            hash: SecretHash::from_bytes([0; 32]),
            created_at: ago(created_days_ago),
            ends_at: ends_in_days.map(|end| NOW.plus(days(end))),
            used_at: used_days_ago.map(ago),
        }
    }

    #[test]
    fn a_key_that_runs_out_and_is_used_is_fine() {
        let finding = service_keys(&[key("a", Some(9), 400, Some(89)), key("b", Some(1), 89, None)], NOW);
        assert_eq!((finding.mark, &*finding.says), (Mark::Good, "2 of them"));
    }

    #[test]
    fn a_key_without_an_end_or_without_use_is_told() {
        let keys = [key("a", None, 400, Some(1)), key("b", Some(1), 400, Some(90)), key("c", Some(1), 90, None)];
        let finding = service_keys(&keys, NOW);
        assert_eq!(finding.mark, Mark::Note);
        let expected = "3 of them; good until they are revoked: a; not used for 90 days: b, c";
        assert!(finding.says.starts_with(expected), "{}", finding.says);
        let many: Vec<ServiceKey> = (0..7).map(|_| key("k", None, 1, None)).collect();
        assert!(service_keys(&many, NOW).says.contains("k, k, k, k, k and 2 more"));
    }
}
