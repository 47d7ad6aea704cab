//! Giving the account another address: the new one has to prove itself first.

use super::{
    mail_proof::{Shown, must_be_done, refuse},
    mailing::{Carried, Reader},
};
use crate::{
    Caller, Earned, Error, Fresh, Gatewright, MailTokenFault, Owner, Refusal,
    model::{Act, Activity, BrowserMark, ClientInfo, Email, MailPurpose, Says},
    port::{Earlier, EmailChange, EmailProof, Entry, TokensOf},
};

impl Gatewright {
    /// Sends a mail to the new address; nothing changes until what it carries is used. If another account has the address,
    /// that one is told instead, and the answer is the same. Answers what the browser is to keep, so that a page knows it
    /// again: its own mark if it shows one.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn ask_email_change(
        &self,
        owner: &Fresh<Owner>,
        to: Email,
        browser: Option<&BrowserMark>,
        client: &ClientInfo,
    ) -> Result<BrowserMark, Error> {
        let mark = browser.cloned().unwrap_or_else(|| BrowserMark::new(self.random_secret()));
        let standing = owner.caller().standing();
        let (purpose, good_for) = (MailPurpose::ConfirmEmail, self.policy().mail.lifetimes.verify);
        if !self.mail_is_granted(purpose, &to, client).await? {
            return Ok(mark);
        }
        let holder = self.account_of_email(&to).await?;
        let now = self.now();
        let entry = Activity::new(self.new_entry(now), now, standing.account.id, Act::EmailChangeAsked, client);
        let entry = Entry::from(entry.of_user(standing.user.id).in_session(standing.session.id));
        // Who asked sees in both cases the same address wait for its proof, so that nobody learns that way who has an account
        // (SECURITY AU4). What is never sent is never shown.
        let carried = Carried { browser: Some(mark.hash()), ..Carried::by(standing.account.id, purpose, good_for) };
        let mailing = self.mailing(&Reader::user(&to, &standing.user), carried, Says::ConfirmEmail);
        let letter = match holder.filter(|(account, _)| account.id != standing.account.id) {
            Some((account, users)) => {
                let says = Says::AlreadySignedUp(self.circumstances(client, now, None));
                self.letter(&Reader::of(&account, &users), says, Some(account.id), now)
            }
            None => mailing.letter,
        };
        let entry = entry.carrying(mailing.token, letter);
        self.ports().activity.append(entry).await?;
        Ok(mark)
    }

    /// The address that the caller's account has asked for last and has not proved yet.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn email_change_of(&self, caller: &Caller) -> Result<Option<Email>, Error> {
        let of = TokensOf::Account(caller.standing().account.id);
        let live = self.ports().mail_tokens.live_mail_tokens(MailPurpose::ConfirmEmail, of, self.now()).await?;
        Ok(live.into_iter().next().map(|token| token.email))
    }

    /// Gives the account the address that has proved itself. The old one is told and can take it back for 72 hours; what
    /// earlier mails of the account carry dies (SECURITY EM2). Sessions live on.
    ///
    /// # Errors
    /// [`Refusal::MailToken`]; [`Refusal::EmailTaken`] when another account got the address meanwhile.
    pub async fn confirm_email_change(&self, shown: &Shown, client: &ClientInfo) -> Result<(), Error> {
        let token = self.shown_mail_token(shown, &[MailPurpose::ConfirmEmail], client).await?;
        let id = token.account_id.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let account = self.ports().accounts.account(id).await?.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let users = self.ports().users.users(id).await?;
        let now = self.now();
        let undo = Carried::by(id, MailPurpose::UndoEmail, self.policy().mail.lifetimes.undo);
        let undo = self.mailing(&Reader::of(&account, &users), undo, |undo| Says::EmailChanged {
            to: masked(&token.email),
            undo,
            circumstances: self.circumstances(client, now, None),
        });
        // To an address that was never proved not more than to any other that anybody can name.
        let is_known = account.email_verified_at.is_some();
        let undo = if is_known || self.unproved_is_granted(&account.email).await { undo } else { undo.unsent() };
        let entry = Activity::new(self.new_entry(now), now, id, Act::EmailChanged, client);
        let entry = Entry::from(entry).carrying(undo.token, undo.letter);
        let proof = EmailProof { token: token.id, account_id: id, email: account.email, at: now };
        let change = EmailChange { proof, to: token.email, earlier: Earlier::Stays };
        let redeemed = self.ports().mail_tokens.change_email(change, entry).await?;
        must_be_done(redeemed, Refusal::EmailTaken.into())?;
        tracing::info!(account = %id, "address changed");
        Ok(())
    }
}

/// The address with most of it left out: enough for its owner to know it, too little for a stranger to write to it.
fn masked(email: &Email) -> String {
    let text = email.as_str();
    let first = text.chars().next().unwrap_or('?');
    let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
    format!("{first}…@{domain}")
}
