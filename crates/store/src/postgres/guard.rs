//! Turns that steps take which no row of their own keeps apart: what they judge is how many rows there are. What must stay true:
//! a guard is taken after all rows that a step locks, and before it changes any. So whoever has one waits for nobody who waits
//! for it.

use tokio_postgres::Client;

use super::{failure::Failure, statements};

/// What is guarded. The lock belongs to the transaction, so that it works through a transaction pooler, too.
#[derive(Clone, Copy, Debug)]
pub(super) enum Guard {
    /// How many admins can sign in, and whether there is any.
    Admins,
    /// How many roles there are.
    Roles,
    /// How many service keys there are.
    ServiceKeys,
    /// How many webhooks there are.
    Rules,
}

/// Waits for the turn, and has it until the step has ended.
pub(super) async fn take(client: &Client, guard: Guard) -> Result<(), Failure> {
    let key = i64::from_be_bytes(match guard {
        Guard::Admins => *b"GateAdmi",
        Guard::Roles => *b"GateRole",
        Guard::ServiceKeys => *b"GateKeys",
        Guard::Rules => *b"GateRule",
    });
    statements::rows(client, "SELECT pg_advisory_xact_lock($1)", &[key.into()]).await?;
    Ok(())
}
