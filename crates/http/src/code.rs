//! What the wire may say when something was not done. Clients switch on these codes, so a code never changes its name, its
//! status or its meaning; texts may. `docs/errors.md` is generated from this file.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:ident, $title:literal, $detail:literal, $explanation:literal;)+) => {
        /// A stable code of a problem document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum Code {
            $(
                #[doc = $explanation]
                #[serde(rename = $name)]
                $variant,
            )+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it is sent.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The status that goes with it, always the same.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// A few words for humans.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// The sentence that is sent unless a field has its own. The same for every reason that a code stands for.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$variant => $detail),+ }
            }

            /// What it means and what a client does about it.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $explanation),+ }
            }
        }
    };
}

codes! {
    TokenSourceConflict = "token_source_conflict", BAD_REQUEST,
        "More than one token",
        "The request carries different tokens where one is expected.",
        "A token is read from exactly one source: the `Authorization` header, a cookie or the JSON body. Two different ones in \
         one request, two `Authorization` headers, or a cookie name that comes twice are refused, because taking either would be \
         a guess. Send one.";
    TokenInQuery = "token_in_query", BAD_REQUEST,
        "A service key in the address",
        "The address of the request has a service key in it.",
        "Addresses are written into logs, so nothing is done that a key in a query asks for, whatever else the request carries. \
         Revoke the key, make another, and send it in the `Authorization` header.";
    InvalidRequest = "invalid_request", BAD_REQUEST,
        "The form is not as it should be",
        "The form does not have the expected form.",
        "A call of OAuth's (RFC 6749 section 5.2) misses a parameter, has one twice, or is not encoded as forms are. `field` names \
         the parameter, if it is one. Nothing was done.";
    MailTokenInvalid = "mail_token_invalid", BAD_REQUEST,
        "What the mail carried is not accepted",
        "The link or the code is not good, or not any more.",
        "The token of a link or the code is damaged, mistyped or for something else, it has run out, it was used or another mail \
         of its kind was, or what it was for is not so any more. The answer is the same for all reasons. Ask for another mail; a \
         code that is mistyped five times is dead, the link beside it is not.";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED,
        "The credentials are wrong",
        "The login or the password is wrong.",
        "The login is unknown, the password is wrong, or nobody can sign in with it at present. The answer is the same for all \
         reasons, so that it does not tell who has an account. Of `POST /admin/v1/bootstrap`: the one-time secret is wrong, or has \
         run out.";
    AccessTokenInvalid = "access_token_invalid", UNAUTHORIZED,
        "The access token is not accepted",
        "A valid access token is needed.",
        "There is no access token, it is malformed or forged, or its session has ended. Refresh once; if that is refused, log \
         in.";
    AccessTokenExpired = "access_token_expired", UNAUTHORIZED,
        "The access token has expired",
        "The access token has expired.",
        "The access token was good and its time is up. Refresh and repeat the request.";
    RefreshTokenInvalid = "refresh_token_invalid", UNAUTHORIZED,
        "The refresh token is not accepted",
        "The session cannot be continued.",
        "There is no refresh token, it is none of ours, or its session has ended or expired. The answer is the same for all \
         reasons. Log in again.";
    RefreshTokenReused = "refresh_token_reused", UNAUTHORIZED,
        "The refresh token was used before",
        "This refresh token was replaced before. Its session has been ended.",
        "A refresh token that had been replaced came back, so two parties hold the session. It has been ended for both. Log in \
         again; if this repeats, the client loses answers without sending an `Idempotency-Key`, or somebody copies tokens.";
    SelectionTokenInvalid = "selection_token_invalid", UNAUTHORIZED,
        "The selection token is not accepted",
        "A valid selection token is needed.",
        "There is no selection token, it has expired, it was used, or the account has changed since. Log in again.";
    ServiceKeyInvalid = "service_key_invalid", UNAUTHORIZED,
        "The service key is not accepted",
        "A valid service key is needed.",
        "There is no service key where only one is taken, or it is damaged, revoked or has run out. The answer is the same for all \
         reasons. Make another key.";
    ReauthenticationRequired = "reauthentication_required", FORBIDDEN,
        "The account has to prove itself again",
        "The last proof of the account is too old for this.",
        "This takes a session whose account proved itself a short time ago; the header `WWW-Authenticate` tells how short in \
         `max_age` (RFC 9470). Call `POST /auth/reauthenticate` and repeat the request.";
    PinRequired = "pin_required", FORBIDDEN,
        "This user has a PIN",
        "Choosing this user takes its PIN.",
        "Repeat the request with `pin`.";
    PinInvalid = "pin_invalid", FORBIDDEN,
        "The PIN is wrong",
        "The PIN is wrong.",
        "Ask again. Attempts are limited; too many answer `rate_limited`.";
    OriginRefused = "origin_refused", FORBIDDEN,
        "The origin is not allowed",
        "The request comes from an origin that is not allowed, or does not tell its origin.",
        "A browser says that the request comes from a page of another origin, or a request that is authenticated by a cookie \
         does not say where it comes from. Allow the origin in the configuration, or send the token in the `Authorization` \
         header. A service key is for programs: it is refused from every browser, whatever the origin.";
    OtherBrowser = "other_browser", FORBIDDEN,
        "Another browser asked for this mail",
        "The mail was asked for in another browser. Here it takes its code, or the password, as well.",
        "What the mail carried is good, and nothing of it is used up. But this is not the browser that asked for it, and a link \
         alone must not sign another browser in: whoever asked may not be whoever opened it. Send the `code` of the same mail \
         beside the `token`, or to finish a sign-up the `password` that it was made with; or open the link where the mail was \
         asked for.";
    PermissionDenied = "permission_denied", FORBIDDEN,
        "Not allowed",
        "The user may not do this.",
        "Who asks is known and lacks the right. In an account mostly it takes an owner; the admin API wants the permission that the \
         call names, and nobody gives what he does not have, or acts on a user who may do more. Who acts as another user can only \
         look. Asking again does not help.";
    RefusedByRule = "refused_by_rule", FORBIDDEN,
        "A rule of this instance does not allow it",
        "A rule of this instance does not allow it.",
        "The operator of this instance, or the program that embeds it, has a rule that refused to make the account or to issue \
         an access token. `detail` is what the rule says to whoever asked, or this sentence. Nothing was changed: after a refused \
         refresh the refresh token is what it was, and may be accepted later.";
    UserNotFound = "user_not_found", NOT_FOUND,
        "There is no such user",
        "The account has no such user.",
        "The account has no user with this id or name that could be used. Users of other accounts do not exist for this answer.";
    NotFound = "not_found", NOT_FOUND,
        "There is no such thing",
        "There is no such thing here.",
        "The address leads nowhere, or to something that the caller may not know of.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED,
        "This method does not exist here",
        "The address exists, but not with this method.",
        "The header `Allow` lists the methods that exist.";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT,
        "The request came too slowly",
        "The request body did not arrive in time.",
        "The body took too long to arrive. Nothing was done. Repeat the request.";
    EmailTaken = "email_taken", CONFLICT,
        "The e-mail address is taken",
        "An account with this e-mail address exists.",
        "Log in instead, or reset the password.";
    UsernameTaken = "username_taken", CONFLICT,
        "The username is taken",
        "Another user has this name, or one that looks like it.",
        "Choose another. Names that look alike count as one.";
    LastOwner = "last_owner", CONFLICT,
        "An account always has an owner",
        "This is the account's last owner.",
        "An account without an owner could not be managed by anybody. Delete the account instead.";
    LastAdmin = "last_admin", CONFLICT,
        "There always is an admin",
        "This is the last admin who can sign in.",
        "Once there is an admin, one who can sign in always stays. Give the role to somebody else first.";
    BootstrapClosed = "bootstrap_closed", CONFLICT,
        "There is an admin already",
        "There is an admin already.",
        "The first admin is made once. Others get the role `admin` from an admin, or by the command line.";
    RoleFixed = "role_fixed", CONFLICT,
        "The role is not changed here",
        "The role is built in or defined by the settings.",
        "The built-in role is what it is, and roles of the settings are changed there.";
    KeyFixed = "key_fixed", CONFLICT,
        "The signing key is not changed here",
        "The signing key is given by the settings.",
        "A key that the settings give is changed there.";
    KeyNotReady = "key_not_ready", CONFLICT,
        "The next signing key was published just now",
        "Verifiers may not know the next signing key yet.",
        "A rotation that no token notices takes a next key that every verifier has had time to fetch. Wait as many seconds as \
         `retry_after` says.";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE,
        "The body is too large",
        "The request body is larger than allowed.",
        "No call needs more than the limit, which is 16 KiB unless configured otherwise.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The body is not declared as JSON",
        "The request body has to be declared as application/json in UTF-8.",
        "Send `Content-Type: application/json`. A body that a plain form could send is refused, since a form of any page can \
         send it.";
    PasswordTooShort = "password_too_short", UNPROCESSABLE_ENTITY,
        "The password is too short",
        "The password is too short.",
        "`detail` tells the least number of characters.";
    PasswordTooCommon = "password_too_common", UNPROCESSABLE_ENTITY,
        "The password is too easy to guess",
        "The password is common or easy to guess from the account.",
        "It is on a list of common passwords, or it is a word that everybody would try first for this account with little \
         around it. Choose another.";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY,
        "The request is not as it should be",
        "The request does not have the expected form.",
        "The body is not strict JSON (then there is no `field`), or the member, query parameter or header in `field` is missing, \
         unknown, given twice, or has the wrong type or form. Nothing was done.";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS,
        "Too many attempts",
        "There were too many attempts.",
        "Wait as many seconds as `retry_after` and the header `Retry-After` say.";
    InternalError = "internal_error", INTERNAL_SERVER_ERROR,
        "A defect",
        "The request could not be served because of a defect.",
        "It is not the client's fault. The log of the server has the cause under the `request_id`.";
    OverCapacity = "over_capacity", SERVICE_UNAVAILABLE,
        "Too much work at the moment",
        "There is too much work at the moment.",
        "Nothing was judged. Repeat the request after `retry_after` seconds.";
    StoreUnavailable = "store_unavailable", SERVICE_UNAVAILABLE,
        "The store is unavailable",
        "Something that is needed is unavailable at the moment.",
        "An outage, never a verdict: tokens stay good. Repeat the request after `retry_after` seconds; a refresh with the same \
         `Idempotency-Key` as before.";
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(format!("A stable code; {} explains each.", crate::DOCS_URL)))
            .enum_values(Some(Self::ALL.iter().map(|code| code.name())));
        object.into()
    }
}

impl ToSchema for Code {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_sent_as_it_is_named_and_named_once() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
