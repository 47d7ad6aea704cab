//! What a user agent gives away of a device, for mails and pages that tell people where they are signed in. What must stay true:
//! nothing of the user agent's own text comes out, only words from here, because whoever tries to sign in chooses his user agent; and
//! what is not known is not guessed.

use super::UserAgent;

/// What is known of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceSigns {
    /// The program.
    pub program: Option<Program>,
    /// What it runs on.
    pub system: Option<System>,
}

/// A program, by what it is to somebody who reads of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// A browser, by its name.
    Browser(&'static str),
    /// Some app: it names its network library only.
    App(&'static str),
    /// A program for programmers, by its name.
    Tool(&'static str),
}

/// What a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// A telephone with Android.
    AndroidPhone,
    /// By its name.
    Named(&'static str),
}

/// In this order: most programs claim to be several others, and name themselves last.
const PROGRAMS: [(&str, Program); 20] = [
    ("Edg", Program::Browser("Edge")),
    ("OPR/", Program::Browser("Opera")),
    ("SamsungBrowser/", Program::Browser("Samsung Internet")),
    ("Vivaldi/", Program::Browser("Vivaldi")),
    ("FxiOS/", Program::Browser("Firefox")),
    ("Firefox/", Program::Browser("Firefox")),
    ("CriOS/", Program::Browser("Chrome")),
    ("Chromium/", Program::Browser("Chromium")),
    ("Chrome/", Program::Browser("Chrome")),
    ("Safari/", Program::Browser("Safari")),
    ("okhttp/", Program::App("Android app")),
    ("CFNetwork/", Program::App("Apple app")),
    ("Dart/", Program::App("app")),
    ("curl/", Program::Tool("curl")),
    ("Wget/", Program::Tool("Wget")),
    ("python-requests/", Program::Tool("Python")),
    ("python-httpx/", Program::Tool("Python")),
    ("HTTPie/", Program::Tool("HTTPie")),
    ("PostmanRuntime/", Program::Tool("Postman")),
    ("Go-http-client/", Program::Tool("Go")),
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

impl DeviceSigns {
    /// What this user agent tells.
    #[must_use]
    pub fn of(user_agent: &UserAgent) -> Self {
        let text = user_agent.as_str();
        let program = PROGRAMS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, program)| *program);
        let system = SYSTEMS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, name)| *name);
        let system = system.map(|name| match name {
            // Browsers say "Mobile" on a telephone and leave it out on a tablet; apps say nothing.
            "Android" if text.contains("Mobile") => System::AndroidPhone,
            name => System::Named(name),
        });
        Self { program, system }
    }
}

impl Program {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser(name) | Self::App(name) | Self::Tool(name) => name,
        }
    }
}

impl System {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AndroidPhone => "Android",
            Self::Named(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> DeviceSigns {
        DeviceSigns::of(&UserAgent::from_header(text).unwrap())
    }

    #[test]
    fn the_usual_ones_are_known_and_others_say_nothing() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 \
                      Mobile/15E148 Safari/604.1";
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let phone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
        let tablet =
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let (browser, named) = (|name| Some(Program::Browser(name)), |name| Some(System::Named(name)));
        for (user_agent, program, system) in [
            (chrome, browser("Chrome"), named("Windows")),
            (&format!("{chrome} Edg/140.0"), browser("Edge"), named("Windows")),
            (safari, browser("Safari"), named("iPhone")),
            (firefox, browser("Firefox"), named("Linux")),
            (phone, browser("Chrome"), Some(System::AndroidPhone)),
            (tablet, browser("Chrome"), named("Android")),
            ("okhttp/4.12.0", Some(Program::App("Android app")), None),
            ("curl/8.5.0", Some(Program::Tool("curl")), None),
            ("Visit evil.example, your account is blocked", None, None),
        ] {
            assert_eq!(signs(user_agent), DeviceSigns { program, system }, "{user_agent}");
        }
    }

    #[test]
    fn lg3_nothing_that_a_client_wrote_comes_out() {
        let hostile = "<script>Firefox/1</script> Linux Call 555-0100 now";
        let found = signs(hostile);
        assert_eq!((found.program.unwrap().name(), found.system.unwrap().name()), ("Firefox", "Linux"));
    }
}
