//! Signing in by mail. What must stay true: a link signs in by itself only in the browser that asked for it; anywhere else
//! somebody has to type the code, so that nobody is signed in by following a link (SECURITY EM4).

use serde_json::json;

use super::{
    login::Entrance,
    mail_proof::{Shown, asked_in, must_be_done, refuse},
    mailing::{Carried, Reader},
    rules::SignUpQuestion,
    sign_up::{Admission, Applicant},
};
use crate::{
    Error, Gatewright, LoggedIn, MailTokenFault, Refusal,
    model::{
        Account, Act, Activity, AuthMethod, BrowserMark, ClientInfo, ClientLabel, Email, MagicLinks, MailPurpose,
        Profile, Says, Transport, Username,
    },
    port::{EmailProof, PasswordReset, StoredMailToken},
};

/// What somebody signs in with by mail.
#[derive(Debug)]
pub struct MagicLogin {
    /// What the mail carried.
    pub shown: Shown,
    /// What the browser kept that asked for the mail.
    pub browser: Option<BrowserMark>,
    /// The user to be, if that is known already.
    pub user: Option<Username>,
    /// How the session's tokens are to travel.
    pub transport: Transport,
    /// What the client calls its device.
    pub label: Option<ClientLabel>,
}

impl Gatewright {
    /// Sends a mail that signs in, if an account has the address; or if none has it and [`MagicLinks::WithSignUp`] is set.
    /// Answers what the browser is to keep: its own mark if it shows one, so that its earlier mails stay good. The answer and
    /// its time are the same for every address.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when signing in by mail is switched off.
    pub async fn ask_magic_link(
        &self,
        email: &Email,
        browser: Option<&BrowserMark>,
        client: &ClientInfo,
    ) -> Result<BrowserMark, Error> {
        let mail = self.policy().mail;
        if mail.magic_links == MagicLinks::Off {
            return Err(Refusal::NotFound.into());
        }
        let mark = browser.cloned().unwrap_or_else(|| BrowserMark::new(self.random_secret()));
        let (purpose, good_for) = (MailPurpose::MagicLink, mail.lifetimes.magic);
        if !self.mail_is_granted(purpose, email, client).await? {
            return Ok(mark);
        }
        let browser = Some(mark.hash());
        let mailing = match self.account_of_email(email).await? {
            Some((account, users)) if account.disabled_at.is_none() => {
                let carried = Carried { browser, ..Carried::by(account.id, purpose, good_for) };
                self.mailing(&Reader::of(&account, &users), carried, Says::MagicLink)
            }
            None if mail.magic_links == MagicLinks::WithSignUp => {
                let details = Some(json!({ "sign_up": true }));
                let carried = Carried { browser, details, ..Carried::by_nobody(purpose, good_for) };
                self.mailing(&Reader::stranger(email.clone()), carried, Says::MagicLink)
            }
            Some(_) | None => self.decoy_mailing(email, purpose, good_for, Says::MagicLink),
        };
        self.send(mailing).await?;
        Ok(mark)
    }

    /// Signs in, or says who can be chosen. The address is proved by it; if it had not been before, whoever set the password
    /// may have been somebody else, so the password is forgotten and earlier sessions end.
    ///
    /// # Errors
    /// [`Refusal::MailToken`]; [`Refusal::OtherBrowser`] for a link without the mark of the browser that asked, and then
    /// nothing is spent; [`Refusal::UserNotFound`] when the named user is not on the account.
    pub async fn redeem_magic_link(&self, login: MagicLogin, client: &ClientInfo) -> Result<LoggedIn, Error> {
        let token = self.shown_mail_token(&login.shown, &[MailPurpose::MagicLink], client).await?;
        match &login.shown {
            Shown::Link(_) if !asked_in(&token, login.browser.as_ref()) => return Err(Refusal::OtherBrowser.into()),
            Shown::Link(_) | Shown::Code { .. } | Shown::LinkAndCode { .. } => {}
        }
        let Some(id) = token.account_id else { return self.sign_up_by_mail(&token, login, client).await };
        let account = self.ports().accounts.account(id).await?.filter(|account| account.disabled_at.is_none());
        let account = account.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let mut entrance = entrance(account, login);
        let users = self.users_to_be(&entrance).await?;
        if entrance.account.email_verified_at.is_some() {
            if !self.ports().mail_tokens.spend(token.id, self.now()).await? {
                return Err(refuse(MailTokenFault::Spent));
            }
        } else {
            entrance.account = self.take_over(&token, entrance.account, client).await?;
        }
        self.enter(entrance, users, client).await
    }

    /// Uses a token to prove the address of an account that anybody could have made: only who reads the address stays.
    async fn take_over(
        &self,
        token: &StoredMailToken,
        account: Account,
        client: &ClientInfo,
    ) -> Result<Account, Error> {
        let now = self.now();
        let proof = EmailProof { token: token.id, account_id: account.id, email: account.email, at: now };
        let entry = Activity::new(self.new_entry(now), now, account.id, Act::EmailVerified, client);
        let reset = PasswordReset { proof, new: None };
        let redeemed = self.ports().mail_tokens.reset_password(reset, entry.into()).await?;
        must_be_done(redeemed, refuse(MailTokenFault::Stale))?;
        let account = self.ports().accounts.account(account.id).await?;
        account.ok_or_else(|| refuse(MailTokenFault::Stale))
    }

    /// Makes the account that nobody had when the mail was asked for.
    async fn sign_up_by_mail(
        &self,
        token: &StoredMailToken,
        login: MagicLogin,
        client: &ClientInfo,
    ) -> Result<LoggedIn, Error> {
        let allowed = self.policy().mail.magic_links == MagicLinks::WithSignUp;
        let wanted = self.details_of(token).is_some_and(|details| details["sign_up"] == true);
        if !(allowed && wanted) {
            return Err(refuse(MailTokenFault::Stale));
        }
        let question = SignUpQuestion { email: &token.email, username: login.user.as_ref(), locale: None, client };
        self.ask_before_sign_up(question).await?;
        let applicant = Applicant {
            email: token.email.clone(),
            username: login.user.clone(),
            profile: Profile::default(),
            password: None,
        };
        let (account, owner) = self.admit(applicant, Admission::Proved(token.id), client).await?;
        let entrance = Entrance { user: None, ..entrance(account, login) };
        self.enter(entrance, vec![owner], client).await
    }
}

fn entrance(account: Account, login: MagicLogin) -> Entrance {
    let MagicLogin { user, transport, label, .. } = login;
    Entrance { account, user, amr: vec![AuthMethod::Email], transport, label }
}
