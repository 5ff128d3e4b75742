//! Database servers, or one of their processes, that are killed during a load.

use std::path::PathBuf;

use cusip_pif::FileKind;
use cusip_test_support::{
    Running, Session, Signal, TestDatabase, TestServer, TwoDays, await_copy, await_waiting_write,
    cusip_on, eventually, open_folder, signal,
};
use tempfile::TempDir;

/// A server for one test, with the first day loaded.
struct Scene {
    parent: TempDir,
    server: TestServer,
    database: TestDatabase,
    days: TwoDays,
    before: Vec<String>,
}

impl Scene {
    fn set() -> Self {
        let parent = open_folder();
        let server = TestServer::start(&folder(&parent));
        let database = server.database();
        let days = TwoDays::write();
        let before = days.load_first(&database);
        Self {
            parent,
            server,
            database,
            days,
            before,
        }
    }

    /// Kills the server's main process, which ends the others.
    fn kill_server(&self) {
        signal(self.server.process(), Signal::KILL);
        eventually("the server's end is noticed", || !self.server.is_running());
    }

    /// Waits until the server is back. It ends all its processes when one was killed.
    fn await_recovery(&self, session: &Session) {
        eventually("the server ends its sessions", || session.is_lost());
        eventually("the server has recovered", || {
            cusip_on(&self.database, ["jobs"]).code == 0
        });
        assert!(self.server.is_running());
    }

    /// Asserts that nothing is lost, whether or not the server was back in time for the loader to
    /// record the error in the job log.
    #[track_caller]
    fn assert_unharmed_whatever_the_job_log_has(&self) {
        let status = &self
            .database
            .query("select status from load_job where id = 2")[0][0];
        assert!(["failed", "interrupted"].contains(&&**status), "{status}");
        (self.days).assert_unharmed(&self.database, &self.before, status);
    }

    /// Asserts that nothing is lost once the server is started again.
    #[track_caller]
    fn assert_unharmed_after_restart(self) {
        drop(self.server);
        let server = TestServer::start(&folder(&self.parent));
        let database = server.database();
        (self.days).assert_unharmed(&database, &self.before, "interrupted");
    }
}

fn folder(parent: &TempDir) -> PathBuf {
    parent.path().join("server")
}

#[test]
fn server_killed_during_copy_is_an_error_and_loses_nothing() {
    let scene = Scene::set();
    let (load, mut pipe, [content, rest]) = scene.days.load_second_through_pipe(FileKind::Issue);
    let loader = Running::start_on(&scene.database, load);
    pipe.write(&content);
    await_copy(&scene.database, FileKind::Issue);
    scene.kill_server();
    pipe.end(&rest);
    loader
        .end()
        .assert_fails(5, &["cannot stage the records for issue in the database"]);
    scene.assert_unharmed_after_restart();
}

#[test]
fn server_killed_during_merge_is_an_error_and_loses_nothing() {
    let scene = Scene::set();
    let reader = Session::begin(&scene.database, "lock table issue in share mode");
    let loader = Running::start_on(&scene.database, scene.days.load_second());
    await_waiting_write(&scene.database, "issue");
    scene.kill_server();
    loader.end().assert_fails(
        5,
        &["cannot merge the staged records into issue in the database"],
    );
    drop(reader);
    scene.assert_unharmed_after_restart();
}

#[test]
fn server_process_killed_during_copy_is_an_error_and_loses_nothing() {
    let scene = Scene::set();
    let (load, mut pipe, [content, rest]) = scene.days.load_second_through_pipe(FileKind::Issue);
    let loader = Running::start_on(&scene.database, load);
    pipe.write(&content);
    let process = await_copy(&scene.database, FileKind::Issue);
    let other = Session::begin(&scene.database, "");
    signal(process, Signal::KILL);
    scene.await_recovery(&other);
    pipe.end(&rest);
    loader
        .end()
        .assert_fails(5, &["cannot stage the records for issue in the database"]);
    scene.assert_unharmed_whatever_the_job_log_has();
}

#[test]
fn server_process_killed_during_merge_is_an_error_and_loses_nothing() {
    let scene = Scene::set();
    let reader = Session::begin(&scene.database, "lock table issue in share mode");
    let loader = Running::start_on(&scene.database, scene.days.load_second());
    let process = await_waiting_write(&scene.database, "issue");
    signal(process, Signal::KILL);
    let says = "cannot merge the staged records into issue in the database";
    loader.end().assert_fails(5, &[says]);
    scene.await_recovery(&reader);
    scene.assert_unharmed_whatever_the_job_log_has();
}

#[test]
fn session_terminated_during_copy_is_an_error_and_loses_nothing() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, mut pipe, [content, rest]) = days.load_second_through_pipe(FileKind::IssueAttribute);
    let loader = Running::start_on(&database, load);
    pipe.write(&content);
    let process = await_copy(&database, FileKind::IssueAttribute);
    database.execute(&format!("select pg_terminate_backend({process}, 10000)"));
    pipe.end(&rest);
    let says = "cannot stage the records for issue_attribute in the database";
    loader.end().assert_fails(5, &[says]);
    days.assert_unharmed(&database, &before, "failed");
    let logged = database.query("select error_code, error from load_job where id = 2");
    assert_eq!(logged[0][0], "database_unavailable");
}
