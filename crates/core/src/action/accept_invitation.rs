//! Joining an account, with what an invitation carried.

use super::{
    mail_proof::{Shown, must_be_done, refuse},
    open_session::{Announce, NewSession, NotOpened},
};
use crate::{
    Error, Gatewright, MailTokenFault, Refusal, SignedIn,
    model::{
        Act, Activity, AuthMethod, ClientInfo, ClientLabel, Epoch, Lock, MailPurpose, Metadata, Profile, ProfilePatch,
        Rank, Roles, Transport, User, Username,
    },
};

/// What somebody joins an account with.
#[derive(Debug)]
pub struct Joining {
    /// What the invitation carried.
    pub shown: Shown,
    /// The name to have.
    pub username: Username,
    /// What the user is to show.
    pub profile: ProfilePatch,
    /// How the session's tokens are to travel.
    pub transport: Transport,
    /// What the client calls its device.
    pub label: Option<ClientLabel>,
}

impl Gatewright {
    /// Makes whoever accepts a user of the account, without owner's rights and without roles, and signs that user in.
    ///
    /// # Errors
    /// [`Refusal::MailToken`], also when the account is gone, disabled or full; [`Refusal::UsernameTaken`]; [`Error::Invalid`]
    /// for the profile.
    pub async fn accept_invitation(&self, joining: Joining, client: &ClientInfo) -> Result<SignedIn, Error> {
        let profile = Profile::default().patched(joining.profile)?;
        let token = self.shown_mail_token(&joining.shown, &[MailPurpose::Invitation], client).await?;
        let id = token.account_id.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let account = self.ports().accounts.account(id).await?.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let now = self.now();
        let user = User {
            id: self.new_user_id(now),
            account_id: id,
            username: joining.username,
            rank: Rank::Member,
            roles: Roles::default(),
            profile,
            app_metadata: Metadata::new(),
            epoch: Epoch::default(),
            disabled_at: None,
            lock: Lock::Open,
            created_at: now,
        };
        let entry = Activity::new(self.new_entry(now), now, id, Act::InvitationAccepted, client);
        let step = self.ports().mail_tokens.accept_invitation(
            token.id,
            user.clone(),
            self.policy().max_users,
            entry.of_user(user.id).into(),
        );
        must_be_done(step.await?, Refusal::UsernameTaken.into())?;
        let new = NewSession {
            account: &account,
            user: &user,
            transport: joining.transport,
            label: joining.label,
            auth_time: now,
            amr: vec![AuthMethod::Email],
            absolute_end: None,
            replaces: None,
            spends: None,
            act: Act::LoggedIn,
            announce: Announce::Nothing,
        };
        self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => refuse(MailTokenFault::Stale),
        })
    }
}
