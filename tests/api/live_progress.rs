//! Pages of the console that show the progress of a running job.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use cusip_test_support::api::{Server, TOKEN};
use cusip_test_support::{DayFolder, Session, TestDatabase, await_waiting_write, eventually};

const PAGES: usize = 300;
/// How often each page shows the progress before the reads are counted.
const UPDATES: usize = 4;
/// Much longer than the time between two updates.
const PATIENCE: Duration = Duration::from_secs(60);

type Page = BufReader<TcpStream>;

fn sign_in(server: &Server) -> String {
    let request = server.request("POST", "/console/sign-in").without_token();
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(format!("token={TOKEN}")).send();
    let cookie = answer.header("set-cookie").expect("a session begins");
    let (session, _) = cookie.split_once(';').expect("it has attributes");
    session.to_owned()
}

/// Opens the events of a job, as the script of a page does.
fn watch(server: &Server, job: i64, session: &str) -> Page {
    let mut page = TcpStream::connect(server.address()).expect("the server accepts");
    page.set_read_timeout(Some(PATIENCE))
        .expect("the time can be limited");
    let request = format!(
        "GET /console/jobs/{job}/events HTTP/1.1\r\nHost: cusip\r\nCookie: {session}\r\n\r\n"
    );
    page.write_all(request.as_bytes())
        .expect("the server reads");
    BufReader::new(page)
}

/// Reads until an event of this name has come a number of times.
fn read_events(page: &mut Page, name: &str, times: usize) {
    let event = format!("event: {name}");
    let mut found = 0;
    while found < times {
        let mut line = String::new();
        let length = page.read_line(&mut line).expect("an event comes in time");
        assert_ne!(length, 0, "the events ended before {name:?}");
        found += usize::from(line.trim_end() == event);
    }
}

fn transactions(database: &TestDatabase) -> usize {
    let count = "select xact_commit from pg_stat_database where datname = current_database()";
    database.query(count)[0][0].parse().expect("a number")
}

#[test]
fn hundreds_of_pages_that_watch_a_job_read_it_together() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(20, 5));
    let server = Server::start(&database, folder.folder());
    let session = sign_in(&server);
    let gate = Session::begin(&database, "lock table issue in share mode");
    let job = server.begin_load_all();
    await_waiting_write(&database, "issue");
    let mut pages: Vec<_> = (0..PAGES).map(|_| watch(&server, job, &session)).collect();
    for page in &mut pages {
        read_events(page, "update", 1);
    }
    let before = transactions(&database);
    for page in &mut pages {
        read_events(page, "update", UPDATES);
    }
    let read = transactions(&database) - before;
    assert!(
        read < PAGES,
        "{read} transactions for {UPDATES} updates of {PAGES} pages"
    );
    gate.end();
    for page in &mut pages {
        read_events(page, "end", 1);
    }
}

#[test]
fn progress_goes_on_after_the_database_was_away() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(20, 5));
    let server = Server::start(&database, folder.folder());
    let session = sign_in(&server);
    let gate = Session::begin(&database, "lock table issue in share mode");
    let job = server.begin_load_all();
    await_waiting_write(&database, "issue");
    let mut page = watch(&server, job, &session);
    read_events(&mut page, "update", 1);
    database.execute("alter table load_job rename to hidden_job");
    eventually("a read fails", || {
        server.get(&format!("/jobs/{job}")).status != 200
    });
    database.execute("alter table hidden_job rename to load_job");
    read_events(&mut page, "update", 2);
    gate.end();
    read_events(&mut page, "end", 1);
}
