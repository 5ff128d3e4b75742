//! Writes a job's rejects as files to fix and load.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cusip_jobs::{FileOutcome, Job};
use cusip_loader::RejectFile;
use cusip_postgres::Database;
use serde::Serialize;

use crate::exit::UsageError;
use crate::output::Output;

/// The path that means standard output.
pub(super) const STANDARD_OUTPUT: &str = "-";

/// A file that was written.
#[derive(Debug, Serialize)]
pub(super) struct WrittenFile {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) file: String,
    pub(super) rows: u64,
    /// How many more rejects the file had that the job log does not keep.
    pub(super) missing: u64,
}

/// Refuses to write rejects to standard output if a JSON document goes there.
pub(super) fn check_output(path: &Path, output: &Output) -> Result<(), UsageError> {
    if path == STANDARD_OUTPUT && output.is_json() {
        let problem = "--rejects - writes records to standard output, where --output json writes its document; name a file or a folder";
        return Err(UsageError(problem.to_owned()));
    }
    Ok(())
}

/// Writes the rejects of each of the job's files to a separate file.
///
/// Writes nothing if a file exists and may not be overwritten.
pub(super) async fn write(
    database: &Database,
    job: &Job,
    files: &[FileOutcome],
    path: &Path,
    force: bool,
) -> anyhow::Result<Vec<WrittenFile>> {
    let mut files: Vec<_> = (files.iter())
        .filter_map(|file| RejectFile::new(database, job, file.clone()))
        .collect();
    let targets = targets(job, &files, path)?;
    let exists = |target: &&PathBuf| *target != STANDARD_OUTPUT && target.exists();
    if !force && let Some(target) = targets.iter().find(exists) {
        bail!(
            "{:?} already exists; name another path, or overwrite it with --force",
            target.display()
        );
    }
    let mut written = Vec::with_capacity(files.len());
    for (file, target) in files.iter_mut().zip(targets) {
        let written_rows = if target.as_path() == STANDARD_OUTPUT {
            write_lines(file, &mut BufWriter::new(io::stdout())).await
        } else {
            write_file(file, &target, force).await
        };
        written_rows
            .with_context(|| format!("cannot write the rejects to {:?}", shown(&target)))?;
        written.push(WrittenFile {
            kind: file.kind().wire_name(),
            file: shown(&target),
            rows: file.rows(),
            missing: file.missing(),
        });
    }
    Ok(written)
}

fn shown(target: &Path) -> String {
    if target == STANDARD_OUTPUT {
        return "standard output".to_owned();
    }
    target.display().to_string()
}

/// Returns the path of each file, after creating the folder if the path is one.
fn targets(job: &Job, files: &[RejectFile], path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let ends_with_separator =
        (path.as_os_str().to_string_lossy()).ends_with(std::path::is_separator);
    if path != STANDARD_OUTPUT && (path.is_dir() || ends_with_separator) {
        if !files.is_empty() {
            fs::create_dir_all(path)
                .with_context(|| format!("cannot create the folder {:?}", path.display()))?;
        }
        let target = |file: &RejectFile| path.join(file.name());
        return Ok(files.iter().map(target).collect());
    }
    if files.len() > 1 {
        let problem = format!(
            "job {} has rejects of {} files, which do not fit in one file {:?}; name a folder, with a slash at its end if it does not exist yet",
            job.id,
            files.len(),
            shown(path)
        );
        return Err(UsageError(problem).into());
    }
    Ok(files.iter().map(|_| path.to_owned()).collect())
}

async fn write_file(rejects: &mut RejectFile, target: &Path, force: bool) -> anyhow::Result<()> {
    let opened = if force {
        File::create(target)
    } else {
        File::create_new(target)
    };
    let mut output = BufWriter::new(opened?);
    let written = write_lines(rejects, &mut output).await;
    if written.is_err() {
        // An incomplete file of rejects could be mistaken for all of them.
        drop(output);
        let _ = fs::remove_file(target);
    }
    written
}

async fn write_lines(rejects: &mut RejectFile, output: &mut impl Write) -> anyhow::Result<()> {
    while let Some(line) = rejects.next_line().await? {
        output.write_all(&line)?;
    }
    Ok(output.flush()?)
}
