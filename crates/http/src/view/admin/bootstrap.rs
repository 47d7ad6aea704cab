//! The first admin.

use gatewright_core::{
    BootstrapSecret, FirstAdmin, SignUpRequest,
    model::{ClientLabel, Email, Plaintext, Username},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Problem,
    view::{ProfilePatch, Transport},
};

/// Who wants to be the first admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "gwb_…", "email": "ada@example.com", "password": "correct horse battery"}))]
pub(crate) struct BootstrapRequest {
    /// What `gatewright admin bootstrap` prints, or what the settings have.
    secret: String,
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

impl TryFrom<BootstrapRequest> for FirstAdmin {
    type Error = Problem;

    fn try_from(body: BootstrapRequest) -> Result<Self, Problem> {
        Ok(Self {
            secret: BootstrapSecret::from(body.secret),
            request: SignUpRequest {
                email: Email::parse("email", &body.email)?,
                password: Plaintext::parse("password", body.password)?,
                username: body.username.map(|name| Username::parse("username", &name)).transpose()?,
                profile: body.profile.unwrap_or_default().into(),
                transport: body.transport.map(Into::into).unwrap_or_default(),
                label: body.client.map(|label| ClientLabel::parse("client", &label)).transpose()?,
            },
        })
    }
}
