//! Merges staged records into their master table.

use cusip_connect::Client;
use cusip_pif::FileKind;

use super::definitions::{self, Definitions, Part};
use super::target::Written;
use super::{Load, statement, written};
use crate::error::Error;
use crate::tables::table_of;

/// A load analyzes a table if it wrote more than one in this many of its rows.
const ANALYZE_SHARE: u64 = 10;

/// Below this number of new rows, building indexes costs more than it saves.
const LEAST_NEW_ROWS_TO_BUILD_INDEXES: u64 = 10_000;

/// Writes the staged records that are new or differ from their row. Rows that do not change are not
/// touched.
pub(super) async fn merge(load: &Load, kind: FileKind) -> Result<Written, Error> {
    let table = table_of(kind);
    let client = load.client();
    let failed = |error| {
        let task = format!("merge the staged records into {table}");
        load.database().statement(task, error)
    };
    let staged = compare(client, kind).await.map_err(failed)?;
    // Before keys are dropped: without one, the server refuses to update a table that is published.
    if staged.updated > 0 {
        let update = statement::update(kind);
        let updated = client.execute(&update, &[&load.job().0]).await;
        written::check(load, table, staged.updated, updated.map_err(failed)?).await?;
    }
    if staged.inserted > 0 {
        let inserted = insert(load, kind, staged.inserted).await.map_err(failed)?;
        written::check(load, table, staged.inserted, inserted).await?;
    }
    let rows = rows_when_analyzed(client, kind).await.map_err(failed)?;
    if (staged.inserted + staged.updated) * ANALYZE_SHARE > rows {
        super::analyze_master(client, kind).await.map_err(failed)?;
    }
    Ok(staged)
}

/// Returns what a merge of the staged records will write.
async fn compare(client: &Client, kind: FileKind) -> Result<Written, tokio_postgres::Error> {
    let row = client.query_one(&statement::compare(kind), &[]).await?;
    let count = |index| Ok(row.try_get::<_, i64>(index)?.cast_unsigned());
    Ok(Written {
        inserted: count(0)?,
        updated: count(1)?,
        unchanged: count(2)?,
    })
}

/// Inserts the records that are new, and returns how many the server wrote.
async fn insert(load: &Load, kind: FileKind, new: u64) -> Result<u64, tokio_postgres::Error> {
    let client = load.client();
    if new >= LEAST_NEW_ROWS_TO_BUILD_INDEXES
        && definitions::may_drop(client).await?
        && rows(client, kind).await? <= new
    {
        client.batch_execute("savepoint indexes").await?;
        let reason = match insert_then_build(load, kind).await {
            Ok(Ok(inserted)) => return Ok(inserted),
            Ok(Err(reason)) => reason.to_owned(),
            Err(error) if definitions::is_about_the_tables(&error) => definitions::words(&error),
            Err(error) => return Err(error),
        };
        tracing::debug!(reason, "the indexes cannot be built afterwards");
        client
            .batch_execute("rollback to savepoint indexes")
            .await?;
    }
    (client.execute(&statement::insert(kind), &[&load.job().0])).await
}

/// Inserts the new records into the table without its keys and indexes, and builds those afterwards.
/// Returns how many the server wrote, or why that is impossible.
async fn insert_then_build(
    load: &Load,
    kind: FileKind,
) -> Result<Result<u64, &'static str>, tokio_postgres::Error> {
    let client = load.client();
    definitions::lock_masters(client, "indexes").await?;
    let dropped = Definitions::read(client, &[kind]).await?;
    dropped.drop_all(client).await?;
    let insert = statement::insert(kind);
    let inserted = client.execute(&insert, &[&load.job().0]).await?;
    dropped.build(client, kind, &Part::ALL).await?;
    if Definitions::read(client, &[kind]).await? != dropped {
        return Ok(Err("a key or index cannot be built as it was"));
    }
    Ok(Ok(inserted))
}

async fn rows(client: &Client, kind: FileKind) -> Result<u64, tokio_postgres::Error> {
    let query = format!("select count(*) from {}", table_of(kind));
    let rows: i64 = client.query_one(&query, &[]).await?.try_get(0)?;
    Ok(rows.cast_unsigned())
}

/// Returns how many rows the table had when it was last analyzed.
async fn rows_when_analyzed(client: &Client, kind: FileKind) -> Result<u64, tokio_postgres::Error> {
    let query = "select reltuples::bigint from pg_class where oid = $1::text::regclass";
    let row = client.query_one(query, &[&table_of(kind)]).await?;
    Ok(row.try_get::<_, i64>(0)?.max(0).cast_unsigned())
}
