//! What the job log knows about the files that were loaded before.

use cusip_connect::{Client, Parameter};
use cusip_jobs::JobId;
use cusip_pif::{Date, FileKind};
use tokio_postgres::Row;

use super::decode;
use crate::database::Database;
use crate::error::Error;
use crate::load::Load;
use crate::tables::table_of;

const TASK: &str = "look up what was loaded before";

/// A file that was loaded for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedFile {
    /// The job that loaded it.
    pub job: JobId,
    /// Its size in bytes, as it was read.
    pub size: u64,
    /// The SHA-256 of its content.
    pub sha256: Vec<u8>,
    /// The object's entity tag.
    pub e_tag: Option<String>,
    /// The object's version.
    pub version_id: Option<String>,
    /// How many of its records were rejected.
    pub rejected: u64,
}

impl Load {
    /// Returns the file of a kind that was loaded last for a day, unless its rows may have been undone
    /// since: by an older day, by a file that was named one by one, or because the table was emptied.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the job log cannot be read.
    pub async fn last_loaded(
        &self,
        kind: FileKind,
        date: Date,
    ) -> Result<Option<LoadedFile>, Error> {
        (last_loaded(self.client(), kind, date).await)
            .map_err(|error| self.database().statement(TASK, error))
    }

    /// Returns the newest day for which a file of a kind was loaded, and the last job that loaded
    /// it. Days later than tomorrow do not count: they were loaded by mistake, and would keep out all
    /// real days.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the job log cannot be read.
    pub async fn newest_day(
        &self,
        kind: FileKind,
        today: Date,
    ) -> Result<Option<(Date, JobId)>, Error> {
        let query = "select to_char(load_date, 'YYYY-MM-DD') as date, job_id from load_file
            where status = 'succeeded' and kind = $1 and load_date <= $2::text::date + 1
            order by load_date desc, id desc limit 1";
        let (kind, today) = (kind.wire_name(), today.to_string());
        let newest = (self.look_up(query, &[&kind, &today], day_and_job)).await?;
        Ok(newest.flatten())
    }

    /// Returns another day for which the same content was loaded, and the job that loaded it.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the job log cannot be read.
    pub async fn same_content(
        &self,
        kind: FileKind,
        date: Date,
        sha256: &[u8; 32],
    ) -> Result<Option<(Date, JobId)>, Error> {
        let query = "select to_char(load_date, 'YYYY-MM-DD') as date, job_id from load_file
            where status = 'succeeded' and kind = $1 and load_date <> $2::text::date and sha256 = $3
            order by load_date desc, id desc limit 1";
        let (kind, date) = (kind.wire_name(), date.to_string());
        let parameters: [&dyn Parameter; 3] = [&kind, &date, &sha256.as_slice()];
        let same = self.look_up(query, &parameters, day_and_job).await?;
        Ok(same.flatten())
    }

    /// Returns which trailer field, counted from 1, last confirmed the record count for a kind.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the job log cannot be read.
    pub async fn trailer_field(&self, kind: FileKind) -> Result<Option<usize>, Error> {
        let query = "select trailer_field from load_file
            where status = 'succeeded' and kind = $1 and trailer_verified
            order by id desc limit 1";
        let read = |row: &Row| row.try_get::<_, i16>(0);
        let field = (self.look_up(query, &[&kind.wire_name()], read)).await?;
        Ok(field.and_then(|ordinal| usize::try_from(ordinal).ok()))
    }

    /// Returns the job that loaded the last non-empty file of a kind, and the file's record count.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the job log cannot be read.
    pub async fn last_with_records(&self, kind: FileKind) -> Result<Option<(JobId, u64)>, Error> {
        let query = "select job_id, rows_read from load_file
            where status = 'succeeded' and kind = $1 and rows_read > 0
            order by id desc limit 1";
        self.look_up(query, &[&kind.wire_name()], |row| {
            let job = JobId(row.try_get("job_id")?);
            Ok((job, decode::count(row, "rows_read")?))
        })
        .await
    }

    async fn look_up<T>(
        &self,
        query: &str,
        parameters: &[&dyn Parameter],
        read: impl FnOnce(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Option<T>, Error> {
        let row = self.client().query_opt(query, parameters).await;
        row.and_then(|row| row.as_ref().map(read).transpose())
            .map_err(|error| self.database().statement(TASK, error))
    }
}

impl Database {
    /// Returns the file of a kind that was loaded last for a day, like [`Load::last_loaded`].
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server), and [`Error::Connection`]
    /// if the job log cannot be read.
    pub async fn last_loaded(
        &self,
        kind: FileKind,
        date: Date,
    ) -> Result<Option<LoadedFile>, Error> {
        let client = self.client().await?;
        (last_loaded(&client, kind, date).await).map_err(|error| self.statement(TASK, error))
    }
}

async fn last_loaded(
    client: &Client,
    kind: FileKind,
    date: Date,
) -> Result<Option<LoadedFile>, tokio_postgres::Error> {
    let table = table_of(kind);
    let query = format!(
        "select job_id, bytes_read, sha256, e_tag, version_id, rows_rejected
        from load_file as loaded
        where id = (select max(id) from load_file
            where status = 'succeeded' and kind = $1 and load_date = $2::text::date)
        and not exists (select from load_file as later
            where status = 'succeeded' and kind = $1 and later.id > loaded.id
            and (load_date is null or load_date < $2::text::date)
            and rows_inserted + rows_updated > 0)
        and (rows_inserted + rows_updated + rows_unchanged = 0 or exists (select from {table}))"
    );
    let row = (client.query_opt(&query, &[&kind.wire_name(), &date.to_string()])).await?;
    row.map(|row| {
        Ok(LoadedFile {
            job: JobId(row.try_get("job_id")?),
            size: decode::count(&row, "bytes_read")?,
            sha256: row.try_get("sha256")?,
            e_tag: row.try_get("e_tag")?,
            version_id: row.try_get("version_id")?,
            rejected: decode::count(&row, "rows_rejected")?,
        })
    })
    .transpose()
}

fn day_and_job(row: &Row) -> Result<Option<(Date, JobId)>, tokio_postgres::Error> {
    let job = JobId(row.try_get("job_id")?);
    Ok(decode::day(row, "date")?.map(|day| (day, job)))
}
