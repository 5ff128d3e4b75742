//! Look-ups of securities, issuers, and changes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cusip_pif::Date;
use cusip_test_support::api::{Response, Server};
use cusip_test_support::{TestDatabase, day, eventually, write_synthetic_day};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

const PARAMETERS_OF_A_SLOW_ANSWER: usize = 10_000;

/// A server whose database has a synthetic day.
pub(crate) fn loaded(issuers: u32, issues_per_issuer: u16) -> (TestDatabase, TempDir, Server) {
    let database = TestDatabase::migrated();
    let folder = tempdir().expect("a temporary folder can be made");
    write_synthetic_day(folder.path(), day(), issuers, issues_per_issuer);
    let server = Server::start(&database, folder.path());
    server.load_all().assert_status(200);
    (database, folder, server)
}

/// Returns the CUSIPs of the database in order.
pub(crate) fn cusips(database: &TestDatabase) -> Vec<String> {
    let rows = database.query("select cusip from v_security order by issuer_num, issue_num");
    rows.into_iter().flatten().collect()
}

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = server.request("GET", path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.send()
}

#[test]
fn security_is_found_by_every_form_of_its_identifier() {
    let (database, _folder, server) = loaded(3, 2);
    let cusip = &cusips(&database)[0];
    for id in [cusip.clone(), cusip[..8].to_owned(), cusip.to_lowercase()] {
        let answer = server.get(&format!("/securities/{id}"));
        let document = answer.assert_status(200);
        assert_eq!(document["job_id"], 1);
        assert_eq!(document["date"], day().to_string());
        assert_eq!(document["security"]["cusip"], **cusip);
        assert_eq!(answer.header("state-job-id"), Some("1"));
        let names = document["security"].as_object().unwrap().keys();
        assert!(names.clone().any(|name| name == "issuer_status_desc"));
        assert_eq!(names.take(2).collect::<Vec<_>>(), ["cusip", "isin"]);
    }
}

#[test]
fn what_is_no_identifier_gets_400_and_what_is_unknown_404() {
    let (_database, _folder, server) = loaded(1, 1);
    for (id, reason) in [
        ("037833109", "its check digit should be 0"),
        ("1764AB5", "with leading zeros it is 001764AB5"),
        ("037833", "GET /issuers/037833"),
        ("apple", "is not a CUSIP"),
        ("DE000BAY0017", "do not contain a CUSIP"),
    ] {
        let answer = server.get(&format!("/securities/{id}"));
        let problem = answer.assert_problem(400, "invalid_identifier");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
    }
    server
        .get("/securities/037833100")
        .assert_problem(404, "security_not_found");
    let shortened = server.get("/securities/37833100");
    let problem = shortened.assert_problem(404, "security_not_found");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("it is 037833100"), "{detail}");
    server
        .get("/securities/037833100/history")
        .assert_problem(404, "security_not_found");
    server
        .get("/issuers/037833")
        .assert_problem(404, "issuer_not_found");
    server
        .get("/issuers/037833100")
        .assert_problem(400, "invalid_identifier");
}

#[test]
fn list_of_identifiers_is_answered_one_by_one_in_order() {
    let (database, _folder, server) = loaded(2, 2);
    let cusips = cusips(&database);
    let ids = [&*cusips[3], "037833109", &cusips[0], "037833100", "037833"];
    let body = json!({ "ids": ids }).to_string();
    let request = || server.request("POST", "/securities/lookup").json(&body);
    let document = request().send().assert_status(200);
    let results = document["results"].as_array().unwrap();
    let found = |result: &Value| result["security"]["cusip"].as_str().map(str::to_owned);
    for (result, id) in results.iter().zip(ids) {
        assert_eq!(result["id"], id);
        assert_eq!(result["reason"].is_null(), found(result).is_some());
    }
    assert_eq!(results.len(), ids.len());
    assert_eq!(found(&results[0]).as_ref(), Some(&cusips[3]));
    assert_eq!(found(&results[2]).as_ref(), Some(&cusips[0]));
    let reason = results[1]["reason"].as_str().unwrap();
    assert!(reason.contains("check digit should be 0"), "{reason}");
    let reason = results[3]["reason"].as_str().unwrap();
    assert!(reason.contains("there is no security"), "{reason}");

    let table = request().header("accept", "text/csv").send().text();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 1 + ids.len());
    assert!(lines[0].starts_with("id,reason,cusip,isin,"), "{table}");
    assert!(lines[1].starts_with(&format!("{0},,{0},", cusips[3])));
}

