//! Scratch.
use crate::{model::*, setup::*, row::*, property::*, bridge::*};
use stateright::*;
pub fn go(s: Setup) {
    let t = std::time::Instant::now();
    let c = Rotation(s).checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!("{:20} unique {:>9} all {:>9} depth {:>3} {:?}", s.name, c.unique_state_count(), c.state_count(), c.max_depth(), t.elapsed());
    for (name, path) in c.discoveries() {
        let bad = Broken::ALL.iter().any(|b| b.1 == name);
        if bad { println!("  FALLS {name} in {}", path.clone().into_actions().len());
          for (st, a) in path.into_vec() { println!("   {:?} jar {} {:?}", st.row, st.client.token, a); } }
    }
    for r in s.reaches() { if c.discovery(r.name()).is_none() { println!("  not reached {}", r.name()); } }
}
pub fn main() {
    let b = Setup::BASE;
    let t = |copies, timing| Thief::Here{copies, timing};

    let k = std::env::args().nth(1).unwrap_or_default();
    let go = |s: Setup| if s.name.contains(&k) { go(s) };
    go(Setup{name:"any", client: Client::Anybody, logout: Logout::AnyTime, ..b});
    go(Setup{name:"any2", client: Client::Anybody, logout: Logout::AnyTime, rollbacks: 2, ..b});
    go(Setup{name:"jar2mixed", keys: Keys::Mixed, clock: Clock::new(4,2), ..b});
    go(Setup{name:"mobile", client: Client::Mobile, ..b});
    go(Setup{name:"mobile1", client: Client::Mobile, exchanges: 1, losses: Losses::Any, ..b});

    for l in 0..=2 { for cap in 1..=2 { 
    if l > 0 && l + 1 > cap { continue; }
    for timing in [Timing::Apart, Timing::Polling] {
    for bound in 0..12 {
      let s = Setup{name:"", exchanges:1, cap: Cap(cap), losses: Losses::PerGeneration(l), thief: t(Copies::TokenAndKey, timing), watches: Watches::Coexistence(bound), ..b};
      let c = Rotation(s).checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
      if c.discovery("P9c").is_none() { println!("losses {l} cap {cap} {timing:?} bound {bound} holds {}", c.unique_state_count()); break; }
    } } } }
    go(Setup{name:"split", clock: Clock::new(4,2), steps: Steps::ReadThenApply, ..b});
    go(Setup{name:"splitrb", clock: Clock::new(4,2), rollbacks: 1, steps: Steps::ReadThenApply, ..b});
    go(Setup{name:"jar3rb", exchanges: 3, rollbacks: 1, ..b});
    go(Setup{name:"jar3rb2", exchanges: 3, rollbacks: 2, ..b});
    go(Setup{name:"anykeyless", exchanges: 2, keys: Keys::Never, thief: t(Copies::Token, Timing::Any), watches: Watches::Postponement(4), ..b});
    for (n, fa) in [("fa-plain", ForwardAuth::Plain), ("fa-keyed", ForwardAuth::LeavesKeyed), ("fa-once", ForwardAuth::LeavesOnceKeyed), ("fa-never", ForwardAuth::NeverRenews)] {
    go(Setup{name:n, forward_auth: fa, clock: Clock::new(4,2), ..b});
    }
}
