//! Reads rejects from the job log.

use std::collections::VecDeque;
use std::fmt;

use cusip_connect::Parameter;
use cusip_jobs::{FileId, JobId, Reject, RejectCursor};
use cusip_pif::FileKind;

use super::decode;
use super::jobs::READING;
use crate::database::Database;
use crate::error::Error;

/// A line can be 64 KiB long, so a page of long lines ends early. In JSON, a page can be six times as long,
/// and many clients may read one at the same time.
const PAGE_BYTES: i64 = 512 * 1024;
const PAGE_LINES: u32 = 10_000;

impl Database {
    /// Returns rejects of a job by file and line: those after a position, and only those of one kind if
    /// one is given.
    ///
    /// At most `limit` are returned, and fewer if they are long. An empty page is the last one.
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn job_rejects(
        &self,
        job: JobId,
        kind: Option<FileKind>,
        after: Option<RejectCursor>,
        limit: u32,
    ) -> Result<Vec<Reject>, Error> {
        let client = self.client().await?;
        let query =
            "select kind, file_id, line_number, byte_offset, field, value, rule, message, raw_line
            from (select *, sum(bytes) over (order by file_id, line_number) - bytes as bytes_before
                from (select file.kind, file.id as file_id, line_number, byte_offset, field, value,
                        rule, message, raw_line, octet_length(raw_line) + octet_length(message)
                        + coalesce(octet_length(value), 0) as bytes
                    from load_file as file
                    join load_reject on file_id = coalesce(rejects_file_id, file.id)
                    where job_id = $1 and rejects_pruned_at is null
                    and ($2::text is null or kind = $2)
                    and ($3::bigint is null or (file.id, line_number) > ($3, $4))
                    order by file.id, line_number limit $5) as page) as reject
            where bytes_before < $6 order by file_id, line_number";
        let file = after.map(|cursor| cursor.file.0);
        let line = after.map(|cursor| cursor.line_number.cast_signed());
        let (kind, limit) = (kind.map(FileKind::wire_name), i64::from(limit));
        let parameters: [&dyn Parameter; 6] = [&job.0, &kind, &file, &line, &limit, &PAGE_BYTES];
        let rejects = (client.query(query, &parameters).await)
            .and_then(|rows| rows.iter().map(decode::reject).collect());
        rejects.map_err(|error| self.statement(READING, error))
    }

    /// Returns how many records of each kind of file of a job break each rule.
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn reject_rules(&self, job: JobId) -> Result<Vec<(FileKind, String, u64)>, Error> {
        let client = self.client().await?;
        let query = "select kind, key as rule, value::bigint as rejects
            from load_file cross join jsonb_each_text(rejects_by_rule)
            where job_id = $1 order by kind, rule";
        let rules = client.query(query, &[&job.0]).await.and_then(|rows| {
            let rule = |row: &tokio_postgres::Row| {
                let kind = decode::kind(row, "kind")?;
                Ok((kind, row.try_get("rule")?, decode::count(row, "rejects")?))
            };
            rows.iter().map(rule).collect()
        });
        rules.map_err(|error| self.statement(READING, error))
    }

    /// Returns the lines of the rejects of a file that the job log keeps, one by one in file order.
    #[must_use]
    pub fn reject_lines(&self, file: FileId) -> RejectLines {
        RejectLines {
            database: self.clone(),
            file,
            page: VecDeque::new(),
            last: 0,
        }
    }
}

/// The lines of a file's rejects. Memory does not grow with their number, and no connection is held
/// between two pages.
pub struct RejectLines {
    database: Database,
    file: FileId,
    page: VecDeque<(i64, Vec<u8>)>,
    last: i64,
}

impl RejectLines {
    /// Returns the next line as it is in the file, without its line end.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection, or if the job log cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.page.is_empty() {
            self.page = self.read_page().await?;
        }
        let line = self.page.pop_front();
        Ok(line.map(|(number, line)| {
            self.last = number;
            line
        }))
    }

    async fn read_page(&self) -> Result<VecDeque<(i64, Vec<u8>)>, Error> {
        let client = self.database.client().await?;
        let query = "select line_number, raw_line
            from (select *, sum(octet_length(raw_line)) over (order by line_number)
                    - octet_length(raw_line) as bytes_before
                from (select line_number, raw_line from load_file as file
                    join load_reject on file_id = coalesce(rejects_file_id, file.id)
                    where file.id = $1 and rejects_pruned_at is null and line_number > $2
                    order by line_number limit $3) as page) as line
            where bytes_before < $4 order by line_number";
        let limit = i64::from(PAGE_LINES);
        let parameters: [&dyn Parameter; 4] = [&self.file.0, &self.last, &limit, &PAGE_BYTES];
        let page = (client.query(query, &parameters).await).and_then(|rows| {
            let line = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
            rows.iter().map(line).collect()
        });
        page.map_err(|error| self.database.statement(READING, error))
    }
}

impl fmt::Debug for RejectLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RejectLines")
            .finish_non_exhaustive()
    }
}
