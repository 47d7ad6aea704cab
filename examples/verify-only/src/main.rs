//! A service of yours: it never asks Gatewright about a token, it only knows where the published keys are.
//!
//! ```sh
//! cargo run -p verify-only -- http://127.0.0.1:8080 127.0.0.1:3000
//! curl http://127.0.0.1:3000/hello -H "Authorization: Bearer $ACCESS_TOKEN"
//! ```
//!
//! Three answers to three questions: who is it (`/hello`), is it theirs (`/notes/{user}`), may they (`/reports`).

use axum::{Json, Router, extract::Path, routing::get};
use gatewright_token::{
    Verifier,
    remote::RemoteVerifier,
    tower::{Caller, Forbidden, RequireToken, require_role},
};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let issuer = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    axum::serve(listener, app(&issuer)?).await?;
    Ok(())
}

/// Every route behind the check; what it lets through carries a [`Caller`].
fn app(issuer: &str) -> Result<Router, Failure> {
    // The audience is what the operator sets as AUDIENCE; without a setting it is the issuer itself.
    let verifier = Verifier::builder().issuer(issuer).audience(issuer).build()?;
    let remote = RemoteVerifier::new(verifier, &format!("{issuer}/.well-known/jwks.json"))?;
    Ok(Router::new()
        .route("/hello", get(hello))
        .route("/notes/{user}", get(notes))
        .route("/reports", get(reports).route_layer(require_role("analyst")))
        .layer(RequireToken::new(remote)))
}

async fn hello(caller: Caller) -> Json<Value> {
    Json(json!({ "hello": caller.username, "user": caller.subject, "roles": caller.roles }))
}

/// The notes of one user, for that user only.
async fn notes(caller: Caller, Path(user): Path<String>) -> Result<Json<Value>, Forbidden> {
    caller.require_user(user.parse().map_err(|_| Forbidden)?)?;
    Ok(Json(json!({ "notes": [] })))
}

async fn reports() -> Json<Value> {
    Json(json!({ "reports": [] }))
}
