//! The kinds of token, told apart by `typ`. Each verification accepts exactly one, so that no token can be used in the
//! place of another (RFC 8725 section 3.11).

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// `at+jwt`, an access token (RFC 9068).
    Access,
    /// `sel+jwt`, a selection token: good for one call, choosing the user.
    Selection,
    /// `secevent+jwt`, a security event (RFC 8417).
    SecurityEvent,
    /// `dpop+jwt`, a proof of possession (RFC 9449).
    DpopProof,
}

impl TokenType {
    /// The value that is written into `typ`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Selection => "sel+jwt",
            Self::SecurityEvent => "secevent+jwt",
            Self::DpopProof => "dpop+jwt",
        }
    }

    /// Whether `typ` names this kind. RFC 7515 section 4.1.9 lets the prefix `application/` be left out, so both
    /// spellings count. Media types compare without case in general; nobody mints them otherwise than in lower case, so
    /// that freedom is refused here: one kind, two spellings, nothing else.
    pub fn matches(self, typ: &str) -> bool {
        typ.strip_prefix("application/").unwrap_or(typ) == self.as_str()
    }
}