#[test]
fn lists_that_are_too_long_or_not_strings_are_refused() {
    let (_database, _folder, server) = loaded(1, 1);
    let post = |body: &Value| {
        let request = server.request("POST", "/securities/lookup");
        request.json(&body.to_string()).send()
    };
    let many: Vec<_> = (0..10_001).map(|_| "037833100").collect();
    for (body, reason) in [
        (json!({ "ids": many }), "send 1 to 10000"),
        (json!({"ids": []}), "send 1 to 10000"),
        (json!({"ids": [37_833_100]}), "as a string"),
        (json!({"ids": ["037833100"], "as_of": "x"}), "as_of"),
        (json!({"ids": ["037833100"], "a": 1}), "unknown field"),
    ] {
        let problem = post(&body).assert_problem(400, "bad_request");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
    }
    let long = json!({"ids": ["0".repeat(1_100_000)]});
    post(&long).assert_problem(413, "body_too_large");
}

#[test]
fn pages_of_securities_are_complete_and_without_repeats() {
    let (database, _folder, server) = loaded(5, 3);
    let (mut found, mut path) = (Vec::new(), "/securities?limit=4".to_owned());
    loop {
        let page = server.get(&path).assert_status(200);
        let securities = page["securities"].as_array().unwrap();
        assert!((1..=4).contains(&securities.len()), "{page}");
        let cusip = |security: &Value| security["cusip"].as_str().unwrap().to_owned();
        found.extend(securities.iter().map(cusip));
        match page["next"].as_str() {
            Some(next) => path = format!("/securities?limit=4&after={next}"),
            None => break,
        }
    }
    assert_eq!(found, cusips(&database));
}

#[test]
fn search_says_why_each_hit_was_found() {
    let (database, _folder, server) = loaded(3, 2);
    let cusip = &cusips(&database)[1];
    let document = server
        .get(&format!("/securities?q={cusip}"))
        .assert_status(200);
    assert_eq!(document["hits"][0]["cusip"], **cusip);
    assert_eq!(document["hits"][0]["reason"], "identifier");
    server
        .get("/securities?q=water&as_of=job:1")
        .assert_problem(400, "bad_request");
}

#[test]
fn issuer_comes_with_its_issues() {
    let (database, _folder, server) = loaded(2, 3);
    let issuer = &database.query("select max(issuer_num) from issuer")[0][0];
    let path = format!("/issuers/{issuer}");
    let document = server.get(&path).assert_status(200);
    assert_eq!(document["issuer"]["issuer_num"], **issuer);
    assert_eq!(document["issues"].as_array().unwrap().len(), 3);
    assert_eq!(document["next"], Value::Null);
    let first = server.get(&format!("{path}?limit=2")).assert_status(200);
    let next = first["next"].as_str().unwrap();
    let last = server.get(&format!("{path}?limit=2&after={next}"));
    let last = last.assert_status(200);
    assert_eq!(last["issues"][0], document["issues"][2]);
    // Callers may also use the eight characters that their own tables have.
    let without_check_digit = &next[..8];
    let same = server.get(&format!("{path}?limit=2&after={without_check_digit}"));
    assert_eq!(same.assert_status(200)["issues"], last["issues"]);
}

#[test]
fn formats_follow_the_accept_header() {
    let (database, _folder, server) = loaded(2, 2);
    let cusips = cusips(&database);
    let lines = get(
        &server,
        "/securities",
        &[("accept", "application/x-ndjson")],
    );
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(lines.header("vary"), Some("accept, authorization"));
    let text = lines.text();
    let rows: Vec<Value> = (text.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), cusips.len());
    let has_null = |row: &Value| row.as_object().unwrap().values().any(Value::is_null);
    assert!(!rows.iter().any(has_null), "{text}");
    let table = get(&server, "/securities", &[("accept", "text/csv")]).text();
    assert_eq!(table.lines().count(), 1 + cusips.len());
    let columns = database.query(
        "select column_name from information_schema.columns
         where table_name = 'v_security' and column_name <> 'cusip' order by ordinal_position",
    );
    let heading = format!("cusip,isin,{}", columns.concat().join(","));
    assert_eq!(table.lines().next(), Some(&*heading));
    let other = get(&server, "/securities", &[("accept", "application/xml")]);
    other.assert_problem(406, "not_acceptable");
}

