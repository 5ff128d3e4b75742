//! The keys, foreign keys and indexes of the master tables: drops them, and builds them again as they
//! were.
//!
//! Writing many rows into a table without keys and indexes and building those afterwards takes a third
//! of the time that updating them row by row does. It is all done in the load's transaction. Only the
//! owner of the tables can do this. Whatever else prevents it (a foreign key of another table, a view
//! that depends on a key, an event trigger that raises) makes a statement fail or a definition come back
//! changed. Then the load writes its rows with keys and indexes in place.

use std::time::Duration;

use cusip_connect::Client;
use cusip_pif::FileKind;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;

use super::statement;
use crate::tables::table_of;

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

/// The keys, foreign keys and indexes of master tables, as the catalog defines them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Definitions(Vec<Definition>);

#[derive(Debug, PartialEq, Eq)]
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
pub(super) enum Part {
    Key,
    ForeignKey,
    Index,
}

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Key, Self::ForeignKey, Self::Index];
}

impl Definitions {
    /// Reads what is defined on the tables of these kinds.
    pub(super) async fn read(
        client: &Client,
        kinds: &[FileKind],
    ) -> Result<Self, tokio_postgres::Error> {
        let loaded: Vec<_> = kinds.iter().map(|kind| table_of(*kind)).collect();
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
        Ok(Self(definitions))
    }

    /// Returns whether a table has the keys that catch repeated records and missing parents.
    pub(super) fn have_keys(&self, kind: FileKind) -> bool {
        let has = |wanted: &str| {
            (self.0.iter()).any(|found| found.kind == kind && found.definition == wanted)
        };
        let foreign_key = kind.parent().map(|parent| {
            let (key, table) = (statement::key(parent, ""), table_of(parent));
            format!("FOREIGN KEY ({key}) REFERENCES {table}({key})")
        });
        has(&format!("PRIMARY KEY ({})", statement::key(kind, "")))
            && foreign_key.is_none_or(|foreign_key| has(&foreign_key))
    }

    /// Drops everything: foreign keys first, since they depend on keys.
    pub(super) async fn drop_all(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let (foreign_keys, others): (Vec<_>, Vec<_>) =
            (self.0.iter()).partition(|definition| definition.part == Part::ForeignKey);
        for definition in foreign_keys.into_iter().chain(others) {
            client.batch_execute(&definition.drop).await?;
        }
        Ok(())
    }

    /// Builds these parts of a table.
    pub(super) async fn build(
        &self,
        client: &Client,
        kind: FileKind,
        parts: &[Part],
    ) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(BUILD_SETTINGS).await?;
        let wanted = (self.0.iter())
            .filter(|definition| definition.kind == kind && parts.contains(&definition.part));
        for definition in wanted {
            client.batch_execute(&definition.build).await?;
        }
        Ok(())
    }
}

/// Returns whether the role owns the master tables, and they are plain tables without row-level
/// security, which COPY does not support.
pub(super) async fn may_drop(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let query =
        "select bool_and(relkind = 'r' and not relrowsecurity and pg_has_role(relowner, 'usage'))
        from pg_class where oid = any ($1::text[]::regclass[])";
    client.query_one(query, &[&tables()]).await?.try_get(0)
}

/// Locks the master tables, so that no other session can read or write them. Each further try rolls
/// back to this savepoint.
pub(super) async fn lock_masters(
    client: &Client,
    savepoint: &str,
) -> Result<(), tokio_postgres::Error> {
    let statement = format!(
        "lock table {} in access exclusive mode nowait",
        tables().join(", ")
    );
    for _ in 1..LOCK_TRIES {
        match client.batch_execute(&statement).await {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                let undo = format!("rollback to savepoint {savepoint}");
                client.batch_execute(&undo).await?;
                sleep(LOCK_PAUSE).await;
            }
            locked => return locked,
        }
    }
    client.batch_execute(&statement).await
}

/// Returns whether the server refused a statement because of the tables, so that the load may go on
/// with keys and indexes in place.
pub(super) fn is_about_the_tables(error: &tokio_postgres::Error) -> bool {
    (error.code()).is_some_and(|code| !FATAL_CLASSES.contains(&&code.code()[..2]))
}

/// Returns the server's message, or the driver's.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    (error.as_db_error()).map_or_else(|| error.to_string(), ToString::to_string)
}

pub(super) fn tables() -> Vec<&'static str> {
    FileKind::ALL.map(table_of).to_vec()
}
