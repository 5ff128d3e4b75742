//! Writes rejects to the job log, apart from the load's transaction.

use std::collections::BTreeMap;

use cusip_connect::{Client, Parameter};
use cusip_jobs::{FileId, Reject};
use tokio_postgres::types::Json;

use crate::database::Database;
use crate::error::Error;

const TASK: &str = "log the rejects";
const LIMIT: &str = "set local lock_timeout = '60s'; set local statement_timeout = '10min'";

/// The rejects of a file.
#[derive(Debug, Clone, Copy)]
pub struct FileRejects<'a> {
    /// The rejects to keep.
    pub kept: &'a [Reject],
    /// How many there are, kept or not.
    pub total: u64,
    /// How many there are for each rule that they break, kept or not.
    pub by_rule: &'a BTreeMap<String, u64>,
    /// The SHA-256 of all of them, kept or not.
    pub sha256: [u8; 32],
}

impl Database {
    /// Logs the rejects of a file in a transaction of their own, so they outlive a load that is rolled
    /// back.
    ///
    /// Rejects that an earlier file had, such as those of a first attempt, are not stored again.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the job log cannot be written.
    pub async fn log_rejects(&self, file: FileId, rejects: FileRejects<'_>) -> Result<(), Error> {
        let transaction = self.begin().await?;
        let client = transaction.client();
        let logged = async {
            client.batch_execute(LIMIT).await?;
            let owner = find_same(client, &rejects).await?;
            if owner.is_none() {
                insert(client, file, rejects.kept).await?;
            }
            count(
                client,
                file,
                &rejects,
                owner.filter(|owner| *owner != file.0),
            )
            .await
        };
        let updated = (logged.await).map_err(|error| self.statement(TASK, error))?;
        if updated == 0 {
            return Err(self.statement_failed(TASK, format!("there is no file {file}")));
        }
        Ok(transaction.commit().await?)
    }
}

/// Returns the file that stores the same rejects, if there is one.
///
/// The lock keeps them from being pruned before this file refers to them.
async fn find_same(
    client: &Client,
    rejects: &FileRejects<'_>,
) -> Result<Option<i64>, tokio_postgres::Error> {
    let query = "select coalesce(rejects_file_id, id) from load_file
        where rejects_sha256 = $1 and rejects_pruned_at is null and rejects_kept = $2
        order by id limit 1 for share";
    let kept = rejects.kept.len() as i64;
    let row = (client.query_opt(query, &[&rejects.sha256.as_slice(), &kept])).await?;
    row.map(|row| row.try_get(0)).transpose()
}

async fn insert(
    client: &Client,
    file: FileId,
    kept: &[Reject],
) -> Result<(), tokio_postgres::Error> {
    let insert = "insert into load_reject
            (file_id, line_number, byte_offset, field, value, rule, message, raw_line)
        select $1, * from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::bytea[])";
    let lines: Vec<_> = (kept.iter())
        .map(|reject| reject.line_number.cast_signed())
        .collect();
    let offsets: Vec<_> = (kept.iter())
        .map(|reject| reject.byte_offset.cast_signed())
        .collect();
    let fields: Vec<_> = (kept.iter())
        .map(|reject| reject.field.as_deref().map(str::to_owned))
        .collect();
    let values: Vec<_> = (kept.iter())
        .map(|reject| reject.value.as_deref().map(without_nul))
        .collect();
    let rules: Vec<_> = kept.iter().map(|reject| &*reject.rule).collect();
    let messages: Vec<_> = (kept.iter())
        .map(|reject| without_nul(&reject.message))
        .collect();
    let raw_lines: Vec<_> = (kept.iter())
        .map(|reject| reject.raw_line.as_deref().unwrap_or_default())
        .collect();
    let parameters: [&dyn Parameter; 8] = [
        &file.0, &lines, &offsets, &fields, &values, &rules, &messages, &raw_lines,
    ];
    client.execute(insert, &parameters).await.map(drop)
}

async fn count(
    client: &Client,
    file: FileId,
    rejects: &FileRejects<'_>,
    owner: Option<i64>,
) -> Result<u64, tokio_postgres::Error> {
    let update = "update load_file set rows_rejected = $2, rejects_kept = $3, rejects_by_rule = $4,
            rejects_sha256 = $5, rejects_file_id = $6
        where id = $1";
    let parameters: [&dyn Parameter; 6] = [
        &file.0,
        &rejects.total.cast_signed(),
        &(rejects.kept.len() as i64),
        &Json(rejects.by_rule),
        &rejects.sha256.as_slice(),
        &owner,
    ];
    client.execute(update, &parameters).await
}

/// Replaces NUL, which the database cannot store in text, with `\0`.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\\0")
}
