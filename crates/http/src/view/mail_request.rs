//! What the calls take that are about mails. What a mail carried is parsed here: damaged, it is answered as what is forged,
//! so that a problem tells apart only what the sender could have known to be wrong.

use gatewright_core::{
    Error, Joining, MagicLogin, MailTokenFault, Refusal, Shown,
    model::{BrowserMark, ClientLabel, Email, MailCode, MailToken, Plaintext, Username},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ProfilePatch, Transport};
use crate::Problem;

/// Where a mail is to go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com"}))]
pub(crate) struct EmailRequest {
    #[schema(format = Email)]
    email: String,
}

/// What the mail carried: `token`, or `code` with `email`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "code": "1234 5678"}))]
pub(crate) struct MailProofRequest {
    /// Of the link.
    token: Option<String>,
    /// Eight digits; blanks and hyphens between them do not count.
    code: Option<String>,
    /// Where the mail went, if `code` comes.
    #[schema(format = Email)]
    email: Option<String>,
}

/// What the mail carried: `token`, or `code` with `email`. Who is signed in may leave `email` out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "1234 5678"}))]
pub(crate) struct OwnMailProofRequest {
    /// Of the link.
    token: Option<String>,
    /// Eight digits; blanks and hyphens between them do not count.
    code: Option<String>,
    /// Where the mail went, if `code` comes.
    #[schema(format = Email)]
    email: Option<String>,
}

/// What the mail carried: `token`, or `code` with `email`. Who is signed in may leave `email` out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "code": "1234 5678"}))]
pub(crate) struct VerifyEmailRequest {
    /// Of the link.
    token: Option<String>,
    /// Eight digits; blanks and hyphens between them do not count.
    code: Option<String>,
    /// Where the mail went, if `code` comes.
    #[schema(format = Email)]
    email: Option<String>,
    /// With which somebody signed up, to finish that in another browser than it was begun in.
    password: Option<String>,
}

/// What the mail carried (`token`, or `code` with `email`), and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "code": "1234 5678", "new_password": "staple the horse again"}))]
pub(crate) struct ResetPasswordRequest {
    /// Of the link.
    token: Option<String>,
    /// Eight digits; blanks and hyphens between them do not count.
    code: Option<String>,
    /// Where the mail went, if `code` comes.
    #[schema(format = Email)]
    email: Option<String>,
    #[schema(min_length = 8)]
    new_password: String,
}

/// What the mail carried: `token` in the browser that asked; anywhere `code` with `email`, or `token` with `code`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "code": "1234 5678"}))]
pub(crate) struct RedeemRequest {
    /// Of the link.
    token: Option<String>,
    /// Eight digits; blanks and hyphens between them do not count.
    code: Option<String>,
    /// Where the mail went, if `code` comes alone.
    #[schema(format = Email)]
    email: Option<String>,
    /// The username of the user to be, if it is known already.
    user: Option<String>,
    transport: Option<Transport>,
    /// What the device is to be called in the list of sessions.
    client: Option<String>,
}

/// What the mail carried (`token`, or `code` with `email`), and who joins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "grace@example.com", "code": "1234 5678", "username": "grace"}))]
pub(crate) struct AcceptInvitationRequest {
    /// Of the link.
    token: Option<String>,
    /// Eight digits; blanks and hyphens between them do not count.
    code: Option<String>,
    /// Where the mail went, if `code` comes.
    #[schema(format = Email)]
    email: Option<String>,
    username: String,
    profile: Option<ProfilePatch>,
    transport: Option<Transport>,
    /// What the device is to be called in the list of sessions.
    client: Option<String>,
}

/// What was shown, as far as the body tells.
pub(crate) enum ShownInBody {
    /// All of it.
    Whole(Shown),
    /// A code, and nobody said for which address.
    CodeAlone(MailCode),
}

impl ShownInBody {
    /// For calls whose sender has to name the address.
    fn whole(self) -> Result<Shown, Problem> {
        match self {
            Self::Whole(shown) => Ok(shown),
            Self::CodeAlone(_) => Err(email_missing()),
        }
    }
}

/// A code came, and nothing says for which address.
pub(crate) fn email_missing() -> Problem {
    Problem::invalid("email", "`email` is missing: a code counts for the address that it went to")
}