#[test]
fn answer_that_the_client_has_is_not_sent_again_until_the_next_load() {
    let (database, folder, server) = loaded(2, 1);
    let cusip = &cusips(&database)[0];
    let paths = [
        format!("/securities/{cusip}"),
        "/securities".to_owned(),
        format!("/issuers/{}", &cusip[..6]),
        format!("/securities/{cusip}/history"),
        "/changes?since_job=0".to_owned(),
    ];
    let tag = |path: &str| server.get(path).header("etag").unwrap().to_owned();
    let tags: Vec<_> = paths.iter().map(|path| tag(path)).collect();
    for (path, tag) in paths.iter().zip(&tags) {
        let answer = get(&server, path, &[("if-none-match", tag)]);
        assert_eq!((answer.status, &*answer.body), (304, &b""[..]), "{path}");
        assert_eq!(answer.header("etag"), Some(&**tag));
        let other = [("if-none-match", &**tag), ("accept", "text/csv")];
        assert_eq!(get(&server, path, &other).status, 200, "{path}");
    }
    let next: Date = "2024-01-16".parse().unwrap();
    write_synthetic_day(folder.path(), next, 3, 1);
    let request = server.request("POST", "/jobs/load-all");
    let load = request.json(r#"{"date": "2024-01-16"}"#).send();
    load.assert_status(200);
    for (path, tag) in paths.iter().zip(&tags) {
        let answer = get(&server, path, &[("if-none-match", tag)]);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("state-job-id"), Some("2"), "{path}");
        assert_eq!(answer.header("state-date"), Some("2024-01-16"), "{path}");
    }
}

#[test]
fn earlier_state_is_shown_with_as_of_and_changes_say_what_differs() {
    let (database, _folder, server) = loaded(2, 1);
    let cusip = &cusips(&database)[0];
    let (issuer, issue) = (&cusip[..6], &cusip[6..8]);
    database.execute(
        "insert into load_job (kind, status, finished_at, program, program_version)
         select kind, status, now(), program, program_version from load_job",
    );
    database.execute(&format!(
        "update issue set issue_desc_1 = 'RENAMED', issue_desc_2 = null, last_job_id = 2
         where issuer_num = '{issuer}' and issue_num = '{issue}'"
    ));
    let described = |path: &str| {
        let document = server.get(path).assert_status(200);
        document["security"]["issue_description"].clone()
    };
    let path = format!("/securities/{cusip}");
    assert_eq!(described(&path), "RENAMED");
    assert_ne!(described(&format!("{path}?as_of=job:1")), "RENAMED");
    assert_ne!(described(&format!("{path}?as_of=2024-01-15")), Value::Null);
    server
        .get(&format!("{path}?as_of=2000-01-01"))
        .assert_problem(404, "state_not_found");
    server
        .get(&format!("{path}?as_of=yesterday"))
        .assert_problem(400, "bad_request");

    let history = server.get(&format!("{path}/history")).assert_status(200);
    let newest = &history["versions"][0];
    assert_eq!(newest["change"], "changed");
    assert_eq!(newest["fields"][0]["to"], "RENAMED");
    let changes = server.get("/changes?since_job=1").assert_status(200);
    assert_eq!(changes["job_id"], 2);
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1);
    assert_eq!(changes["changes"][0], *newest);
    let poll = server.get("/changes?since_job=2").assert_status(200);
    assert_eq!(poll["changes"], json!([]));

    let (mut found, mut path) = (0, "/changes?since_job=0&limit=2".to_owned());
    loop {
        let page = server.get(&path).assert_status(200);
        found += page["changes"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => path = format!("/changes?since_job=0&limit=2&after={next}"),
            None => break,
        }
    }
    let count = database.query("select count(*) from changes(0)");
    assert_eq!(found.to_string(), count[0][0]);
}

/// Checks that an example has the fields of a real answer, in their order, down to the first item of each list.
fn assert_same_fields(path: &str, example: &Value, answer: &Value) {
    match (example, answer) {
        (Value::Object(example), Value::Object(answer)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(names(example), names(answer), "{path}");
            for (name, value) in example {
                assert_same_fields(&format!("{path} {name}"), value, &answer[name]);
            }
        }
        (Value::Array(example), Value::Array(answer)) if example[0].is_object() => {
            assert!(!answer.is_empty(), "{path}");
            assert_same_fields(path, &example[0], &answer[0]);
        }
        _ => {}
    }
}

