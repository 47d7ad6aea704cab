//! Durations as people write them: `90`, `90s`, `10m`, `12h`, `14d`.

use std::time::Duration;

/// Parses whole seconds, or a whole number with a unit. A hundred years is the most.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let secs = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (secs <= 100 * 366 * 86_400).then(|| Duration::from_secs(secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_or_a_number_with_a_unit() {
        for (text, secs) in
            [("0", 0), ("90", 90), ("60s", 60), ("10m", 600), ("2min", 120), ("12h", 43_200), ("14d", 1_209_600)]
        {
            assert_eq!(parse(text), Some(Duration::from_secs(secs)), "{text}");
        }
        for text in ["", "s", "-1", "1.5m", "1 0", "10 m", "5 parsecs", "99999999999d", "1w", "１m"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
