//! What the ledger knows of the files that were loaded before.

use cusip_pif::FileKind;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::Error;
use crate::job::JobId;
use crate::load::Load;

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

/// A day of which a file was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedDay {
    /// The day, as `YYYY-MM-DD`.
    pub date: String,
    /// The job that loaded the file, the last one if there were several.
    pub job: JobId,
}

impl Load {
    /// Returns the file of a kind that was loaded last for a day, as `YYYY-MM-DD`, unless its rows may
    /// have been undone since: by an older day, by a file that was named by itself, or by somebody who
    /// has emptied the table.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the ledger cannot be read.
    pub async fn last_loaded(
        &self,
        kind: FileKind,
        date: &str,
    ) -> Result<Option<LoadedFile>, Error> {
        let table = kind.layout().table;
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
        self.earlier(&query, &[&kind.wire_name(), &date], |row| {
            Ok(LoadedFile {
                job: JobId(row.try_get("job_id")?),
                size: row.try_get::<_, i64>("bytes_read")?.cast_unsigned(),
                sha256: row.try_get("sha256")?,
                e_tag: row.try_get("e_tag")?,
                version_id: row.try_get("version_id")?,
                rejected: row.try_get::<_, i64>("rows_rejected")?.cast_unsigned(),
            })
        })
        .await
    }

    /// Returns the newest day for which a file of a kind was loaded.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the ledger cannot be read.
    pub async fn newest_day(&self, kind: FileKind) -> Result<Option<LoadedDay>, Error> {
        let query = "select to_char(load_date, 'YYYY-MM-DD') as date, job_id from load_file
            where status = 'succeeded' and kind = $1 and load_date is not null
            order by load_date desc, id desc limit 1";
        self.earlier(query, &[&kind.wire_name()], loaded_day).await
    }

    /// Returns another day, as `YYYY-MM-DD`, for which the same content was loaded.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the ledger cannot be read.
    pub async fn same_content_of_other_day(
        &self,
        kind: FileKind,
        date: &str,
        sha256: &[u8; 32],
    ) -> Result<Option<LoadedDay>, Error> {
        let query = "select to_char(load_date, 'YYYY-MM-DD') as date, job_id from load_file
            where status = 'succeeded' and kind = $1 and load_date <> $2::text::date and sha256 = $3
            order by load_date desc, id desc limit 1";
        let parameters: [&(dyn ToSql + Sync); 3] = [&kind.wire_name(), &date, &sha256.as_slice()];
        self.earlier(query, &parameters, loaded_day).await
    }

    /// Returns the trailer's field, from 1, that confirmed the number of records of the file of a
    /// kind that was loaded last among those with such a field.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the ledger cannot be read.
    pub async fn trailer_field(&self, kind: FileKind) -> Result<Option<usize>, Error> {
        let query = "select trailer_field from load_file
            where status = 'succeeded' and kind = $1 and trailer_verified
            order by id desc limit 1";
        let kind = kind.wire_name();
        let parameters: [&(dyn ToSql + Sync); 1] = [&kind];
        let field = self.earlier(query, &parameters, |row| row.try_get::<_, i16>(0));
        let field = field.await?;
        Ok(field.and_then(|ordinal| usize::try_from(ordinal).ok()))
    }

    /// Returns the job that loaded the last file of a kind with records, and how many it had.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the ledger cannot be read.
    pub async fn last_with_records(&self, kind: FileKind) -> Result<Option<(JobId, u64)>, Error> {
        let query = "select job_id, rows_read from load_file
            where status = 'succeeded' and kind = $1 and rows_read > 0
            order by id desc limit 1";
        self.earlier(query, &[&kind.wire_name()], |row| {
            let rows: i64 = row.try_get(1)?;
            Ok((JobId(row.try_get(0)?), rows.cast_unsigned()))
        })
        .await
    }

    async fn earlier<T>(
        &self,
        query: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl FnOnce(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Option<T>, Error> {
        let row = self.client().query_opt(query, parameters).await;
        row.and_then(|row| row.as_ref().map(read).transpose())
            .map_err(|error| {
                self.database()
                    .statement("look at what was loaded before", error)
            })
    }
}

fn loaded_day(row: &Row) -> Result<LoadedDay, tokio_postgres::Error> {
    Ok(LoadedDay {
        date: row.try_get("date")?,
        job: JobId(row.try_get("job_id")?),
    })
}
