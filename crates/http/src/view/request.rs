//! What calls take. Unknown members are refused; whatever could not be typed is parsed here into the model's types, once.

use gatewright_core::{
    ChosenUser, NewUser,
    model::{ClientLabel, Email, Pin, Plaintext, UserId, Username},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ProfilePatch, Transport};
use crate::Problem;

/// Who signs up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "password": "correct horse battery", "username": "ada"}))]
pub(crate) struct SignUpRequest {
    #[schema(format = Email)]
    email: String,
    #[schema(min_length = 8)]
    password: String,
    /// Without one it is made from the address.
    username: Option<String>,
    profile: Option<ProfilePatch>,
    transport: Option<Transport>,
    /// What the device is to be called in the list of sessions.
    client: Option<String>,
}

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"login": "ada@example.com", "password": "correct horse battery"}))]
pub(crate) struct LoginRequest {
    /// E-mail address or username.
    login: String,
    password: String,
    /// The username of the user to be, if it is known already.
    user: Option<String>,
    transport: Option<Transport>,
    /// What the device is to be called in the list of sessions.
    client: Option<String>,
}

/// Who is chosen. Exactly one of `user_id` and `username`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"selection_token": "eyJ…", "username": "ada"}))]
pub(crate) struct SelectRequest {
    /// May come as `Authorization: Bearer` instead.
    pub(crate) selection_token: Option<String>,
    #[schema(format = Uuid)]
    user_id: Option<String>,
    username: Option<String>,
    /// Four to eight digits.
    #[schema(pattern = "^[0-9]{4,8}$")]
    pin: Option<String>,
    transport: Option<Transport>,
}

/// The refresh token, if neither a cookie nor the `Authorization` header carries it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    pub(crate) refresh_token: Option<String>,
}

/// To whom is switched. Exactly one of `user_id` and `username`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "kid"}))]
pub(crate) struct SwitchRequest {
    #[schema(format = Uuid)]
    user_id: Option<String>,
    username: Option<String>,
    /// Four to eight digits.
    #[schema(pattern = "^[0-9]{4,8}$")]
    pin: Option<String>,
}

/// The proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery"}))]
pub(crate) struct ReauthenticateRequest {
    password: String,
}

/// What ends, and a refresh token if nothing else says who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogoutRequest {
    pub(crate) scope: Option<LogoutScope>,
    pub(crate) refresh_token: Option<String>,
}

/// `session`, this one; `others`, every other one of the user; `account`, every one of the account.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogoutScope {
    #[default]
    Session,
    Others,
    Account,
}

/// A change of the own profile.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"profile": {"display_name": "Ada"}}))]
pub(crate) struct ChangeMeRequest {
    pub(crate) profile: ProfilePatch,
}

/// A user to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "kid", "profile": {"display_name": "Kid"}, "pin": "2468"}))]
pub(crate) struct AddUserRequest {
    username: String,
    profile: Option<ProfilePatch>,
    /// Four to eight digits.
    #[schema(pattern = "^[0-9]{4,8}$")]
    pin: Option<String>,
}

/// A change of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "kid"}))]
pub(crate) struct ChangeUserRequest {
    username: Option<String>,
    profile: Option<ProfilePatch>,
}

/// A PIN.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pin": "2468"}))]
pub(crate) struct PinRequest {
    /// Four to eight digits.
    #[schema(pattern = "^[0-9]{4,8}$")]
    pin: String,
}

/// The password, old and new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "correct horse battery", "new_password": "staple the horse again"}))]
pub(crate) struct ChangePasswordRequest {
    current_password: String,
    #[schema(min_length = 8)]
    new_password: String,
}

impl TryFrom<SignUpRequest> for gatewright_core::SignUpRequest {
    type Error = Problem;

