//! The history: states as of days, times and jobs, and what loads changed.

use cusip_jobs::{AsOf, ChangeCursor, ChangeKind, JobId, RecordChange, State};
use cusip_pif::{Cusip, FileKind};
use cusip_postgres::{Changes, Database, Error, JobRange};
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, begin, issue, issuer, merge};

/// A security: name of its issuer, rate, ticker.
fn security(name: &str, rate: &str, ticker: &str) -> Day {
    Day {
        issuers: vec![issuer("037833", &[("issuer_name_1", name)])],
        issues: vec![issue(
            "037833",
            "10",
            &[("issue_check", "0"), ("rate", rate)],
        )],
        attributes: vec![attribute("037833", "10", &[("ticker_symbol", ticker)])],
    }
}

pub(super) fn cusip() -> Cusip {
    "037833100".parse().unwrap()
}

fn as_of(text: &str) -> AsOf {
    text.parse().unwrap()
}

async fn rate_after(database: &Database, job: JobId) -> String {
    let mut found = database.securities_as_of(&[cusip()], job).await.unwrap();
    let security = found.next().await.unwrap().flatten();
    security.map_or_else(String::new, |security| security.issue["rate"].to_string())
}

pub(super) async fn all(mut changes: Changes) -> Vec<RecordChange> {
    let mut found = Vec::new();
    while let Some(change) = changes.next().await.unwrap() {
        found.push(change);
    }
    found
}

/// Returns kind, change and fields of each change, in one string.
fn texts(changes: &[RecordChange]) -> Vec<String> {
    let text = |change: &RecordChange| {
        let field = |field: &cusip_jobs::FieldChange| {
            let value = |value: &Option<String>| value.clone().unwrap_or_default();
            format!("{} {}>{}", field.name, value(&field.from), value(&field.to))
        };
        let fields: Vec<_> = change.fields.iter().map(field).collect();
        let (job, kind, change) = (change.job, change.kind, change.change);
        format!("{job} {kind} {change}: {}", fields.join(", "))
    };
    changes.iter().map(text).collect()
}

const EVERYTHING: JobRange = JobRange {
    after: JobId(0),
    upto: JobId(i64::MAX),
};

#[tokio::test]
async fn first_load_writes_no_history() {
    let database = TestDatabase::migrated();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database.pool(), "2024-01-15")
        .await;
    let kept = "select (select count(*) from issuer_history) + (select count(*) from issue_history)
        + (select count(*) from issue_attribute_history)";
    assert_eq!(database.query(kept), [["0"]]);
}

#[tokio::test]
async fn changed_records_keep_their_old_versions_and_unchanged_ones_write_none() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    security("APPLE", "5.00", "AAPL")
        .load_as(&pool, "2024-01-16")
        .await;
    security("APPLE INC", "5.00", "AAPL")
        .load_as(&pool, "2024-01-17")
        .await;
    let issues = "select rate, first_job_id, last_job_id, until_job_id from issue_history";
    assert_eq!(database.query(issues), [["5.0", "1", "1", "2"]]);
    let issuers =
        "select issuer_name_1, first_job_id, last_job_id, until_job_id from issuer_history";
    assert_eq!(database.query(issuers), [["APPLE", "1", "1", "3"]]);
    assert_eq!(
        database.query("select from issue_attribute_history").len(),
        0
    );
}

#[tokio::test]
async fn security_is_shown_as_of_each_job() {
    let database = TestDatabase::migrated().pool();
    let mut expected = Vec::new();
    for (day, rate) in [(15, "1"), (16, "2"), (17, "2"), (18, "3.50")] {
        let day = format!("2024-01-{day}");
        let job = security("APPLE", rate, "AAPL")
            .load_as(&database, &day)
            .await;
        expected.push((job, rate));
    }
    for (job, rate) in expected {
        assert_eq!(rate_after(&database, job).await, rate, "after job {job}");
    }
}

