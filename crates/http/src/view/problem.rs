//! A problem document (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;

use crate::Code;

/// Why something was not done. `code` is what a client switches on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem<'a> {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub(crate) type_: String,
    pub(crate) title: &'a str,
    pub(crate) status: u16,
    pub(crate) code: Code,
    /// What OAuth calls it (RFC 6749 section 5.2); for the calls of OAuth's only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a str>,
    pub(crate) detail: &'a str,
    /// Names the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    /// The member, query parameter or header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "profile.display_name")]
    pub(crate) field: Option<&'a str>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
}
