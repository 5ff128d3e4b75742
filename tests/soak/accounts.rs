//! What must be true after each fault.

use cusip_test_support::{assert_consistent, assert_replays, master_rows, row_versions};

use crate::told::Told;
use crate::world::World;

/// What the database has before a fault.
pub(crate) struct Accounts {
    versions: Vec<String>,
    last_job: String,
}

impl Accounts {
    pub(crate) fn open(world: &World) -> Self {
        let database = world.database();
        Self {
            versions: row_versions(&database),
            last_job: database.query("select coalesce(max(id), 0) from load_job")[0][0].clone(),
        }
    }

    /// Asserts that the day was loaded completely or not at all, that its callers were told so, and that
    /// the job log and the tables agree. Returns whether it was loaded.
    #[track_caller]
    pub(crate) fn check(&self, world: &World, told: &[Told], what: &str) -> bool {
        let database = world.database();
        let jobs = database.query(&format!(
            "select id, status, error_code, error from load_job where id > {} order by id",
            self.last_job
        ));
        let is_loaded = jobs.iter().any(|job| job[1] == "succeeded");
        let context = format!("{what}: callers were told {told:?}, and the jobs are {jobs:?}");
        if told.contains(&Told::Loaded) {
            assert!(is_loaded, "a load that succeeded is lost: {context}");
        }
        if told.iter().all(|told| *told == Told::NothingLoaded) {
            assert!(!is_loaded, "a load that failed was committed: {context}");
        }
        let running = jobs.iter().any(|job| job[1] == "running");
        assert!(!running, "a job is left running: {context}");
        if is_loaded {
            self.check_rows(world, &context);
        } else {
            assert_eq!(
                row_versions(&database),
                self.versions,
                "half a load: {context}"
            );
        }
        assert_consistent(&database);
        is_loaded
    }

    /// Asserts that the history leads to what the tables have.
    #[track_caller]
    pub(crate) fn check_history(world: &World) {
        assert_replays(&world.database());
    }

    /// Asserts that the tables have exactly the records of the day: loading it once more finds every
    /// record as it is.
    #[track_caller]
    fn check_rows(&self, world: &World, context: &str) {
        let document = world.load_again();
        let results = document["results"].as_array().expect("there are results");
        for file in results {
            assert_eq!(
                file["rows_unchanged"], file["rows_read"],
                "lost rows: {file} after {context}"
            );
        }
        let rows = master_rows(&world.database());
        assert_eq!(rows, world.records(), "rows of no file: {context}");
    }
}
