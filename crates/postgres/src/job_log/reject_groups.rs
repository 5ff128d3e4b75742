//! Reads the rejects of a job by the rule that they break.

use cusip_connect::Parameter;
use cusip_jobs::{JobId, Reject, RejectGroup};

use super::decode;
use super::jobs::READING;
use crate::database::Database;
use crate::error::Error;

/// How many groups are returned at most, and how many rejects of each. A line can be 64 KiB long.
const MOST_GROUPS: i64 = 40;
const MOST_EXAMPLES: i64 = 3;

impl Database {
    /// Returns the rejects of a job that the job log keeps, grouped by file, rule and field: in the order
    /// of the files, the largest groups first, and of each group its first three rejects.
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn reject_groups(&self, job: JobId) -> Result<Vec<RejectGroup>, Error> {
        let client = self.client().await?;
        // Lines are long, so they are read after their groups are known. `offset 0` makes the server look each
        // file's rejects up; it would scan all rejects of all jobs.
        let query = "with place as (
                select file.id as file_id, file.kind, coalesce(rejects_file_id, file.id) as kept_by,
                    line_number, rule, field,
                    count(*) over (partition by file.id, rule, field) as rejects,
                    row_number() over (partition by file.id, rule, field order by line_number) as place
                from load_file as file
                cross join lateral (
                    select line_number, rule, field from load_reject
                    where load_reject.file_id = coalesce(rejects_file_id, file.id) offset 0
                ) as reject
                where job_id = $1 and rejects_pruned_at is null
            ), example as (
                select *, dense_rank() over (order by file_id, rejects desc, rule, field) as number
                from place where place <= $3
            )
            select example.kind, example.file_id, reject.line_number, byte_offset, reject.field, value,
                reject.rule, message, raw_line, rejects, number
            from example
            cross join lateral (
                select * from load_reject
                where load_reject.file_id = kept_by and load_reject.line_number = example.line_number
                offset 0
            ) as reject
            where number <= $2
            order by number, reject.line_number";
        let parameters: [&dyn Parameter; 3] = [&job.0, &MOST_GROUPS, &MOST_EXAMPLES];
        let read = async {
            let mut groups: Vec<RejectGroup> = Vec::new();
            let mut last = None;
            for row in client.query(query, &parameters).await? {
                let number: i64 = row.try_get("number")?;
                let example: Reject = decode::reject(&row)?;
                match groups.last_mut().filter(|_| last == Some(number)) {
                    Some(group) => group.examples.push(example),
                    None => groups.push(RejectGroup {
                        examples: vec![example],
                        count: decode::count(&row, "rejects")?,
                    }),
                }
                last = Some(number);
            }
            Ok(groups)
        };
        let groups: Result<_, tokio_postgres::Error> = read.await;
        groups.map_err(|error| self.statement(READING, error))
    }
}
