//! The functions of the history, as readers of SQL call them.

use cusip_test_support::TestDatabase;

use crate::history::load_two_days;

#[tokio::test]
async fn arguments_that_name_no_state_are_refused_with_a_hint() {
    let database = TestDatabase::migrated();
    load_two_days(&database.pool()).await;
    let client = database.client().await;
    let states = [
        ("'junk'", "PT400", "there is no state as of 'junk'"),
        ("null", "PT400", "there is no state as of NULL"),
        ("''", "PT400", "there is no state as of ''"),
        ("'2024-02-30'", "PT400", "'2024-02-30'"),
        ("'2023-02-29'", "PT400", "'2023-02-29'"),
        ("'0000-01-01'", "PT400", "'0000-01-01'"),
        ("'2024-01-15T24:00:00Z'", "PT400", "'2024-01-15T24:00:00Z'"),
        ("'2024-01-15T18:00:00'", "PT400", "'2024-01-15T18:00:00'"),
        ("'job:-1'", "PT400", "'job:-1'"),
        ("'job:9999999999999999999'", "PT400", "'job:99999"),
        ("'job:9'", "PT404", "there is no such job"),
        (
            "'2024-01-14'",
            "PT404",
            "the first day loaded is 2024-01-15",
        ),
        (
            "'2000-02-29T00:00:00Z'",
            "PT404",
            "the first load was committed at 20",
        ),
    ];
    let functions = [
        "resolve_as_of",
        "v_issuer_as_of",
        "v_issue_as_of",
        "v_issue_attribute_as_of",
        "v_security_as_of",
    ];
    let states = states.into_iter().flat_map(|(argument, code, text)| {
        functions.map(|function| (format!("{function}({argument})"), code, text))
    });
    let others = [
        ("changes(null)", "PT400", "no changes after job NULL"),
        ("changes(-5)", "PT400", "no changes after job '-5'"),
        ("changes(3)", "PT404", "the newest load is job 2"),
        ("changes(0, 99)", "PT404", "job 99 is after it"),
        ("changes(1, 0)", "PT400", "before they begin"),
        ("security_history('junk')", "PT400", "'junk' is not a CUSIP"),
        ("security_history('037833')", "PT400", "'037833' is not"),
        ("security_history('0378331000')", "PT400", "is not a CUSIP"),
    ];
    let others = others
        .into_iter()
        .map(|(call, code, text)| (call.to_owned(), code, text));
    for (call, code, text) in states.chain(others) {
        let query = format!("select count(*) from {call}");
        let error = client.query(&query, &[]).await.expect_err(&call);
        let error = error.as_db_error().expect("an error of the server");
        assert_eq!(error.code().code(), code, "{call}: {error}");
        assert!(error.message().contains(text), "{call}: {error}");
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "{call}");
    }
}

#[tokio::test]
async fn arguments_at_the_edges_have_answers() {
    let database = TestDatabase::migrated();
    assert_eq!(database.query("select * from changes(0)").len(), 0);
    load_two_days(&database.pool()).await;
    for (call, rows) in [
        ("changes(0)", "4"),
        ("changes(0, 0)", "0"),
        ("changes(1, null)", "1"),
        ("changes(2)", "0"),
        ("changes(2, 2)", "0"),
        ("security_history('03783310')", "4"),
        ("security_history('037833100')", "4"),
        ("security_history('00000000')", "0"),
        ("security_history(null)", "0"),
        ("v_issue cross join security_history(null || cusip)", "0"),
        ("resolve_as_of('2024-02-29')", "1"),
        ("resolve_as_of('9999-12-31')", "1"),
        ("resolve_as_of('2999-01-15T23:59:59.123456789Z')", "1"),
        ("v_security_as_of('job:000000000000000001')", "1"),
    ] {
        let query = format!("select count(*) from {call}");
        assert_eq!(database.query(&query), [[rows]], "{call}");
    }
}

/// Rows deleted by hand are gone as of the next load, so until then no change shows them.
#[tokio::test]
async fn consumer_that_is_up_to_date_reads_no_records() {
    let database = TestDatabase::migrated();
    load_two_days(&database.pool()).await;
    database.execute("delete from issue_attribute");
    let plan = |call: &str| -> Vec<String> {
        let explain = format!("explain (analyze, costs off, timing off) select * from {call}");
        database.query(&explain).concat()
    };
    let scans = |plan: &[String]| -> Vec<String> {
        let scans = plan.iter().filter(|line| line.contains("Scan"));
        let records = scans.filter(|line| line.contains(" issue") || line.contains(" issuer"));
        records.cloned().collect()
    };
    for call in ["changes(2)", "changes(2, 2)", "changes(1, 1)"] {
        let plan = plan(call);
        let scans = scans(&plan);
        assert!(scans.len() > 6, "{call}: {plan:#?}");
        assert!(
            scans.iter().all(|line| line.ends_with("(never executed)")),
            "{call}: {plan:#?}"
        );
        let rows = database.query(&format!("select * from {call}"));
        assert_eq!(rows.len(), 0, "{call}");
    }
    let plan = plan("changes(1)");
    assert!(
        scans(&plan)
            .iter()
            .any(|line| line.contains("(actual rows=")),
        "{plan:#?}"
    );
}
