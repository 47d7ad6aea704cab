//! The loop that accepts connections and serves each, with bounds on everything a stranger can make us hold: connections,
//! the size of a head, the number of its fields, and the time it may take.
//!
//! What must stay true: once told to stop, nothing new is accepted, and what has begun is answered before the loop ends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{framing::Inspected, metrics::Metrics, shutdown::Stop};
use crate::tasks;

/// A head that has not arrived after this is not waited for any more; so long may a connection be idle, too (slowloris).
const HEAD_TIME: Duration = Duration::from_secs(20);
/// The longest head, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// The most fields of a head.
const HEAD_FIELDS: usize = 64;
/// After a failed accept (too many files are open, say) nothing is tried for so long.
const RECOVERY: Duration = Duration::from_millis(200);

/// Accepts until `stop`, then waits until what has begun is answered.
pub(crate) async fn serve(listener: TcpListener, app: Router, most: usize, metrics: Arc<Metrics>, mut stop: Stop) {
    let room = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            () = stop.requested() => break,
            place = Arc::clone(&room).acquire_owned() => place.expect("nobody closes the semaphore"),
        };
        tokio::select! {
            () = stop.requested() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connection(stream, peer, app.clone(), &graceful, place, Arc::clone(&metrics)),
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
    graceful: &GracefulShutdown,
    place: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
) {
    // Answers are small and complete: waiting for more to send would only delay them.
    let _unsupported = stream.set_nodelay(true);
    let service = TowerToHyperService::new(app.layer(Extension(ConnectInfo(peer))));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
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
