//! Writes a job's rejects as files to fix and load.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cusip_jobs::{FileOutcome, Job};
use cusip_loader::RejectFile;
use cusip_postgres::Database;
use serde::Serialize;

use crate::exit::UsageError;

/// A file that was written.
#[derive(Debug, Serialize)]
pub(super) struct WrittenFile {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) file: String,
    pub(super) rows: u64,
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
    if !force && let Some(target) = targets.iter().find(|target| target.exists()) {
        bail!(
            "{:?} already exists; name another path, or overwrite it with --force",
            target.display()
        );
    }
    let mut written = Vec::with_capacity(files.len());
    for (file, target) in files.iter_mut().zip(targets) {
        let rows = write_file(file, &target, force)
            .await
            .with_context(|| format!("cannot write the rejects to {:?}", target.display()))?;
        written.push(WrittenFile {
            kind: file.kind().wire_name(),
            file: target.display().to_string(),
            rows,
        });
    }
    Ok(written)
}

/// Returns the path of each file, after creating the folder if the path is one.
fn targets(job: &Job, files: &[RejectFile], path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let ends_with_separator =
        (path.as_os_str().to_string_lossy()).ends_with(std::path::is_separator);
    if path.is_dir() || ends_with_separator {
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
            path.display()
        );
        return Err(UsageError(problem).into());
    }
    Ok(files.iter().map(|_| path.to_owned()).collect())
}

async fn write_file(rejects: &mut RejectFile, target: &Path, force: bool) -> anyhow::Result<u64> {
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
    written?;
    Ok(rejects.rows())
}

async fn write_lines(rejects: &mut RejectFile, output: &mut BufWriter<File>) -> anyhow::Result<()> {
    while let Some(line) = rejects.next_line().await? {
        output.write_all(&line)?;
    }
    Ok(output.flush()?)
}
