//! The part of a session that is in Redis: its chain, and what is needed nowhere else. A hash of short values, so that Redis
//! keeps it in one piece of memory (`hash-max-listpack-value` is 64 bytes); nothing is an empty value. What must stay true:
//! whatever a hash holds, reading it either gives a row or says which one is impossible.

use std::collections::HashMap;

use gatewright_core::model::{
    AuthMethod, Chain, ClientLabel, ClientSource, Device, KeyNumber, SecretHash, Session, SessionId, Standing,
    Timestamp, Transport, UserAgent,
};

use super::failure::Failure;
use crate::{postgres::register::Registered, rows};

/// Names and values, as they are written.
pub(super) type Fields = Vec<(&'static str, Vec<u8>)>;

/// A user agent has at most 256 characters.
const AGENT: [&str; 4] = ["agent0", "agent1", "agent2", "agent3"];
const PIECE: usize = 64;

/// What Redis says of a session.
#[derive(Clone, Debug)]
pub(super) struct Row {
    transport: Transport,
    label: Option<ClientLabel>,
    idle_end: Timestamp,
    auth_time: Timestamp,
    amr: Vec<AuthMethod>,
    chain: Chain,
    last_ip: Option<std::net::IpAddr>,
    last_user_agent: Option<UserAgent>,
}

impl Row {
    /// Of a session that is being opened.
    pub(super) fn of(session: &Session) -> Self {
        Self {
            transport: session.transport,
            label: session.label.clone(),
            idle_end: session.idle_end,
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            chain: session.chain.clone(),
            last_ip: session.last_ip,
            last_user_agent: session.last_user_agent.clone(),
        }
    }

    /// All of it.
    pub(super) fn fields(&self) -> Fields {
        let mut fields: Fields = vec![
            ("transport", self.transport.name().into()),
            ("label", self.label.as_ref().map_or_else(Vec::new, |label| label.as_str().into())),
            ("auth_time", moment(self.auth_time)),
            ("amr", rows::list(self.amr.iter().map(|method| method.name())).into_bytes()),
            ("salt", self.chain.salt.to_vec()),
            ("idle_end", moment(self.idle_end)),
        ];
        fields.extend(chain_fields(&self.chain));
        fields.extend(client_fields(self.last_ip, self.last_user_agent.as_ref()));
        fields
    }

    /// Reads what [`Row::fields`] has written. `id` names it if it is impossible.
    pub(super) fn read(id: SessionId, mut fields: HashMap<String, Vec<u8>>) -> Result<Self, Failure> {
        Reader { fields: &mut fields }.row().ok_or_else(|| Failure::Impossible(format!("session {id}")))
    }

    /// The session as SQL and Redis together know it.
    pub(super) fn standing(self, registered: Registered) -> Standing {
        Standing {
            session: Session {
                id: registered.id,
                account_id: registered.account_id,
                user_id: registered.user_id,
                transport: self.transport,
                label: self.label,
                created_at: registered.created_at,
                absolute_end: registered.absolute_end,
                idle_end: self.idle_end,
                auth_time: self.auth_time,
                amr: self.amr,
                state: registered.state,
                account_epoch: registered.account_epoch,
                user_epoch: registered.user_epoch,
                chain: self.chain,
                last_ip: self.last_ip,
                last_user_agent: self.last_user_agent,
            },
            account: registered.account,
            user: registered.user,
            store_promoted_at: registered.store_promoted_at,
        }
    }

    /// The device that the session was last used on, of the fields that say so. `None` if the session is not there.
    pub(super) fn device(fields: &HashMap<String, Vec<u8>>) -> Option<Device> {
        let source = ClientSource::of(rows::ip(fields.get("ip")?));
        let agent = AGENT.iter().filter_map(|name| fields.get(*name)).flatten().copied().collect();
        Some(Device { source, user_agent: UserAgent::from_header(&String::from_utf8(agent).ok()?) })
    }
}

/// The part of a chain that moves.
pub(super) fn chain_fields(chain: &Chain) -> Fields {
    let optional = |hash: Option<&[u8]>| hash.map_or_else(Vec::new, <[u8]>::to_vec);
    vec![
        ("generation", number(chain.generation)),
        ("current", chain.current.as_bytes().to_vec()),
        ("previous", optional(chain.previous.as_ref().map(|hash| &hash.as_bytes()[..]))),
        ("next", chain.next.as_bytes().to_vec()),
        ("current_key", number(KeyNumber::number(chain.current_key))),
        ("next_key", number(KeyNumber::number(chain.next_key))),
        ("rotated_at", moment(chain.rotated_at)),
        ("redelivered_at", optional_moment(chain.redelivered_at)),
        ("redeliveries", number(chain.redeliveries)),
        ("retry_key", optional(chain.retry_key.as_ref().map(|hash| &hash.as_bytes()[..]))),
    ]
}

/// Where a session was last used from, and with what.
pub(super) fn client_fields(ip: Option<std::net::IpAddr>, agent: Option<&UserAgent>) -> Fields {
    let mut fields: Fields = vec![("ip", ip.map_or_else(Vec::new, rows::ip_bytes))];
    let text = agent.map_or("", |agent| agent.as_str()).as_bytes();
    let pieces = AGENT.iter().enumerate();
    fields.extend(pieces.map(|(index, name)| (*name, text.iter().skip(index * PIECE).take(PIECE).copied().collect())));
    fields
}

/// A moment as it is written.
pub(super) fn moment(moment: Timestamp) -> Vec<u8> {
    number(moment.micros())
}

/// A moment or nothing, as it is written.
pub(super) fn optional_moment(value: Option<Timestamp>) -> Vec<u8> {
    value.map_or_else(Vec::new, moment)
}

/// A number as it is written.
pub(super) fn number(number: impl Into<i128>) -> Vec<u8> {
    number.into().to_string().into_bytes()
}

/// Takes a hash apart. `None` as soon as a value is missing or cannot be.
struct Reader<'f> {
    fields: &'f mut HashMap<String, Vec<u8>>,
}

