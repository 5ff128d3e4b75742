//! Credentials from servers that stand in for AWS, used on real databases.
#![expect(clippy::unwrap_used, reason = "a test fails if it cannot continue")]

mod account;
mod secrets;
mod tokens;

use cusip_connect::{Error, Pool};

/// Returns the texts of the failure and its causes.
async fn failure(database: &Pool) -> String {
    let error: Error = database.check_server().await.unwrap_err();
    let mut texts = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        texts = format!("{texts}: {error}");
        cause = error.source();
    }
    texts
}
