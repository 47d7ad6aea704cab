//! What the configuration means: every key parsed into its type, and what cannot be parsed told all at once.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use zeroize::Zeroizing;

use gatewright_store::redis::Address as RedisAddress;

use super::{
    Problem, Problems, WebOrigin,
    admin::AdminSettings,
    database::{self, Database},
    forward_auth::ForwardAuthSettings,
    keys::{self, Key, Kind},
    layers::{Layers, Origin, Sources, Value},
    mail::MailSettings,
    pages::PageChoices,
    span,
    webhooks::WebhookSettings,
};
use crate::gate::{
    model::{ActivityPolicy, ReuseEnds},
    token::Algorithm,
};

/// The whole configuration, parsed.
#[derive(Debug)]
pub struct Settings {
    /// See [`keys::LISTEN`], and so on for each.
    pub listen: SocketAddr,
    pub(crate) ops_listen: Option<SocketAddr>,
    pub(crate) public_url: Option<WebOrigin>,
    pub(crate) behind_proxy: bool,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) cors_origins: Vec<gatewright::Origin>,
    pub(crate) max_connections: usize,
    pub(crate) header_timeout: Duration,
    pub(crate) limits_off: bool,
    pub(crate) data_dir: PathBuf,
    pub(crate) database: Database,
    /// The file that the URL of the database stands in, if that holds a password.
    pub(crate) database_secret: Option<PathBuf>,
    pub(crate) store_connections: NonZeroUsize,
    /// The Redis that keeps the sessions, if one does.
    pub(crate) sessions: Option<Box<RedisAddress>>,
    /// The file that its URL stands in, if that holds a password.
    pub(crate) sessions_secret: Option<PathBuf>,
    pub(crate) master_key: Option<SecretText>,
    pub(crate) audience: Option<String>,
    pub(crate) access_ttl: Duration,
    pub(crate) selection_ttl: Duration,
    pub(crate) algorithm: Algorithm,
    pub(crate) signing_key: Option<SecretText>,
    pub(crate) rotate_every: Duration,
    pub(crate) session_idle: Duration,
    pub(crate) session_absolute: Duration,
    pub(crate) max_sessions: usize,
    pub(crate) fresh_window: Duration,
    pub(crate) max_users: usize,
    pub(crate) min_age: Duration,
    pub(crate) lost_window: Duration,
    pub(crate) strict: bool,
    pub(crate) reuse_ends: ReuseEnds,
    pub(crate) password_min_length: usize,
    pub(crate) password_memory_kib: u32,
    pub(crate) password_passes: u32,
    pub(crate) password_threads: Option<NonZeroUsize>,
    pub(crate) pepper: Option<SecretText>,
    pub(crate) mail: MailSettings,
    pub(crate) pages: PageChoices,
    pub(crate) webhooks: WebhookSettings,
    pub(crate) forward_auth: ForwardAuthSettings,
    pub(crate) admin: AdminSettings,
    pub(crate) activity: ActivityPolicy,
    pub(crate) log: LogSettings,
    /// The file that was read, if one was.
    pub(crate) file: Option<PathBuf>,
    spoken: Vec<(&'static str, String)>,
}

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    pub(crate) format: LogFormat,
    pub(crate) level: tracing::Level,
}

/// For whom the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, for machines elsewhere.
    Auto,
    /// For people.
    Human,
    /// For machines.
    Json,
}

/// A secret as it was configured.
pub struct SecretText {
    text: Zeroizing<String>,
    /// The file that holds it: its own, or the configuration file.
    pub(crate) file: Option<PathBuf>,
}

impl SecretText {
    pub(crate) fn new(text: Zeroizing<String>, file: Option<PathBuf>) -> Self {
        Self { text, file }
    }

    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl Settings {
    /// Reads and parses everything.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(sources: &Sources) -> Result<Self, Problems> {
        let layers = Layers::read(sources)?;
        let mut reader = Reader { layers: &layers, problems: Vec::new() };
        let settings = reader.settings();
        Problems::check(reader.problems)?;
        Ok(settings)
    }

