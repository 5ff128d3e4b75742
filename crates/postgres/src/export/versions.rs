//! The versions of records that loads brought.

use cusip_jobs::JobId;
use cusip_pif::FileKind;

use super::relation::Relation;
use super::rows::stored_columns;
use super::value::{TableColumn, ValueType};
use super::{Snapshot, TableRows};
use crate::error::Error;
use crate::history::JobRange;

const FROM_JOB: &str = "from_job_id";
const UNTIL_JOB: &str = "until_job_id";

impl<'s> TableRows<'s> {
    pub(super) async fn of_versions(
        snapshot: &'s Snapshot,
        kind: FileKind,
        jobs: JobRange,
    ) -> Result<Self, Error> {
        let relation = Relation::versions(kind);
        let mut columns = stored_columns(snapshot, relation).await?;
        columns.retain(|column| column.name != UNTIL_JOB);
        let query = versions(relation, &columns, jobs);
        rename_job(&mut columns);
        columns.push(TableColumn {
            name: "change".to_owned(),
            value_type: ValueType::Text,
            is_required: true,
        });
        Self::start(snapshot, columns, &query, &[]).await
    }

    pub(super) async fn of_records(
        snapshot: &'s Snapshot,
        kind: FileKind,
        job: JobId,
    ) -> Result<Self, Error> {
        let relation = Relation::versions(kind);
        let mut columns = stored_columns(snapshot, relation).await?;
        columns.retain(|column| column.name != UNTIL_JOB);
        let name = relation.name();
        let query = format!(
            "select {} from {name} as rows where {} order by {}",
            list(&columns, "rows", FROM_JOB),
            valid_at(job),
            relation.order()
        );
        rename_job(&mut columns);
        Self::start(snapshot, columns, &query, &[]).await
    }
}

/// Returns the query for the versions that loads brought.
///
/// A row that was deleted by hand is gone as of the next load, whichever job number the history has for it.
fn versions(relation: Relation, columns: &[TableColumn], jobs: JobRange) -> String {
    let (name, order) = (relation.name(), relation.order());
    let JobRange { after, upto } = jobs;
    let same_key = match relation.is_by_issuer() {
        true => "later.issuer_num = rows.issuer_num",
        false => "later.issuer_num = rows.issuer_num and later.issue_num = rows.issue_num",
    };
    let brought = list(columns, "rows", FROM_JOB);
    let deleted = list(columns, "rows", &format!("{upto}::bigint as {FROM_JOB}"));
    let earlier = match after.0 {
        0 => "oldest",
        _ => "changed",
    };
    format!(
        "select * from (
             select {brought},
                 case rows.first_job_id when rows.from_job_id then 'inserted' else '{earlier}' end as change
             from {name} as rows
             where rows.from_job_id > {after} and {valid}
             union all
             select {deleted}, 'deleted'
             from {name} as rows
             where rows.from_job_id <= {after} and rows.until_job_id > {after} and rows.until_job_id <= {upto}
                 and not exists (
                     select from {name} as later
                     where {same_key} and later.from_job_id >= rows.until_job_id and later.from_job_id <= {upto})
         ) as rows
         order by {order}",
        valid = valid_at(upto),
    )
}

fn valid_at(job: JobId) -> String {
    format!(
        "rows.from_job_id <= {job} and (rows.until_job_id is null or rows.until_job_id > {job})"
    )
}

/// Returns the columns for a query, with this in place of the job that began the version.
fn list(columns: &[TableColumn], table: &str, job: &str) -> String {
    let columns: Vec<_> = (columns.iter())
        .map(|column| match column.name.as_str() {
            FROM_JOB if job == FROM_JOB => format!("{table}.{FROM_JOB}"),
            FROM_JOB => job.to_owned(),
            name => format!("{table}.{name}"),
        })
        .collect();
    columns.join(", ")
}

fn rename_job(columns: &mut [TableColumn]) {
    for column in columns {
        if column.name == FROM_JOB {
            "job_id".clone_into(&mut column.name);
            column.is_required = true;
        }
    }
}
