//! What a user shows of itself, and changes of it.

use gatewright_core::model;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a user shows. Never used for security.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profile {
    display_name: Option<String>,
    avatar_url: Option<String>,
    #[schema(example = "en")]
    locale: Option<String>,
    /// What the app lets the user write.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
}

impl From<&model::Profile> for Profile {
    fn from(profile: &model::Profile) -> Self {
        Self {
            display_name: profile.display_name.clone(),
            avatar_url: profile.avatar_url.clone(),
            locale: profile.locale.clone(),
            metadata: profile.metadata.clone(),
        }
    }
}

/// A change of a profile as JSON merge patch (RFC 7396): what is absent stays, `null` removes, `metadata` is merged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfilePatch {
    /// 1 to 256 bytes without control characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    display_name: Option<Option<String>>,
    /// An `https` URL or an absolute path.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2048)]
    avatar_url: Option<Option<String>>,
    /// A BCP 47 tag.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 35, example = "en")]
    locale: Option<Option<String>>,
    /// At most 4096 bytes as JSON.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Option<Map<String, Value>>>,
}

/// Tells `null` from what is absent.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl From<ProfilePatch> for model::ProfilePatch {
    fn from(patch: ProfilePatch) -> Self {
        Self {
            display_name: patch.display_name,
            avatar_url: patch.avatar_url,
            locale: patch.locale,
            metadata: patch.metadata,
        }
    }
}
