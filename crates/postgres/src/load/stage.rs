//! Stages records in temporary tables, checks them there, and merges them into the master tables.

use cusip_pif::FileKind;

use super::copy::CopyIn;
use super::master_rows::MasterRows;
use super::orphan::{OrphanLines, Orphans};
use super::row_buffer::RowBuffer;
use super::target::{CopyTarget, Written};
use super::{COPY_TIMEOUT, Load, MERGE_TIMEOUT, merge, statement};
use crate::error::Error;
use crate::tables::table_of;

/// The staging tables of a load.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) skip_unchanged: bool,
    staged: Vec<FileKind>,
}

impl Stage {
    pub(super) const fn new(skip_unchanged: bool) -> Self {
        Self {
            skip_unchanged,
            staged: Vec::new(),
        }
    }

    /// Creates the staging table of a kind and starts to copy records into it.
    pub(super) async fn copy(
        &mut self,
        load: &Load,
        kind: FileKind,
    ) -> Result<Option<CopyTarget>, Error> {
        let database = load.database();
        let master = match self
            .skip_unchanged
            .then(|| MasterRows::read(database, load.server, kind))
        {
            None => None,
            Some(master) => match master.await {
                Ok(master) => Some(master),
                // A role or a server may be short of connections.
                Err(error) if error.is_unavailable() => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        let task = format!("stage the records for {}", table_of(kind));
        let copy = async {
            let create = format!("{COPY_TIMEOUT}; {}", statement::create_staging(kind));
            load.client().batch_execute(&create).await?;
            load.transaction.copy_in(&statement::copy(kind)).await
        };
        match copy.await {
            Ok(sink) => {
                self.staged.push(kind);
                Ok(Some(CopyTarget {
                    rows: RowBuffer::staging(),
                    copy: CopyIn::text(database.clone(), task, sink),
                    master,
                }))
            }
            Err(error) => Err(database.statement(task, error)),
        }
    }

    /// Removes each staged record whose key is repeated later in its file, and returns their number.
    pub(super) async fn remove_superseded(
        &self,
        load: &Load,
        kind: FileKind,
        ascending: bool,
    ) -> Result<u64, Error> {
        let removed = async {
            // The planner knows nothing about a new temporary table.
            let analyze = statement::analyze_staging(kind);
            (load.client())
                .batch_execute(&format!("{MERGE_TIMEOUT}; {analyze}"))
                .await?;
            if ascending {
                return Ok(0);
            }
            let delete = statement::delete_superseded(kind);
            load.client().execute(&delete, &[]).await
        };
        removed.await.map_err(|error| {
            let table = table_of(kind);
            let task = format!("find repeated keys among the records for {table}");
            load.database().statement(task, error)
        })
    }

    /// Removes the staged records whose parent is neither in the master table nor staged.
    pub(super) async fn remove_orphans(
        &self,
        load: &Load,
        kind: FileKind,
        lines: OrphanLines,
    ) -> Result<Orphans, Error> {
        let database = load.database();
        let Some(parent) = kind.parent() else {
            return Ok(Orphans::none(database.clone()));
        };
        let task = format!("find orphans among the records for {}", table_of(kind));
        let sql = statement::delete_orphans(kind, parent, self.staged.contains(&parent), lines);
        match load.client().query_stream(&sql, &[]).await {
            Ok(rows) => Ok(Orphans::new(database.clone(), task, rows)),
            Err(error) => Err(database.statement(task, error)),
        }
    }

    /// Merges the staged records of a kind, `records` of which are left, into its master table.
    pub(super) async fn merge(
        &self,
        load: &Load,
        kind: FileKind,
        records: u64,
    ) -> Result<Written, Error> {
        if records == 0 {
            return Ok(Written::default());
        }
        merge::merge(load, kind).await
    }
}
