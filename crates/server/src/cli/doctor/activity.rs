//! Is the activity log signed as it should be?

use std::time::Duration;

use super::{Finding, bad, good, note};
use crate::{
    gate::{
        model::Timestamp,
        port::{ChainState, StoredCheckpoint},
    },
    house::House,
};

/// A running server gives an entry its place within a second, and signs within ten minutes.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Looks at the end of the log. Whether it is what was written says `gatewright activity verify`, which reads all of it.
pub(super) async fn look(house: &House) -> Finding {
    let log = house.store.activity();
    match (log.checkpoints(1).await, log.chain_state().await) {
        (Ok(mut last), Ok(state)) => judge(last.pop().as_ref(), &state, house.gate.now()),
        (Err(error), _) | (_, Err(error)) => bad("activity log", format!("it cannot be read ({error})")),
    }
}

fn judge(last: Option<&StoredCheckpoint>, state: &ChainState, now: Timestamp) -> Finding {
    let about = "activity log";
    if let Some(since) = state.waiting_since.filter(|since| now.since(*since) > PATIENCE) {
        let says = format!(
            "entries wait for their place in the chain since {since}: no server is running that gives it to them"
        );
        return note(about, says);
    }
    let Some(last) = last.map(|last| &last.checkpoint) else {
        let says = "not signed yet: a running server does it";
        return if state.head.seq == 0 { good(about, "empty") } else { note(about, says) };
    };
    let signed = format!("signed up to entry {} at {}", last.head.seq, last.at);
    if last.head == state.head {
        return good(about, signed);
    }
    if state.head.seq <= last.head.seq {
        return bad(about, format!("{signed}, but it ends with {}: see `gatewright activity verify`", state.head.seq));
    }
    let unsigned = state.head.seq - last.head.seq;
    if now.since(last.at) > PATIENCE {
        let says =
            format!("{signed}, and {unsigned} since: no server is running that signs them, or it has refused to");
        return note(about, says);
    }
    good(about, format!("{signed}, and {unsigned} since"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::doctor::Mark,
        gate::model::{Checkpoint, Link},
    };

    const NOW: i64 = 1_795_292_400;

    fn state(head: u64, waiting_secs: Option<i64>) -> ChainState {
        ChainState {
            begin: Link::START,
            head: Link { seq: head, digest: [0; 32] },
            waiting_since: waiting_secs.map(|secs| Timestamp::from_secs(NOW - secs)),
            personal_since: Timestamp::default(),
        }
    }

    fn signed(seq: u64, secs_ago: i64) -> StoredCheckpoint {
        let at = Timestamp::from_secs(NOW - secs_ago);
        let head = Link { seq, digest: [0; 32] };
        let checkpoint = Checkpoint { begin: Link::START, head, personal_since: Timestamp::default(), at };
        StoredCheckpoint { checkpoint, signed: String::new() }
    }

    #[test]
    fn lg6_what_waits_or_is_not_signed_is_told() {
        let judged = |last: Option<StoredCheckpoint>, state| {
            let found = judge(last.as_ref(), &state, Timestamp::from_secs(NOW));
            (found.mark, found.says)
        };
        assert_eq!(judged(None, state(0, None)).0, Mark::Good);
        assert_eq!(judged(None, state(3, None)).0, Mark::Note);
        assert_eq!(judged(Some(signed(3, 100_000)), state(3, None)).0, Mark::Good);
        assert_eq!(judged(Some(signed(3, 600)), state(5, Some(1))).0, Mark::Good);
        let (mark, says) = judged(Some(signed(3, 1000)), state(5, None));
        assert!(mark == Mark::Note && says.contains("and 2 since: no server"), "{says}");
        assert_eq!(judged(Some(signed(3, 1)), state(3, Some(1000))).0, Mark::Note);
        let (mark, says) = judged(Some(signed(3, 1)), state(2, None));
        assert!(mark == Mark::Bad && says.contains("it ends with 2"), "{says}");
        let other = ChainState { head: Link { seq: 3, digest: [1; 32] }, ..state(3, None) };
        assert_eq!(judged(Some(signed(3, 1)), other).0, Mark::Bad);
    }
}
