//! Rules of routes: who may reach what behind a proxy that asks us (forward-auth). The first rule that fits decides, and what no
//! rule fits is refused.
//!
//! What must stay true: whatever a program behind the proxy may take a path for, one rule answers for all of it; where two would, the
//! request is refused.

use std::{fmt, str::FromStr};

use super::{AskedRoute, NormalPath, Permission, Permissions, RoleName, Roles, RouteHost, RouteMethod};

/// All rules, in their order. Without any, everybody who is signed in may reach everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteRules(Vec<RouteRule>);

/// A rule: `<methods|*> <host|*> <path> <requirement>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    methods: Methods,
    host: Option<RouteHost>,
    path: PathPattern,
    requirement: RouteRequirement,
}

/// What a rule demands of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteRequirement {
    /// Nothing: anybody may pass.
    Public,
    /// To be signed in.
    SignedIn,
    /// One of these roles.
    AnyRole(Vec<RoleName>),
    /// A role that gives this permission.
    Permission(Permission),
    /// What nobody has.
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Methods {
    Any,
    /// With `GET` goes `HEAD`: servers answer it with what they would answer `GET`.
    Of(Vec<RouteMethod>),
}

/// Segments of which `*` is any one, and `**` at the end everything below, and the place itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PathPattern {
    segments: Vec<PatternSegment>,
    reach: Reach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Exact,
    Below,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PatternSegment {
    Any,
    Is(String),
}

/// A rule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {number} (`{rule}`): {says}")]
pub struct RouteRuleError {
    /// Which one, counted from 1.
    pub number: usize,
    /// As it was written.
    pub rule: String,
    /// What is wrong with it.
    pub says: &'static str,
}

/// More rules than anybody reads are a mistake, and each request is compared with all of them.
const MOST_RULES: usize = 1000;

impl RouteRules {
    /// Reads rules in their order.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, RouteRuleError> {
        let mut rules = Vec::new();
        for (at, text) in texts.into_iter().enumerate() {
            let fault = |says| RouteRuleError { number: at + 1, rule: text.trim().to_owned(), says };
            if at == MOST_RULES {
                return Err(fault("there are a thousand before it, which is the most"));
            }
            rules.push(text.parse().map_err(fault)?);
        }
        Ok(Self(rules))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is demanded of whoever asks for this. Where nothing fits, and where readings of the path find different rules, it is
    /// what nobody has.
    #[must_use]
    pub fn requirement(&self, asked: &AskedRoute) -> &RouteRequirement {
        let Ok(readings) = asked.path.readings() else { return &RouteRequirement::Deny };
        let mut found = readings.iter().map(|path| {
            self.0.iter().position(|rule| rule.fits_request(&asked.method, &asked.host) && rule.path.fits(path))
        });
        match found.next().flatten() {
            Some(first) if found.all(|other| other == Some(first)) => &self.0[first].requirement,
            Some(_) | None => &RouteRequirement::Deny,
        }
    }
}

impl RouteRule {
    fn fits_request(&self, method: &RouteMethod, host: &RouteHost) -> bool {
        let fits_method = match &self.methods {
            Methods::Any => true,
            Methods::Of(methods) => {
                let is_head_of_get = || method.as_str() == "HEAD" && methods.iter().any(|one| one.as_str() == "GET");
                methods.contains(method) || is_head_of_get()
            }
        };
        fits_method && self.host.as_ref().is_none_or(|own| own == host)
    }
}

impl PathPattern {
    fn fits(&self, path: &[String]) -> bool {
        let long_enough = match self.reach {
            Reach::Exact => path.len() == self.segments.len(),
            Reach::Below => path.len() >= self.segments.len(),
        };
        long_enough
            && self.segments.iter().zip(path).all(|(own, segment)| match own {
                PatternSegment::Any => true,
                PatternSegment::Is(text) => text == segment,
            })
    }
}

impl RouteRequirement {
    /// Whether somebody with these roles has it, who may do what `granted` says.
    #[must_use]
    pub fn is_met(&self, roles: &Roles, granted: &Permissions) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::AnyRole(names) => names.iter().any(|name| roles.names().contains(name)),
            Self::Permission(permission) => granted.contains(permission.as_str()),
            Self::Deny => false,
        }
    }
}

impl FromStr for RouteRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_ascii_whitespace();
        let (Some(methods), Some(host), Some(path), Some(requirement), None) =
            (words.next(), words.next(), words.next(), words.next(), words.next())
        else {
            return Err("a rule is four words: methods, host, path, requirement");
        };
        Ok(Self {
            methods: methods.parse()?,
            host: if host == "*" { None } else { Some(named_host(host)?) },
            path: path.parse()?,
            requirement: requirement.parse()?,
        })
    }
}