/// What a mail carried is not accepted.
pub(crate) fn not_of_a_mail() -> Problem {
    Error::Refused(Refusal::MailToken(MailTokenFault::Unknown)).into()
}

impl EmailRequest {
    pub(crate) fn parse(self) -> Result<Email, Problem> {
        Ok(Email::parse("email", &self.email)?)
    }
}

impl MailProofRequest {
    pub(crate) fn parse(self) -> Result<Shown, Problem> {
        one_of(self.token.as_deref(), self.code.as_deref(), self.email.as_deref())?.whole()
    }
}

impl OwnMailProofRequest {
    pub(crate) fn parse(self) -> Result<ShownInBody, Problem> {
        one_of(self.token.as_deref(), self.code.as_deref(), self.email.as_deref())
    }
}

impl VerifyEmailRequest {
    pub(crate) fn parse(self) -> Result<(ShownInBody, Option<Plaintext>), Problem> {
        let password = self.password.map(|password| Plaintext::parse("password", password)).transpose()?;
        Ok((one_of(self.token.as_deref(), self.code.as_deref(), self.email.as_deref())?, password))
    }
}

impl ResetPasswordRequest {
    pub(crate) fn parse(self) -> Result<(Shown, Plaintext), Problem> {
        let new = Plaintext::parse("new_password", self.new_password)?;
        Ok((one_of(self.token.as_deref(), self.code.as_deref(), self.email.as_deref())?.whole()?, new))
    }
}

impl RedeemRequest {
    pub(crate) fn with(self, browser: Option<BrowserMark>) -> Result<MagicLogin, Problem> {
        Ok(MagicLogin {
            user: self.user.map(|name| Username::parse("user", &name)).transpose()?,
            transport: self.transport.map(Into::into).unwrap_or_default(),
            label: self.client.map(|label| ClientLabel::parse("client", &label)).transpose()?,
            shown: match (self.token.as_deref(), self.code.as_deref(), self.email.as_deref()) {
                (Some(link), Some(typed), None) => Shown::LinkAndCode { token: token(link)?, code: code(typed)? },
                (link, typed, email) if link.is_none() || typed.is_none() => one_of(link, typed, email)?.whole()?,
                _ => return Err(email_beside_token()),
            },
            browser,
        })
    }
}

impl TryFrom<AcceptInvitationRequest> for Joining {
    type Error = Problem;

    fn try_from(body: AcceptInvitationRequest) -> Result<Self, Problem> {
        Ok(Self {
            username: Username::parse("username", &body.username)?,
            profile: body.profile.unwrap_or_default().into(),
            transport: body.transport.map(Into::into).unwrap_or_default(),
            label: body.client.map(|label| ClientLabel::parse("client", &label)).transpose()?,
            shown: one_of(body.token.as_deref(), body.code.as_deref(), body.email.as_deref())?.whole()?,
        })
    }
}

/// Exactly one of token and code, and an address beside a code only.
fn one_of(link: Option<&str>, typed: Option<&str>, email: Option<&str>) -> Result<ShownInBody, Problem> {
    match (link, typed, email) {
        (Some(_), Some(_), _) => Err(Problem::invalid("code", "`token` and `code` exclude each other")),
        (Some(_), None, Some(_)) => Err(email_beside_token()),
        (Some(link), None, None) => Ok(ShownInBody::Whole(Shown::Link(token(link)?))),
        (None, Some(typed), Some(email)) => {
            let email = Email::parse("email", email)?;
            Ok(ShownInBody::Whole(Shown::Code { email, code: code(typed)? }))
        }
        (None, Some(typed), None) => Ok(ShownInBody::CodeAlone(code(typed)?)),
        (None, None, _) => Err(Problem::invalid("token", "`token` or `code` is missing")),
    }
}

fn email_beside_token() -> Problem {
    Problem::invalid("email", "`token` and `email` exclude each other: a token says by itself where it went")
}

fn token(text: &str) -> Result<MailToken, Problem> {
    MailToken::parse(text).ok_or_else(not_of_a_mail)
}

fn code(text: &str) -> Result<MailCode, Problem> {
    MailCode::parse(text).ok_or_else(not_of_a_mail)
}
