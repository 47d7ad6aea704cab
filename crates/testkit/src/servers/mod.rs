//! Real servers for tests: [`Postgres`], [`PgBouncer`] in front of it, [`Redis`], an SMTP server ([`SmtpServer`]), and any other
//! [`Program`].
//! Nothing has to run beside the tests; a server that cannot be had fails the test with the name of the package.
//!
//! What must stay true: each server lives in a temporary folder of its own and listens on the loopback only; server and
//! folder go when the test process ends, however it ends. A process that is killed drops nothing, and what stands in a
//! `static` is never dropped, so a watchman outside of the process sees to that (`folder.rs`).
//!
//! All calls block. They are quick, but for the start of a server (a second or two), so an async test may make them.

mod account;
mod folder;
mod patience;
mod pgbouncer;
mod port;
mod postgres;
mod process;
mod program;
mod programs;
mod redis;
mod smtp;

pub use self::pgbouncer::PgBouncer;
pub use self::postgres::{
    Database, PASSWORD as POSTGRES_PASSWORD, Postgres, PostgresSetup, ROLE as POSTGRES_ROLE, Tls,
};
pub use self::program::Program;
pub use self::redis::{PASSWORD as REDIS_PASSWORD, Redis, RedisSetup, RedisSnapshot};
pub use self::smtp::{
    Conversation as SmtpConversation, Does as SmtpDoes, PASSWORD as SMTP_PASSWORD, Received as SmtpLetter,
    Said as SmtpLine, SmtpCertificate, SmtpMood, SmtpServer, SmtpStage, SmtpTls, USER as SMTP_USER,
};

/// How often a server that found its port taken gets another one.
const PORTS_TO_TRY: usize = 10;
