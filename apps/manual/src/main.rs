//! Writes the man pages of `cusip`, each of its commands, and `cusip-api`, for packages.
//!
//! `cusip-manual FOLDER` writes `cusip.1`, `cusip-load.1` and so on to the folder.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.context("name the folder to write the man pages to")?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for command in [cusip_cli::command_line(), cusip_api::command_line()] {
        clap_mangen::generate_to(command, &folder)
            .with_context(|| format!("cannot write man pages to {}", folder.display()))?;
    }
    Ok(())
}
