//! `gatewright serve`.

use clap::Args;

use crate::{
    config::{Settings, Sources, keys},
    failure::Failure,
    logs, serve,
};

/// Serve the API.
///
/// Without any configuration it listens on 127.0.0.1:8080, keeps its database and a generated master key in
/// ./gatewright-data, and serves health and metrics on 127.0.0.1:9090. Where others can reach it, it starts only with TLS in front.
///
/// SIGTERM or SIGINT finishes what has begun and ends; a second one ends at once.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; the same as GATEWRIGHT_LISTEN.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, mut sources: Sources) -> Result<(), Failure> {
        sources.flags.extend(self.listen.map(|address| (&keys::LISTEN, address)));
        let settings = Settings::read(&sources)?;
        logs::start(settings.log);
        serve::open_and_run(&settings).await
    }
}
