//! The bare server: axum answering a constant in JSON, in a process of its own, on a runtime like the binary's. What it
//! reaches under our generator is this machine's ceiling; a figure of ours means something only beside it.

use std::{net::SocketAddr, path::Path, process::Command};

use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::{
    failure::{During, Failure},
    server::{Server, free_address},
};

/// The word on the command line that makes this program be the bare server.
pub(crate) const COMMAND: &str = "bare-server";
/// What it answers.
pub(crate) const BODY: &str = r#"{"status":"ok"}"#;

/// Serves until it is killed.
pub(crate) async fn serve(address: &str) -> Result<(), Failure> {
    let address: SocketAddr = address.parse().during("parsing the address of the bare server")?;
    let listener = tokio::net::TcpListener::bind(address).await.during("binding the bare server")?;
    let answer = async || -> Json<Value> { Json(json!({ "status": "ok" })) };
    axum::serve(listener, Router::new().route("/", routing::get(answer))).await.during("serving")
}

/// Starts this very program as the bare server.
pub(crate) fn start(folder: &Path) -> Result<Server, Failure> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe().during("finding this program")?);
    command.arg(COMMAND).arg(address.to_string());
    Server::start(command, address, "/", &folder.join("bare-server.log"))
}
