//! Every key of the configuration, once: its name, what it takes, its default and what it is for. The reader of the file and
//! of the environment, the reference page, the template and the JSON schema are all made from this table.
//!
//! What must stay true: a key stands here if and only if the binary does something with it.

/// A key. Its environment variable is `GATEWRIGHT_` and its identifier; in the file the part before the section's
/// underscore is a table, so that `REFRESH_MIN_AGE` is `min_age` under `[refresh]`.
#[derive(Debug)]
pub struct Key {
    identifier: &'static str,
    /// The table it stands in; empty for the top of the file.
    pub section: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The default as one would write it; empty for none.
    pub default: &'static str,
    /// What it is for, in whole sentences.
    pub doc: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Free text.
    Text,
    /// `address:port`.
    Address,
    /// `scheme://host[:port]`, nothing behind it.
    Origin,
    /// A file or folder; relative ones are relative to the working directory.
    Path,
    /// Whole seconds, or a number with `s`, `m`, `h` or `d`.
    Duration,
    /// The same, or `forever`.
    Endless,
    /// A whole number in this range.
    Number {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// `true` or `false`.
    Flag,
    /// Values separated by commas; in the file an array. Says of what.
    List(&'static str),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A URL that may hold a password: shown without whoever goes there. May be given as a secret may.
    Url,
    /// Something that is never shown. May be given as `<key>_FILE`: the path of a file that holds it.
    Secret,
}

impl Kind {
    /// Whether it may be given as `<key>_FILE`.
    pub(crate) const fn may_stand_in_file(self) -> bool {
        matches!(self, Self::Url | Self::Secret)
    }
}

/// Stands for a span without an end.
pub(crate) const FOREVER: &str = "forever";

/// Names the key of an environment variable.
pub const PREFIX: &str = "GATEWRIGHT_";

impl Key {
    pub(crate) const fn identifier(&self) -> &'static str {
        self.identifier
    }

    /// `refresh_min_age`.
    #[must_use]
    pub fn name(&self) -> String {
        self.identifier.to_ascii_lowercase()
    }

    /// `GATEWRIGHT_REFRESH_MIN_AGE`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.identifier)
    }

    /// `min_age`, as it stands in its table.
    #[must_use]
    pub fn member(&self) -> String {
        let name = self.name();
        match name.strip_prefix(self.section).and_then(|rest| rest.strip_prefix('_')) {
            Some(member) if !self.section.is_empty() => member.to_owned(),
            Some(_) | None => name,
        }
    }

    /// `refresh.min_age`, as one speaks of it.
    #[must_use]
    pub fn path(&self) -> String {
        if self.section.is_empty() { self.name() } else { format!("{}.{}", self.section, self.member()) }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.identifier == other.identifier
    }
}

macro_rules! keys {
    ($($identifier:ident in $section:literal: $kind:expr, $default:literal, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $identifier: Key = Key {
                identifier: stringify!($identifier),
                section: $section,
                kind: $kind,
                default: $default,
                doc: $doc,
            };
        )*
        /// Every key, in the order of the reference page.
        pub const ALL: &[Key] = &[$($identifier),*];
    };
}

const ANY: Kind = Kind::Number { min: 1, max: 1_000_000 };

