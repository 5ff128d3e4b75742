//! Which jobs `cusip jobs` lists.

use cusip_test_support::{TestDatabase, cusip_on};
use serde_json::{Value, json};

#[test]
fn jobs_are_filtered_and_paged_as_in_the_api() {
    let database = TestDatabase::migrated();
    database.execute(
        "insert into load_job (kind, load_date, status, finished_at, program, program_version)
         values ('load-all', '2024-01-15', 'failed', now(), 'cli', ''),
             ('load-issue', '2024-01-15', 'succeeded', now(), 'api', ''),
             ('load-all', '2024-01-16', 'failed', now(), 'cli', ''),
             ('load-all', '2024-01-15', 'failed', now(), 'cli', '')",
    );
    let listed = |options: &[&str]| {
        let all = [&["jobs", "--output", "json"], options].concat();
        let document = cusip_on(&database, all).document();
        let jobs = document["jobs"].as_array().unwrap();
        let ids: Vec<_> = jobs.iter().map(|job| job["job_id"].clone()).collect();
        (Value::from(ids), document["next"].clone())
    };
    let nothing = Value::Null;
    assert_eq!(listed(&[]), (json!([4, 3, 2, 1]), nothing.clone()));
    assert_eq!(listed(&["--limit", "4"]).1, nothing);
    assert_eq!(listed(&["--limit", "3"]), (json!([4, 3, 2]), json!(2)));
    assert_eq!(listed(&["--before", "2"]), (json!([1]), nothing.clone()));
    assert_eq!(listed(&["--kind", "load-issue"]).0, json!([2]));
    assert_eq!(listed(&["--date", "2024-01-16"]).0, json!([3]));
    let failed = ["--status", "failed", "--date", "2024-01-15", "--limit", "1"];
    assert_eq!(listed(&failed), (json!([4]), json!(4)));
    let rest = [&failed[..], &["--before", "4"]].concat();
    assert_eq!(listed(&rest), (json!([1]), nothing));

    let run = cusip_on(&database, ["jobs", "--limit", "1"]);
    let says = "--before 4 shows them";
    assert!(run.assert_done().stderr.contains(says), "{run:?}");
    let run = cusip_on(&database, ["jobs", "--status", "running"]);
    assert!(
        run.assert_done().stderr.contains("no job matches"),
        "{run:?}"
    );
    cusip_on(&database, ["jobs", "1", "--status", "failed"]).assert_fails(2, &["--status"]);
}
