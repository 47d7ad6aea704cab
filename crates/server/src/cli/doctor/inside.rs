//! What only the open database can tell: is it whole, what does its server say, do clocks and keys fit.

use gatewright_store::{
    postgres::{Condition, PgStore, Way},
    redis::RedisStore,
};

use super::{Finding, activity, admin, bad, good, mail, note};
use crate::{
    config::{Settings, keys},
    failure::Failure,
    gate::{
        model::Timestamp,
        port::{Clock, MAX_CLOCK_DIFFERENCE, SystemClock},
        token::KeyState,
    },
    house::{House, Stay},
    store::Store,
};

/// Opens the house and looks around.
pub(super) async fn look(settings: &Settings) -> Vec<Finding> {
    if let Some(file) = settings.database.file().filter(|file| !file.exists()) {
        let says = format!("{} is not there yet; `gatewright serve` makes it", file.display());
        return vec![note("database", says)];
    }
    let house = match House::open(settings, &settings.own_origin(settings.listen), Stay::Short).await {
        Ok(house) => house,
        Err(failure) => return failure.to_string().lines().map(|line| bad("database", line)).collect(),
    };
    let mut findings = match &house.store {
        Store::Sqlite(store) => vec![match store.integrity_check().await {
            Ok(()) => good(
                "database",
                format!(
                    "{} is whole, each page has its checksum (schema {})",
                    settings.database,
                    store.schema_version()
                ),
            ),
            Err(error) => bad("database", Failure::because("it is damaged; restore a backup", &error).to_string()),
        }],
        Store::Postgres(store) => server(settings, store).await,
        Store::PostgresAndRedis(store, redis) => {
            let mut findings = server(settings, store).await;
            findings.extend(sessions(redis).await);
            findings
        }
    };
    findings.push(clock(house.store.latest_moment()));
    findings.push(signing(&house));
    findings.push(mail::outbox(&house).await);
    findings.push(activity::look(&house).await);
    findings.extend(admin::look(settings, &house).await);
    findings
}

fn signing(house: &House) -> Finding {
    let now = house.gate.now();
    let records = house.gate.key_records();
    let Some(record) = records.iter().find(|record| record.state == KeyState::Signing) else {
        return bad("keys", "no key signs");
    };
    let days = (now.secs() - record.signing_since.unwrap_or(record.created_at)) / 86_400;
    let has_next = records.iter().any(|record| record.state == KeyState::Next);
    let next = if has_next { "the next one is published" } else { "there is no next one; you rotate it yourself" };
    good("keys", format!("the master key opens them; {} signs since {days} days, {next}", record.algorithm))
}

/// What the system's clock may be behind the database before it is wrong.
const CLOCK_SLACK_SECS: i64 = 2;

fn system_time() -> Timestamp {
    SystemClock::starting_at(Timestamp::default()).now()
}

fn clock(floor: Timestamp) -> Finding {
    let now = system_time();
    let behind = floor.secs() - now.secs();
    if behind > CLOCK_SLACK_SECS {
        return bad(
            "clock",
            format!(
                "it is {behind} s behind what the database has seen ({floor}); time stands still until then: set it right"
            ),
        );
    }
    good("clock", format!("{now}, not before what the database has seen"))
}

/// A PostgreSQL server, which may belong to somebody else.
async fn server(settings: &Settings, store: &PgStore) -> Vec<Finding> {
    let before = system_time();
    let condition = match store.condition().await {
        Ok(condition) => condition,
        Err(error) => return vec![bad("database", Failure::because("it does not answer", &error).to_string())],
    };
    let after = system_time();
    // One that may lose what it has acknowledged was refused when it was opened.
    let says = format!(
        "{} answers: PostgreSQL {}, schema {}, what it acknowledges is on its disk",
        settings.database,
        condition.version,
        store.schema_version()
    );
    vec![
        good("database", says),
        checksums(&condition),
        name(settings),
        way(store.way()),
        connections(settings.store_connections.get() as u64, &condition),
        server_clock(before.plus(after.since(before) / 2), condition.now),
    ]
}

/// A Redis, which may belong to somebody else. What is wrong with its settings was logged when it was opened.
async fn sessions(redis: &RedisStore) -> Vec<Finding> {
    let condition = match redis.condition().await {
        Ok(condition) => condition,
        Err(error) => return vec![bad("sessions", Failure::because("Redis does not answer", &error).to_string())],
    };
    let says = format!(
        "{} answers: {}, its data takes {} MiB",
        redis.address(),
        condition.version,
        condition.used_memory >> 20
    );
    let mut findings = vec![good("sessions", says), way_to("way to Redis", redis.address().way())];
    findings.extend(condition.warnings.into_iter().map(|warning| note("sessions", warning)));
    findings
}

fn checksums(condition: &Condition) -> Finding {
    if condition.page_checksums {
        return good("checksums", "the server keeps one in each page: a damaged one is an error, not an answer");
    }
    note(
        "checksums",
        "data_checksums is off: a page that its disk has spoilt is served as it is; stop the server and run pg_checksums --enable",
    )
}

fn name(settings: &Settings) -> Finding {
    if settings.is_nameless_node() {
        let says = format!(
            "{} is not set: a second node on this database would refuse the access tokens of the first",
            keys::PUBLIC_URL.variable()
        );
        return note("issuer", says);
    }
    good("issuer", format!("{}, at every node that is set so", settings.own_origin(settings.listen)))
}

fn way(way: Way) -> Finding {
    way_to("way to it", way)
}

fn way_to(what: &'static str, way: Way) -> Finding {
    match way {
        Way::Tls => good(what, "inside TLS, its certificate is verified"),
        Way::ThisMachine => good(what, "not encrypted, and does not leave this machine"),
        Way::Clear => note(
            what,
            "not encrypted (sslmode=disable): whoever can listen in between reads e-mail addresses and hashes",
        ),
    }
}

fn connections(wanted: u64, condition: &Condition) -> Finding {
    let Condition { connections, max_connections, .. } = condition;
    let says = format!("{wanted} at most from a node, the server takes {max_connections}, {connections} are open now");
    if wanted > *max_connections {
        bad("connections", format!("{says}: lower {}", keys::STORE_CONNECTIONS.variable()))
    } else if wanted * 2 > *max_connections {
        note("connections", format!("{says}: a second node, as in a rolling restart, does not fit beside it"))
    } else {
        good("connections", says)
    }
}

/// Nodes are compared with the one clock that they all can see. Two that are each half the difference away from it, on
/// either side, are as far apart as they may be.
fn server_clock(ours: Timestamp, servers: Timestamp) -> Finding {
    let difference = ours.since(servers).max(servers.since(ours));
    let side = if ours < servers { "behind" } else { "ahead of" };
    let says = format!("this machine is {:.1} s {side} the database server", difference.as_secs_f64());
    if difference > MAX_CLOCK_DIFFERENCE / 2 {
        bad("server clock", format!("{says}; nodes may differ by {} s: set both right", MAX_CLOCK_DIFFERENCE.as_secs()))
    } else {
        good("server clock", says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Mark;

    #[test]
    fn a_server_without_checksums_is_noted_with_what_to_do() {
        let condition = |page_checksums| Condition {
            version: "16.4".into(),
            now: Timestamp::default(),
            max_connections: 100,
            connections: 1,
            page_checksums,
        };
        assert_eq!(checksums(&condition(true)).mark, Mark::Good);
        let off = checksums(&condition(false));
        assert!(off.mark == Mark::Note && off.says.contains("pg_checksums --enable"), "{off:?}");
    }
}
