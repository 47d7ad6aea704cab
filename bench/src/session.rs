//! A session as its client holds it. What must stay true: it presents the newest token it was given and no other, and an
//! answer to a refresh is right only if that token was replaced and the generation rose by exactly one (invariant P3).

use serde::Deserialize;

use crate::failure::{During, Failure};

/// What a client keeps of its session.
#[derive(Debug, Default)]
pub(crate) struct Session {
    id: String,
    generation: u64,
    refresh_token: String,
    pub(crate) access_token: String,
    pub(crate) user: String,
}

#[derive(Deserialize)]
struct SignedIn<'a> {
    status: &'a str,
    access_token: &'a str,
    refresh_token: &'a str,
    #[serde(borrow)]
    session: Told<'a>,
    #[serde(borrow)]
    user: Named<'a>,
}

#[derive(Deserialize)]
struct Told<'a> {
    id: &'a str,
    transport: &'a str,
    generation: u64,
}

#[derive(Deserialize)]
struct Named<'a> {
    id: &'a str,
}

#[derive(Deserialize)]
struct Me<'a> {
    #[serde(borrow)]
    user: Named<'a>,
    #[serde(borrow)]
    session: OnlyId<'a>,
}

#[derive(Deserialize)]
struct OnlyId<'a> {
    id: &'a str,
}

impl Session {
    /// The session that a sign-up or a login opened.
    pub(crate) fn opened(body: &[u8]) -> Result<Self, Failure> {
        let signed_in = parse(body)?;
        if signed_in.session.generation != 1 {
            return Err(wrong("a new session is not of the first generation", body));
        }
        let mut session =
            Self { id: signed_in.session.id.to_owned(), user: signed_in.user.id.to_owned(), ..Self::default() };
        session.take(&signed_in);
        Ok(session)
    }

    /// Takes the answer to its refresh.
    pub(crate) fn rotated(&mut self, body: &[u8]) -> Result<(), Failure> {
        let signed_in = parse(body)?;
        if signed_in.session.id != self.id || signed_in.user.id != self.user {
            return Err(wrong("the answer is somebody else's", body));
        }
        if signed_in.session.generation != self.generation + 1 || signed_in.refresh_token == self.refresh_token {
            return Err(wrong(&format!("generation {} did not rotate", self.generation), body));
        }
        if signed_in.access_token == self.access_token {
            return Err(wrong("the access token is not a fresh one", body));
        }
        self.take(&signed_in);
        Ok(())
    }

    /// Checks an answer of `/auth/me`.
    pub(crate) fn is_me(&self, body: &[u8]) -> Result<(), Failure> {
        let me: Me<'_> = serde_json::from_slice(body).during("an answer of /auth/me")?;
        if me.user.id == self.user && me.session.id == self.id { Ok(()) } else { Err(wrong("this is not me", body)) }
    }

    /// The body of its next refresh.
    pub(crate) fn write_refresh(&self, json: &mut String) {
        json.clear();
        // A token is letters, digits, `_` and `.`: nothing that JSON escapes.
        json.extend([r#"{"refresh_token":""#, &self.refresh_token, r#""}"#]);
    }

    fn take(&mut self, signed_in: &SignedIn<'_>) {
        self.generation = signed_in.session.generation;
        replace(&mut self.refresh_token, signed_in.refresh_token);
        replace(&mut self.access_token, signed_in.access_token);
    }
}

fn parse(body: &[u8]) -> Result<SignedIn<'_>, Failure> {
    let signed_in: SignedIn<'_> = serde_json::from_slice(body).during("an answer with tokens")?;
    if signed_in.status != "signed_in" || signed_in.session.transport != "body" {
        return Err(wrong("not signed in with tokens in the body", body));
    }
    Ok(signed_in)
}

/// Without giving up the memory it has.
fn replace(text: &mut String, with: &str) {
    text.clear();
    text.push_str(with);
}

fn wrong(says: &str, body: &[u8]) -> Failure {
    Failure::new(format!("a wrong answer: {says}: {}", String::from_utf8_lossy(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(generation: u64, refresh: &str, access: &str) -> Vec<u8> {
        format!(
            r#"{{"status":"signed_in","token_type":"Bearer","access_token":"{access}","refresh_token":"{refresh}",
                "session":{{"id":"s","transport":"body","generation":{generation},"expires_at":"x"}},"user":{{"id":"u"}}}}"#
        )
        .into_bytes()
    }

    #[test]
    fn a_rotation_raises_the_generation_by_one_and_changes_both_tokens() {
        let mut session = Session::opened(&body(1, "gwr_1", "a1")).unwrap();
        for (what, answer) in [
            ("not rotated", body(1, "gwr_1", "a2")),
            ("the same token", body(2, "gwr_1", "a2")),
            ("two steps", body(3, "gwr_2", "a2")),
            ("a stale access token", body(2, "gwr_2", "a1")),
        ] {
            assert!(session.rotated(&answer).is_err(), "{what}");
        }
        session.rotated(&body(2, "gwr_2", "a2")).unwrap();
        let mut json = String::new();
        session.write_refresh(&mut json);
        assert_eq!(json, r#"{"refresh_token":"gwr_2"}"#);
        assert!(session.rotated(&body(2, "gwr_2", "a2")).is_err(), "a late answer");
    }

    #[test]
    fn an_answer_to_somebody_else_is_wrong() {
        let mut session = Session::opened(&body(1, "gwr_1", "a1")).unwrap();
        let other = String::from_utf8(body(2, "gwr_2", "a2")).unwrap().replace(r#""id":"s""#, r#""id":"t""#);
        assert!(session.rotated(other.as_bytes()).is_err());
        assert!(Session::opened(&body(2, "gwr_2", "a2")).is_err());
        assert!(session.is_me(br#"{"user":{"id":"u"},"account":{},"session":{"id":"s"}}"#).is_ok());
        assert!(session.is_me(br#"{"user":{"id":"v"},"account":{},"session":{"id":"s"}}"#).is_err());
    }
}
