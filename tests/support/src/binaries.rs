//! The PostgreSQL to test with.

use std::env;

use cusip_embedded::ServerOptions;

/// Uses the programs of PostgreSQL in the folder that the environment names, if it names one.
pub(crate) fn with_binaries(options: ServerOptions) -> ServerOptions {
    match env::var_os("CUSIP_POSTGRES_BIN").filter(|folder| !folder.is_empty()) {
        Some(folder) => options.binaries(folder),
        None => options,
    }
}