    /// The key as whoever set it knows it.
    pub(crate) fn spoken(&self, key: &Key) -> String {
        let name = key.name();
        let found = self.spoken.iter().find(|(path, _)| name.eq_ignore_ascii_case(path));
        found.map_or_else(|| key.variable(), |(_, spoken)| spoken.clone())
    }

    /// Whether nodes that share the database would each have a name of their own, and so refuse each other's tokens.
    pub(crate) fn is_nameless_node(&self) -> bool {
        self.database.file().is_none() && self.public_url.is_none()
    }

    /// Secrets that stand in files, with the key they are for.
    pub(crate) fn secret_files(&self) -> Vec<(&'static Key, &Path)> {
        let secrets = [
            (&keys::MASTER_KEY, &self.master_key),
            (&keys::SIGNING_KEY, &self.signing_key),
            (&keys::PASSWORD_PEPPER, &self.pepper),
        ];
        let files =
            secrets.into_iter().map(|(key, secret)| (key, secret.as_ref().and_then(|secret| secret.file.as_ref())));
        let urls = [
            (&keys::STORE, &self.database_secret),
            (&keys::SESSIONS, &self.sessions_secret),
            (&keys::SMTP_URL, &self.mail.way_secret),
        ];
        let bootstrap = self.admin.bootstrap.as_ref().and_then(|secret| secret.file.as_ref());
        let files = files.chain(urls.into_iter().map(|(key, file)| (key, file.as_ref())));
        let files = files.chain([(&keys::BOOTSTRAP_SECRET, bootstrap)]);
        files.filter_map(|(key, file)| Some((key, file?.as_path()))).collect()
    }
}

