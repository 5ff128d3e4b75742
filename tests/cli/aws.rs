//! Credentials and settings of AWS.

mod database_credentials;
mod moto;
mod settings;
