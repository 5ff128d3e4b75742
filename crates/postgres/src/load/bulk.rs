//! Bulk load: copies records into empty master tables, then builds their keys and indexes.
//!
//! Copying into a table without keys and indexes and building those afterwards takes a third of the
//! time that updating them row by row does. It is all done in the load's transaction, after the
//! strategy's savepoint:
//!
//! 1. [`BulkLoad::begin`] locks the tables, reads the definitions of their keys, foreign keys and
//!    indexes from the catalog, drops them, and truncates the tables.
//! 2. [`BulkLoad::copy`] copies records with `FREEZE`, which is why the tables are truncated: the
//!    server allows it only for tables that the same subtransaction has created or truncated.
//! 3. [`BulkLoad::build_keys`] and [`BulkLoad::write`] run the definitions again.
//!
//! Only the owner of the tables can do this. Whatever else prevents it (a foreign key of another
//! table, a view that depends on a key, row-level security, an event trigger that raises) makes a
//! statement fail or a definition come back changed. Then the strategy does not apply, and the load
//! starts over by staging its records.

use std::time::Duration;

use cusip_connect::Client;
use cusip_pif::FileKind;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;

use super::copy::CopyIn;
use super::row_buffer::RowBuffer;
use super::target::{CopyTarget, Written};
use super::{Load, statement};
use crate::error::Error;

/// How often to try to lock the tables, 25 ms apart.
///
/// Waiting for the locks would make every new reader wait behind the load, and would never end if
/// the reader in the way is waiting for one of our other locks. Most readers finish quickly.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Memory for sorting a few million rows, unless the server is configured with more.
const BUILD_SETTINGS: &str = "set local statement_timeout = '2h';
    select set_config('maintenance_work_mem', '256MB', true)
    where pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')";

/// SQLSTATE classes that say nothing about the tables: connection, resources, operator, server.
const FATAL_CLASSES: [&str; 5] = ["08", "53", "57", "58", "XX"];

/// Empty master tables without their keys and indexes, ready for a bulk load.
#[derive(Debug)]
pub(super) struct BulkLoad {
    /// What [`begin`](Self::begin) dropped, in the order in which to build it again.
    dropped: Vec<Definition>,
}

/// A key, foreign key or index as the catalog defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Definition {
    /// The table that must have its rows before this can be built.
    kind: FileKind,
    part: Part,
    /// The definition without names, e.g. `PRIMARY KEY (issuer_num)`.
    definition: String,
    drop: String,
    build: String,
    /// Properties that building does not restore, such as a tablespace.
    properties: String,
}

/// What a definition defines. Foreign keys depend on keys, so they are built after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Key,
    ForeignKey,
    Index,
}

