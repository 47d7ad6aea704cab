//! What the calls answer that are about mails, where that is more than a status.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::SignedIn;

/// What a sign-up answers: `status` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "made once per sign-up and written at once")]
pub(crate) enum SignUpAnswer {
    SignedIn(SignedIn),
    VerificationRequired(VerificationRequired),
}

/// A mail is on its way, and what it carries has to be shown before there is an account. The same for every address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationRequired {
    status: VerificationRequiredStatus,
    /// For how many seconds what the mail carries is good.
    #[schema(example = 86400)]
    expires_in: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum VerificationRequiredStatus {
    VerificationRequired,
}

impl VerificationRequired {
    pub(crate) fn new(good_for: Duration) -> Self {
        Self { status: VerificationRequiredStatus::VerificationRequired, expires_in: good_for.as_secs() }
    }
}

/// What proving an address answers: `status` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "made once per proof and written at once")]
pub(crate) enum VerifyAnswer {
    SignedIn(SignedIn),
    Verified(Verified),
}

/// The address is proved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    pub(crate) status: VerifiedStatus,
}

/// `email_verified`, of an account that was there; `signed_up`, and with that there is an account, to log in to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerifiedStatus {
    EmailVerified,
    SignedUp,
}
