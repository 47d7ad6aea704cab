//! The problems that many routes share, for their descriptions. A route adds what is its own.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident { $($status:literal = $says:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([$(($status.to_owned(), problem($says))),+])
            }
        }
    )+};
}

groups! {
    /// What every route may answer.
    Always {
        "500" = "`internal_error`",
        "503" = "`store_unavailable` or `over_capacity`; `Retry-After` tells when to come back",
    }
    /// What every route answers to an unsafe request of a foreign page.
    Unsafe {
        "403" = "`origin_refused`; or the caller lacks a right, which its own code tells",
    }
    /// What a route with a body answers to one that it does not take.
    WithBody {
        "408" = "`request_timeout`",
        "413" = "`payload_too_large`",
        "415" = "`unsupported_media_type`",
        "422" = "`validation_failed`, `password_too_short` or `password_too_common`; `field` tells what is wrong",
    }
    /// What a route with a form answers to one that it does not take.
    FormBody {
        "400" = "`token_source_conflict`",
        "408" = "`request_timeout`",
        "413" = "`payload_too_large`",
        "415" = "`unsupported_media_type`",
        "422" = "`validation_failed`; `field` tells what is wrong",
    }
    /// What a route for programs of the operator answers to others.
    Service {
        "401" = "`service_key_invalid`: there is no service key, or it is not accepted",
        "403" = "`permission_denied`: the key may not do this; or `origin_refused`: it comes from a browser",
    }
    /// What a route for the signed-in answers to others.
    Authenticated {
        "400" = "`token_source_conflict`",
        "401" = "The token is not accepted: see `code`",
        "422" = "`validation_failed`; `field` tells what is wrong",
    }
    /// What a route of the admin API answers to others.
    Administered {
        "400" = "`token_source_conflict` or `token_in_query`",
        "401" = "The access token or the service key is not accepted: see `code`",
        "403" = "`permission_denied`: the right is missing, or what is acted on may do more; `reauthentication_required`: a user \
                 has to prove itself again; `origin_refused`",
        "422" = "`validation_failed`; `field` tells what is wrong",
    }
    /// What a route answers whose attempts are limited.
    Limited {
        "429" = "`rate_limited`; `Retry-After` tells when to come back",
    }
    /// What a route that heeds the mark of a browser answers to two of them.
    Marked {
        "400" = "`token_source_conflict`: the browser's mark came twice",
    }
    /// What a route answers to what no mail carried, or not for this, or not any more.
    FromMail {
        "400" = "`mail_token_invalid`; or `token_source_conflict`",
    }
    /// What a route answers whose path or body names something that is not there.
    Absent {
        "404" = "`user_not_found` or `not_found`",
    }
    /// What a route answers when somebody else has it, or nobody else would.
    Conflicting {
        "409" = "`email_taken`, `username_taken`, `last_owner`, `last_admin`, or what else cannot be as things are: see `code`",
    }
}

fn problem(says: &str) -> RefOr<Response> {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    RefOr::T(ResponseBuilder::new().description(says).content("application/problem+json", content).build())
}
