//! A device in plain words, out of its user agent. What must stay true: nothing of the user agent's own text comes out, only
//! words from here, because whoever asks for a mail to somebody else chooses his user agent.

/// What is known of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    /// The program.
    pub(crate) program: Option<&'static str>,
    /// What it runs on.
    pub(crate) system: Option<&'static str>,
}

/// In this order: most programs claim to be several others, and name themselves last.
const PROGRAMS: [(&str, &str); 14] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("okhttp/", "Android app"),
    ("CFNetwork/", "Apple app"),
    ("Dart/", "app"),
    ("curl/", "curl"),
];

const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Mac OS X", "Mac"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

impl Device {
    /// What this user agent tells.
    pub(crate) fn of(user_agent: &str) -> Self {
        let found = |words: &[(&str, &'static str)]| {
            words.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, word)| *word)
        };
        Self { program: found(&PROGRAMS), system: found(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ones_are_known_and_others_say_nothing() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 \
                      Mobile/15E148 Safari/604.1";
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        for (user_agent, program, system) in [
            (chrome, Some("Chrome"), Some("Windows")),
            (&format!("{chrome} Edg/140.0"), Some("Edge"), Some("Windows")),
            (safari, Some("Safari"), Some("iPhone")),
            (firefox, Some("Firefox"), Some("Linux")),
            ("curl/8.5.0", Some("curl"), None),
            ("Visit evil.example, your account is blocked", None, None),
        ] {
            assert_eq!(Device::of(user_agent), Device { program, system }, "{user_agent}");
        }
    }
}
