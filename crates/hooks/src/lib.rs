//! Webhooks, the outgoing side: [`HookClient`] calls a program of the operator over HTTPS, with a signature that it can check
//! ([`verify`] is that check, for programs in Rust and for tests).
//!
//! Whoever may set the URL of a webhook makes this process send requests; it stands where others do not reach, beside databases
//! and the credentials of a cloud. What must stay true: a name is asked for once, every answer is judged before anything is
//! connected to, and the connection goes to an address that was judged; no redirect is followed and no proxy is asked; what comes
//! back is bounded in bytes and in time; the certificate is for the host that the URL names, and no setting says otherwise; no
//! error repeats a URL, which may hold a credential, or what a server said.
//! docs/decisions/0020-calling-webhooks.md says why it is built this way.

mod address;
mod client;
mod connect;
mod exchange;
mod resolve;
mod roots;
mod rules;
mod signature;
mod target;
mod verify;

pub use self::{
    client::HookClient,
    resolve::{Resolve, SystemResolver},
    roots::RootsError,
    rules::{ClearText, HookRules},
    signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, secret_text, signature},
    target::{MAX_URL_LEN, check_url},
    verify::{TOLERANCE, Unverified, verify},
};