    fn try_from(body: SignUpRequest) -> Result<Self, Problem> {
        Ok(Self {
            email: Email::parse("email", &body.email)?,
            password: Plaintext::parse("password", body.password)?,
            username: body.username.map(|name| Username::parse("username", &name)).transpose()?,
            profile: body.profile.unwrap_or_default().into(),
            transport: body.transport.map(Into::into).unwrap_or_default(),
            label: body.client.map(|label| ClientLabel::parse("client", &label)).transpose()?,
        })
    }
}

impl TryFrom<LoginRequest> for gatewright_core::LoginRequest {
    type Error = Problem;

    fn try_from(body: LoginRequest) -> Result<Self, Problem> {
        Ok(Self {
            login: body.login,
            password: Plaintext::parse("password", body.password)?,
            user: body.user.map(|name| Username::parse("user", &name)).transpose()?,
            transport: body.transport.map(Into::into).unwrap_or_default(),
            label: body.client.map(|label| ClientLabel::parse("client", &label)).transpose()?,
        })
    }
}

impl SelectRequest {
    pub(crate) fn with(self, selection_token: String) -> Result<gatewright_core::SelectRequest, Problem> {
        Ok(gatewright_core::SelectRequest {
            selection_token,
            user: chosen(self.user_id, self.username)?,
            pin: self.pin.map(|pin| Pin::parse("pin", pin)).transpose()?,
            transport: self.transport.map(Into::into),
        })
    }
}

impl SwitchRequest {
    pub(crate) fn parse(self) -> Result<(ChosenUser, Option<Pin>), Problem> {
        let pin = self.pin.map(|pin| Pin::parse("pin", pin)).transpose()?;
        Ok((chosen(self.user_id, self.username)?, pin))
    }
}

impl ReauthenticateRequest {
    pub(crate) fn parse(self) -> Result<Plaintext, Problem> {
        Ok(Plaintext::parse("password", self.password)?)
    }
}

impl From<LogoutScope> for gatewright_core::LogoutScope {
    fn from(scope: LogoutScope) -> Self {
        match scope {
            LogoutScope::Session => Self::Session,
            LogoutScope::Others => Self::Others,
            LogoutScope::Account => Self::Account,
        }
    }
}

impl TryFrom<AddUserRequest> for NewUser {
    type Error = Problem;

    fn try_from(body: AddUserRequest) -> Result<Self, Problem> {
        Ok(Self {
            username: Username::parse("username", &body.username)?,
            profile: body.profile.unwrap_or_default().into(),
            pin: body.pin.map(|pin| Pin::parse("pin", pin)).transpose()?,
        })
    }
}

impl ChangeUserRequest {
    pub(crate) fn parse(self) -> Result<(Option<Username>, gatewright_core::model::ProfilePatch), Problem> {
        let username = self.username.map(|name| Username::parse("username", &name)).transpose()?;
        Ok((username, self.profile.unwrap_or_default().into()))
    }
}

impl PinRequest {
    pub(crate) fn parse(self) -> Result<Pin, Problem> {
        Ok(Pin::parse("pin", self.pin)?)
    }
}

impl ChangePasswordRequest {
    pub(crate) fn parse(self) -> Result<(Plaintext, Plaintext), Problem> {
        let current = Plaintext::parse("current_password", self.current_password)?;
        Ok((current, Plaintext::parse("new_password", self.new_password)?))
    }
}

/// Exactly one of the two.
fn chosen(user_id: Option<String>, username: Option<String>) -> Result<ChosenUser, Problem> {
    match (user_id, username) {
        (Some(id), None) => {
            let id = id.parse::<UserId>().map_err(|_| Problem::invalid("user_id", "`user_id` is no id"))?;
            Ok(ChosenUser::Id(id))
        }
        (None, Some(name)) => Ok(ChosenUser::Name(Username::parse("username", &name)?)),
        (None, None) => Err(Problem::invalid("user_id", "`user_id` or `username` is missing")),
        (Some(_), Some(_)) => Err(Problem::invalid("username", "`user_id` and `username` exclude each other")),
    }
}
