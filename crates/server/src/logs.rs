//! Where log lines go: to standard error, for people on a terminal and as one JSON object per line elsewhere.
//!
//! What must stay true: a value from outside can forge no line (SECURITY LG3). The human format escapes control characters
//! in what is recorded by `Debug`, the JSON format in everything; and secrets are types that print as `[secret]`.

use std::{
    any::Any,
    io::{self, IsTerminal},
    panic,
};

use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{LogFormat, LogSettings},
    environment,
};

/// Starts logging. A second call changes nothing.
pub(crate) fn start(settings: LogSettings) {
    let filter = EnvFilter::new(format!(
        "warn,gatewright={0},gatewright_core={0},gatewright_server={0},gatewright_store={0},gatewright_password={0},gatewright_mail={0}",
        settings.level
    ));
    let is_terminal = io::stderr().is_terminal();
    let is_human = match settings.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    // An HTTP library's own traces could hold what travels.
    let ours =
        filter_fn(|metadata| *metadata.level() <= tracing::Level::WARN || metadata.target().starts_with("gatewright"));
    let layer = if is_human {
        let colour = is_terminal && !environment::wants_no_colour();
        fmt::layer().with_writer(io::stderr).with_ansi(colour).with_target(false).boxed()
    } else {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(io::stderr)
            .boxed()
    };
    // Fails only if a subscriber is set already, which then stays.
    let _already_started = tracing_subscriber::registry().with(filter).with(layer.with_filter(ours)).try_init();
    panic::set_hook(Box::new(|panicked| {
        let at = panicked.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, says = constant_text(panicked.payload()), "a defect: something panicked");
    }));
}

/// What a panic says, if it is a text of the program. One that was put together may hold anything, a secret, too.
fn constant_text(payload: &dyn Any) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(not shown)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg2_a_panic_tells_what_the_program_says_and_no_value() {
        assert_eq!(constant_text(&"an invariant"), "an invariant");
        assert_eq!(constant_text(&format!("password {}", "canary")), "(not shown)");
    }
}