#[tokio::test]
async fn security_is_not_found_as_of_the_time_before_it_was_inserted() {
    let database = TestDatabase::migrated().pool();
    let before = Day::default().load_as(&database, "2024-01-15").await;
    let after = security("APPLE", "5", "AAPL")
        .load_as(&database, "2024-01-16")
        .await;
    assert_eq!(rate_after(&database, before).await, "");
    assert_eq!(rate_after(&database, after).await, "5");
    let mut rows = database
        .security_rows_as_of(&[cusip()], after)
        .await
        .unwrap();
    let row = rows.next().await.unwrap().flatten().unwrap();
    assert_eq!(row["isin"], "null".parse::<serde_json::Value>().unwrap());
    assert_eq!(row["ticker_symbol"], "AAPL");
}

#[tokio::test]
async fn day_means_the_last_load_of_that_day_or_an_earlier_one() {
    let database = TestDatabase::migrated().pool();
    let load = async |day: &str, rate: &str| {
        security("APPLE", rate, "AAPL")
            .load_as(&database, day)
            .await
    };
    load("2024-01-15", "1").await;
    load("2024-01-17", "2").await;
    let state = |job, date: &str| State {
        job: JobId(job),
        date: Some(date.parse().unwrap()),
    };
    let resolved = async |text: &str| database.state(&as_of(text)).await.unwrap();
    assert_eq!(resolved("2024-01-15").await, state(1, "2024-01-15"));
    assert_eq!(resolved("2024-01-16").await, state(1, "2024-01-15"));
    assert_eq!(resolved("2024-01-17").await, state(2, "2024-01-17"));
    assert_eq!(resolved("2030-01-01").await, state(2, "2024-01-17"));
    // The same day again.
    load("2024-01-17", "3").await;
    assert_eq!(resolved("2024-01-17").await, state(3, "2024-01-17"));
    // An older day after a newer one, with `--allow-older`: its load is the last for both.
    load("2024-01-16", "4").await;
    assert_eq!(resolved("2024-01-15").await, state(1, "2024-01-15"));
    assert_eq!(resolved("2024-01-16").await, state(4, "2024-01-16"));
    assert_eq!(resolved("2024-01-17").await, state(4, "2024-01-16"));
    assert_eq!(resolved("job:3").await, state(3, "2024-01-17"));
    assert_eq!(
        database.current_state().await.unwrap(),
        Some(state(4, "2024-01-16"))
    );
}

#[tokio::test]
async fn files_without_a_day_belong_to_the_day_before_them() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "1", "AAPL").load(&database).await;
    let first = database.current_state().await.unwrap();
    assert_eq!(
        first,
        Some(State {
            job: JobId(1),
            date: None
        })
    );
    security("APPLE", "2", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE", "3", "AAPL").load(&database).await;
    security("APPLE", "4", "AAPL")
        .load_as(&database, "2024-01-16")
        .await;
    let state = database.state(&as_of("2024-01-15")).await.unwrap();
    assert_eq!(
        (state.job, state.date.unwrap().to_string().as_str()),
        (JobId(3), "2024-01-15")
    );
    assert_eq!(rate_after(&database, JobId(1)).await, "1");
    assert_eq!(rate_after(&database, state.job).await, "3");
}

#[tokio::test]
async fn time_means_the_last_load_that_was_committed_by_then() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "1", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    let between =
        "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let between = database.query(between)[0][0].clone();
    security("APPLE", "2", "AAPL")
        .load_as(&pool, "2024-01-16")
        .await;
    assert_eq!(pool.state(&as_of(&between)).await.unwrap().job, JobId(1));
    let later = as_of("2999-01-01T00:00:00Z");
    assert_eq!(pool.state(&later).await.unwrap().job, JobId(2));
    let error = pool
        .state(&as_of("2000-01-01T00:00:00Z"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the first load was committed at 20"),
        "{error}"
    );
}

