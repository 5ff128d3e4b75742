//! The server's folders: one for data that is kept, and one for the running server.

mod persistent;
mod run;

pub(crate) use self::persistent::{Found, PersistentFolder, SharedServer};
pub(crate) use self::run::RunFolder;

/// PostgreSQL's data folder, within one of ours.
const DATA_FOLDER: &str = "data";

const LOG_FILE: &str = "server.log";

/// The mode of a folder that only its owner can enter.
const PRIVATE: u32 = 0o700;