fn named_host(text: &str) -> Result<RouteHost, &'static str> {
    let host: RouteHost = text.parse().map_err(|_| "the host is `*` or one name, such as `app.example.com`")?;
    if host.as_str() == text { Ok(host) } else { Err("the host is written in lower case and without a port") }
}

impl FromStr for Methods {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let methods = text.split('|').map(str::parse).collect::<Result<_, _>>();
        methods.map(Self::Of).map_err(|_| "methods are `*`, or names in capitals with `|` between, such as `GET|POST`")
    }
}

impl FromStr for PathPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (text, reach) = match text.strip_suffix("/**") {
            Some(rest) => (if rest.is_empty() { "/" } else { rest }, Reach::Below),
            None => (text, Reach::Exact),
        };
        if text.contains(['?', '#', ';']) {
            return Err(
                "a path has no query, no fragment and no parameters; write `%3F`, `%23`, `%3B` for these characters",
            );
        }
        let says = "a path begins with `/`, and is one that every program reads alike: no `..`, no backslash, no encoded slash";
        let path = NormalPath::of_uri(text).map_err(|_| says)?;
        if text != "/" && text.split('/').skip(1).any(|segment| segment.is_empty() || segment == ".") {
            return Err("a path has no empty segments, no `.`, and no slash at its end");
        }
        let segment = |(raw, decoded): (&str, &String)| match raw {
            "*" => Ok(PatternSegment::Any),
            raw if raw.contains('*') => Err("`*` is a whole segment, and `**` the last one"),
            _ => Ok(PatternSegment::Is(decoded.clone())),
        };
        let raw = text.split('/').skip(1).filter(|segment| !segment.is_empty());
        let segments = raw.zip(path.segments()).map(segment).collect::<Result<_, _>>()?;
        Ok(Self { segments, reach })
    }
}

impl FromStr for RouteRequirement {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SAYS: &str = "the requirement is one of `public`, `signed_in`, `role:<name>`, `any_role:<one>|<other>`, \
                            `permission:<noun:verb>`, `deny`";
        let role = |text: &str| text.parse::<RoleName>().map_err(|_| SAYS);
        match text.split_once(':').unwrap_or((text, "")) {
            ("public", "") if text == "public" => Ok(Self::Public),
            ("signed_in", "") if text == "signed_in" => Ok(Self::SignedIn),
            ("deny", "") if text == "deny" => Ok(Self::Deny),
            ("role", name) => Ok(Self::AnyRole(vec![role(name)?])),
            ("any_role", names) => Ok(Self::AnyRole(names.split('|').map(role).collect::<Result<_, _>>()?)),
            ("permission", name) => Ok(Self::Permission(name.parse().map_err(|_| SAYS)?)),
            _ => Err(SAYS),
        }
    }
}