#[tokio::test]
async fn missing_state_names_what_there_is() {
    let database = TestDatabase::migrated().pool();
    let refused = async |text: &str| {
        let error = database.state(&as_of(text)).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::NoSuchState {
                    is_pruned: false,
                    ..
                }
            ),
            "{error:?}"
        );
        error.to_string()
    };
    assert_eq!(database.current_state().await.unwrap(), None);
    assert!(
        refused("2024-01-15")
            .await
            .ends_with("no day has been loaded")
    );
    security("APPLE", "1", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    assert_eq!(
        refused("2024-01-14").await,
        "there is no state as of 2024-01-14: the first day loaded is 2024-01-15"
    );
    // A load that was rolled back is no state.
    let load = begin(&database).await;
    let failed = load.job();
    load.roll_back().await;
    for job in [failed, JobId(99)] {
        let error = refused(&format!("job:{job}")).await;
        assert!(
            error.contains("there is no such job, or it loaded nothing"),
            "{error}"
        );
    }
    let missing = database.securities_as_of(&[cusip()], JobId(99)).await;
    let error = match missing {
        Ok(mut answers) => answers.next().await.map(drop).unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::NoSuchState { .. }), "{error:?}");
}

#[tokio::test]
async fn changes_come_by_load_and_kind_with_old_and_new_values() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.00", "")
        .load_as(&database, "2024-01-16")
        .await;
    let changes = database.changes(EVERYTHING, None, None).await.unwrap();
    let changes = all(changes).await;
    assert_eq!(
        texts(&changes),
        [
            "1 issuer inserted: issuer_name_1 >APPLE",
            "1 issue inserted: issue_check >0, rate >5.0",
            "1 issue_attr inserted: ticker_symbol >AAPL",
            "2 issuer changed: issuer_name_1 APPLE>APPLE INC",
            "2 issue changed: rate 5.0>5.00",
            "2 issue_attr changed: ticker_symbol AAPL>",
        ]
    );
    assert_eq!(changes[0].until, Some(JobId(2)));
    assert_eq!(changes[3].until, None);
    assert_eq!(changes[3].date.unwrap().to_string(), "2024-01-16");
    assert_eq!(
        (
            changes[1].issuer_num.as_str(),
            changes[1].issue_num.as_deref()
        ),
        ("037833", Some("10"))
    );
    assert_eq!(changes[0].issue_num, None);
    let second = JobRange {
        after: JobId(1),
        upto: JobId(2),
    };
    let since = all(database.changes(second, None, None).await.unwrap()).await;
    assert_eq!(since, changes[3..]);
}

#[tokio::test]
async fn changes_go_on_after_a_cursor() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.00", "")
        .load_as(&database, "2024-01-16")
        .await;
    let whole = all(database.changes(EVERYTHING, None, None).await.unwrap()).await;
    for (number, change) in whole.iter().enumerate() {
        let cursor = ChangeCursor::of(change);
        let rest = database
            .changes(EVERYTHING, Some(&cursor), Some(2))
            .await
            .unwrap();
        let expected = &whole[number + 1..];
        assert_eq!(
            all(rest).await,
            expected[..expected.len().min(2)],
            "after {cursor}"
        );
    }
}

#[tokio::test]
async fn changes_are_counted_by_record_and_field() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.00", "AAPL")
        .load_as(&database, "2024-01-16")
        .await;
    let counts = database.count_changes(EVERYTHING).await.unwrap();
    let counts: Vec<_> = (counts.iter())
        .map(|count| {
            let field = count.field.as_deref().unwrap_or("records");
            format!("{} {} {field} {}", count.kind, count.change, count.count)
        })
        .collect();
    assert_eq!(
        counts,
        [
            "issuer changed records 1",
            "issuer inserted records 1",
            "issuer changed issuer_name_1 1",
            "issue changed records 1",
            "issue inserted records 1",
            "issue changed rate 1",
            "issue_attr inserted records 1",
        ]
    );
}

