//! The settings of the activity log: how long it is kept.

use std::time::Duration;

use super::{
    keys::{self, FOREVER},
    settings::Reader,
    span,
};
use crate::gate::model::ActivityPolicy;

impl Reader<'_> {
    pub(super) fn activity(&mut self) -> ActivityPolicy {
        ActivityPolicy {
            keep: self.read(&keys::ACTIVITY_KEEP, endless),
            keep_personal: self.read(&keys::ACTIVITY_KEEP_PERSONAL, endless),
        }
    }
}

/// A span that may have no end: 0 is none, because nobody who keeps a log keeps it for no time at all.
fn endless(text: &str) -> Option<Option<Duration>> {
    if text == FOREVER {
        return Some(None);
    }
    span::parse(text).map(|span| (!span.is_zero()).then_some(span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};

    fn read(variables: &[(&str, &str)]) -> Result<ActivityPolicy, String> {
        let variables = variables.iter().map(|(name, value)| (format!("GATEWRIGHT_{name}"), (*value).to_owned()));
        let sources = Sources { variables: variables.collect(), ..Sources::default() };
        Settings::read(&sources).map(|settings| settings.activity).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_log_is_kept_as_the_policy_says_unless_something_else_is_set() {
        assert_eq!(read(&[]), Ok(ActivityPolicy::DEFAULT));
        let days = |days: u64| Some(Duration::from_secs(days * 86_400));
        let shorter = read(&[("ACTIVITY_KEEP", "90d"), ("ACTIVITY_KEEP_PERSONAL", "2592000")]);
        assert_eq!(shorter, Ok(ActivityPolicy { keep: days(90), keep_personal: days(30) }));
        for endless in ["forever", "0", "0d"] {
            let read = read(&[("ACTIVITY_KEEP", endless), ("ACTIVITY_KEEP_PERSONAL", endless)]);
            assert_eq!(read, Ok(ActivityPolicy { keep: None, keep_personal: None }), "{endless}");
        }
    }

    #[test]
    fn what_is_no_span_is_told_with_what_may_stand_there() {
        for wrong in ["never", "-1", "1 year", "Forever"] {
            let says = read(&[("ACTIVITY_KEEP", wrong)]).unwrap_err();
            assert!(says.contains("GATEWRIGHT_ACTIVITY_KEEP") && says.contains("`forever`"), "{says}");
        }
    }
}
