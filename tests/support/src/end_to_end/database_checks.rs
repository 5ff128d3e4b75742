//! What a database contains, and whether it is consistent.

use cusip_pif::FileKind;

use super::history_checks::assert_versions;
use crate::TestDatabase;

/// Inserts a job. An update by hand must set `last_job_id` to its number.
pub const JOB_BY_HAND: &str =
    "insert into load_job (kind, status, finished_at, program, program_version)
    values ('load-files', 'succeeded', clock_timestamp(), 'cli', 'by hand')";

/// Returns the row counts of the master tables: issuers, issues, attributes.
pub fn master_rows(database: &TestDatabase) -> [u64; 3] {
    FileKind::ALL.map(|kind| {
        let table = cusip_postgres::table_of(kind);
        database.query(&format!("select count(*) from {table}"))[0][0]
            .parse()
            .expect("a number")
    })
}

/// Returns digests of the row versions in the master tables.
///
/// Writing any row changes the digest, even if the values stay the same.
pub fn row_versions(database: &TestDatabase) -> Vec<String> {
    let digest = |kind: FileKind| {
        let table = cusip_postgres::table_of(kind);
        let query = format!(
            "select md5(string_agg(xmin::text || ctid::text, ' ' order by ctid)) from {table}"
        );
        database.query(&query)[0][0].clone()
    };
    FileKind::ALL.map(digest).to_vec()
}

/// Returns digests of the master tables' content, regardless of which jobs loaded it.
pub fn content_digests(database: &TestDatabase) -> Vec<String> {
    let digest = |kind: FileKind| {
        let layout = kind.layout();
        let names: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
        let (names, table) = (names.join(", "), cusip_postgres::table_of(layout.kind));
        let query = format!(
            "select count(*) || ' ' || md5(string_agg(held::text, ' ' order by held::text))
             from (select {names} from {table}) as held"
        );
        database.query(&query)[0][0].clone()
    };
    FileKind::ALL.map(digest).to_vec()
}

/// Asserts that the database is consistent, whatever has happened to it.
#[track_caller]
pub fn assert_consistent(database: &TestDatabase) {
    let nothing = |what: &str, query: &str| {
        let found = database.query(query);
        assert!(found.is_empty(), "{what}: {found:?}");
    };
    nothing(
        "files whose counts do not add up",
        "select * from load_file where status = 'succeeded' and rows_read <>
            rows_inserted + rows_updated + rows_unchanged + rows_rejected + rows_superseded",
    );
    nothing(
        "jobs and files whose states contradict each other",
        "select job.id, job.status, job.options, file.status, file.error
         from load_job as job join load_file as file on file.job_id = job.id
         where case job.status
             when 'succeeded' then file.error is not null or case
                 when file.already_loaded_by is not null then file.status <> 'skipped' or rows_read > 0
                 when job.options @> '{\"dry_run\": true}' then file.status <> 'skipped'
                 else file.status <> 'succeeded' end
             else file.status not in ('skipped', job.status)
                 or rows_inserted + rows_updated + rows_unchanged > 0 end",
    );
    nothing(
        "files known again though nobody had loaded them",
        "select file.id from load_file as file where already_loaded_by is not null
         and not exists (select from load_file as earlier where status = 'succeeded'
             and earlier.job_id = file.already_loaded_by and earlier.kind = file.kind
             and earlier.load_date = file.load_date)",
    );
    nothing(
        "issues without issuer",
        "select issuer_num, issue_num from issue
            where not exists (select from issuer where issuer.issuer_num = issue.issuer_num)",
    );
    nothing(
        "attributes without issue",
        "select issuer_num, issue_num from issue_attribute as attribute
            where not exists (select from issue where issue.issuer_num = attribute.issuer_num
                and issue.issue_num = attribute.issue_num)",
    );
    nothing(
        "jobs that still run",
        "select id from load_job where status = 'running'",
    );
    nothing(
        "files that still run",
        "select id from load_file where status = 'running'",
    );
    nothing(
        "files whose rejects are not as many as on record",
        "select file.id, rows_rejected, rejects_kept, rejects_by_rule, count(reject.file_id)
         from load_file as file
         left join load_reject as reject on reject.file_id = coalesce(rejects_file_id, file.id)
             and rejects_pruned_at is null
         group by file.id having rejects_kept <> count(reject.file_id)
             or rows_rejected <> (select coalesce(sum(value::bigint), 0)
                 from jsonb_each_text(rejects_by_rule))",
    );
    nothing(
        "staging tables",
        "select relname from pg_class where relname like 'staging%'",
    );
    nothing(
        "advisory locks",
        "select objid from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())",
    );
    for kind in FileKind::ALL {
        let table = cusip_postgres::table_of(kind);
        nothing(
            "rows whose jobs did not succeed",
            &format!(
                "select first_job_id, last_job_id from {table} as master
                 where not exists (select from load_job where id = master.first_job_id and status = 'succeeded')
                    or not exists (select from load_job where id = master.last_job_id and status = 'succeeded')"
            ),
        );
        let inserted: u64 = database.query(&format!(
            "select coalesce(sum(rows_inserted), 0) from load_file
             where status = 'succeeded' and kind = '{kind}'"
        ))[0][0]
            .parse()
            .expect("a number");
        let rows: u64 = database.query(&format!("select count(*) from {table}"))[0][0]
            .parse()
            .expect("a number");
        assert_eq!(
            inserted, rows,
            "the rows inserted into {table} according to the job log, and its rows"
        );
    }
    assert_versions(database);
}

/// Returns the definitions of all constraints and indexes of the master tables, and their grants.
pub fn table_definitions(database: &TestDatabase) -> Vec<Vec<String>> {
    database.query(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text,
             obj_description(oid, 'pg_constraint')
         from pg_constraint
         where conrelid = any (array['issuer', 'issue', 'issue_attribute']::regclass[])
         union all
         select indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid),
             indisvalid::text, obj_description(indexrelid, 'pg_class')
         from pg_index where indrelid = any (array['issuer', 'issue', 'issue_attribute']::regclass[])
         union all
         select relname, relname, array_to_string(relacl, ' '), relhasindex::text, ''
         from pg_class where relname in ('issuer', 'issue', 'issue_attribute')
         order by 1, 2, 3",
    )
}

/// Asserts which strategy loaded the last file of a kind, by the name of its phase.
#[track_caller]
pub fn assert_strategy(database: &TestDatabase, kind: FileKind, way: &str) {
    let ways = database.query(&format!(
        "select key from load_file cross join jsonb_object_keys(phase_ms) as key
         where load_file.id = (select max(id) from load_file where kind = '{kind}')
             and key in ('copy', 'compare', 'fill')"
    ));
    assert_eq!(ways.concat(), [way], "the way of {kind}");
}

const COUNTS: [&str; 7] = [
    "rows_read",
    "rows_upserted",
    "rows_inserted",
    "rows_updated",
    "rows_unchanged",
    "rows_rejected",
    "rows_superseded",
];

/// Asserts the row counts of a kind in a load's document: read, upserted, inserted, updated,
/// unchanged, rejected, superseded.
#[track_caller]
pub fn assert_counts(document: &serde_json::Value, kind: &str, counts: [u64; 7]) {
    let results = document["results"].as_array().expect("there are results");
    let file = results
        .iter()
        .find(|file| file["type"] == kind)
        .expect("the kind is among them");
    let found = COUNTS.map(|name| file[name].as_u64().expect("a count"));
    assert_eq!(found, counts, "{COUNTS:?} of {kind}");
}
