//! A browser's cookies. What must stay true: of two `Set-Cookie` with one name the one that arrives last wins, however old it is.

/// The cookies of one origin.
#[derive(Clone, Debug)]
pub(crate) struct Jar {
    cookies: Vec<(String, String)>,
    naming: Naming,
}

/// What counts as one cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Each session has its own, as the program names them.
    BySession,
    /// There is one, as in systems that do not name them by session.
    One,
}

/// How a refresh token's cookie begins.
const PREFIXES: [&str; 2] = ["gw_rt_", "__Host-gw_rt_"];

impl Jar {
    pub(crate) fn new(naming: Naming) -> Self {
        Self { cookies: Vec::new(), naming }
    }

    /// Takes what an answer sets and deletes.
    pub(crate) fn take(&mut self, lines: &[String]) {
        let changes = lines.iter().filter_map(|line| parse(line));
        let mut changes: Vec<_> = changes.filter(|(name, _)| PREFIXES.iter().any(|p| name.starts_with(p))).collect();
        if self.naming == Naming::One {
            // Whoever has one cookie sets it or deletes it, and does not do both.
            changes.sort_by_key(|(_, value)| value.is_some());
            for (name, _) in &mut changes {
                PREFIXES[0].clone_into(name);
            }
        }
        for (name, value) in changes {
            self.cookies.retain(|(known, _)| *known != name);
            self.cookies.extend(value.map(|value| (name, value)));
        }
    }

    /// The header of a request; nothing if there are none. Under one name the server still has to find its own.
    pub(crate) fn header(&self, tag: &str) -> Option<String> {
        let pairs = self.cookies.iter().map(|(name, value)| match self.naming {
            Naming::BySession => format!("{name}={value}"),
            Naming::One => format!("{name}{tag}={value}"),
        });
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The token that one of the session's answers left here.
    pub(crate) fn token(&self, tag: &str) -> Option<&str> {
        let mut found = self.cookies.iter().filter(|(name, _)| match self.naming {
            Naming::BySession => name.strip_prefix(PREFIXES[0]).or(name.strip_prefix(PREFIXES[1])) == Some(tag),
            Naming::One => true,
        });
        found.next().map(|(_, value)| value.as_str())
    }

    /// Another jar of the same kind, with this session's token and nothing else.
    pub(crate) fn with(&self, tag: &str, token: &str) -> Self {
        let mut jar = Self::new(self.naming);
        jar.take(&[format!("{}{tag}={token}", PREFIXES[0])]);
        jar
    }
}

/// Name and value, or name alone if it is deleted.
fn parse(line: &str) -> Option<(String, Option<String>)> {
    let mut parts = line.split(';');
    let (name, value) = parts.next()?.trim().split_once('=')?;
    let is_deleted = parts.any(|part| {
        let Some((attribute, value)) = part.trim().split_once('=') else { return false };
        attribute.eq_ignore_ascii_case("max-age") && value.parse::<i64>().is_ok_and(|age| age <= 0)
    });
    Some((name.to_owned(), (!is_deleted).then(|| value.to_owned())))
}

/// The token that an answer's cookies set, with its session's tag; none that they delete.
pub(crate) fn set_by(lines: &[String]) -> Option<(String, String)> {
    let mut set = lines.iter().filter_map(|line| parse(line)).filter_map(|(name, value)| Some((name, value?)));
    set.find_map(|(name, value)| {
        let tag = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
        Some((tag.to_owned(), value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn the_last_one_wins_and_a_deletion_deletes_its_own_name() {
        let mut jar = Jar::new(Naming::BySession);
        jar.take(&lines(&["gw_rt_aa=new; Path=/; Max-Age=9", "gw_rt_bb=other; Max-Age=9", "theme=dark"]));
        jar.take(&lines(&["gw_rt_aa=late; Path=/; Max-Age=9"]));
        assert_eq!(jar.header("aa").unwrap(), "gw_rt_bb=other; gw_rt_aa=late");
        jar.take(&lines(&["gw_rt_aa=; Path=/; Max-Age=0; HttpOnly"]));
        assert_eq!((jar.token("aa"), jar.token("bb")), (None, Some("other")));
    }

    #[test]
    fn under_one_name_a_late_answer_of_another_session_overwrites() {
        let mut jar = Jar::new(Naming::One);
        jar.take(&lines(&["gw_rt_bb=b; Max-Age=9", "gw_rt_aa=; Max-Age=0"]));
        assert_eq!(jar.header("bb").unwrap(), "gw_rt_bb=b");
        jar.take(&lines(&["gw_rt_aa=late; Max-Age=9"]));
        assert_eq!(jar.header("bb").unwrap(), "gw_rt_bb=late");
        let set = set_by(&lines(&["gw_rt_aa=; Max-Age=0", "gw_rt_bb=b; Max-Age=9"]));
        assert_eq!(set.unwrap(), ("bb".to_owned(), "b".to_owned()));
    }
}
