//! Folders with files for tests.

use std::fs;
use std::path::{Path, PathBuf};

use cusip_pif::{FileKind, PifFileName};
use tempfile::{TempDir, tempdir};

use crate::{TestDatabase, assert_consistent, day, load_document, write_file, write_synthetic_day};

/// Creates a temporary folder that every user can enter. If root runs the tests, the embedded server
/// runs as another user, who could not enter a normal one.
pub fn open_folder() -> TempDir {
    let folder = tempdir().expect("a folder can be made");
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), permissions).expect("the folder is ours");
    folder
}

/// A folder with a day of sorted files.
#[derive(Debug)]
pub struct DayFolder(TempDir);

impl DayFolder {
    /// Writes a synthetic day of this size.
    pub fn write(issuers: u32, issues_per_issuer: u16) -> Self {
        let folder = tempdir().expect("a folder can be made");
        write_synthetic_day(folder.path(), day(), issuers, issues_per_issuer);
        Self(folder)
    }

    /// Returns the path of the folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Returns the path of a kind's file.
    pub fn path(&self, kind: FileKind) -> PathBuf {
        self.0
            .path()
            .join(PifFileName::new(day(), kind).to_string())
    }

    /// Changes the records of a kind's file. The records do not include the trailer.
    pub fn rewrite(&self, kind: FileKind, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let content = fs::read(self.path(kind)).expect("the file is there");
        let lines = content.split(|&byte| byte == b'\n');
        let mut records: Vec<_> = lines
            .filter(|line| line.contains(&b'|') && !line.starts_with(b"999999"))
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            .collect();
        change(&mut records);
        write_file(self.0.path(), day(), kind, &records);
    }

    /// Returns the arguments that load the day even if it is known.
    pub fn arguments(&self) -> [&str; 5] {
        let folder = self.0.path().to_str().expect("a path of letters");
        ["--date", "2024-01-15", "--force", "--file-dir", folder]
    }

    /// Loads the day, and returns the load's document.
    pub fn load(&self, database: &TestDatabase) -> serde_json::Value {
        let (run, document) = load_document(database, self.arguments());
        run.assert_done();
        assert_consistent(database);
        document
    }
}
