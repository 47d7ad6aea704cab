//! What travels: the wire's own types, so that a renamed field in the model cannot change the API. Model types are never
//! serialised.

mod account;
mod activity;
pub(crate) mod admin;
mod export;
mod introspection;
mod mail;
mod mail_request;
mod metadata;
mod problem;
mod profile;
mod request;
mod select_user;
mod session;
mod signed_in;
mod token_form;
mod transport;
mod user;

pub(crate) use self::{
    account::{Account, Me},
    activity::{ActivityEntry, ActivityPage},
    export::AccountExport,
    introspection::Introspection,
    mail::{SignUpAnswer, VerificationRequired, Verified, VerifiedStatus, VerifyAnswer},
    mail_request::{
        AcceptInvitationRequest, EmailRequest, MailProofRequest, OwnMailProofRequest, RedeemRequest,
        ResetPasswordRequest, ShownInBody, VerifyEmailRequest, email_missing, not_of_a_mail,
    },
    metadata::Metadata,
    problem::Problem,
    profile::{Profile, ProfilePatch},
    request::{
        AddUserRequest, ChangeMeRequest, ChangePasswordRequest, ChangeUserRequest, LoginRequest, LogoutRequest,
        PinRequest, ReauthenticateRequest, RefreshRequest, SelectRequest, SignUpRequest, SwitchRequest,
    },
    select_user::SelectUser,
    session::{CurrentSession, Device, Devices, Session},
    signed_in::{LoginAnswer, SignedIn},
    token_form::TokenForm,
    transport::Transport,
    user::{User, Users},
};
