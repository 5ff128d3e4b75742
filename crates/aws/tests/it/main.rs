//! Credentials from servers that speak as AWS does, for databases that are real.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod account;
mod secrets;
mod tokens;

use cusip_postgres::{Database, Error};

/// The texts of a failure and of its causes.
async fn failure(database: &Database) -> String {
    let error: Error = database.check_server().await.unwrap_err();
    let mut texts = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        texts = format!("{texts}: {error}");
        cause = error.source();
    }
    texts
}
