//! The settings of forward-auth: who may reach what behind a proxy, and where people sign in whom it turns away.
//!
//! What must stay true: a rule that cannot be read, or could never be asked, is no start: what somebody wrote to keep others out must
//! not be passed over.

use gatewright::LoginUrl;

use super::{Problem, keys, settings::Reader};
use crate::gate::model::RouteRules;

/// The settings of forward-auth.
#[derive(Debug)]
pub(crate) struct ForwardAuthSettings {
    pub(crate) routes: RouteRules,
    pub(crate) login_url: Option<LoginUrl>,
}

impl Reader<'_> {
    pub(super) fn forward_auth(&mut self) -> ForwardAuthSettings {
        ForwardAuthSettings { routes: self.routes(), login_url: self.login_url() }
    }

    fn routes(&mut self) -> RouteRules {
        let key = &keys::FORWARD_AUTH_RULES;
        let text = self.value(key).text;
        let rules = text.split(',').map(str::trim).filter(|rule| !rule.is_empty());
        let rules = RouteRules::parse(rules).unwrap_or_else(|error| {
            let says = format!("in rule {}, `{}`: {}", error.number, error.rule.escape_debug(), error.says);
            self.refuse_as(Problem::new(self.spoken(key), says, "write it like `GET * /admin/** role:admin`"));
            RouteRules::default()
        });
        if !rules.is_empty() && self.is_unset(&keys::TRUSTED_PROXIES) {
            let proxies = keys::TRUSTED_PROXIES.variable();
            let says =
                format!("is set, and `{proxies}` is not: nobody could say what is asked for, and all would be refused");
            self.refuse_as(Problem::new(self.spoken(key), says, "name the address of the proxy that asks"));
        }
        rules
    }

    fn login_url(&mut self) -> Option<LoginUrl> {
        let key = &keys::FORWARD_AUTH_LOGIN_URL;
        let text = self.text(key)?;
        let parsed = text.parse();
        if parsed.is_err() {
            let says = format!("`{}` is no address of a login page", text.escape_debug());
            let remedy =
                "write a URL such as `https://app.example.com/login`, or a path of `public_url` such as `/login`";
            self.refuse_as(Problem::new(self.spoken(key), says, remedy));
        }
        parsed.ok()
    }
}
