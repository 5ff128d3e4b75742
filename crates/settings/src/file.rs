//! Where the files are.

use std::path::PathBuf;

use clap::Args;

/// Where the files of a day are.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Files")]
#[non_exhaustive]
pub struct FileSettings {
    /// Folder that holds the files of a day
    #[arg(
        long,
        env = "CUSIP_FILE_DIR",
        value_name = "DIR",
        default_value = "/data/pif_files"
    )]
    pub file_dir: PathBuf,
}
