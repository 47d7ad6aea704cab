//! The router on a real socket, for what cannot be seen without one: raw bytes, slow bodies, broken connections.

use std::net::SocketAddr;

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// A server on the loopback interface. It ends when this is dropped.
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    #[expect(clippy::disallowed_methods, reason = "a test's server runs beside the test")]
    pub(super) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port of the loopback interface");
        let address = listener.local_addr().expect("a listener has an address");
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            axum::serve(listener, service).await.expect("serving does not end");
        });
        Self { address, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
