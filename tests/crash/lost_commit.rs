//! Loads whose connection breaks while they commit.

use std::path::PathBuf;

use cusip_test_support::{
    Break, BreakingProxy, Run, TestDatabase, assert_consistent, cusip, cusip_on, day, master_rows,
    write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

const COMMIT_OF_LOAD: [&str; 2] = ["set status = 'succeeded'", "commit\0"];

struct Scene {
    proxy: BreakingProxy,
    folder: TempDir,
}

impl Scene {
    fn set(how: Break) -> Self {
        let folder = tempdir().expect("a folder can be made");
        write_synthetic_day(folder.path(), day(), 3, 2);
        let proxy = BreakingProxy::start(TestDatabase::migrated(), &COMMIT_OF_LOAD, how);
        Self { proxy, folder }
    }

    fn load(&self) -> [PathBuf; 5] {
        let folder = self.folder.path().to_owned();
        [
            "load".into(),
            "--date".into(),
            "2024-01-15".into(),
            "--file-dir".into(),
            folder,
        ]
    }

    fn load_through_proxy(&self) -> Run {
        let arguments = self.proxy.arguments().into_iter().map(PathBuf::from);
        let run = cusip(self.load().into_iter().chain(arguments));
        assert!(self.proxy.has_broken(), "{run:?}");
        run
    }

    fn status(&self) -> String {
        let jobs = self
            .proxy
            .database()
            .query("select status from load_job where id = 1");
        jobs[0][0].clone()
    }
}

#[test]
fn load_whose_commit_arrives_succeeds_even_if_the_answer_is_lost() {
    let scene = Scene::set(Break::BeforeAnswer);
    let run = scene.load_through_proxy();
    run.assert_done();
    assert!(run.stdout.contains("job 1: loaded 15 records"), "{run:?}");
    assert_eq!(scene.status(), "succeeded");
    assert_eq!(master_rows(scene.proxy.database()), [3, 6, 6]);
}

#[test]
fn load_whose_commit_does_not_arrive_fails_and_has_loaded_nothing() {
    let scene = Scene::set(Break::BeforeStatement);
    let run = scene.load_through_proxy();
    run.assert_fails(5, &["error: cannot commit the transaction in the database"]);
    assert!(run.stdout.contains("nothing was loaded"), "{run:?}");
    assert_eq!(scene.status(), "failed");
    let database = scene.proxy.database();
    assert_eq!(master_rows(database), [0; 3]);
    cusip_on(database, scene.load()).assert_done();
    assert_consistent(database);
}

#[test]
fn outcome_is_unknown_if_the_database_cannot_be_reached_after_the_commit() {
    let scene = Scene::set(Break::BeforeAnswerForGood);
    let run = scene.load_through_proxy();
    run.assert_fails(
        7,
        &["it is not known whether job 1 was loaded", "load again"],
    );
    assert!(
        run.stdout.contains("job 1: outcome unknown after "),
        "{run:?}"
    );
    assert!(!run.stdout.contains("nothing was loaded"), "{run:?}");
    let database = scene.proxy.database();
    assert_eq!(scene.status(), "succeeded");
    let again = cusip_on(database, scene.load());
    again.assert_done();
    assert!(again.stdout.contains("nothing to do"), "{again:?}");
    assert_eq!(master_rows(database), [3, 6, 6]);
}