/// Parses values, and keeps what is wrong.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn settings(&mut self) -> Settings {
        let data_dir = PathBuf::from(self.text(&keys::DATA_DIR).unwrap_or_else(|| keys::DATA_DIR.default.into()));
        Settings {
            listen: self.read(&keys::LISTEN, address),
            ops_listen: self.read(
                &keys::OPS_LISTEN,
                |text| {
                    if text == "off" { Some(None) } else { address(text).map(Some) }
                },
            ),
            public_url: self.optional(&keys::PUBLIC_URL, WebOrigin::parse),
            behind_proxy: self.read(&keys::BEHIND_PROXY, flag),
            trusted_proxies: self.list(&keys::TRUSTED_PROXIES, network),
            cors_origins: self.list(&keys::CORS_ORIGINS, |text| text.parse().ok()),
            max_connections: self.number(&keys::MAX_CONNECTIONS),
            header_timeout: self.span(&keys::HEADER_TIMEOUT),
            limits_off: self.read(&keys::RATE_LIMITS, chosen(&[("default", false), ("off", true)])),
            database: self.database(&data_dir),
            database_secret: self.url_secret(&keys::STORE),
            store_connections: NonZeroUsize::new(self.number(&keys::STORE_CONNECTIONS)).unwrap_or(NonZeroUsize::MIN),
            sessions: self.sessions(),
            sessions_secret: self.url_secret(&keys::SESSIONS),
            data_dir,
            master_key: self.secret(&keys::MASTER_KEY),
            audience: self.text(&keys::AUDIENCE),
            access_ttl: self.span(&keys::ACCESS_TTL),
            selection_ttl: self.span(&keys::SELECTION_TTL),
            algorithm: self.read(&keys::SIGNING_ALG, |text| text.parse().ok()),
            signing_key: self.secret(&keys::SIGNING_KEY),
            rotate_every: self.span(&keys::SIGNING_ROTATE_EVERY),
            session_idle: self.span(&keys::SESSION_IDLE),
            session_absolute: self.span(&keys::SESSION_ABSOLUTE),
            max_sessions: self.number(&keys::SESSION_MAX_PER_USER),
            fresh_window: self.span(&keys::FRESH_WINDOW),
            max_users: self.number(&keys::MAX_USERS),
            min_age: self.read(&keys::REFRESH_MIN_AGE, span::parse),
            lost_window: self.read(&keys::REFRESH_LOST_WINDOW, span::parse),
            strict: self.read(&keys::REFRESH_STRICT, flag),
            reuse_ends: self
                .read(&keys::REFRESH_REUSE_ENDS, chosen(&[("session", ReuseEnds::Session), ("user", ReuseEnds::User)])),
            password_min_length: self.number(&keys::PASSWORD_MIN_LENGTH),
            password_memory_kib: self.number(&keys::PASSWORD_MEMORY_KIB),
            password_passes: self.number(&keys::PASSWORD_PASSES),
            password_threads: NonZeroUsize::new(self.number(&keys::PASSWORD_THREADS)),
            pepper: self.secret(&keys::PASSWORD_PEPPER),
            mail: self.mail(),
            pages: self.pages(),
            webhooks: self.webhooks(),
            forward_auth: self.forward_auth(),
            admin: self.admin(),
            activity: self.activity(),
            log: self.log(),
            file: self.layers.file.clone(),
            spoken: keys::ALL.iter().map(|key| (key.identifier(), self.layers.spoken(key))).collect(),
        }
    }

    fn log(&mut self) -> LogSettings {
        use tracing::Level;
        let formats = [("auto", LogFormat::Auto), ("human", LogFormat::Human), ("json", LogFormat::Json)];
        let levels = [("error", Level::ERROR), ("warn", Level::WARN), ("info", Level::INFO), ("debug", Level::DEBUG)];
        LogSettings {
            format: self.read(&keys::LOG_FORMAT, chosen(&formats)),
            level: self.read(&keys::LOG_LEVEL, chosen(&levels)),
        }
    }

    /// Parses a value; where it cannot be, the default stands in until the problem is told.
    pub(super) fn read<T>(&mut self, key: &'static Key, parse: impl Fn(&str) -> Option<T>) -> T {
        let value = self.layers.value(key);
        let text = if value.text.trim().is_empty() { key.default } else { value.text.trim() };
        parse(text).unwrap_or_else(|| {
            self.refuse(key, &value);
            parse(key.default).expect("the default of a key is legal, which a test checks for each")
        })
    }

    fn optional<T>(&mut self, key: &'static Key, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.layers.value(key);
        let text = value.text.trim();
        if text.is_empty() {
            return None;
        }
        let parsed = parse(text);
        if parsed.is_none() {
            self.refuse(key, &value);
        }
        parsed
    }

    pub(super) fn text(&mut self, key: &'static Key) -> Option<String> {
        self.optional(key, |text| Some(text.to_owned()))
    }

    pub(super) fn list<T>(&mut self, key: &'static Key, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let all = |text: &str| {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(&parse).collect::<Option<Vec<T>>>()
        };
        self.optional(key, all).unwrap_or_default()
    }

    pub(super) fn span(&mut self, key: &'static Key) -> Duration {
        self.read(key, |text| span::parse(text).filter(|span| !span.is_zero()))
    }

    fn number<T: TryFrom<u64>>(&mut self, key: &'static Key) -> T {
        let Kind::Number { min, max } = key.kind else { unreachable!("only keys of that kind are read as numbers") };
        self.read(key, |text| {
            let number = text.parse::<u64>().ok().filter(|number| (min..=max).contains(number))?;
            T::try_from(number).ok()
        })
    }

    pub(super) fn secret(&mut self, key: &'static Key) -> Option<SecretText> {
        let value = self.layers.value(key);
        if value.text.trim().is_empty() {
            return None;
        }
        let file = standing_in(&value);
        Some(SecretText::new(value.text, file))
    }

    fn database(&mut self, data_dir: &Path) -> Database {
        let value = self.layers.value(&keys::STORE);
        let url = value.text.trim();
        if url.is_empty() {
            return Database::in_folder(data_dir);
        }
        Database::parse(url).unwrap_or_else(|database::Unusable { says, remedy }| {
            self.problems.push(Problem::new(self.layers.spoken(&keys::STORE), says, remedy));
            Database::in_folder(data_dir)
        })
    }

    fn sessions(&mut self) -> Option<Box<RedisAddress>> {
        let value = self.layers.value(&keys::SESSIONS);
        let url = value.text.trim();
        if url.is_empty() {
            return None;
        }
        let store = self.layers.value(&keys::STORE);
        let problem = match RedisAddress::parse(url) {
            Ok(address) if store.text.trim().starts_with("postgres") => return Some(Box::new(address)),
            Ok(_) => (
                "Redis is used beside PostgreSQL only: beside a file of one machine there is nothing to share"
                    .to_owned(),
                "remove it, or set STORE to a PostgreSQL database",
            ),
            Err(error) => (error.to_string(), "write `redis://user:password@host:6379/0`, or `rediss://…` inside TLS"),
        };
        self.problems.push(Problem::new(self.layers.spoken(&keys::SESSIONS), problem.0, problem.1));
        None
    }

    /// The file that a password in a URL stands in.
    pub(super) fn url_secret(&self, key: &'static Key) -> Option<PathBuf> {
        let value = self.layers.value(key);
        standing_in(&value).filter(|_| database::may_hold_password(&value.text))
    }

    pub(super) fn value(&self, key: &Key) -> Value {
        self.layers.value(key)
    }

    pub(super) fn is_unset(&self, key: &Key) -> bool {
        self.value(key).text.trim().is_empty()
    }

    /// The key as whoever set it knows it.
    pub(super) fn spoken(&self, key: &Key) -> String {
        self.layers.spoken(key)
    }

    /// Keeps what is wrong, in words of its own.
    pub(super) fn refuse_as(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn refuse(&mut self, key: &'static Key, value: &Value) {
        let says = format!("`{}` is not {}", value.text.trim().escape_debug(), key.kind.takes());
        self.problems.push(Problem::new(self.layers.spoken(key), says, key.kind.remedy(key.default)));
    }
}

