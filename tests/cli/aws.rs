//! AWS settings, and database credentials from AWS.

mod database_credentials;
mod moto;
mod settings;
