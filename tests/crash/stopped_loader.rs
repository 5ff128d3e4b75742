//! Loaders that are stopped, as by Ctrl-Z, and block other loads only for a limited time.

use cusip_pif::FileKind;
use cusip_test_support::{
    Pipe, Running, Signal, TestDatabase, TwoDays, arguments_as, assert_consistent, await_copy,
    cusip, cusip_on, eventually,
};

/// The limit of these tests, instead of a minute.
const LIMIT: &str = "3s";

const LOCKS: &str = "select count(*) from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())";

/// A load that reads one of its files from a pipe, in a database with a short limit.
struct Scene {
    database: TestDatabase,
    days: TwoDays,
    loader: Running,
    pipe: Pipe,
    content: [Vec<u8>; 2],
}

impl Scene {
    fn set(kind: FileKind) -> Self {
        let database = TestDatabase::migrated();
        let days = TwoDays::write();
        days.load_first(&database);
        let limit = "idle_in_transaction_session_timeout";
        let name = database.name();
        database.execute(&format!("alter database {name} set {limit} = '{LIMIT}'"));
        let (load, pipe, content) = days.load_second_through_pipe(kind);
        let loader = Running::start_on(&database, load);
        eventually("the job has started", || {
            database.query("select status from load_job where id = 2") == [["running"]]
        });
        Self {
            database,
            days,
            loader,
            pipe,
            content,
        }
    }

    /// Stops the loader in the middle of a copy, and returns its process on the server.
    fn stopped_in_copy() -> (Self, u32) {
        let mut scene = Self::set(FileKind::Issue);
        scene.pipe.write(&scene.content[0]);
        let process = await_copy(&scene.database, FileKind::Issue);
        scene.loader.signal(Signal::STOP);
        (scene, process)
    }

    /// Lets the loader continue, and asserts that it reports the end of its session and changes nothing.
    #[track_caller]
    fn assert_loads_and_then_the_stopped_one_fails(self, status: &str) {
        self.days.assert_loads(&self.database);
        self.loader.signal(Signal::CONT);
        self.pipe.end(&self.content[1]);
        self.loader.end().assert_fails(5, &["error: cannot "]);
        let job = "select status from load_job where id = 2";
        assert_eq!(self.database.query(job), [[status]]);
        assert_consistent(&self.database);
    }
}

#[test]
fn load_stopped_between_statements_is_ended_by_the_server() {
    let scene = Scene::set(FileKind::Issuer);
    scene.loader.signal(Signal::STOP);
    eventually("the lock is free", || {
        scene.database.query(LOCKS) == [["0"]]
    });
    // Its program logs the end of the job when it continues.
    scene.assert_loads_and_then_the_stopped_one_fails("failed");
}

#[test]
fn load_stopped_in_a_copy_is_ended_by_the_next_load() {
    let (scene, process) = Scene::stopped_in_copy();
    let [first, ..] = scene.days.first_files();
    let load = ["load".into(), first];
    let busy = [
        "(job 2, started ",
        &format!("server process {process} of cusip_app on "),
        &format!("or end it with `select pg_terminate_backend({process})`"),
    ];
    // The first load may come only after the limit, on a slow machine.
    let early = cusip_on(&scene.database, &load);
    if early.code != 0 {
        early.assert_fails(6, &busy);
    }
    eventually("the next load runs", || {
        cusip_on(&scene.database, &load).code == 0
    });
    let job = "select status from load_job where id = 2";
    assert_eq!(scene.database.query(job), [["interrupted"]]);
}

#[test]
fn load_stopped_in_a_copy_is_found_by_the_doctor_and_ended_by_the_next_look() {
    let (scene, process) = Scene::stopped_in_copy();
    let folder = scene.days.first_folder().to_str().unwrap();
    let doctor = ["doctor", "--date", "2024-01-15", "--file-dir", folder];
    let mut said = cusip_on(&scene.database, doctor);
    eventually("the doctor says that it has stopped", || {
        said = cusip_on(&scene.database, doctor);
        said.stdout.contains("its program has stopped")
    });
    let session = format!("server process {process} of cusip_app on ");
    for text in ["held by job 2 since ", &session, "a load would work"] {
        assert!(said.stdout.contains(text), "{said:?}");
    }
    assert_eq!(scene.database.query(LOCKS), [["1"]]);
    let jobs = ["jobs", "--output", "json"];
    let jobs = cusip_on(&scene.database, jobs).document();
    assert_eq!(jobs["jobs"][0]["status"], "interrupted", "{jobs}");
    scene.assert_loads_and_then_the_stopped_one_fails("failed");
}

#[test]
fn load_that_waits_for_a_file_longer_than_the_limit_goes_on() {
    let Scene {
        database,
        loader,
        mut pipe,
        content: [content, rest],
        days: _days,
    } = Scene::set(FileKind::Issue);
    let waits = |seconds: u32| {
        eventually("the load waits for a file", || {
            let waited = "select progress_at - started_at > interval '1s' * ";
            let waited = format!("{waited} {seconds} from load_job where id = 2");
            database.query(&waited) == [["t"]]
        });
        cusip_on(&database, ["load", "-", "--type", "issuer"]).assert_fails(6, &["(job 2, "]);
    };
    waits(5);
    pipe.write(&content);
    waits(12);
    pipe.end(&rest);
    loader.end().assert_done();
    assert_consistent(&database);
}

#[test]
fn load_of_another_user_is_named_with_who_may_end_it() {
    let (scene, process) = Scene::stopped_in_copy();
    let role = format!("other_{}", scene.database.name());
    scene.database.execute(&format!(
        "create role {role} login; grant all on all tables in schema public to {role}"
    ));
    let folder = scene.days.first_folder().to_str().unwrap();
    let day = ["--date", "2024-01-15", "--file-dir", folder];
    let with = |command| {
        let command = [&[command], &day[..]].concat();
        cusip(arguments_as(&scene.database, &role, &command))
    };
    let session = format!("server process {process} of cusip_app on ");
    let end =
        format!("end it with `select pg_terminate_backend({process})` as cusip_app or a superuser");
    with("load").assert_fails(6, &["(job 2, started ", &session, &end]);
    let doctor = with("doctor");
    assert_eq!(doctor.code, 6, "{doctor:?}");
    for text in [&session, &end] {
        assert!(doctor.stdout.contains(text), "{doctor:?}");
    }
}
