//! Look-ups as streams of Arrow record batches.

use std::io::Cursor;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Float32Type, Int64Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, DataType};
use cusip_test_support::api::{Request, Response, Server};
use cusip_test_support::{TestDatabase, eventually};
use serde_json::json;

use crate::lookups::{cusips, loaded};

const ARROW: &str = "application/vnd.apache.arrow.stream";

fn send(request: Request) -> Response {
    let response = request.header("accept", ARROW).send();
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-type"), Some(ARROW));
    response
}

fn get(server: &Server, path: &str) -> Response {
    send(server.request("GET", path))
}

fn batches(response: &Response) -> Vec<RecordBatch> {
    let reader = StreamReader::try_new(Cursor::new(&response.body), None).expect("it is a stream");
    let batches: Result<_, ArrowError> = reader.collect();
    batches.expect("the stream is complete")
}

/// Returns a column of all batches as text, with dates as days since 1970 and numbers without their point.
fn column(batches: &[RecordBatch], name: &str) -> Vec<String> {
    let text = |batch: &RecordBatch, row: usize| {
        let column = batch.column_by_name(name).expect("it has this column");
        if column.is_null(row) {
            return "NULL".to_owned();
        }
        match column.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
            DataType::Date32 => column.as_primitive::<Date32Type>().value(row).to_string(),
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
            DataType::Float32 => column.as_primitive::<Float32Type>().value(row).to_string(),
            DataType::Decimal128(..) => {
                let column = column.as_primitive::<Decimal128Type>();
                column.value(row).to_string()
            }
            other => panic!("{name} is {other}"),
        }
    };
    let rows = batches.iter().flat_map(|batch| {
        let rows = 0..batch.num_rows();
        rows.map(move |row| text(batch, row))
    });
    rows.collect()
}

fn stored(database: &TestDatabase, expression: &str) -> Vec<String> {
    let rows = database.query(&format!(
        "select coalesce(({expression})::text, 'NULL') from v_security order by issuer_num, issue_num"
    ));
    rows.concat()
}

#[test]
fn stream_has_every_row_with_its_types_and_state() {
    let (database, _folder, server) = loaded(5, 600);
    let response = get(&server, "/securities");
    assert_eq!(response.header("state-job-id"), Some("1"));
    let batches = batches(&response);
    assert!(batches.len() > 1, "{}", batches.len());
    for (name, expression) in [
        ("issuer_num", "issuer_num"),
        ("issue_num", "issue_num"),
        ("issuer_name", "issuer_name"),
        ("ticker_symbol", "ticker_symbol"),
        ("maturity_date", "maturity_date - date '1970-01-01'"),
        ("rate", "trim_scale(rate * 1000000)"),
        ("offering_amount", "trim_scale(offering_amount * 1000)"),
        (
            "offering_amount_full",
            "trim_scale(offering_amount_full * 1000)",
        ),
    ] {
        let expected = stored(&database, expression);
        assert!(expected.iter().any(|value| value != "NULL"), "{name}");
        // Thousands of values would not help to find the difference.
        assert!(column(&batches, name) == expected, "{name} differs");
    }
    let schema = batches[0].schema();
    assert_eq!(schema.metadata["job_id"], "1");
    assert_eq!(schema.metadata["date"], "2024-01-15");
    let columns = database.query(
        "select column_name from information_schema.columns
         where table_name = 'v_security' and column_name <> 'cusip' order by ordinal_position",
    );
    let names: Vec<_> = (schema.fields().iter())
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names[..2], ["cusip", "isin"]);
    assert_eq!(names[2..], columns.concat());
}

#[test]
fn every_look_up_is_offered_as_a_stream() {
    let (database, _folder, server) = loaded(2, 2);
    let cusips = cusips(&database);
    let body = json!({ "ids": [&*cusips[1], "037833109"] }).to_string();
    let results = batches(&send(
        server.request("POST", "/securities/lookup").json(&body),
    ));
    assert_eq!(column(&results, "id"), [&*cusips[1], "037833109"]);
    assert_eq!(column(&results, "cusip"), [&*cusips[1], "NULL"]);
    let reasons = column(&results, "reason");
    assert_eq!(reasons[0], "NULL");
    assert!(
        reasons[1].contains("check digit should be 0"),
        "{reasons:?}"
    );

    let one = batches(&get(&server, &format!("/securities/{}", cusips[0])));
    assert_eq!(column(&one, "cusip"), [&*cusips[0]]);
    let hits = batches(&get(&server, &format!("/securities?q={}", cusips[0])));
    assert_eq!(column(&hits, "reason"), ["identifier"]);
    assert!(column(&hits, "rank")[0].parse::<f32>().unwrap() > 0.0);
    let issues = batches(&get(
        &server,
        &format!("/issuers/{}?limit=1", &cusips[0][..6]),
    ));
    assert_eq!(column(&issues, "cusip"), [&*cusips[0]]);
    let changes = batches(&get(&server, "/changes?since_job=0"));
    let jobs = column(&changes, "job_id");
    assert!(
        !jobs.is_empty() && jobs.iter().all(|job| job == "1"),
        "{jobs:?}"
    );
    assert_eq!(column(&changes, "date")[0], "19737");
    let history = batches(&get(&server, &format!("/securities/{}/history", cusips[0])));
    assert!(column(&history, "name").contains(&"issuer_name_1".to_owned()));

    let nothing = batches(&get(&server, "/changes?since_job=1"));
    assert_eq!(nothing.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
}

/// No file has such a number, but a person may write one with SQL.
#[test]
fn number_that_does_not_fit_its_column_breaks_the_stream_off() {
    let (database, _folder, server) = loaded(5, 600);
    database.execute(
        "insert into load_job (kind, status, finished_at, program, program_version)
         select kind, status, now(), program, program_version from load_job",
    );
    database.execute(
        "update issue set rate = 1.23456789, last_job_id = 2
         where (issuer_num, issue_num) = (select max(issuer_num), max(issue_num) from issue
            where issuer_num = (select max(issuer_num) from issue))",
    );
    let request = server.request("GET", "/securities").header("accept", ARROW);
    let answer = request.try_send();
    assert!(answer.is_err(), "{answer:?}");
    eventually("the log names the number", || {
        let log = server.log();
        log.contains("rate is 1.23456789, which does not fit")
    });

    let last = cusips(&database).pop().unwrap();
    let path = format!("/securities/{last}");
    let request = server.request("GET", &path).header("accept", ARROW);
    request.send().assert_problem(500, "internal");
    server.get(&path).assert_status(200);
}