keys! {
    LISTEN in "": Kind::Address, "127.0.0.1:8080",
        "Where the API listens. An address that others can reach needs an https `public_url` or `behind_proxy`. A socket \
         that systemd hands over is used instead of it.";
    OPS_LISTEN in "": Kind::Text, "127.0.0.1:9090",
        "Where `/healthz`, `/readyz` and `/metrics` listen, apart from the API so that they are never published by accident. \
         `off` turns them off.";
    PUBLIC_URL in "": Kind::Origin, "",
        "How browsers and services reach this server, such as `https://auth.example.com`. It is the issuer (`iss`) of every \
         token and the server's own origin. Without it `http://` and the address of `listen`.";
    BEHIND_PROXY in "": Kind::Flag, "false",
        "Whether TLS ends at a proxy in front, so that plain HTTP may arrive here from other machines. Cookies are `Secure` then.";
    TRUSTED_PROXIES in "": Kind::List("networks, such as `10.0.0.0/8`"), "",
        "Networks (CIDR) whose `X-Forwarded-For` header is believed, and who may say for which request they ask `/auth/verify`. From \
         everybody else it is ignored, because whoever can invent an address escapes the rate limits.";
    CORS_ORIGINS in "": Kind::List("origins, such as `https://app.example.com`"), "",
        "Origins of browser apps that may call the API from another origin, exactly as the browser sends them, such as \
         `https://app.example.com`. There are no wildcards.";
    MAX_CONNECTIONS in "": Kind::Number { min: 1, max: 1_000_000 }, "4096",
        "How many connections may be open at a time. More wait in the operating system until one closes. Each takes a file \
         descriptor; `gatewright doctor` compares with the limit of the process.";
    HEADER_TIMEOUT in "": Kind::Duration, "20s",
        "How long the head of a request may take to arrive, and how long a connection may be idle between two requests. A \
         proxy that keeps connections open should let go of them sooner.";
    RATE_LIMITS in "": Kind::Choice(&["default", "off"]), "default",
        "Limits on attempts to log in, to guess a PIN and to sign up. `off` is for load tests; it starts only on a loopback \
         address.";

    EMAIL_VERIFICATION in "": Kind::Choice(&["optional", "required"]), "optional",
        "Whether an address has to be proved by mail before there is an account. With `optional` whoever signs up is signed in at \
         once, and may prove the address later. With `required` nothing is kept before that would stand in the way of somebody else \
         with the same address, and a sign-up answers the same whether the address is taken or not; `smtp_url` has to be set.";
    MAGIC_LINKS in "": Kind::Choice(&["on", "off", "with_sign_up"]), "on",
        "Whether one can sign in by mail. With `with_sign_up` who has no account gets one without a password; `smtp_url` has to be \
         set.";
    SMTP_URL in "": Kind::Url, "",
        "Where mails go: `smtp://user:password@host:587` (STARTTLS, without which nothing is said; in clear only on this machine, or \
         with `?tls=none`), `smtps://user:password@host:465` (TLS from the first byte); `?ca=/path` names certificates to believe, \
         `?hello=name` the name for `EHLO`. Or `file:///folder`: a file for each mail, for tests of your own. Or `stdout:`: onto the \
         terminal that the server was started on, and only there: what a service prints is kept in a log, and the links in mails open \
         accounts, so this starts neither without a terminal nor where others can reach the server. Characters such as `@`, `:`, `/` and `%` \
         in a name or a password are percent-encoded. Without it mails wait in the database, sealed, for a week at \
         most; what has run out by the time it is set is not sent. Whether the server can be reached is no condition of starting: \
         `gatewright mail test` and `gatewright doctor` tell.";

    DATA_DIR in "": Kind::Path, "./gatewright-data",
        "Where the SQLite database and the generated master key live. Made with mode 0700 if it is missing. With PostgreSQL it \
         is not used.";
    STORE in "": Kind::Url, "",
        "The database, as `sqlite:///absolute/path`, `sqlite://relative/path` or \
         `postgres://user:password@host:5432/database`. Without it `gatewright.db` in `data_dir`. With PostgreSQL any number \
         of nodes share one database. Another machine is spoken to inside TLS with a verified certificate unless \
         `?sslmode=disable` says otherwise; `sslrootcert=/path` names the certificates to believe. Several hosts are \
         separated by commas; the one that can be written to is found. Characters such as `@`, `:`, `/` and `?` in a name or a \
         password are percent-encoded. If the server cannot be reached, `serve` tries for 30 seconds and then ends with 1; a \
         server that refuses (wrong password, no such database) ends it at once. Once it serves, an outage is answered with \
         503 and needs no restart.";
    STORE_CONNECTIONS in "": Kind::Number { min: 2, max: 1000 }, "16",
        "How many connections to PostgreSQL this node opens at most. All nodes together, and one command of an operator, have \
         to fit into the server's `max_connections`; `gatewright doctor` compares. SQLite takes no notice of it.";
    SESSIONS in "": Kind::Url, "",
        "A Redis (6.2 and newer, or Valkey) that keeps the sessions and the rate limits, as `redis://user:password@host:6379/0`, \
         `rediss://…` for the same inside TLS, or `redis+unix:///path/of/the.sock?pass=…`. Only beside PostgreSQL, where accounts, \
         users and what ends sessions stay. Without it sessions and limits are in the store. Sessions that were opened before it was set go on; \
         those that were opened with it end when it is taken away. Another machine is spoken to inside TLS with a verified certificate \
         (`sslrootcert=/path` names the certificates to believe), in clear only with `?sslmode=disable`. While Redis is away, whoever needs a \
         session is answered with 503, and each node limits attempts by itself. Give that Redis `appendonly yes` and \
         `maxmemory-policy noeviction`: what it forgets are logins.";
    MASTER_KEY in "": Kind::Secret, "",
        "32 random bytes in hexadecimal or base64url, from which every key is derived that makes, checks or seals a token. \
         Make one with `openssl rand -hex 32`. Without it, `master.key` in `data_dir` is made at the first start; but not \
         with PostgreSQL, where every node needs the same key, and none starts that would have to make one of its own. Several keys, separated by commas \
         and numbered (`2:…,1:…`), rotate it: the first makes new things, the others honour old ones. Keep a copy apart \
         from the database: without it every session and signing key is lost, and with it a stolen database is dangerous.";

    AUDIENCE in "": Kind::Text, "",
        "`aud` of access tokens. Without it the public URL.";
    ACCESS_TTL in "access": Kind::Duration, "10m",
        "How long an access token lives. Other services accept it for so long, even after a logout.";
    SELECTION_TTL in "selection": Kind::Duration, "5m",
        "How long somebody may take to choose a user after logging in.";
    SIGNING_ALG in "signing": Kind::Choice(&["ES256", "EdDSA", "RS256", "HS256"]), "ES256",
        "How access tokens are signed. Every library verifies ES256. With HS256 whoever verifies can also sign, and no key is \
         published.";
    SIGNING_KEY in "signing": Kind::Secret, "",
        "A signing key of your own: PKCS#8 in PEM, or at least 32 random bytes in hexadecimal or base64url for HS256. You \
         rotate it yourself. Without it keys are made, sealed with the master key, kept in the database and rotated without \
         anybody noticing.";
    SIGNING_ROTATE_EVERY in "signing": Kind::Duration, "90d",
        "How long a generated key signs before the next one takes over.";

    SESSION_IDLE in "session": Kind::Duration, "14d",
        "A session that is not refreshed for so long has ended.";
    SESSION_ABSOLUTE in "session": Kind::Duration, "30d",
        "A session lives at most so long; no refresh moves this end.";
    SESSION_MAX_PER_USER in "session": ANY, "100",
        "How many living sessions a user may have. One more ends the oldest.";
    FRESH_WINDOW in "": Kind::Duration, "5m",
        "How recently the password must have been given for what is dangerous: changing it, managing users, deleting the account.";
    MAX_USERS in "": ANY, "50",
        "How many users an account may have.";

    ROLES in "": Kind::List("roles with their permissions, such as `editor=pages:read pages:write`"), "",
        "Roles, each as its name, `=` and its permissions (`noun:verb`) separated by spaces. They cannot be changed through the API, and \
         hide roles of the same name that were defined there. `admin` is built in: it may do everything here. Which permissions \
         mean something here, `gatewright service-key create --help` lists; all others are for your own services.";
    PERMISSIONS_CLAIM in "": Kind::Flag, "false",
        "Whether access tokens also carry `permissions`, beside `roles`: what the roles of the user let it do, as of the moment of \
         issue. It spares services to know the roles, and makes each token longer.";
    BOOTSTRAP_SECRET in "": Kind::Secret, "",
        "At least 16 bytes that let whoever shows them make the first admin, once (`POST /admin/v1/bootstrap`): for machines that \
         are set up by a script. Good for nothing once there is an admin; remove it then. By hand, `gatewright admin bootstrap` prints one \
         that nobody has to keep.";
    IMPERSONATION_MAX in "": Kind::Duration, "1h",
        "The longest that somebody with `accounts:impersonate` may act as another user at a time; a day at most. There is one token \
         for the whole while, and services that verify by themselves take it until it runs out, also after its session was ended; \
         most take none that lives longer than an hour.";

    REFRESH_MIN_AGE in "refresh": Kind::Duration, "60s",
        "A refresh token younger than this is not replaced when it is used, because other tabs and late requests still hold it. In the cookie \
         transport five times as long. Must be longer than `refresh.lost_window` and the life of an answer together.";
    REFRESH_LOST_WINDOW in "refresh": Kind::Duration, "30s",
        "For so long after a rotation the replaced token is taken for a retry after a lost answer, and gets the same \
         successor. A client that sends `Idempotency-Key` does not depend on it.";
    REFRESH_STRICT in "refresh": Kind::Flag, "false",
        "Every refresh rotates, and a replaced token that comes back always ends the session. Some honest clients will be \
         logged out.";
    REFRESH_REUSE_ENDS in "refresh": Kind::Choice(&["session", "user"]), "session",
        "What ends when a replaced refresh token comes back outside of the windows: its session, or every session of its user.";

    PASSWORD_MIN_LENGTH in "password": Kind::Number { min: 8, max: 64 }, "8",
        "How many characters a new password has at least. NIST SP 800-63B-4 asks for 15 where the password is the only factor.";
    PASSWORD_MEMORY_KIB in "password": Kind::Number { min: 7168, max: 1_048_576 }, "19456",
        "Memory for one password hash (argon2id). Weaker than OWASP's minimum does not start. Stored hashes follow at the \
         next login.";
    PASSWORD_PASSES in "password": Kind::Number { min: 1, max: 64 }, "2",
        "Passes over that memory.";
    PASSWORD_THREADS in "password": Kind::Number { min: 0, max: 1024 }, "0",
        "How many passwords are hashed at a time, each in memory of its own. 0 means one per core.";
    PASSWORD_PEPPER in "password": Kind::Secret, "",
        "32 random bytes in hexadecimal or base64url that password hashes are sealed with, so that the database alone cannot \
         be guessed against. Several, separated by commas and numbered (`2:…,1:…`), replace one without anybody's \
         password. Whoever loses it loses every password.";

    MAIL_FROM in "mail": Kind::Text, "",
        "Whom mails are from: `no-reply@example.com`, or `Example accounts <no-reply@example.com>`. Needed with `smtp_url`.";
    MAIL_PRODUCT in "mail": Kind::Text, "",
        "How mails call what one signs in to, in at most 60 characters. Without it the host of `public_url`.";
    MAIL_SUPPORT in "mail": Kind::Text, "",
        "Where readers of mails find help: an address, or the URL (https) of a page. Without it mails say nothing of that.";
    MAIL_LANGUAGE in "mail": Kind::Text, "en",
        "The language of mails to readers whose `locale` is not known or has no templates: `en`, `de`, `fr`, or one of your own.";
    MAIL_TEMPLATES in "mail": Kind::Path, "",
        "A folder of templates that win over the built-in ones, file by file (docs/mail.md; `gatewright mail templates export` writes \
         one to start from). All are read, compiled and printed with samples at the start: a mistake is told then, with file and line, \
         and a changed file counts from the next start.";
    MAIL_TTL_VERIFY in "mail": Kind::Duration, "24h",
        "How long the link and the code are good that prove an address: that of an account, of a sign-up, or a new one.";
    MAIL_TTL_RESET in "mail": Kind::Duration, "30m",
        "How long the link and the code are good that set a new password.";
    MAIL_TTL_MAGIC in "mail": Kind::Duration, "10m",
        "How long the link and the code are good that sign somebody in.";
    MAIL_TTL_INVITATION in "mail": Kind::Duration, "7d",
        "How long an invitation to an account is good.";

    PAGES_ENABLED in "pages": Kind::Flag, "true",
        "Whether there are pages: for signing in and up, for what links in mails lead to, for accounts and for admins (docs/pages.md). \
         `false` is for an app that has pages of its own at the same paths.";
    PAGES_PRODUCT in "pages": Kind::Text, "",
        "How pages call what one signs in to, in at most 60 characters. Without it `mail.product`, and without that the host of `public_url`.";
    PAGES_HOME in "pages": Kind::Text, "",
        "The address of your app, such as `https://app.example.com/`: where people go on who have signed in without having come from \
         anywhere. Without it they are told to go on where they were.";
    PAGES_NEXT in "pages": Kind::List("origins, such as `https://app.example.com`"), "",
        "Other origins to which a page may lead on (`?next=`), exactly as a browser sends them. To paths of `public_url` it always may. \
         Name only what is yours: whoever sends people a link to the login page chooses among these where they end up.";
    PAGES_LOGO in "pages": Kind::Path, "",
        "A picture, SVG or PNG, of at most 64 KiB, that stands before the name of the product and is the icon of the pages. It is shown as \
         a picture: nothing in an SVG runs.";
    PAGES_ACCENT in "pages": Kind::Text, "",
        "The colour of buttons and links, as `#005ea5`. One in which words could not be read (a contrast below 4.5 on light pages) does not \
         start; the message names the nearest that can be used.";
    PAGES_ACCENT_DARK in "pages": Kind::Text, "",
        "The same where somebody's system is dark. Without it, `pages.accent` made lighter until it can be read.";
    PAGES_DIR in "pages": Kind::Path, "",
        "A folder of templates and words that win over the built-in ones: `page.html` and `page.css` as a whole, `more.css` beside the \
         stylesheet, and each line of `<language>/<area>.txt` by itself (docs/pages.md; `gatewright pages export` writes all of them to start from). \
         Everything is read, compiled and printed with samples at the start: a mistake is told then, with file and line, and a changed file \
         counts from the next start.";

    ACTIVITY_KEEP in "activity": Kind::Endless, "400d",
        "How long an entry of the activity log is kept, or `forever`. The oldest go first, a few at a time, and what is left is verified \
         as before (docs/activity.md).";
    ACTIVITY_KEEP_PERSONAL in "activity": Kind::Endless, "180d",
        "How long the address and the user agent are kept in an entry, or `forever`. After that the entry says what happened, and to \
         whom, but not from where. The deletion of an account erases them at once.";

    FORWARD_AUTH_RULES in "forward_auth": Kind::List("rules, such as `GET * /admin/** role:admin`"), "",
        "Who may reach what behind a proxy that asks `/auth/verify` (docs/forward-auth.md), as `<methods> <host> <path> <requirement>`; the \
         first rule that fits decides, and what none fits is refused. Methods are `*` or names with `|` between; the host is `*` or one \
         name; in a path `*` is one segment and `/**` at the end everything below. The requirement is `public`, `signed_in`, `role:<name>`, \
         `any_role:<one>|<other>`, `permission:<noun:verb>` or `deny`. A comma in a path is `%2C`. Without rules everybody who is signed in \
         may reach everything. With rules, `trusted_proxies` has to name the proxy.";
    FORWARD_AUTH_LOGIN_URL in "forward_auth": Kind::Text, "",
        "Where people sign in whom forward-auth turned away: a URL, or a path of `public_url`. It is called with `next`, the address that \
         was asked for: a path of `public_url`, or a URL elsewhere. Whatever page that is must not lead to addresses that it does not know. \
         Without it `/login` of `public_url`.";

    WEBHOOKS_ALLOW in "webhooks": Kind::List("networks, such as `10.0.0.0/8`"), "",
        "Networks (CIDR) whose webhooks may be called although their addresses are not public: loopback, private, link-local and the like. \
         Without it none is, because whoever sets the URL of a webhook could reach what only this machine reaches. Name what you run \
         webhooks in, and not more. IPv4 networks do not stand for the IPv6 forms of their addresses.";
    WEBHOOKS_ALLOW_HTTP in "webhooks": Kind::Flag, "false",
        "Whether `http://` is taken as the URL of a webhook, for `webhooks.allow` alone. Calls hold personal data, which anybody on the way \
         can read then; meant for the loopback of a developer's machine.";
    WEBHOOKS_CA_FILE in "webhooks": Kind::Path, "",
        "A file of certificates (PEM) of authorities that sign those of your webhooks, beside the authorities that the operating system \
         believes. Both are read once; changes count from the next start.";

    LOG_FORMAT in "log": Kind::Choice(&["auto", "human", "json"]), "auto",
        "`human` for people, `json` with one object per line for machines; `auto` is human on a terminal.";
    LOG_LEVEL in "log": Kind::Choice(&["error", "warn", "info", "debug"]), "info",
        "How much is logged. No level logs a secret.";
}

/// The key of that name, as in `refresh_min_age`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Key> {
    ALL.iter().find(|key| key.identifier.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_name_in_each_place() {
        assert_eq!(REFRESH_MIN_AGE.variable(), "GATEWRIGHT_REFRESH_MIN_AGE");
        assert_eq!(REFRESH_MIN_AGE.path(), "refresh.min_age");
        assert_eq!(REFRESH_MIN_AGE.member(), "min_age");
        assert_eq!(LISTEN.path(), "listen");
        assert_eq!(by_name("refresh_min_age"), Some(&REFRESH_MIN_AGE));
    }

    #[test]
    fn a_section_is_the_first_word_of_its_keys() {
        for key in ALL {
            let expected = if key.section.is_empty() { String::new() } else { format!("{}_", key.section) };
            assert!(key.name().starts_with(&expected), "{}", key.name());
        }
    }
}
