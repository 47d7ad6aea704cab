//! Serving: sockets, connections, the ops listener, what goes on beside the requests, and an orderly end.

mod access_log;
mod connections;
mod delivery;
mod events;
pub(crate) mod framing;
mod listeners;
mod metrics;
mod ops;
mod shutdown;
mod systemd;
mod tending;

use std::{net::SocketAddr, time::Duration};

use axum::{Router, middleware};
use gatewright::{CookieSecurity, HttpOptions, Pages};
use gatewright_mail::Postman;
use tokio::{net::TcpListener, task::JoinHandle};

use self::{
    access_log::Noting,
    connections::Bounds,
    metrics::Metrics,
    ops::Ops,
    shutdown::{Signals, Stopper},
};
use crate::{
    config::{self, Problems, Settings, Way, WebOrigin, keys},
    core_dumps,
    failure::Failure,
    gate::model::Windows,
    house::{House, Stay},
    pages, post, tasks,
};

/// What has begun when the server is told to stop is waited for so long.
const DRAIN: Duration = Duration::from_secs(30);

/// How long handing the work for all nodes over may take.
const HAND_OVER: Duration = Duration::from_secs(2);

/// The sockets, bound but not yet served.
pub(crate) struct Sockets {
    api: TcpListener,
    ops: Option<TcpListener>,
    /// Where the API listens.
    pub(crate) address: SocketAddr,
}

impl Sockets {
    /// Takes those of the service manager, else binds those of the settings; refuses what is not safe.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let mut given = listeners::handed_over()?.into_iter();
        let api = match given.next() {
            Some(listener) => listener,
            None => {
                // Judged before anything listens, and again with the address that a port of 0 became.
                Problems::check(config::check_safety(settings, settings.listen))?;
                listeners::bind(settings.listen, &settings.spoken(&keys::LISTEN), &keys::LISTEN).await?
            }
        };
        let ops = match (given.next(), settings.ops_listen) {
            (Some(listener), _) => Some(listener),
            (None, Some(address)) => {
                Some(listeners::bind(address, &settings.spoken(&keys::OPS_LISTEN), &keys::OPS_LISTEN).await?)
            }
            (None, None) => None,
        };
        let address = api.local_addr().map_err(|error| Failure::because("the socket has no address", &error))?;
        Problems::check(config::check_safety(settings, address))?;
        Ok(Self { api, ops, address })
    }

    /// Where health and metrics listen, if anywhere.
    pub(crate) fn ops_address(&self) -> Option<SocketAddr> {
        self.ops.as_ref().and_then(|listener| listener.local_addr().ok())
    }
}

/// What is served, and where.
pub(crate) struct Service {
    pub(crate) house: House,
    pub(crate) sockets: Sockets,
    /// Takes letters away; without one they wait.
    pub(crate) postman: Option<Postman>,
}

/// Serves until the process is told to stop. `with_pages` may put pages in front of the API; `announce` is called when requests are
/// served.
pub(crate) async fn run(
    settings: &Settings,
    Service { house, sockets, postman }: Service,
    with_pages: impl FnOnce(Router) -> Router,
    announce: impl FnOnce(),
) -> Result<(), Failure> {
    let mut signals = Signals::catch().map_err(|error| Failure::because("signals cannot be caught", &error))?;
    let (stopper, stop) = Stopper::new();
    let (ops_stopper, ops_stop) = Stopper::new();
    let metrics = Metrics::new();
    let origin = settings.own_origin(sockets.address);
    let noting = Noting { gate: house.gate.clone(), metrics: metrics.clone() };
    let api = gatewright::router(&house.gate, options(settings, &origin, pages::open(settings)?))
        .layer(middleware::from_fn_with_state(noting, access_log::note));
    let app = with_pages(api);
    let ops = Ops {
        gate: house.gate.clone(),
        engine: house.engine.clone(),
        store: house.store.clone(),
        metrics: metrics.clone(),
        stop: stop.clone(),
    };

    let (address, ops_address) = (sockets.address, sockets.ops_address());
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        %address,
        ops = ops_address.map(tracing::field::display),
        issuer = %origin,
        database = %settings.database,
        "serving"
    );
    warn_of_settings(settings);
    warn_of_mail(settings, &origin);
    let bounds = Bounds { connections: settings.max_connections, head_time: settings.header_timeout };
    let ops_bounds = Bounds { connections: OPS_CONNECTIONS, ..bounds };
    if let Some(listener) = sockets.ops {
        tasks::start(connections::serve(listener, ops.router(), ops_bounds, Metrics::new(), ops_stop));
    }
    let tending = tending::start(house.gate.clone(), stop.clone());
    let delivering = postman.map(|postman| delivery::start(house.gate.clone(), postman, metrics.clone(), stop.clone()));
    let telling = events::start(house.gate.clone(), metrics.clone(), stop.clone());
    systemd::keep_watchdog(house.gate.clone(), stop.clone());
    let serving = tasks::start(connections::serve(sockets.api, app, bounds, metrics, stop));
    systemd::ready();
    announce();

    let signal = signals.next().await;
    systemd::stopping();
    tracing::info!(signal, "stopping: what has begun is finished first; a second signal leaves at once");
    stopper.stop();
    tokio::select! {
        () = drain(serving, telling, delivering) => {}
        signal = signals.next() => tracing::warn!(signal, "leaving at once"),
    }
    // The store may be away: then the work is not handed over, and runs out.
    let _ = tokio::time::timeout(HAND_OVER, async {
        let _ended = tending.await;
        tending::sign_off(&house.gate).await;
    })
    .await;
    ops_stopper.stop();
    house.engine.stop();
    Ok(())
}

