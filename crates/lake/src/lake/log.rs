//! The Delta log of a table.

use super::commit::{Commit, FoundCommit, FoundFile, file_name};
use super::manifest::{Load, TableState};
use super::table::Table;
use crate::error::Error;
use crate::store::Store;

/// How often another program may commit first.
const MOST_ATTEMPTS: u32 = 100;

/// A table's log, read up to some version.
pub(super) struct Log {
    pub(super) table: Table,
    /// The last version that was read or written.
    pub(super) version: Option<u64>,
    /// The last version that exists, as far as known.
    head: Option<u64>,
    /// The path of the file that was added last.
    pub(super) last_file: Option<String>,
    /// What the table's columns were last.
    pub(super) schema: Option<String>,
}

impl Log {
    /// Finds out how long the log is. What a manifest says about it need not be read.
    pub(super) async fn open(
        store: &Store,
        table: Table,
        known: Option<&TableState>,
    ) -> Result<Self, Error> {
        let names = store.list(&folder(table)).await?;
        let versions = names.iter().filter_map(|name| {
            let number = name.strip_suffix(".json")?;
            number.parse::<u64>().ok()
        });
        let path = known.and_then(|known| known.file.as_ref());
        let in_table = |path: &str| path.strip_prefix(table.folder()).map(str::to_owned);
        Ok(Self {
            table,
            version: known.map(|known| known.version),
            head: versions.max(),
            last_file: path
                .and_then(|file| in_table(&file.path))
                .map(|path| path.trim_start_matches('/').to_owned()),
            schema: known.map(|known| known.schema.clone()),
        })
    }

    /// Looks for a load among the commits that were not read yet. Afterwards, either it was found, or the
    /// log has been read to its end.
    pub(super) async fn find(
        &mut self,
        store: &Store,
        load: &Load,
    ) -> Result<Option<(u64, Option<FoundFile>)>, Error> {
        while let Some(next) = self.unread() {
            let key = self.key(next);
            let Some(bytes) = store.read(&key).await? else {
                return Err(Error::Busy {
                    location: store.location(&key),
                });
            };
            let Some(found) = FoundCommit::parse(&bytes) else {
                return Err(Error::Damaged {
                    location: store.location(&key),
                    problem: "is not a commit of a Delta table; sync to a new folder".to_owned(),
                });
            };
            self.version = Some(next);
            if let Some(file) = &found.added {
                self.last_file = Some(file.path.clone());
            }
            if let Some((job, time)) = found.load
                && job == load.job_id
            {
                if time != load.milliseconds() {
                    return Err(Error::OtherLake {
                        problem: format!(
                            "{:?} is of another database's job {job}; sync to a new folder",
                            store.location(&key)
                        ),
                    });
                }
                return Ok(Some((next, found.added)));
            }
        }
        Ok(None)
    }

    /// Commits a load, and returns the version; or another sync was first, and its commit is returned.
    pub(super) async fn commit(
        &mut self,
        store: &Store,
        commit: &Commit<'_>,
    ) -> Result<(u64, Option<FoundFile>), Error> {
        let bytes = commit.to_bytes();
        for _ in 0..MOST_ATTEMPTS {
            let next = self.version.map_or(0, |version| version + 1);
            if store.create(&self.key(next), &bytes).await? {
                self.version = Some(next);
                self.head = Some(next);
                let found = FoundCommit::parse(&bytes).and_then(|found| found.added);
                if let Some(file) = &found {
                    self.last_file = Some(file.path.clone());
                }
                return Ok((next, found));
            }
            self.head = Some(next);
            if let Some(found) = self.find(store, commit.load).await? {
                return Ok(found);
            }
        }
        Err(Error::Busy {
            location: store.location(&folder(self.table)),
        })
    }

    fn unread(&self) -> Option<u64> {
        let next = self.version.map_or(0, |version| version + 1);
        (self.head >= Some(next)).then_some(next)
    }

    pub(super) fn key(&self, version: u64) -> String {
        commit_key(self.table, version)
    }
}

pub(super) fn commit_key(table: Table, version: u64) -> String {
    format!("{}/{}", folder(table), file_name(version))
}

fn folder(table: Table) -> String {
    format!("{}/_delta_log", table.folder())
}
