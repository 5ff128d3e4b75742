//! Bulk load: copies records into empty master tables, then builds their keys and indexes.
//!
//! It is all done in the load's transaction, after the strategy's savepoint:
//!
//! 1. [`BulkLoad::begin`] locks the tables and drops their keys and indexes.
//! 2. [`BulkLoad::copy`] copies records.
//! 3. [`BulkLoad::build_keys`] and [`BulkLoad::write`] build what was dropped.
//!
//! If the tables cannot be prepared, the strategy does not apply, and the load starts over by staging
//! its records.

use cusip_connect::Client;
use cusip_pif::FileKind;
use tokio_postgres::error::SqlState;

use super::copy::CopyIn;
use super::definitions::{self, Definitions, Part};
use super::row_buffer::RowBuffer;
use super::target::{CopyTarget, Written};
use super::{Load, statement};
use crate::error::Error;
use crate::tables::table_of;

/// Empty master tables without their keys and indexes, ready for a bulk load.
#[derive(Debug)]
pub(super) struct BulkLoad {
    /// What [`begin`](Self::begin) dropped.
    dropped: Definitions,
    freeze: bool,
}

impl BulkLoad {
    /// Prepares the tables of these kinds, or returns `None` if that is impossible.
    ///
    /// From then on no other session can read or write the master tables, until the transaction ends
    /// or rolls back to the strategy's savepoint.
    pub(super) async fn begin(load: &Load, kinds: &[FileKind]) -> Result<Option<Self>, Error> {
        let client = load.client();
        let reason = match prepare(client, kinds).await {
            Ok(Ok(prepared)) => return Ok(Some(prepared)),
            Ok(Err(reason)) => reason.to_owned(),
            Err(error) if definitions::is_about_the_tables(&error) => definitions::words(&error),
            Err(error) => {
                let task = "prepare the empty tables for a bulk load";
                return Err(load.database().statement(task, error));
            }
        };
        tracing::debug!(reason, "the tables cannot be bulk-loaded");
        Ok(None)
    }

    /// Starts to copy the records of a kind.
    pub(super) async fn copy(&self, load: &Load, kind: FileKind) -> Result<CopyTarget, Error> {
        let task = format!("copy the records into {}", table_of(kind));
        let database = load.database();
        let copy = statement::bulk_copy(kind, self.freeze);
        let copy = match load.transaction.copy_in(&copy).await {
            Ok(sink) => CopyIn::binary(database.clone(), task, sink).await?,
            Err(error) => return Err(database.statement(task, error)),
        };
        Ok(CopyTarget {
            rows: RowBuffer::master(load.job(), kind),
            copy,
            master: None,
        })
    }

    /// Builds the key and foreign keys of a table. Returns `false` if its rows violate them, because
    /// a key is repeated or a parent is missing.
    pub(super) async fn build_keys(&self, load: &Load, kind: FileKind) -> Result<bool, Error> {
        let parts = [Part::Key, Part::ForeignKey];
        match self.dropped.build(load.client(), kind, &parts).await {
            Ok(()) => Ok(true),
            Err(error) if is_violation(&error) => Ok(false),
            Err(error) => {
                let task = format!("build the keys of {}", table_of(kind));
                Err(load.database().statement(task, error))
            }
        }
    }

    /// Builds the indexes of a table that has its records and keys.
    pub(super) async fn write(
        &self,
        load: &Load,
        kind: FileKind,
        records: u64,
    ) -> Result<Written, Error> {
        let client = load.client();
        let built = async {
            self.dropped.build(client, kind, &[Part::Index]).await?;
            super::analyze_master(client, kind).await
        };
        built.await.map_err(|error| {
            let task = format!("build the indexes of {}", table_of(kind));
            load.database().statement(task, error)
        })?;
        Ok(Written {
            inserted: records,
            ..Written::default()
        })
    }
}

/// Locks the tables and drops their keys and indexes, or says why the tables are not suitable.
async fn prepare(
    client: &Client,
    kinds: &[FileKind],
) -> Result<Result<BulkLoad, &'static str>, tokio_postgres::Error> {
    if !definitions::may_drop(client).await? {
        return Ok(Err(
            "the role does not own the tables, or they are not ordinary tables",
        ));
    }
    // The foreign keys find orphans, so each kind's parents must be part of the load too.
    let has_parent = |kind: &FileKind| kind.parent().is_none_or(|parent| kinds.contains(&parent));
    if !kinds.iter().all(has_parent) {
        return Ok(Err("the load does not include a parent file"));
    }
    definitions::lock_masters(client, "strategy").await?;
    // Another session may have inserted rows before we had the lock.
    for kind in FileKind::ALL {
        if !is_empty(client, kind).await? {
            return Ok(Err("a table is not empty"));
        }
    }
    let dropped = Definitions::read(client, kinds).await?;
    if !kinds.iter().all(|&kind| dropped.have_keys(kind)) {
        return Ok(Err("a table lacks its primary or foreign key"));
    }
    // Dropping and building once on the empty tables shows whether it can be done, before any record
    // is copied: an event trigger may raise, and not every property is part of a definition.
    dropped.drop_all(client).await?;
    for parts in [&[Part::Key, Part::ForeignKey][..], &[Part::Index]] {
        for &kind in kinds {
            dropped.build(client, kind, parts).await?;
        }
    }
    if Definitions::read(client, kinds).await? != dropped {
        return Ok(Err("a key or index cannot be built as it was"));
    }
    dropped.drop_all(client).await?;
    let freeze = truncate(client).await?;
    client.batch_execute(super::COPY_TIMEOUT).await?;
    Ok(Ok(BulkLoad { dropped, freeze }))
}

/// Truncates the empty tables, so that records can be copied with FREEZE: the server allows it only for
/// tables that the same subtransaction has created or truncated. Returns whether it did.
///
/// With logical replication it does not. A subscriber would repeat the TRUNCATE, which deletes rows that
/// came from elsewhere, and stops the replication if another table there refers to a truncated one.
async fn truncate(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let query = "select current_setting('wal_level') = 'logical'";
    if client.query_one(query, &[]).await?.try_get(0)? {
        return Ok(false);
    }
    let truncate = format!("truncate {}", definitions::tables().join(", "));
    client.batch_execute(&truncate).await?;
    Ok(true)
}

async fn is_empty(client: &Client, kind: FileKind) -> Result<bool, tokio_postgres::Error> {
    let query = statement::is_empty(kind);
    client.query_one(&query, &[]).await?.try_get(0)
}

fn is_violation(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION].contains(code)
    })
}
