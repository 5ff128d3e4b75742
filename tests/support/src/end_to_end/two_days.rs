//! One day, and a second version of it with changes.

use std::fs;
use std::path::{Path, PathBuf};

use cusip_pif::{FileKind, PifFileName};
use cusip_synth::{Day, Existing, Options};
use tempfile::{TempDir, tempdir};

use crate::{
    Pipe, TestDatabase, assert_consistent, assert_counts, assert_replays, await_no_session,
    cusip_on, day, load_document, master_rows, row_versions,
};

/// Enough that the program sends rows to the server before it has read the whole file.
const RECORDS: u32 = 3_000;
const CHANGED: u64 = RECORDS as u64 / 5;
const CHANGED_PER_MILLE: u16 = 200;

/// The files of both versions, which have the same names and keys.
#[derive(Debug)]
pub struct TwoDays {
    first: TempDir,
    second: TempDir,
}

impl TwoDays {
    /// Writes each version to a folder.
    pub fn write() -> Self {
        let options = Options::new(day())
            .with_issuers(RECORDS)
            .with_issues_per_issuer(1);
        let written = |options| {
            let folder = tempdir().expect("a folder can be made");
            let day = Day::new(options).expect("the numbers are in range");
            day.write_folder(folder.path(), Existing::Replace)
                .expect("the folder can be written to");
            folder
        };
        Self {
            first: written(options),
            second: written(options.with_changed_per_mille(CHANGED_PER_MILLE)),
        }
    }

    /// Loads the first version, and returns the resulting row versions.
    pub fn load_first(&self, database: &TestDatabase) -> Vec<String> {
        let load = ["load".into()].into_iter().chain(files(self.first.path()));
        cusip_on(database, load).assert_done();
        row_versions(database)
    }

    /// Returns the arguments that load the files of the second version.
    pub fn load_second(&self) -> Vec<PathBuf> {
        let load = ["load".into()].into_iter().chain(self.second_files());
        load.collect()
    }

    /// Returns the folder of the first version.
    pub fn first_folder(&self) -> &Path {
        self.first.path()
    }

    /// Returns the files of the first version.
    pub fn first_files(&self) -> [PathBuf; 3] {
        files(self.first.path())
    }

    /// Returns the folder of the second version.
    pub fn second_folder(&self) -> &Path {
        self.second.path()
    }

    /// Replaces a file of the second version by a pipe. Returns the arguments that load that version, the
    /// pipe, and what to write to it, in two parts.
    pub fn load_second_through_pipe(&self, kind: FileKind) -> (Vec<PathBuf>, Pipe, [Vec<u8>; 2]) {
        let name = PifFileName::new(day(), kind).to_string();
        let mut content = fs::read(self.second.path().join(&name)).expect("the file is there");
        let pipes = self.second.path().join("pipes");
        fs::create_dir_all(&pipes).expect("the folder is ours");
        let pipe = Pipe::new(pipes.join(&name));
        let load = self.load_second().into_iter().map(|argument| {
            if argument.ends_with(&name) {
                pipe.path().to_owned()
            } else {
                argument
            }
        });
        let load = load.collect();
        let rest = content.split_off(content.len() - 1_000);
        (load, pipe, [content, rest])
    }

    /// Asserts that a failed load of the second version left only a job with this status, and that the
    /// next load succeeds.
    #[track_caller]
    pub fn assert_unharmed(&self, database: &TestDatabase, before: &[String], status: &str) {
        await_no_session(database);
        let jobs = cusip_on(database, ["jobs", "--output", "json"]).document();
        assert_eq!(jobs["jobs"][0]["status"], status, "{jobs}");
        assert_eq!(row_versions(database), before);
        assert_consistent(database);
        assert_replays(database);
        self.assert_loads(database);
    }

    /// Asserts that the second version loads with the right counts.
    #[track_caller]
    pub fn assert_loads(&self, database: &TestDatabase) {
        let (run, document) = load_document(database, self.second_files());
        run.assert_done();
        let records = u64::from(RECORDS);
        let counts = [records, CHANGED, 0, CHANGED, records - CHANGED, 0, 0];
        for kind in FileKind::ALL {
            assert_counts(&document, kind.wire_name(), counts);
        }
        assert_eq!(master_rows(database), [records; 3]);
        assert_consistent(database);
        assert_replays(database);
    }

    fn second_files(&self) -> [PathBuf; 3] {
        files(self.second.path())
    }
}

fn files(folder: &Path) -> [PathBuf; 3] {
    FileKind::ALL.map(|kind| folder.join(PifFileName::new(day(), kind).to_string()))
}
