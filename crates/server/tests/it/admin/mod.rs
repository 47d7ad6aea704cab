//! The binary's side of administering: the first admin, the others, keys of services, and that nobody becomes an admin in
//! any other way.

mod acting;
mod bootstrap;
mod commands;
mod nobody;
mod nodes;
mod service_keys;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    child::Place,
    client::{Answer, PASSWORD, post, request},
};

const EMAIL: &str = "dana@example.test";

/// Makes the first admin with the secret that the command prints. Answers its access token.
fn first_admin(place: &Place, at: SocketAddr) -> String {
    let secret = place.run(&["admin", "bootstrap", "--json"]).well().json()["secret"].as_str().unwrap().to_owned();
    let made = post(at, "/admin/v1/bootstrap", &first_admin_body(&secret)).expect(201);
    made.text("access_token")
}

fn first_admin_body(secret: &str) -> Value {
    json!({ "secret": secret, "email": EMAIL, "password": PASSWORD, "username": "dana", "transport": "body" })
}

/// A call with an access token or a service key.
pub(crate) fn call(at: SocketAddr, by: &str, method: &str, path: &str, body: &str) -> Answer {
    request(at, method, path, &[("Authorization", &format!("Bearer {by}"))], body).unwrap()
}

/// Makes a service key with these permissions. Answers its id and itself.
pub(crate) fn service_key(place: &Place, permissions: &[&str]) -> (String, String) {
    let mut arguments = vec!["service-key", "create", "--name", "billing", "--json", "--permission"];
    arguments.extend(permissions);
    let made = place.run(&arguments).well().json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}
