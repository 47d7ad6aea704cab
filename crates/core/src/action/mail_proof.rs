//! What somebody shows who has read a mail: its link or its code. What must stay true: a token is good for its own purpose
//! only (SECURITY EM1), codes cannot be tried at will (SECURITY OT4), and looking at a token changes nothing (SECURITY EM3).

use crate::{
    Error, Gatewright, MailTokenFault, Refusal,
    model::{BrowserMark, ClientInfo, Email, LimitKey, MailCode, MailPurpose, MailToken, Timestamp},
    port::{Redeemed, StoredMailToken, Take},
};

/// What somebody shows who has read a mail. Either works, once.
#[derive(Clone, Debug)]
pub enum Shown {
    /// What was in its link.
    Link(MailToken),
    /// Its code, and the address that it went to.
    Code {
        /// The address.
        email: Email,
        /// The code.
        code: MailCode,
    },
    /// Both: somebody opened the link in a browser that did not ask for it, and typed the code there.
    LinkAndCode {
        /// What was in its link.
        token: MailToken,
        /// The code.
        code: MailCode,
    },
}

/// What a page may tell of a token before anything is done with it: to whoever has the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTokenView {
    /// What it is good for.
    pub purpose: MailPurpose,
    /// The address that it went to.
    pub email: Email,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when it is good.
    pub ends_at: Timestamp,
    /// Whether this is the browser that asked for it.
    pub asked_here: bool,
}

impl Gatewright {
    /// What there is to say of a token before it is used. Changes nothing, however often it is called (SECURITY EM3).
    ///
    /// # Errors
    /// [`Refusal::MailToken`] when it is not good now.
    pub async fn look_at_mail_token(
        &self,
        token: &MailToken,
        browser: Option<&BrowserMark>,
    ) -> Result<MailTokenView, Error> {
        let stored = self.stored_mail_token(token).await?;
        self.check_mail_token(&stored)?;
        Ok(MailTokenView {
            purpose: stored.purpose,
            asked_here: asked_in(&stored, browser),
            email: stored.email,
            asked_at: stored.created_at,
            ends_at: stored.ends_at,
        })
    }

    /// The token that is meant by what is shown, if it is good now for one of these purposes. A code costs a try.
    ///
    /// # Errors
    /// [`Refusal::MailToken`]; [`Error::Throttled`] after many wrong codes.
    pub(super) async fn shown_mail_token(
        &self,
        shown: &Shown,
        purposes: &[MailPurpose],
        client: &ClientInfo,
    ) -> Result<StoredMailToken, Error> {
        match shown {
            Shown::Link(token) => self.linked_mail_token(token, purposes).await,
            Shown::Code { email, code } => self.coded_mail_token(email, code, purposes, client).await,
            Shown::LinkAndCode { token, code } => {
                let linked = self.linked_mail_token(token, purposes).await?;
                self.coded_mail_token(&linked.email, code, &[linked.purpose], client).await
            }
        }
    }

    /// Reads a token by its link, whatever has become of it.
    pub(super) async fn stored_mail_token(&self, token: &MailToken) -> Result<StoredMailToken, Error> {
        let stored = self.ports().mail_tokens.mail_token(token.hash()).await?;
        stored.ok_or_else(|| refuse(MailTokenFault::Unknown))
    }

    /// Forgets the wrong codes that were counted for an address.
    pub(super) fn mail_code_failures_of(&self, email: &Email) -> Option<Take> {
        let rule = self.limit_rules()?.mail_code_failures;
        Some(Take { key: self.mail_code_key(email), rule })
    }

    async fn linked_mail_token(&self, token: &MailToken, purposes: &[MailPurpose]) -> Result<StoredMailToken, Error> {
        let stored = self.stored_mail_token(token).await?;
        if !purposes.contains(&stored.purpose) {
            return Err(refuse(MailTokenFault::OtherPurpose));
        }
        self.check_mail_token(&stored)?;
        Ok(stored)
    }

    fn check_mail_token(&self, stored: &StoredMailToken) -> Result<(), Error> {
        if stored.used_at.is_some() {
            return Err(refuse(MailTokenFault::Spent));
        }
        if stored.ends_at <= self.now() {
            return Err(refuse(MailTokenFault::Expired));
        }
        Ok(())
    }

    /// Wrong codes are counted for the address over all mails and kinds, so that asking for new mails buys no new tries; links
    /// go on working whoever has used these up (SECURITY AU3, OT4).
    async fn coded_mail_token(
        &self,
        email: &Email,
        code: &MailCode,
        purposes: &[MailPurpose],
        client: &ClientInfo,
    ) -> Result<StoredMailToken, Error> {
        let mut takes: Vec<Take> = self.mail_code_failures_of(email).into_iter().collect();
        if let Some(rules) = self.limit_rules() {
            let source = client.source().to_string();
            takes.push(Take {
                key: self.limit_key("mail code source", source.as_bytes()),
                rule: rules.mail_code_source,
            });
        }
        let counted = self.count_attempt(takes).await?;
        for purpose in purposes {
            let hash = code.hash(*purpose, email, self.master());
            if let Some(found) = self.ports().mail_tokens.try_code(*purpose, email, hash, self.now()).await? {
                self.forgive(counted).await?;
                return Ok(found);
            }
        }
        Err(refuse(MailTokenFault::Unknown))
    }

    fn mail_code_key(&self, email: &Email) -> LimitKey {
        self.limit_key("mail code", email.key().as_bytes())
    }
}

/// Whether the token was asked for in the browser that shows this mark.
pub(super) fn asked_in(token: &StoredMailToken, browser: Option<&BrowserMark>) -> bool {
    browser.is_some_and(|mark| token.browser == Some(mark.hash()))
}

/// What a step says that was to use a token, as a refusal if it did not.
pub(super) fn must_be_done(redeemed: Redeemed, taken: Error) -> Result<(), Error> {
    match redeemed {
        Redeemed::Done => Ok(()),
        Redeemed::Spent => Err(refuse(MailTokenFault::Spent)),
        Redeemed::Stale => Err(refuse(MailTokenFault::Stale)),
        Redeemed::Taken => Err(taken),
    }
}

pub(super) fn refuse(fault: MailTokenFault) -> Error {
    Refusal::MailToken(fault).into()
}
