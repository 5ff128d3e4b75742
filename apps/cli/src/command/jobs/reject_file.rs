//! Writes a job's rejects as files that can be loaded once they are mended.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cusip_pif::{Date, PifFileName};
use cusip_postgres::{Database, Job, JobFile, JobId};
use serde::Serialize;

use crate::exit::UsageError;

const LINE_END: &[u8] = b"\r\n";
const TRAILER_START: &str = "999999";

/// A file that was written.
#[derive(Debug, Serialize)]
pub(super) struct WrittenFile {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) file: String,
    pub(super) rows: u64,
}

/// Writes the rejects of each of the job's files that has any, each to a file of its own.
///
/// Nothing is written if one of the files is there already and may not be overwritten.
pub(super) async fn write(
    database: &Database,
    job: &Job,
    files: &[JobFile],
    path: &Path,
    force: bool,
) -> anyhow::Result<Vec<WrittenFile>> {
    let files: Vec<_> = files
        .iter()
        .filter(|file| file.counts.rejected > 0)
        .collect();
    let targets = targets(job, &files, path)?;
    if !force && let Some(target) = targets.iter().find(|target| target.exists()) {
        bail!(
            "{:?} is there already; name another place, or overwrite it with --force",
            target.display()
        );
    }
    let mut written = Vec::with_capacity(files.len());
    for (file, target) in files.into_iter().zip(targets) {
        let rows = write_file(database, job, file, &target, force)
            .await
            .with_context(|| format!("cannot write the rejects to {:?}", target.display()))?;
        written.push(WrittenFile {
            kind: file.kind.wire_name(),
            file: target.display().to_string(),
            rows,
        });
    }
    Ok(written)
}

/// Decides where each file goes, and makes the folder if one is meant.
fn targets(job: &Job, files: &[&JobFile], path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let ends_with_separator =
        (path.as_os_str().to_string_lossy()).ends_with(std::path::is_separator);
    if path.is_dir() || ends_with_separator {
        if !files.is_empty() {
            fs::create_dir_all(path)
                .with_context(|| format!("cannot make the folder {:?}", path.display()))?;
        }
        let name = |file: &&JobFile| path.join(name(job, file));
        return Ok(files.iter().map(name).collect());
    }
    if files.len() > 1 {
        let problem = format!(
            "job {} has rejects of {} files, which do not fit into the one file {:?}; name a folder, with a slash at its end if it is yet to be made",
            job.job_id,
            files.len(),
            path.display()
        );
        return Err(UsageError(problem).into());
    }
    Ok(files.iter().map(|_| path.to_owned()).collect())
}

/// Returns the name that a file of rejects is loaded under.
fn name(job: &Job, file: &JobFile) -> String {
    if let Some(day) = job.date.as_deref().and_then(day) {
        return PifFileName::new(day, file.kind).to_string();
    }
    let own_name = file.location.rsplit_once(['/', '\\']);
    match (own_name, day(&job.started_at)) {
        (Some((_, name)), _) => name.to_owned(),
        (None, Some(day)) => PifFileName::new(day, file.kind).to_string(),
        (None, None) => file.kind.to_string(),
    }
}

async fn write_file(
    database: &Database,
    job: &Job,
    file: &JobFile,
    target: &Path,
    force: bool,
) -> anyhow::Result<u64> {
    let opened = if force {
        File::create(target)
    } else {
        File::create_new(target)
    };
    let mut output = BufWriter::new(opened?);
    let written = write_lines(database, job, file, &mut output).await;
    if written.is_err() {
        // Half a file of rejects would be loaded as if it were all of them.
        drop(output);
        let _ = fs::remove_file(target);
    }
    written
}

async fn write_lines(
    database: &Database,
    job: &Job,
    file: &JobFile,
    output: &mut BufWriter<File>,
) -> anyhow::Result<u64> {
    let mut lines = database.reject_lines(JobId(job.job_id), file.id).await?;
    let mut rows = 0;
    while let Some(line) = lines.next().await? {
        output.write_all(&line)?;
        output.write_all(LINE_END)?;
        rows += 1;
    }
    output.write_all(trailer(file, job.date.as_deref(), rows).as_bytes())?;
    output.write_all(LINE_END)?;
    output.flush()?;
    Ok(rows)
}

/// Makes the trailer for so many records: the original's with its count replaced, since the field
/// that the count is in is known from file to file.
fn trailer(file: &JobFile, date: Option<&str>, rows: u64) -> String {
    let index = file
        .trailer_field
        .and_then(|field| usize::try_from(field - 1).ok());
    if let (Some(text), Some(index)) = (&file.trailer, index) {
        let mut fields: Vec<_> = text.split('|').map(str::to_owned).collect();
        if let Some(field) = fields.get_mut(index) {
            *field = format!("{rows:0width$}", width = field.len());
            return fields.join("|");
        }
    }
    let date = date.map_or_else(String::new, |date| format!("|{date}"));
    format!("{TRAILER_START}|{rows:010}{date}")
}

/// Reads the day at the beginning of a date or time as the ledger writes them.
fn day(text: &str) -> Option<Date> {
    let year = text.get(0..4)?.parse().ok()?;
    let month = text.get(5..7)?.parse().ok()?;
    Date::new(year, month, text.get(8..10)?.parse().ok()?)
}
