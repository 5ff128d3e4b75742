//! AWS settings, and database credentials from AWS.

mod database_credentials;
pub(crate) mod moto;
mod settings;