impl Reader<'_> {
    fn row(&mut self) -> Option<Row> {
        Some(Row {
            transport: Transport::from_name(&self.text("transport")?)?,
            label: match self.text("label")? {
                none if none.is_empty() => None,
                label => Some(ClientLabel::parse("label", &label).ok()?),
            },
            idle_end: self.moment("idle_end")?,
            auth_time: self.moment("auth_time")?,
            amr: rows::listed(&self.text("amr")?).map(AuthMethod::from_name).collect::<Option<_>>()?,
            chain: Chain {
                salt: self.bytes("salt")?,
                generation: self.number("generation")?,
                current: SecretHash::from_bytes(self.bytes("current")?),
                previous: self.optional("previous")?.map(SecretHash::from_bytes),
                next: SecretHash::from_bytes(self.bytes("next")?),
                current_key: KeyNumber::new(self.number("current_key")?),
                next_key: KeyNumber::new(self.number("next_key")?),
                rotated_at: self.moment("rotated_at")?,
                redelivered_at: match self.text("redelivered_at")? {
                    none if none.is_empty() => None,
                    micros => Some(Timestamp::from_micros(micros.parse().ok()?)),
                },
                redeliveries: self.number("redeliveries")?,
                retry_key: self.optional("retry_key")?.map(SecretHash::from_bytes),
            },
            last_ip: match self.value("ip")? {
                none if none.is_empty() => None,
                bytes => Some(rows::ip(&bytes)?),
            },
            last_user_agent: {
                let pieces = AGENT.iter().map(|name| self.text(name)).collect::<Option<String>>()?;
                UserAgent::from_header(&pieces)
            },
        })
    }

    fn value(&mut self, name: &str) -> Option<Vec<u8>> {
        self.fields.remove(name)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        String::from_utf8(self.value(name)?).ok()
    }

    fn bytes<const N: usize>(&mut self, name: &str) -> Option<[u8; N]> {
        self.value(name)?.try_into().ok()
    }

    /// The outer `None` is a value that cannot be.
    #[expect(clippy::option_option, reason = "nothing and wrong are two things")]
    fn optional<const N: usize>(&mut self, name: &str) -> Option<Option<[u8; N]>> {
        let value = self.value(name)?;
        if value.is_empty() { Some(None) } else { value.try_into().ok().map(Some) }
    }

    fn number<T: std::str::FromStr>(&mut self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    fn moment(&mut self, name: &str) -> Option<Timestamp> {
        self.number(name).map(Timestamp::from_micros)
    }
}
