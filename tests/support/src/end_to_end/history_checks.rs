//! Whether the history agrees with the master tables and with the job log.

use cusip_pif::FileKind;

use crate::TestDatabase;

/// Asserts that the versions of each record follow each other, and that they are as many as the job log
/// says. No record was deleted by hand.
#[track_caller]
pub(super) fn assert_versions(database: &TestDatabase) {
    let nothing = |what: &str, query: &str| {
        let found = database.query(query);
        assert!(found.is_empty(), "{what}: {found:?}");
    };
    for kind in FileKind::ALL {
        let table = cusip_postgres::table_of(kind);
        let key: Vec<_> = kind.layout().key().map(|field| field.name).collect();
        let key = key.join(", ");
        nothing(
            &format!("versions in {table}_history without the next one"),
            &format!(
                "select {key}, last_job_id, until_job_id from {table}_history as old
                 where not exists (select from {table}_version as next
                     where ({key_of_next}) = ({key_of_old}) and next.from_job_id = old.until_job_id)",
                key_of_next = with_prefix(&key, "next"),
                key_of_old = with_prefix(&key, "old"),
            ),
        );
        nothing(
            &format!("versions of {table} that overlap"),
            &format!(
                "select * from (select {key}, until_job_id,
                     lead(from_job_id) over (partition by {key} order by from_job_id) as next_job_id
                     from {table}_version) as version
                 where until_job_id is distinct from next_job_id"
            ),
        );
        nothing(
            &format!("versions of {table} whose jobs are no loads"),
            &format!(
                "select {key}, from_job_id, until_job_id from {table}_version
                 where from_job_id not in (select job_id from v_load)
                     or until_job_id not in (select job_id from v_load)"
            ),
        );
    }
    nothing(
        "loads whose changes are not as many as the job log says",
        "with changed as (
             select job_id, kind, count(*) filter (where change = 'inserted') as inserted,
                 count(*) filter (where change = 'changed') as updated
             from v_change group by job_id, kind),
         logged as (
             select job_id, kind, rows_inserted, rows_updated from load_file
             where status = 'succeeded' and rows_inserted + rows_updated > 0)
         select * from changed full join logged using (job_id, kind)
         where (inserted, updated) is distinct from (rows_inserted, rows_updated)
             and job_id in (select job_id from load_file)",
    );
}

/// Asserts that replaying the changes of each load, from the first one on, gives the state as of that
/// load.
#[track_caller]
pub fn assert_replays(database: &TestDatabase) {
    let versions = FileKind::ALL.map(|kind| {
        let table = cusip_postgres::table_of(kind);
        let issue_num = match kind {
            FileKind::Issuer => "''",
            FileKind::Issue | FileKind::IssueAttribute => "issue_num",
        };
        format!(
            "select '{kind}', issuer_num, {issue_num}, from_job_id, until_job_id,
                 (select jsonb_object_agg(key, value) from jsonb_each_text(to_jsonb(version)
                      - array['issuer_num', 'issue_num', 'first_job_id', 'from_job_id', 'until_job_id'])
                  where value is not null)
             from {table}_version as version"
        )
    });
    database.execute(&format!(
        "do $replay$
         declare
             load record;
             difference record;
         begin
             create temporary table version (kind text, issuer_num text, issue_num text,
                 from_job_id bigint, until_job_id bigint, fields jsonb) on commit drop;
             insert into version {versions};
             create temporary table replayed (kind text, issuer_num text, issue_num text, fields jsonb,
                 primary key (kind, issuer_num, issue_num)) on commit drop;
             create temporary table change on commit drop as
                 select *, coalesce(issue_num, '') as number from changes(0);
             for load in select job_id from v_load order by job_id loop
                 insert into replayed select kind, issuer_num, number, new_values from change
                 where job_id = load.job_id and change.change = 'inserted';
                 update replayed
                 set fields = (fields - array(select jsonb_object_keys(old_values))) || new_values
                 from change
                 where job_id = load.job_id and change.change = 'changed'
                     and (change.kind, change.issuer_num, change.number)
                         = (replayed.kind, replayed.issuer_num, replayed.issue_num);
                 select * into difference
                 from replayed full join (
                     select kind, issuer_num, issue_num, coalesce(fields, '{{}}') as expected from version
                     where from_job_id <= load.job_id
                         and (until_job_id is null or until_job_id > load.job_id)
                 ) as state using (kind, issuer_num, issue_num)
                 where fields is distinct from expected limit 1;
                 if found then
                     raise exception 'the state as of job % differs: %', load.job_id, difference;
                 end if;
             end loop;
         end $replay$",
        versions = versions.join(" union all ")
    ));
}

fn with_prefix(columns: &str, prefix: &str) -> String {
    let columns = columns.split(", ").map(|name| format!("{prefix}.{name}"));
    columns.collect::<Vec<_>>().join(", ")
}
