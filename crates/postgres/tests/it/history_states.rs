//! States of the history as of days, times and jobs.

use cusip_jobs::{JobId, State};
use cusip_postgres::{Error, JobRange};
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, begin, issue, issuer};
use crate::history::{as_of, cusip, load_two_days, rate_after, security};
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
    // An older day after it, with `--allow-older`, hides a day.
    load("2024-01-17", "6").await;
    let error = range("2024-01-18").await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the state of the day 2024-01-18 is hidden by job 6, which loaded the older day 2024-01-17 after it; \
         ask for the changes after job:4 up to job:5 instead"
    );
    assert_eq!(range("2024-01-17").await.unwrap(), of(5, 6));
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
    load_two_days(&pool).await;
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