impl Kind {
    fn takes(self) -> String {
        match self {
            Self::Text | Self::Path => "usable".into(),
            Self::Address => "an address with a port".into(),
            Self::Origin => "an origin".into(),
            Self::Duration => "a duration above zero".into(),
            Self::Endless => "a duration or `forever`".into(),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::Flag => "true or false".into(),
            Self::List(of) => format!("a list of {of}"),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Url => "a URL".into(),
            Self::Secret => "a secret".into(),
        }
    }

    fn remedy(self, default: &str) -> String {
        match self {
            Self::Address | Self::Text => format!("write it like `{default}`"),
            Self::Origin => "write it like `https://auth.example.com`, without a path".into(),
            Self::Duration => "write seconds (`90`) or `90s`, `10m`, `12h`, `14d`".into(),
            Self::Endless => "write it like `400d`, or `forever`".into(),
            Self::List(_) => "separate several with commas".into(),
            Self::Path | Self::Number { .. } | Self::Flag | Self::Choice(_) | Self::Url | Self::Secret => {
                format!("the default is `{default}`")
            }
        }
    }
}

/// The file that a value stands in: its own, or the configuration file.
fn standing_in(value: &Value) -> Option<PathBuf> {
    value.secret_file.clone().or_else(|| match &value.origin {
        Origin::File(path) => Some(path.clone()),
        Origin::Default | Origin::Variable | Origin::Flag => None,
    })
}

fn address(text: &str) -> Option<SocketAddr> {
    if let Some(port) = text.strip_prefix("localhost:") {
        return port.parse().ok().map(|port| (Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse().ok()
}

pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

pub(super) fn flag(text: &str) -> Option<bool> {
    text.parse().ok()
}

fn chosen<T: Copy>(words: &[(&'static str, T)]) -> impl Fn(&str) -> Option<T> {
    move |text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}
