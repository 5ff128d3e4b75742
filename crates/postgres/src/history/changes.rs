//! What loads changed, record by record.

use std::collections::BTreeMap;
use std::fmt;

use cusip_connect::Parameter;
use cusip_jobs::{ChangeCount, ChangeCursor, ChangeKind, FieldChange, JobId, RecordChange};
use cusip_pif::{Cusip, FileKind};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::state::JobRange;
use crate::database::Database;
use crate::error::Error;
use crate::job_log::decode::{self, Name};
use crate::streamed_rows::StreamedRows;

const READING: &str = "read the changes";

/// A change's place in the order of changes. A record can be applied after those before it: an issue
/// follows its issuer.
const ORDER: &str =
    "change.job_id, array_position(array['issuer', 'issue', 'issue_attr'], change.kind),
    change.issuer_num, change.issue_num";

impl Database {
    /// Returns what loads changed, by load, kind of record in loading order, and key. With a cursor, only
    /// the changes after that position.
    ///
    /// The changes come one by one, so memory does not grow with their number. All of them are from one
    /// snapshot of the database.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if some of the changes were pruned, or if the range ends after the newest load;
    /// otherwise same as [`securities`](Self::securities).
    pub async fn changes(
        &self,
        range: JobRange,
        after: Option<&ChangeCursor>,
        limit: Option<u32>,
    ) -> Result<Changes, Error> {
        let query = format!(
            "select change.*, to_char(load_date, 'YYYY-MM-DD') as load_date
             from changes($1, $2) as change left join v_load using (job_id)
             where $3::bigint is null or change.job_id > $3 or change.job_id = $3
                 and (array_position(array['issuer', 'issue', 'issue_attr'], change.kind),
                         change.issuer_num || coalesce(change.issue_num, '') collate \"C\")
                     > (array_position(array['issuer', 'issue', 'issue_attr'], $4), $5 collate \"C\")
             order by {ORDER} limit $6"
        );
        // Everything before the cursor's load is behind it. A cursor may be behind the range as well.
        let begin = after.map_or(0, |cursor| (cursor.job.0 - 1).min(range.upto.0));
        let from = range.after.0.max(begin);
        let job = after.map(|cursor| cursor.job.0);
        let kind = after.map(|cursor| cursor.kind.wire_name());
        let key = after.map(|cursor| cursor.key.as_str());
        let limit = limit.map(i64::from);
        let parameters: [&dyn Parameter; 6] = [&from, &range.upto.0, &job, &kind, &key, &limit];
        self.stream_changes(&query, &parameters).await
    }

    /// Returns the versions of a security, newest first: those of its issuer, of its issue and of its
    /// attributes, each with what is different from the version before.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn security_history(&self, cusip: Cusip) -> Result<Changes, Error> {
        let query = "select job_id, to_char(load_date, 'YYYY-MM-DD') as load_date, kind, change,
                old_values, new_values, until_job_id, $1 as issuer_num,
                case when kind <> 'issuer' then $2 end as issue_num
            from security_history($1 || $2)";
        let issuer_num = cusip.issuer_num().to_string();
        let issue_num = cusip.issue_num().to_string();
        self.stream_changes(query, &[&issuer_num, &issue_num]).await
    }

    /// Counts what loads changed: for each kind of record the records that were inserted, changed and
    /// deleted, and for each field the records in which it changed.
    ///
    /// # Errors
    ///
    /// Same as [`changes`](Self::changes).
    pub async fn count_changes(&self, range: JobRange) -> Result<Vec<ChangeCount>, Error> {
        let client = self.client().await?;
        let query = "with counted as materialized (
                select kind, change, old_values, new_values from changes($1, $2))
            select kind, change, null as field, count(*) as changes from counted group by kind, change
            union all
            select kind, change, field, count(*) from counted
                cross join lateral changed_fields(old_values, new_values)
            where change = 'changed' group by kind, change, field
            order by changes desc, kind, change, field";
        let counted = client.query(query, &[&range.after.0, &range.upto.0]).await;
        let counted =
            counted.and_then(|rows| rows.iter().map(count).collect::<Result<Vec<_>, _>>());
        match counted {
            Ok(mut counts) => {
                counts.sort_by_key(|count| (count.kind, count.field.is_some()));
                Ok(counts)
            }
            Err(error) => Err(self.lookup_error(&client, READING, error).await),
        }
    }

    async fn stream_changes(
        &self,
        query: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Changes, Error> {
        Ok(Changes {
            database: self.clone(),
            rows: StreamedRows::of(self, READING, query, parameters).await?,
        })
    }
}

/// Changes of records, one by one. It holds a connection until it is dropped.
pub struct Changes {
    database: Database,
    rows: StreamedRows,
}

impl Changes {
    /// Returns the next change, or `None` after the last one.
    ///
    /// # Errors
    ///
    /// Same as [`Database::changes`].
    pub async fn next(&mut self) -> Result<Option<RecordChange>, Error> {
        let Some(row) = self.rows.next().await else {
            return Ok(None);
        };
        match row.and_then(|row| change(&row)) {
            Ok(change) => Ok(Some(change)),
            Err(error) => {
                let error = self
                    .database
                    .lookup_error(self.rows.client(), READING, error);
                Err(error.await)
            }
        }
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Changes").finish_non_exhaustive()
    }
}

type Values = BTreeMap<String, String>;

fn change(row: &Row) -> Result<RecordChange, tokio_postgres::Error> {
    let kind = decode::kind(row, "kind")?;
    let values = |column| -> Result<Values, tokio_postgres::Error> {
        let values: Option<Json<Values>> = row.try_get(column)?;
        Ok(values.map(|values| values.0).unwrap_or_default())
    };
    Ok(RecordChange {
        job: JobId(row.try_get("job_id")?),
        date: decode::day(row, "load_date")?,
        kind,
        issuer_num: row.try_get("issuer_num")?,
        issue_num: row.try_get("issue_num")?,
        change: change_kind(row)?,
        fields: fields(kind, values("old_values")?, values("new_values")?),
        until: row.try_get::<_, Option<i64>>("until_job_id")?.map(JobId),
    })
}

/// Pairs the old and the new values of fields, in file order.
fn fields(kind: FileKind, mut old: Values, mut new: Values) -> Vec<FieldChange> {
    let changed = kind.layout().fields.iter().filter_map(|field| {
        let (from, to) = (old.remove(field.name), new.remove(field.name));
        (from.is_some() || to.is_some()).then(|| FieldChange {
            name: field.name.to_owned(),
            from,
            to,
        })
    });
    changed.collect()
}

fn count(row: &Row) -> Result<ChangeCount, tokio_postgres::Error> {
    Ok(ChangeCount {
        kind: decode::kind(row, "kind")?,
        change: change_kind(row)?,
        field: row.try_get("field")?,
        count: decode::count(row, "changes")?,
    })
}

fn change_kind(row: &Row) -> Result<ChangeKind, tokio_postgres::Error> {
    (row.try_get::<_, Name<ChangeKind>>("change")).map(|Name(change)| change)
}
