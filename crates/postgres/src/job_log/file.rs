//! The job log's rows for files.

use cusip_connect::{Client, Parameter};
use cusip_jobs::{FileId, FileOutcome, JobId};
use serde_json::json;
use tokio_postgres::types::Json;

use crate::database::Database;
use crate::error::Error;

impl Database {
    /// Logs a file that is about to be read, marked running.
    pub(crate) async fn start_file(&self, job: JobId, file: &FileOutcome) -> Result<FileId, Error> {
        let client = self.client().await?;
        insert(&client, job, file)
            .await
            .map_err(|error| self.statement(task(file), error))
    }

    /// Resets the progress of a running job's files before they are read again.
    pub(crate) async fn restart_files(&self, job: JobId) -> Result<(), Error> {
        let client = self.client().await?;
        let update = "update load_file set bytes_read = 0, rows_read = 0
            where job_id = $1 and status = 'running'";
        (client.execute(update, &[&job.0]).await)
            .map(drop)
            .map_err(|error| self.statement("reset the progress of the first attempt", error))
    }
}

/// Logs the outcomes of a job's files, whether or not their start was logged.
pub(super) async fn log_outcomes(
    database: &Database,
    client: &Client,
    job: JobId,
    files: &[&FileOutcome],
) -> Result<(), Error> {
    for file in files {
        let failed = |error| database.statement(task(file), error);
        let id = match file.id {
            Some(id) => id,
            None => insert(client, job, file).await.map_err(failed)?,
        };
        let updated = complete(client, job, id, file).await.map_err(failed)?;
        if updated == 0 {
            let problem = format!("job {job} has no file {id}");
            return Err(database.statement_failed(task(file), problem));
        }
    }
    Ok(())
}

async fn insert(
    client: &Client,
    job: JobId,
    file: &FileOutcome,
) -> Result<FileId, tokio_postgres::Error> {
    let insert = "insert into load_file (job_id, kind, load_date, location, size, last_modified,
            e_tag, version_id)
        select id, $2, load_date, $3, $4, $5, $6, $7 from load_job where id = $1
        returning id";
    let size = file.size.map(u64::cast_signed);
    let parameters: [&dyn Parameter; 7] = [
        &job.0,
        &file.kind.wire_name(),
        &file.location,
        &size,
        &file.last_modified,
        &file.e_tag,
        &file.version_id,
    ];
    let row = client.query_one(insert, &parameters).await?;
    row.try_get(0).map(FileId)
}

async fn complete(
    client: &Client,
    job: JobId,
    id: FileId,
    file: &FileOutcome,
) -> Result<u64, tokio_postgres::Error> {
    let update = "update load_file set (sha256, trailer, trailer_field, trailer_verified, status,
            error, bytes_read, rows_read, rows_inserted, rows_updated, rows_unchanged,
            rows_rejected, rows_superseded, windows_1252_fields, warnings, phase_ms,
            already_loaded_by, rejects_by_rule)
        = (decode($3::text, 'hex'), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19, $20)
        where job_id = $1 and id = $2";
    let trailer_field = file.trailer_field.map(u16::cast_signed);
    let trailer_verified = file.trailer.as_ref().map(|_| file.trailer_field.is_some());
    let warnings: Vec<_> = (file.warnings.iter())
        .map(|text| json!({"message": text}))
        .collect();
    let counts = file.counts;
    let parameters: [&dyn Parameter; 20] = [
        &job.0,
        &id.0,
        &file.sha256,
        &file.trailer,
        &trailer_field,
        &trailer_verified,
        &file.status.name(),
        &file.error,
        &file.bytes_read.cast_signed(),
        &counts.read.cast_signed(),
        &counts.inserted.cast_signed(),
        &counts.updated.cast_signed(),
        &counts.unchanged.cast_signed(),
        &counts.rejected.cast_signed(),
        &counts.superseded.cast_signed(),
        &file.windows_1252_fields.cast_signed(),
        &Json(warnings),
        &Json(&file.phase_milliseconds),
        &file.already_loaded_by.map(|job| job.0),
        &Json(&file.rejects_by_rule),
    ];
    client.execute(update, &parameters).await
}

fn task(file: &FileOutcome) -> String {
    format!("log the file {}", file.location)
}