impl BulkLoad {
    /// Prepares the tables of these kinds, or returns `None` if that is impossible.
    ///
    /// From then on no other session can read or write the master tables, until the transaction ends
    /// or rolls back to the strategy's savepoint.
    pub(super) async fn begin(load: &Load, kinds: &[FileKind]) -> Result<Option<Self>, Error> {
        let client = load.client();
        let reason = match prepare(client, kinds).await {
            Ok(Ok(dropped)) => return Ok(Some(Self { dropped })),
            Ok(Err(reason)) => reason.to_owned(),
            Err(error) if is_about_the_tables(&error) => {
                (error.as_db_error()).map_or_else(|| error.to_string(), ToString::to_string)
            }
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
        let task = format!("copy the records into {}", kind.layout().table);
        let database = load.database();
        let copy = match load.transaction.copy_in(&statement::bulk_copy(kind)).await {
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
        match self.build(load.client(), kind, &parts).await {
            Ok(()) => Ok(true),
            Err(error) if is_violation(&error) => Ok(false),
            Err(error) => {
                let task = format!("build the keys of {}", kind.layout().table);
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
        let built = async {
            self.build(load.client(), kind, &[Part::Index]).await?;
            super::analyze_master(load.client(), kind).await
        };
        built.await.map_err(|error| {
            let task = format!("build the indexes of {}", kind.layout().table);
            load.database().statement(task, error)
        })?;
        Ok(Written {
            inserted: records,
            ..Written::default()
        })
    }

    async fn build(
        &self,
        client: &Client,
        kind: FileKind,
        parts: &[Part],
    ) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(BUILD_SETTINGS).await?;
        build(client, &self.dropped, kind, parts).await
    }
}

async fn is_empty(client: &Client, kind: FileKind) -> Result<bool, tokio_postgres::Error> {
    let query = statement::is_empty(kind);
    Ok(client.query_one(&query, &[]).await?.get(0))
}

/// Returns whether the role owns the master tables, and they are plain tables without row-level
/// security, which COPY does not support.
async fn is_permitted(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let query =
        "select bool_and(relkind = 'r' and not relrowsecurity and pg_has_role(relowner, 'usage'))
        from pg_class where oid = any ($1::text[]::regclass[])";
    Ok(client.query_one(query, &[&tables()]).await?.get(0))
}

/// Locks the tables, drops their keys and indexes, and truncates them. Returns what it dropped, or
/// why the tables are not suitable.
async fn prepare(
    client: &Client,
    kinds: &[FileKind],
) -> Result<Result<Vec<Definition>, &'static str>, tokio_postgres::Error> {
    if !is_permitted(client).await? {
        return Ok(Err(
            "the role does not own the tables, or they are not ordinary tables",
        ));
    }
    // The foreign keys find orphans, so each kind's parents must be part of the load too.
    let has_parent = |kind: &FileKind| kind.parent().is_none_or(|parent| kinds.contains(&parent));
    if !kinds.iter().all(has_parent) {
        return Ok(Err("the load does not include a parent file"));
    }
    lock(client).await?;
    // Another session may have inserted rows before we had the lock.
    for kind in FileKind::ALL {
        if !is_empty(client, kind).await? {
            return Ok(Err("a table is not empty"));
        }
    }
    let definitions = read_definitions(client, kinds).await?;
    if !kinds.iter().all(|&kind| has_keys(&definitions, kind)) {
        return Ok(Err("a table lacks its primary or foreign key"));
    }
    // Dropping and building once on the empty tables shows whether it can be done, before any record
    // is copied: an event trigger may raise, and not every property is part of a definition.
    drop_all(client, &definitions).await?;
    for &kind in kinds {
        build(client, &definitions, kind, &[Part::Key, Part::ForeignKey]).await?;
    }
    for &kind in kinds {
        build(client, &definitions, kind, &[Part::Index]).await?;
    }
    if read_definitions(client, kinds).await? != definitions {
        return Ok(Err("a key or index cannot be built as it was"));
    }
    drop_all(client, &definitions).await?;
    // One statement for all tables: logical replication repeats each TRUNCATE at the subscriber,
    // where one of a table to which others refer would fail and stop the replication.
    let truncate = format!("{}; truncate {}", super::COPY_TIMEOUT, tables().join(", "));
    client.batch_execute(&truncate).await?;
    Ok(Ok(definitions))
}

async fn lock(client: &Client) -> Result<(), tokio_postgres::Error> {
    let statement = format!(
        "lock table {} in access exclusive mode nowait",
        tables().join(", ")
    );
    for _ in 1..LOCK_TRIES {
        match client.batch_execute(&statement).await {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                (client.batch_execute("rollback to savepoint strategy")).await?;
                sleep(LOCK_PAUSE).await;
            }
            locked => return locked,
        }
    }
    client.batch_execute(&statement).await
}

async fn read_definitions(
    client: &Client,
    kinds: &[FileKind],
) -> Result<Vec<Definition>, tokio_postgres::Error> {
    let loaded: Vec<_> = kinds.iter().map(|kind| kind.layout().table).collect();
    let rows = (client.query(statement::DEFINITIONS, &[&loaded, &tables()])).await?;
    let definition = |row: &tokio_postgres::Row| {
        let number: i32 = row.try_get("table_number")?;
        let contype: &str = row.try_get("contype")?;
        Ok(Definition {
            kind: kinds[number.unsigned_abs() as usize - 1],
            part: match contype {
                "f" => Part::ForeignKey,
                "" => Part::Index,
                _ => Part::Key,
            },
            definition: row.try_get("definition")?,
            drop: row.try_get("remove")?,
            build: row.try_get("build")?,
            properties: row.try_get("properties")?,
        })
    };
    let definitions: Result<Vec<_>, _> = rows.iter().map(definition).collect();
    let mut definitions = definitions?;
    definitions.sort_by(|a, b| (a.part, &a.drop).cmp(&(b.part, &b.drop)));
    Ok(definitions)
}

/// Returns whether a table has the keys that catch repeated records and missing parents.
fn has_keys(definitions: &[Definition], kind: FileKind) -> bool {
    let has = |wanted: &str| {
        (definitions.iter()).any(|found| found.kind == kind && found.definition == wanted)
    };
    let foreign_key = kind.parent().map(|parent| {
        let (key, table) = (statement::key(parent, ""), parent.layout().table);
        format!("FOREIGN KEY ({key}) REFERENCES {table}({key})")
    });
    has(&format!("PRIMARY KEY ({})", statement::key(kind, "")))
        && foreign_key.is_none_or(|foreign_key| has(&foreign_key))
}

/// Drops foreign keys first, since they depend on keys.
async fn drop_all(
    client: &Client,
    definitions: &[Definition],
) -> Result<(), tokio_postgres::Error> {
    let (foreign_keys, others): (Vec<_>, Vec<_>) =
        (definitions.iter()).partition(|definition| definition.part == Part::ForeignKey);
    for definition in foreign_keys.into_iter().chain(others) {
        client.batch_execute(&definition.drop).await?;
    }
    Ok(())
}

/// Rebuilds these parts of a table.
async fn build(
    client: &Client,
    definitions: &[Definition],
    kind: FileKind,
    parts: &[Part],
) -> Result<(), tokio_postgres::Error> {
    let wanted = (definitions.iter())
        .filter(|definition| definition.kind == kind && parts.contains(&definition.part));
    for definition in wanted {
        client.batch_execute(&definition.build).await?;
    }
    Ok(())
}

fn tables() -> Vec<&'static str> {
    FileKind::ALL.map(|kind| kind.layout().table).to_vec()
}

/// Returns whether the server refused the statement, so that staging may still work.
fn is_about_the_tables(error: &tokio_postgres::Error) -> bool {
    (error.code()).is_some_and(|code| !FATAL_CLASSES.contains(&&code.code()[..2]))
}

fn is_violation(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION].contains(code)
    })
}