#[tokio::test]
async fn history_of_a_security_has_all_its_records_newest_first() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.0", "AAPL")
        .load_as(&database, "2024-01-16")
        .await;
    security("APPLE INC", "6.0", "AAPL")
        .load_as(&database, "2024-01-17")
        .await;
    let history = all(database.security_history(cusip()).await.unwrap()).await;
    assert_eq!(
        texts(&history),
        [
            "3 issue changed: rate 5.0>6.0",
            "2 issuer changed: issuer_name_1 APPLE>APPLE INC",
            "1 issue inserted: issue_check >0, rate >5.0",
            "1 issue_attr inserted: ticker_symbol >AAPL",
            "1 issuer inserted: issuer_name_1 >APPLE",
        ]
    );
    let dates = history
        .iter()
        .map(|change| change.date.unwrap().to_string());
    let expected = [
        "2024-01-17",
        "2024-01-16",
        "2024-01-15",
        "2024-01-15",
        "2024-01-15",
    ];
    assert!(dates.eq(expected));
    let unknown = "594918104".parse().unwrap();
    let none = database.security_history(unknown).await.unwrap();
    assert!(all(none).await.is_empty());
}

#[tokio::test]
async fn loads_of_a_day_are_those_that_made_its_state() {
    let database = TestDatabase::migrated().pool();
    let load = async |day: &str, rate: &str| {
        security("APPLE", rate, "AAPL")
            .load_as(&database, day)
            .await
    };
    load("2024-01-15", "1").await;
    load("2024-01-16", "2").await;
    security("APPLE", "3", "AAPL").load(&database).await;
    load("2024-01-16", "4").await;
    load("2024-01-18", "5").await;
    let range = async |day: &str| database.loads_of_day(day.parse().unwrap()).await;
    let of = |after, upto| JobRange {
        after: JobId(after),
        upto: JobId(upto),
    };
    assert_eq!(range("2024-01-15").await.unwrap(), of(0, 1));
    assert_eq!(range("2024-01-16").await.unwrap(), of(1, 4));
    assert_eq!(range("2024-01-18").await.unwrap(), of(4, 5));
    let error = range("2024-01-17").await.unwrap_err().to_string();
    assert_eq!(
        error,
        "no load brought the day 2024-01-17, and the last day before it is 2024-01-16"
    );
    let loads = database.past_loads(JobId(1), 2).await.unwrap();
    let loads: Vec<_> = (loads.iter())
        .map(|load| (load.state.job, load.inserted, load.updated))
        .collect();
    // The files of the second one are not on record.
    assert_eq!(loads, [(JobId(2), 0, 1), (JobId(3), 0, 0)]);
}

#[tokio::test]
async fn load_that_found_every_file_known_shows_the_state_before_it() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "1", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    security("APPLE", "2", "AAPL")
        .load_as(&pool, "2024-01-16")
        .await;
    database.execute(
        "insert into load_job (kind, load_date, status, finished_at, program, program_version)
         values ('load-all', '2024-01-15', 'succeeded', clock_timestamp(), 'cli', '');
         insert into load_file (job_id, kind, load_date, location, status, already_loaded_by)
         values (3, 'issuer', '2024-01-15', '', 'skipped', 1)",
    );
    assert_eq!(
        pool.state(&as_of("2024-01-15")).await.unwrap().job,
        JobId(1)
    );
    let state = pool.state(&as_of("2024-01-16")).await.unwrap();
    assert_eq!(
        (state.job, state.date.unwrap().to_string().as_str()),
        (JobId(3), "2024-01-16")
    );
    assert_eq!(rate_after(&pool, state.job).await, "2");
}

