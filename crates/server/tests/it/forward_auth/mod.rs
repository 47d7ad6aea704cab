//! Forward-auth as it is used: the program that ships, Debian's nginx with the file of `examples/forward-auth/nginx`, and an application
//! behind it that knows nothing of signing in and tells what it has seen.
//!
//! What must stay true: the file runs as it is, but for the addresses and paths of this machine.

mod application;
mod browser;
mod examples;
mod nginx;
mod outages;
mod paths;
mod renewal;
mod roles;
mod settings;
mod spoofing;
mod visits;

use std::net::SocketAddr;

use self::{application::Application, browser::Browser, nginx::Nginx};
use crate::child::{Place, Server};

/// What the file calls the application; nginx serves every other name as well.
const HOST: &str = "app.example.com";

/// All of it, running.
pub(crate) struct Stage {
    pub(crate) place: Place,
    pub(crate) server: Server,
    pub(crate) application: Application,
    nginx: Nginx,
}

impl Stage {
    /// Tokens rotate after five seconds (`min_age` times five, in the cookie transport), and access tokens live for so long.
    fn start() -> Self {
        Self::of(Place::new())
    }

    /// With these rules.
    fn ruled(rules: &[&str]) -> Self {
        Self::of(Place::new().with("FORWARD_AUTH_RULES", &rules.join(",")))
    }

    fn of(place: Place) -> Self {
        let place =
            place.with("RATE_LIMITS", "off").with("BEHIND_PROXY", "true").with("TRUSTED_PROXIES", "127.0.0.1/32");
        let place = place.with("PUBLIC_URL", &format!("https://{HOST}"));
        let place = place.with("REFRESH_MIN_AGE", "1s").with("REFRESH_LOST_WINDOW", "30s").with("ACCESS_TTL", "5s");
        let server = place.serve();
        let application = Application::start();
        let nginx = Nginx::start(server.api, application.address());
        Self { place, server, application, nginx }
    }

    /// What browsers reach.
    fn proxy(&self) -> SocketAddr {
        self.nginx.address()
    }

    /// A browser that has been nowhere.
    fn browser(&self) -> Browser {
        Browser::at(self.proxy())
    }

    /// A browser that has signed up, with both tokens in cookies.
    fn signed_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        browser.sign_up(name, "cookie");
        browser
    }
}
