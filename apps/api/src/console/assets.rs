//! The files that pages use: style sheet, script and icon. They are part of the program.

use axum::Router;
use axum::http::HeaderName;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

use crate::state::AppState;

/// Where the files are, which browsers may keep: a changed file has another address.
pub(crate) const PATH: &str = "/console/assets/";
pub(super) const ICON: &str = "/console/assets/icon.svg";

const STYLE: &str = include_str!("console.css");
const SCRIPT: &str = include_str!("console.js");
const ICON_FILE: &str = include_str!("icon.svg");

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| versioned("console.css", STYLE));
static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| versioned("console.js", SCRIPT));

pub(super) fn style_path() -> &'static str {
    &STYLE_PATH
}

pub(super) fn script_path() -> &'static str {
    &SCRIPT_PATH
}

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/console/assets/console.css",
            get(|| async { file("text/css; charset=utf-8", STYLE) }),
        )
        .route(
            "/console/assets/console.js",
            get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }),
        )
        .route(
            "/console/assets/icon.svg",
            get(|| async { file("image/svg+xml", ICON_FILE) }),
        )
}

const fn file(
    media_type: &'static str,
    content: &'static str,
) -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, media_type)], content)
}

/// Returns an address that changes with the content.
fn versioned(name: &str, content: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(content.as_bytes()).into();
    let version: String = digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{PATH}{name}?{version}")
}