#[tokio::test]
async fn every_table_is_as_it_was_on_each_of_ten_days() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let states = [
        ("v_issuer", "issuer_num"),
        ("v_issue", "issuer_num, issue_num"),
        ("v_issue_attribute", "issuer_num, issue_num"),
        ("v_security", "issuer_num, issue_num"),
    ];
    let mut expected = Vec::new();
    for day in 1..=10_usize {
        // Each number appears on another day and changes on others.
        let numbers = (0..20).filter(|number| number % 10 < day);
        let mut records = Day::default();
        for number in numbers {
            let name = format!("N{}", (day + number) / 3);
            let number = format!("0000{number:02}");
            records
                .issuers
                .push(issuer(&number, &[("issuer_name_1", &name)]));
            let rate = format!("{}.50", (day * number.len()) / 4);
            records
                .issues
                .push(issue(&number, "10", &[("rate", &rate)]));
            if day % 2 == 0 {
                records
                    .attributes
                    .push(attribute(&number, "10", &[("ticker_symbol", &name)]));
            }
        }
        let date = format!("2024-01-{day:02}");
        records.load_as(&pool, &date).await;
        for (view, key) in states {
            let rows = database.query(&format!("select * from {view} order by {key}"));
            expected.push((date.clone(), view, key, rows));
        }
    }
    for (date, view, key, rows) in expected {
        let state = format!("select * from {view}_as_of('{date}') order by {key}");
        assert_eq!(database.query(&state), rows, "{view} as of {date}");
    }
}

#[tokio::test]
async fn update_that_does_not_advance_the_job_is_refused() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "1", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    security("APPLE", "2", "AAPL")
        .load_as(&pool, "2024-01-16")
        .await;
    database.execute(
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('594918', 1, 1)",
    );
    let client = database.client().await;
    for statement in [
        "update issue set rate = 3",
        "update issue set rate = 3, last_job_id = 1",
        "update issuer set issuer_name_1 = ''",
        "update issuer set issuer_num = '594919', last_job_id = 3 where issuer_num = '594918'",
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('037833', 1, 1)
             on conflict (issuer_num) do update set issuer_name_1 = 'X'",
    ] {
        let error = client.batch_execute(statement).await.unwrap_err();
        let message = error.as_db_error().unwrap();
        let rule = "an update must set last_job_id to a later job than before, and keep the key";
        assert!(message.message().ends_with(rule), "{statement}: {message}");
        assert_eq!(message.code().code(), "23000");
    }
    client
        .batch_execute("update issue set rate = 3, last_job_id = 3")
        .await
        .unwrap();
    assert_eq!(rate_after(&pool, JobId(2)).await, "2");
}

#[tokio::test]
async fn deleted_and_truncated_rows_are_kept_and_end_after_the_last_load() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "1", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    security("APPLE", "2", "AAPL")
        .load_as(&pool, "2024-01-16")
        .await;
    database.execute("delete from issue_attribute; truncate issuer, issue, issue_attribute");
    assert_eq!(rate_after(&pool, JobId(1)).await, "1");
    assert_eq!(rate_after(&pool, JobId(2)).await, "2");
    security("APPLE", "3", "AAPL").bulk_load(&pool).await;
    assert_eq!(rate_after(&pool, JobId(2)).await, "2");
    assert_eq!(rate_after(&pool, JobId(3)).await, "3");
    let range = JobRange {
        after: JobId(2),
        upto: JobId(3),
    };
    let changes = all(pool.changes(range, None, None).await.unwrap()).await;
    // The next load brought the records back, so it changed them.
    assert_eq!(
        texts(&changes),
        [
            "3 issuer changed: ",
            "3 issue changed: rate 2>3",
            "3 issue_attr changed: "
        ]
    );

    database.execute("delete from issue_attribute");
    Day::default().load_as(&pool, "2024-01-17").await;
    let range = JobRange {
        after: JobId(3),
        upto: JobId(4),
    };
    let changes = all(pool.changes(range, None, None).await.unwrap()).await;
    assert_eq!(
        texts(&changes),
        ["4 issue_attr deleted: ticker_symbol AAPL>"]
    );
    assert_eq!(changes[0].change, ChangeKind::Deleted);
    assert_eq!(changes[0].kind, FileKind::IssueAttribute);
}

#[tokio::test]
async fn history_goes_with_a_load_that_is_rolled_back() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "1", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    let load = begin(&pool).await;
    merge(&load, &security("APPLE", "2", "AAPL").issues).await;
    load.roll_back().await;
    assert_eq!(database.query("select from issue_history").len(), 0);
}
