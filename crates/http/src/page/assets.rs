//! The files that pages refer to: stylesheet, script, icon, an operator's logo. Each lies at an address that names its contents, so that
//! a browser keeps it for ever and asks for it once.
//!
//! What must stay true: nothing here depends on who asks, and nothing comes from elsewhere; a page works without the script, and is
//! painted without waiting for it.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use gatewright_core::Gatewright;

use super::{policy::Nonce, print::Dress};
use crate::{Code, Edge, Logo, PageLook, Problem};

/// The folder of the assets, from the root of the router on.
const FOLDER: &str = "auth/assets";
pub(super) const STYLE: &str = include_str!("../../templates/page.css");
const SCRIPT: &str = include_str!("../../templates/page.js");
const MARK: &str = include_str!("../../templates/mark.svg");
/// For addresses that name contents (RFC 8246): a year, the longest that caches heed.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// For the same file under the name that another version of us has given it, as while nodes are being replaced one by one.
const ONCE: &str = "no-store";
/// A picture can do nothing, also when it is opened by itself: an SVG is a document that may hold scripts.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// All of them.
#[derive(Debug)]
pub(crate) struct Assets {
    style: Asset,
    script: Asset,
    icon: Asset,
    logo: Option<Asset>,
}

/// A file that pages refer to.
#[derive(Debug)]
struct Asset {
    stem: &'static str,
    /// What is behind the last dot.
    suffix: &'static str,
    /// The name that says what is in it: `page-0f3a….css`.
    name: String,
    media_type: &'static str,
    policy: Option<&'static str>,
    bytes: Bytes,
}

impl Assets {
    pub(crate) fn new(gate: &Gatewright, look: &PageLook) -> Self {
        let asset = |stem, suffix, media_type, policy, bytes: Bytes| {
            // No secret: a name that changes with the contents, and that all nodes give them.
            let hash = gate.keyed_hash("page asset", &bytes);
            let name = format!("{stem}-{}.{suffix}", HEXLOWER.encode(&hash[..8]));
            Asset { stem, suffix, name, media_type, policy, bytes }
        };
        let picture = |stem, logo: &Logo| {
            asset(stem, logo.suffix(), logo.media_type(), Some(PICTURE_POLICY), logo.bytes().clone())
        };
        let mark =
            |stem| asset(stem, "svg", "image/svg+xml", Some(PICTURE_POLICY), Bytes::from_static(MARK.as_bytes()));
        let style = Bytes::from(look.style(STYLE));
        Self {
            style: asset("page", "css", "text/css; charset=utf-8", None, style),
            script: asset("page", "js", "text/javascript; charset=utf-8", None, Bytes::from_static(SCRIPT.as_bytes())),
            icon: look.logo.as_ref().map_or_else(|| mark("icon"), |logo| picture("icon", logo)),
            logo: look.logo.as_ref().map(|logo| picture("logo", logo)),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Asset> {
        [&self.style, &self.script, &self.icon].into_iter().chain(&self.logo)
    }

    /// The file of this name, and for how long it has it.
    fn by_name(&self, name: &str) -> Option<(&Asset, &'static str)> {
        if let Some(asset) = self.all().find(|asset| asset.name == name) {
            return Some((asset, FOREVER));
        }
        let (rest, suffix) = name.rsplit_once('.')?;
        let (stem, _) = rest.split_once('-')?;
        self.all().find(|asset| asset.stem == stem && asset.suffix == suffix).map(|asset| (asset, ONCE))
    }

    /// What a page is told of them.
    pub(super) fn dress(&self, nonce: &Nonce) -> Dress {
        Dress {
            style: self.style.address(),
            script: self.script.address(),
            icon: self.icon.address(),
            logo: self.logo.as_ref().map(Asset::address),
            nonce: nonce.as_str().to_owned(),
        }
    }
}

impl Asset {
    /// From the root of the router on.
    fn address(&self) -> String {
        format!("{FOLDER}/{}", self.name)
    }
}

/// The path of the route.
pub(super) const PATH: &str = "/auth/assets/{name}";

/// `GET /auth/assets/{name}`: a file that pages refer to.
pub(super) async fn give(State(edge): State<Edge>, Path(name): Path<String>) -> Result<Response, Problem> {
    let (asset, lifetime) = edge.assets().by_name(&name).ok_or(Problem::new(Code::NotFound))?;
    let mut response = Response::new(Body::from(asset.bytes.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
    if let Some(policy) = asset.policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wb7_stylesheet_and_script_refer_to_nothing_and_make_nothing_from_text() {
        for word in ["url(", "@import", "</", "{{", "{%", "{#", "http:", "https:"] {
            assert!(!STYLE.contains(word), "{word}");
        }
        // A script that Trusted Types stop is a script that does not work.
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
            "http:",
            "https:",
            "</",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        for word in ["<script", "href", "url(", "onload", "<style", "<image"] {
            assert!(!MARK.contains(word), "{word}");
        }
    }
}