impl fmt::Display for RouteRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::SignedIn => f.write_str("signed_in"),
            Self::AnyRole(names) => {
                let names: Vec<&str> = names.iter().map(RoleName::as_str).collect();
                write!(f, "any_role:{}", names.join("|"))
            }
            Self::Permission(permission) => write!(f, "permission:{permission}"),
            Self::Deny => f.write_str("deny"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> RouteRules {
        RouteRules::parse(texts.iter().copied()).unwrap()
    }

    fn demanded(rules: &RouteRules, method: &str, host: &str, uri: &str) -> String {
        let asked = AskedRoute {
            method: method.parse().unwrap(),
            host: host.parse().unwrap(),
            path: NormalPath::of_uri(uri).unwrap(),
        };
        rules.requirement(&asked).to_string()
    }

    #[test]
    fn the_first_rule_that_fits_decides_and_what_none_fits_is_refused() {
        let rules = rules(&[
            "GET app.example.com /health public",
            "* * /admin/** role:admin",
            "POST|PUT * /posts/*/edit any_role:editor|author",
            "* api.example.com /** permission:api:use",
            "GET * /** signed_in",
        ]);
        let app = "app.example.com";
        for (method, host, uri, expected) in [
            ("GET", app, "/health", "public"),
            ("HEAD", app, "/health/", "public"),
            ("GET", "other.example.com", "/health", "signed_in"),
            ("GET", "APP.example.com.:8443", "/health?x", "public"),
            ("DELETE", app, "/admin", "any_role:admin"),
            ("GET", app, "/admin/a/b", "any_role:admin"),
            ("GET", app, "/administrators", "signed_in"),
            ("GET", app, "/Admin", "signed_in"),
            ("PUT", app, "/posts/7/edit", "any_role:editor|author"),
            ("PUT", app, "/posts/7/8/edit", "deny"),
            ("PUT", app, "/posts/edit", "deny"),
            ("POST", "api.example.com", "/x", "permission:api:use"),
            ("POST", app, "/x", "deny"),
            ("OPTIONS", app, "/", "deny"),
            ("GET", app, "/", "signed_in"),
        ] {
            assert_eq!(demanded(&rules, method, host, uri), expected, "{method} {host} {uri}");
        }
    }

    #[test]
    fn oa10_a_path_that_some_program_takes_for_another_is_refused_unless_one_rule_answers_for_both() {
        let rules = rules(&["* * /admin/** role:admin", "* * /open/** public", "* * /** signed_in"]);
        for (uri, expected) in [
            ("/admin;x=1", "deny"),
            ("/admin;x=1/users", "deny"),
            ("/;x/admin", "deny"),
            ("/open/a;x=1", "public"),
            ("/posts/7;y", "signed_in"),
            ("/admin%3Fx", "deny"),
            ("/admin%23x", "deny"),
            ("/open/why%3F", "public"),
            ("/wiki/why%3F/admin", "signed_in"),
            ("/open%3F/a", "deny"),
            ("/open;x%3F/a", "deny"),
            ("/open/..;/admin", "deny"),
            ("/open/..%3F", "deny"),
            ("/admin%3Bx", "deny"),
        ] {
            assert_eq!(demanded(&rules, "GET", "x", uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_named() {
        for (text, says) in [
            ("", "four words"),
            ("* * /x", "four words"),
            ("* * /x public more", "four words"),
            ("get * /x public", "methods"),
            ("GET,POST * /x public", "methods"),
            ("| * /x public", "methods"),
            ("* *.example.com /x public", "host"),
            ("* app.example.com:443 /x public", "without a port"),
            ("* App.example.com /x public", "lower case"),
            ("* * x public", "begins with"),
            ("* * /x/../y public", "begins with"),
            ("* * /x%2Fy public", "begins with"),
            ("* * /x/ public", "no slash at its end"),
            ("* * //x public", "empty segments"),
            ("* * /./x public", "no `.`"),
            ("* * /x?y public", "no query"),
            ("* * /x* public", "whole segment"),
            ("* * /**/x public", "whole segment"),
            ("* * /** all", "requirement"),
            ("* * /** public:", "requirement"),
            ("* * /** role:", "requirement"),
            ("* * /** role:Admin", "requirement"),
            ("* * /** any_role:a|", "requirement"),
            ("* * /** permission:read", "requirement"),
        ] {
            let error = RouteRules::parse(["* * /a public", text]).unwrap_err();
            assert_eq!((error.number, error.rule.as_str()), (2, text));
            assert!(error.says.contains(says), "{text}: {}", error.says);
        }
        let many = vec!["* * /a public"; MOST_RULES + 1];
        assert_eq!(RouteRules::parse(many).unwrap_err().number, MOST_RULES + 1);
    }

    #[test]
    fn roles_and_permissions_are_told_apart() {
        let roles = |names: &[&str]| Roles::new(names.iter().map(|name| name.parse().unwrap()).collect());
        let granted = Permissions::new(vec!["pages:write".parse().unwrap()]);
        let met = |requirement: &str, names: &[&str]| {
            requirement.parse::<RouteRequirement>().unwrap().is_met(&roles(names), &granted)
        };
        assert!(met("role:editor", &["author", "editor"]) && !met("role:editor", &["author"]));
        assert!(met("any_role:a|b", &["b"]) && !met("any_role:a|b", &["c"]) && !met("any_role:a|b", &[]));
        assert!(met("permission:pages:write", &[]) && !met("permission:pages:read", &["pages:read"]));
        assert!(met("signed_in", &[]) && met("public", &[]) && !met("deny", &["admin"]));
    }

    #[test]
    fn patterns_are_decoded_as_paths_are() {
        let rules = rules(&["* * /a%2Cb/caf%C3%A9 public", "* * /semi%3Bcolon public", "* * /** deny"]);
        assert_eq!(demanded(&rules, "GET", "x", "/a,b/caf%c3%a9"), "public");
        // Another reader sees `/semi`.
        assert_eq!(demanded(&rules, "GET", "x", "/semi%3Bcolon"), "deny");
    }
}