#[test]
fn examples_in_the_description_have_the_fields_of_real_answers() {
    let (database, _folder, server) = loaded(2, 2);
    let description = server.get("/openapi.json").assert_status(200);
    let content = |path: &str, method: &str| {
        let responses = &description["paths"][path][method]["responses"];
        responses["200"]["content"]["application/json"].clone()
    };
    let cusip = &cusips(&database)[0];
    let issuer = &cusip[..6];
    for (path, request) in [
        ("/securities/{id}", format!("/securities/{cusip}")),
        ("/issuers/{num}", format!("/issuers/{issuer}")),
        (
            "/securities/{id}/history",
            format!("/securities/{cusip}/history"),
        ),
        ("/changes", "/changes?since_job=0".to_owned()),
    ] {
        let answer = server.get(&request).assert_status(200);
        assert_same_fields(path, &content(path, "get")["example"], &answer);
    }
    let examples = &content("/securities", "get")["examples"];
    let search = server.get(&format!("/securities?q={cusip}"));
    let (search, list) = (search.assert_status(200), server.get("/securities"));
    assert_same_fields("search", &examples["search"]["value"], &search);
    assert_same_fields("list", &examples["list"]["value"], &list.assert_status(200));

    let ids = json!({"ids": [cusip, "037833109"]}).to_string();
    let request = server.request("POST", "/securities/lookup").json(&ids);
    let results = request.send().assert_status(200);
    let example = &content("/securities/lookup", "post")["example"];
    assert_same_fields("lookup", example, &results);
    assert_same_fields("reason", &example["results"][1], &results["results"][1]);
}

#[test]
fn read_token_may_look_up_but_not_load() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let read = [("CUSIP_API_READ_TOKEN", "look-but-do-not-touch")];
    let server = Server::start_with(&database, folder.path(), &read);
    server.load_all().assert_status(200);
    let send = |method, path, body: &str| {
        let request = server.request(method, path).without_token();
        let request = request.header("authorization", "Bearer look-but-do-not-touch");
        match body {
            "" => request.send(),
            body => request.json(body).send(),
        }
    };
    assert_eq!(send("GET", "/securities", "").status, 200);
    let ids = r#"{"ids": ["037833100"]}"#;
    assert_eq!(send("POST", "/securities/lookup", ids).status, 200);
    send("POST", "/jobs/load-all", "").assert_problem(403, "forbidden");
    server
        .request("GET", "/securities")
        .without_token()
        .send()
        .assert_problem(401, "unauthorized");
}

/// The connection to the database is free again when the answer has been cut off.
#[test]
fn client_that_reads_nothing_is_cut_off() {
    let (database, _folder, server) = loaded(1, 1);
    let cusip = &cusips(&database)[0];
    let ids = vec![cusip; PARAMETERS_OF_A_SLOW_ANSWER];
    let body = json!({ "ids": ids }).to_string();
    let request = format!(
        "POST /securities/lookup HTTP/1.1\r\nHost: cusip\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
        cusip_test_support::api::TOKEN,
        body.len()
    );
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(request.as_bytes()).unwrap();
    eventually("the answer is cut off", || {
        server.log().contains("the client read nothing for 10 s")
    });
    eventually("the connection is free", || {
        let metrics = server.get("/metrics").text();
        let used = "cusip_database_connections{pool=\"streams\",state=\"used\"} 0";
        metrics.contains(used)
    });
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer);
    // A complete answer ends with an empty chunk.
    assert!(!answer.ends_with(b"0\r\n\r\n"));
    server
        .get(&format!("/securities/{cusip}"))
        .assert_status(200);
}

#[test]
fn what_a_query_string_asks_for_is_done_or_refused() {
    let (_database, _folder, server) = loaded(1, 1);
    for (path, reason) in [
        ("/securities?q=a&limit=101", "at most 100 securities"),
        ("/securities?q=%ff", "must be UTF-8"),
        ("/securities?q=a%00b", "without NUL"),
        ("/problems?x=1", "takes no parameters"),
    ] {
        let problem = server.get(path).assert_problem(400, "bad_request");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{path}: {detail}");
    }
    let at_most = server.get("/securities?q=a&limit=100").assert_status(200);
    assert!(at_most["hits"].is_array());
}

#[test]
fn consumer_that_has_seen_later_jobs_than_there_are_is_told_to_start_over() {
    let (_database, _folder, server) = loaded(1, 1);
    let problem = server
        .get("/changes?since_job=2")
        .assert_problem(404, "state_not_found");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("the newest load is job 1"), "{detail}");
    let none = server.get("/changes?since_job=1").assert_status(200);
    assert_eq!(none["changes"], json!([]));
}
