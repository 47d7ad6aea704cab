//! The loop that accepts connections and serves each, with bounds on everything a stranger can make us hold: connections,
//! the size of a head, the number of its fields, and the time it may take.
//!
//! What must stay true: once told to stop, nothing new is accepted, and what has begun is answered before the loop ends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::ServiceExt;

use super::{framing::Inspected, metrics::Metrics, shutdown::Stop};
use crate::tasks;

/// The longest head, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// The most fields of a head.
const HEAD_FIELDS: usize = 64;
/// After a failed accept (too many files are open, say) nothing is tried for so long.
const RECOVERY: Duration = Duration::from_millis(200);

/// What a connection may take of us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How many may be open at a time.
    pub(crate) connections: usize,
    /// How long a head may take, and how long a connection may be idle (slowloris).
    pub(crate) head_time: Duration,
}

/// Accepts until `stop`, then waits until what has begun is answered.
pub(crate) async fn serve(listener: TcpListener, app: Router, bounds: Bounds, metrics: Arc<Metrics>, mut stop: Stop) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            () = stop.requested() => break,
            place = Arc::clone(&room).acquire_owned() => place.expect("nobody closes the semaphore"),
        };
        tokio::select! {
            () = stop.requested() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connection(stream, peer, app.clone(), bounds.head_time, &graceful, (place, Arc::clone(&metrics))),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(RECOVERY).await;
                }
            },
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    head_time: Duration,
    graceful: &GracefulShutdown,
    (place, metrics): (OwnedSemaphorePermit, Arc<Metrics>),
) {
    // Answers are small and complete: waiting for more to send would only delay them.
    let _unsupported = stream.set_nodelay(true);
    // Not a layer around the router: that would build the whole table of routes again for each connection.
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time)
        .max_header_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS)
        .serve_connection(TokioIo::new(Inspected::new(stream)), service);
    let watched = graceful.watch(connection);
    metrics.connections.inc();
    tasks::start(async move {
        if let Err(error) = watched.await {
            // A client that hangs up or sends nonsense: nothing that an operator has to know at the usual level.
            tracing::debug!(%error, "a connection ended early");
        }
        metrics.connections.dec();
        drop(place);
    });
}
