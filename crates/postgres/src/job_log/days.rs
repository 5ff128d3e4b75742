//! Reads from the job log how the days were loaded.

use std::collections::BTreeMap;

use cusip_jobs::{FileStatus, JobId, JobStatus, RowCounts};
use cusip_pif::{Date, FileKind};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::decode::{self, Name};
use super::jobs::READING;
use crate::database::Database;
use crate::error::Error;

/// How the loads of a day went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedDay {
    /// The day.
    pub date: Date,
    /// The number of jobs that loaded it or tried to, without dry runs.
    pub jobs: u64,
    /// The newest of these jobs.
    pub last_job: JobId,
    /// The status of that job.
    pub last_status: JobStatus,
    /// For each kind of file, the last one that was loaded, or else the last attempt.
    pub files: Vec<DayFile>,
}

/// What matters of a day's file in a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    /// Its job.
    pub job: JobId,
    /// Its kind.
    pub kind: FileKind,
    /// Its status.
    pub status: FileStatus,
    /// The number of its records by result.
    pub counts: RowCounts,
    /// The number of rejects for each rule.
    pub rejects_by_rule: BTreeMap<String, u64>,
    /// Milliseconds by phase.
    pub phase_milliseconds: BTreeMap<String, u64>,
}

impl LoadedDay {
    /// Returns the day's file of this kind that was loaded, if one was.
    #[must_use]
    pub fn loaded(&self, kind: FileKind) -> Option<&DayFile> {
        let is_loaded = |file: &&DayFile| file.kind == kind && file.status == FileStatus::Succeeded;
        self.files.iter().find(is_loaded)
    }
}

impl Database {
    /// Returns how the days of a range were loaded, in order. Days without jobs are left out, and so are
    /// dry runs and files that were named one by one.
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn loaded_days(&self, first: Date, last: Date) -> Result<Vec<LoadedDay>, Error> {
        let client = self.client().await?;
        let jobs =
            "select to_char(load_date, 'YYYY-MM-DD') as load_date, count(*) as jobs, max(id) as id,
                (array_agg(status order by id desc))[1] as status
            from load_job
            where load_date between $1::text::date and $2::text::date
                and not options @> '{\"dry_run\": true}'
            group by load_date order by load_date";
        // A file that is skipped because it was loaded before says nothing about the day.
        let files = "select distinct on (file.load_date, file.kind)
                to_char(file.load_date, 'YYYY-MM-DD') as load_date, job_id, file.kind, file.status,
                rows_read, rows_inserted, rows_updated, rows_unchanged, rows_rejected,
                rows_superseded, rejects_by_rule, phase_ms
            from load_file as file join load_job as job on job.id = job_id
            where file.load_date between $1::text::date and $2::text::date
                and already_loaded_by is null and not options @> '{\"dry_run\": true}'
            order by file.load_date, file.kind, file.status = 'succeeded' desc, file.id desc";
        let (first, last) = (first.to_string(), last.to_string());
        let read = async {
            let jobs = client.query(jobs, &[&first, &last]).await?;
            let files = client.query(files, &[&first, &last]).await?;
            let mut days: Vec<_> = jobs.iter().map(loaded_day).collect::<Result<_, _>>()?;
            for file in &files {
                let date = decode::day(file, "load_date")?;
                if let Some(day) = days.iter_mut().find(|day| Some(day.date) == date) {
                    day.files.push(day_file(file)?);
                }
            }
            Ok(days)
        };
        let days: Result<_, tokio_postgres::Error> = read.await;
        days.map_err(|error| self.statement(READING, error))
    }
}

fn loaded_day(row: &Row) -> Result<LoadedDay, tokio_postgres::Error> {
    Ok(LoadedDay {
        date: row.try_get::<_, Name<Date>>("load_date")?.0,
        jobs: decode::count(row, "jobs")?,
        last_job: JobId(row.try_get("id")?),
        last_status: row.try_get::<_, Name<JobStatus>>("status")?.0,
        files: Vec::new(),
    })
}

fn day_file(row: &Row) -> Result<DayFile, tokio_postgres::Error> {
    Ok(DayFile {
        job: JobId(row.try_get("job_id")?),
        kind: decode::kind(row, "kind")?,
        status: row.try_get::<_, Name<FileStatus>>("status")?.0,
        counts: decode::counts(row)?,
        rejects_by_rule: row.try_get::<_, Json<_>>("rejects_by_rule")?.0,
        phase_milliseconds: row.try_get::<_, Json<_>>("phase_ms")?.0,
    })
}
