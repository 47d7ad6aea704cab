//! Scratch.
use crate::{model::*, setup::*, row::*, mutation::*, property::*, bridge::*};
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
    go(Setup{name:"any", client: Client::Anybody, logout: Logout::AnyTime, ..b});
    go(Setup{name:"any2", client: Client::Anybody, logout: Logout::AnyTime, rollbacks: 2, ..b});
    go(Setup{name:"anysplit", client: Client::Anybody, logout: Logout::AnyTime, steps: Steps::ReadThenApply, ..b});
    go(Setup{name:"jar1", exchanges: 1, losses: Losses::Any, ..b});
    go(Setup{name:"jar2", ..b});
    go(Setup{name:"jar2rb", rollbacks: 1, ..b});
    go(Setup{name:"jar2never", keys: Keys::Never, clock: Clock::new(4,2), losses: Losses::Any, ..b});
    go(Setup{name:"jar2mixed", keys: Keys::Mixed, clock: Clock::new(4,2), losses: Losses::Any, ..b});
    go(Setup{name:"mobile", client: Client::Mobile, ..b});
    go(Setup{name:"apart", exchanges:1, losses: Losses::Any, thief: t(Copies::Token, Timing::Apart), watches: Watches::Coexistence(1), ..b});
    go(Setup{name:"apartkey", exchanges:1, losses: Losses::Any, thief: t(Copies::TokenAndKey, Timing::Apart), watches: Watches::Coexistence(4), ..b});
    go(Setup{name:"apartrb", exchanges:1, losses: Losses::Any, rollbacks: 1, thief: t(Copies::Token, Timing::Apart), watches: Watches::Coexistence(3), ..b});
    go(Setup{name:"poll", exchanges:1, losses: Losses::Any, thief: t(Copies::Token, Timing::Polling), watches: Watches::Coexistence(2), ..b});
    go(Setup{name:"pollkey", exchanges:1, losses: Losses::Any, thief: t(Copies::TokenAndKey, Timing::Polling), watches: Watches::Coexistence(5), ..b});
    go(Setup{name:"anytime", exchanges:1, losses: Losses::Any, thief: t(Copies::TokenAndKey, Timing::Any), watches: Watches::Postponement(4), ..b});
    go(Setup{name:"split", steps: Steps::ReadThenApply, ..b});
    go(Setup{name:"jar3", exchanges: 3, ..b});
}
