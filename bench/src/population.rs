//! Who lives in the database: accounts with one user each and several sessions. All of them are made over HTTP, as everybody
//! else's are.

use std::net::SocketAddr;

use crate::{
    client::{Connection, ORDINARY, Request},
    failure::Failure,
    session::Session,
    task,
};

/// Accounts; the first session of each takes part in what is measured.
pub(crate) const ACCOUNTS: usize = 256;
/// Sessions of each account. A session costs a password hash, so there are thousands, not millions.
pub(crate) const SESSIONS_EACH: usize = 8;
/// So many sign up beside each other.
const CLERKS: usize = 16;

const PASSWORD: &str = "violet-anchor-93-lamp";

/// Signs everybody up, and gives the first session of each account.
pub(crate) async fn settle(server: SocketAddr) -> Result<Vec<Session>, Failure> {
    let clerks = (0..CLERKS).map(|clerk| async move {
        let mut connection = Connection::open(server, ORDINARY).await?;
        let mut sessions = Vec::new();
        for number in (clerk..ACCOUNTS).step_by(CLERKS) {
            let json = sign_up(number);
            let answer = connection.ask(Request::Post { path: "/auth/signup", json: &json }).await?;
            sessions.push(Session::opened(answer.expect(201)?)?);
            for _ in 1..SESSIONS_EACH {
                let json = login(number);
                let answer = connection.ask(Request::Post { path: "/auth/login", json: &json }).await?;
                Session::opened(answer.expect(200)?)?;
            }
        }
        Ok(sessions)
    });
    Ok(task::all(clerks).await?.into_iter().flatten().collect())
}

/// The body of a login to one of the accounts.
pub(crate) fn login(number: usize) -> String {
    format!(r#"{{"login":"{}","password":"{PASSWORD}","transport":"body"}}"#, username(number % ACCOUNTS))
}

fn sign_up(number: usize) -> String {
    let username = username(number);
    format!(
        r#"{{"email":"{username}@example.test","password":"{PASSWORD}","username":"{username}","transport":"body"}}"#
    )
}

fn username(number: usize) -> String {
    format!("resident-{number:04}")
}
