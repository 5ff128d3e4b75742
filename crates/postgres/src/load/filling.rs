//! Fills empty master tables directly, with everything that stands on their rows made afterwards.

use std::time::Duration;

use cusip_pif::FileKind;
use tokio::time::sleep;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::{Staging, statement};
use crate::database::Database;
use crate::error::Error;

/// Somebody reads the tables for a moment, most likely. To wait for the locks would be to have all
/// readers after that one wait too, and perhaps for ever: for another lock of those that we have.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Enough for the sort of some million rows, unless the server is set to use more.
const BUILD_SETTINGS: &str = "set local statement_timeout = '2h';
    select set_config('maintenance_work_mem', '256MB', true)
    where pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')";

/// The empty master tables that a load fills.
///
/// Functions of the schema (`migrations/V11__filling.sql`) take keys, foreign keys and indexes away and
/// make them again, with the rights of the tables' owner.
#[derive(Debug)]
pub(super) struct Filling {
    kinds: Vec<FileKind>,
}

impl Filling {
    /// Makes those tables ready that can be filled. Nobody else can read or write them from then on,
    /// until the transaction ends or [`abandon`] is called. Nothing of it is done if none can.
    pub(super) async fn begin(
        database: &Database,
        client: &Client,
        candidates: &[FileKind],
    ) -> Result<Option<Self>, Error> {
        let failed = |error| database.statement("make the empty tables ready to be filled", error);
        let mut kinds = Vec::new();
        for kind in FileKind::ALL {
            let is_possible = candidates.contains(&kind)
                && kind.parent().is_none_or(|parent| kinds.contains(&parent))
                && is_empty(client, kind).await.map_err(failed)?;
            if is_possible {
                kinds.push(kind);
            }
        }
        if kinds.is_empty() {
            return Ok(None);
        }
        client
            .batch_execute("savepoint filling")
            .await
            .map_err(failed)?;
        match begin(client, &kinds).await {
            Ok(true) => Ok(Some(Self { kinds })),
            Ok(false) => abandon(client).await.map(|()| None).map_err(failed),
            Err(error) if stands_in_the_way(&error) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the empty tables are filled by way of staging"
                );
                abandon(client).await.map(|()| None).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) fn kinds(&self) -> &[FileKind] {
        &self.kinds
    }

    /// Starts to copy rows into a table.
    pub(super) async fn fill(
        &self,
        database: &Database,
        client: &Client,
        kind: FileKind,
    ) -> Result<Staging, Error> {
        let task = format!("fill {}", kind.layout().table);
        match client.copy_in(&statement::fill(kind)).await {
            Ok(sink) => Staging::binary(database.clone(), task, sink).await,
            Err(error) => Err(database.statement(task, error)),
        }
    }

    /// Makes the keys of a table that is filled. Tells whether its rows keep to them: if not, there
    /// are repeated keys or orphans.
    pub(super) async fn make_keys(
        &self,
        client: &Client,
        kind: FileKind,
    ) -> Result<bool, tokio_postgres::Error> {
        client.batch_execute(BUILD_SETTINGS).await?;
        for wanted in ["key", "foreign key"] {
            match restore(client, kind, wanted).await {
                Ok(()) => {}
                Err(error) if is_violation(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Makes the indexes of a table that has its keys, and the planner's figures about it.
    pub(super) async fn make_indexes(
        &self,
        client: &Client,
        kind: FileKind,
    ) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(BUILD_SETTINGS).await?;
        restore(client, kind, "index").await?;
        super::analyze_master(client, kind).await
    }
}

/// Undoes everything since [`Filling::begin`].
pub(super) async fn abandon(client: &Client) -> Result<(), tokio_postgres::Error> {
    (client.batch_execute("rollback to savepoint filling; release savepoint filling")).await
}

async fn is_empty(client: &Client, kind: FileKind) -> Result<bool, tokio_postgres::Error> {
    let query = statement::is_empty(kind);
    Ok(client.query_one(&query, &[]).await?.get(0))
}

/// Takes away what is on the tables, if they can be filled.
async fn begin(client: &Client, kinds: &[FileKind]) -> Result<bool, tokio_postgres::Error> {
    let tables: Vec<_> = kinds.iter().map(|kind| kind.layout().table).collect();
    let mut tries = 0;
    let is_possible = loop {
        tries += 1;
        match client
            .query_one("select begin_filling($1)", &[&tables])
            .await
        {
            Err(error) if is_locked(&error) && tries < LOCK_TRIES => {
                client
                    .batch_execute("rollback to savepoint filling")
                    .await?;
                sleep(LOCK_PAUSE).await;
            }
            Err(error) if is_locked(&error) => break false,
            begun => break begun?.get(0),
        }
    };
    if is_possible {
        client.batch_execute(super::COPY_TIMEOUT).await?;
    }
    Ok(is_possible)
}

/// Makes again what was taken away from a table.
async fn restore(
    client: &Client,
    kind: FileKind,
    wanted: &str,
) -> Result<(), tokio_postgres::Error> {
    let table = kind.layout().table;
    client
        .execute("select restore_filled($1, $2)", &[&table, &wanted])
        .await
        .map(|_| ())
}

fn is_locked(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

/// Tells whether the tables cannot be filled for a reason that is no fault.
fn stands_in_the_way(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::DEPENDENT_OBJECTS_STILL_EXIST,
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::OBJECT_IN_USE,
        ]
        .contains(code)
    })
}

fn is_violation(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION].contains(code)
    })
}