/// Waits for what has begun: requests, what rules are told, and mails on their way, which come again if they are not waited for.
async fn drain(serving: JoinHandle<()>, telling: JoinHandle<()>, delivering: Option<JoinHandle<()>>) {
    let requests = tokio::time::timeout(DRAIN, serving);
    let mails = async {
        match delivering {
            Some(delivering) => tokio::time::timeout(DRAIN, delivering).await.is_ok(),
            None => true,
        }
    };
    let seconds = DRAIN.as_secs();
    // A rule takes no longer than its time, which is shorter.
    let told = tokio::time::timeout(DRAIN, telling);
    match tokio::join!(requests, mails, told) {
        (Ok(_), true, _) => tracing::info!("stopped"),
        (Ok(_), false, _) => {
            tracing::warn!(seconds, "some mails were not taken in time; they are sent again, under the same ids");
        }
        (Err(_), _, _) => tracing::warn!(seconds, "some requests did not end in time"),
    }
}

/// Probes and scrapers are few.
const OPS_CONNECTIONS: usize = 64;

fn options(settings: &Settings, origin: &WebOrigin, pages: Pages) -> HttpOptions {
    let is_plain = !settings.behind_proxy && !origin.is_https() && origin.is_loopback();
    HttpOptions {
        cookies: if is_plain { CookieSecurity::PlainOnLoopback } else { CookieSecurity::Secure },
        cors_origins: settings.cors_origins.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        pages,
        login_url: settings.forward_auth.login_url.clone(),
        ..HttpOptions::default()
    }
}

fn warn_of_settings(settings: &Settings) {
    if !core_dumps::are_forbidden() {
        tracing::warn!("core dumps could not be forbidden here: a copy of this process's memory holds keys");
    }
    if settings.is_nameless_node() {
        tracing::warn!(
            "public_url is not set: another node on this database would refuse the access tokens of this one"
        );
    }
    if !settings.strict && settings.lost_window >= settings.min_age {
        tracing::warn!(
            lost_window_secs = settings.lost_window.as_secs(),
            min_age_secs = settings.min_age.as_secs(),
            "refresh.lost_window is not shorter than refresh.min_age: honest clients can be logged out"
        );
    }
    // A young token moves nothing, the idle end included, so a session has to outlive its token's youth in every transport.
    let longest_youth = settings.min_age * Windows::COOKIE_FACTOR;
    if settings.session_idle <= longest_youth {
        tracing::warn!(
            session_idle_secs = settings.session_idle.as_secs(),
            min_age_secs = settings.min_age.as_secs(),
            "session.idle is not longer than five times refresh.min_age: clients that are not idle can be logged out"
        );
    }
}

fn warn_of_mail(settings: &Settings, origin: &WebOrigin) {
    let Some(way) = &settings.mail.way else {
        tracing::warn!("smtp_url is not set: no mail is sent; what is to be sent waits in the database");
        return;
    };
    tracing::info!(%way, "mails are sent");
    if matches!(way, Way::Smtp(_)) && settings.public_url.is_none() {
        tracing::warn!(%origin, "public_url is not set: links in mails lead to this machine's own address");
    }
}

/// Opens the house and serves it.
pub(crate) async fn open_and_run(settings: &Settings) -> Result<(), Failure> {
    // Nothing is made before all of the settings are judged.
    pages::open(settings)?;
    let sockets = Sockets::open(settings).await?;
    let origin = settings.own_origin(sockets.address);
    let postman = post::open(settings, &origin)?;
    let house = House::open(settings, &origin, Stay::Long).await?;
    run(settings, Service { house, sockets, postman }, |api| api, || ()).await
}
