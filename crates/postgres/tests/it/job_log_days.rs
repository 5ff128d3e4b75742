//! What the job log says about days, and about the rejects of a job by rule.

use std::collections::BTreeMap;

use cusip_jobs::{JobId, JobStatus};
use cusip_pif::{Date, FileKind};
use cusip_postgres::LoadedDay;
use cusip_test_support::TestDatabase;

fn day(day: u8) -> Date {
    Date::new(2024, 1, day).unwrap()
}

/// Three attempts at one day, a dry run, a day that was canceled, and files without a day.
const JOBS: &str = "
    insert into load_job (kind, load_date, status, finished_at, program, program_version, options) values
        ('load-all', '2024-01-15', 'failed', now(), 'api', '0', '{}'),
        ('load-all', '2024-01-15', 'succeeded', now(), 'api', '0', '{}'),
        ('load-all', '2024-01-15', 'succeeded', now(), 'api', '0', '{}'),
        ('load-all', '2024-01-15', 'succeeded', now(), 'api', '0', '{\"dry_run\": true}'),
        ('load-issue', '2024-01-16', 'cancelled', now(), 'api', '0', '{}'),
        ('load-files', null, 'succeeded', now(), 'cli', '0', '{}');
    insert into load_file (job_id, kind, load_date, location, status, already_loaded_by, sha256, rows_read,
        rows_inserted, rows_rejected, rejects_by_rule, phase_ms) values
        (1, 'issuer', '2024-01-15', '-', 'failed', null, null, 9, 0, 2, '{\"date\": 2}', '{}'),
        (1, 'issue', '2024-01-15', '-', 'failed', null, null, 8, 0, 0, '{}', '{\"copy\": 5}'),
        (2, 'issuer', '2024-01-15', '-', 'succeeded', null, sha256('a'), 9, 9, 0, '{}', '{\"copy\": 7}'),
        (3, 'issuer', '2024-01-15', '-', 'skipped', 2, sha256('a'), 0, 0, 0, '{}', '{}'),
        (4, 'issuer', '2024-01-15', '-', 'skipped', null, sha256('b'), 5, 0, 0, '{}', '{}'),
        (6, 'issuer', null, '-', 'succeeded', null, sha256('c'), 0, 0, 0, '{}', '{}');";

#[tokio::test]
async fn day_shows_the_last_job_and_of_each_kind_the_file_that_was_loaded() {
    let database = TestDatabase::migrated();
    database.execute(JOBS);
    let days = database.pool().loaded_days(day(1), day(31)).await.unwrap();
    let summary = |day: &LoadedDay| (day.date, day.jobs, day.last_job, day.last_status);
    assert_eq!(
        days.iter().map(summary).collect::<Vec<_>>(),
        [
            (day(15), 3, JobId(3), JobStatus::Succeeded),
            (day(16), 1, JobId(5), JobStatus::Cancelled),
        ]
    );
    let issuer = days[0].loaded(FileKind::Issuer).unwrap();
    assert_eq!((issuer.job, issuer.counts.inserted), (JobId(2), 9));
    assert_eq!(
        issuer.phase_milliseconds,
        BTreeMap::from([("copy".to_owned(), 7)])
    );
    // The issue file was never loaded, so its last attempt counts.
    assert_eq!(days[0].files.len(), 2);
    assert!(days[0].loaded(FileKind::Issue).is_none());
    assert!(days[1].files.is_empty());
}

#[tokio::test]
async fn days_outside_of_the_range_are_left_out() {
    let database = TestDatabase::migrated();
    database.execute(JOBS);
    let days = database.pool().loaded_days(day(16), day(20)).await.unwrap();
    assert_eq!(
        days.iter().map(|day| day.date).collect::<Vec<_>>(),
        [day(16)]
    );
}

#[tokio::test]
async fn rejects_are_grouped_by_file_rule_and_field_with_their_first_lines() {
    let database = TestDatabase::migrated();
    database.execute(JOBS);
    // The second file has the rejects of the first one, which are kept once.
    database.execute(
        "insert into load_reject (file_id, line_number, byte_offset, field, value, rule, message, raw_line)
         select 1, line, 0, case when line <= 5 then 'dated_date' end, 'x',
             case when line <= 5 then 'date' else 'field_count' end, 'wrong', convert_to('line ' || line, 'UTF8')
         from generate_series(1, 6) as line;
         update load_file set rejects_file_id = 1 where id = 2",
    );
    let pool = database.pool();
    let groups = pool.reject_groups(JobId(1)).await.unwrap();
    let summary: Vec<_> = (groups.iter())
        .map(|group| {
            let first = &group.examples[0];
            let lines: Vec<_> = group
                .examples
                .iter()
                .map(|reject| reject.line_number)
                .collect();
            (first.kind, first.rule.as_ref(), group.count, lines)
        })
        .collect();
    assert_eq!(
        summary,
        [
            (FileKind::Issuer, "date", 5, vec![1, 2, 3]),
            (FileKind::Issuer, "field_count", 1, vec![6]),
            (FileKind::Issue, "date", 5, vec![1, 2, 3]),
            (FileKind::Issue, "field_count", 1, vec![6]),
        ]
    );
    assert_eq!(
        groups[0].examples[1].raw_line.as_deref(),
        Some(&b"line 2"[..])
    );
    assert!(pool.reject_groups(JobId(2)).await.unwrap().is_empty());
}
