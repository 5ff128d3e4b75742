//! Fills empty master tables directly, with everything that stands on their rows made afterwards.

use std::time::Duration;

use cusip_pif::FileKind;
use deadpool_postgres::Object;
use tokio::time::sleep;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::{Staging, parent, statement};
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

/// Whether the tables can be filled, of those whose numbers are the parameter: all are empty, are the
/// connecting role's to change, keep to no policy that is about rows, and have nothing on them that
/// would not come back as it was.
const IS_POSSIBLE: &str = "select bool_and(
        relkind = 'r' and pg_has_role(relowner, 'usage') and not row_security_active(class.oid)
        and not exists (
            select from pg_constraint where contype = 'f' and confrelid = class.oid
                and conrelid <> all ($2::oid[]))
        and not exists (
            select from pg_index join pg_class as index on index.oid = indexrelid
            where indrelid = class.oid and (indisclustered or indisreplident or not indisvalid
                or index.reltablespace <> 0)))
    from pg_class as class where class.oid = any ($1::oid[])";

/// What is on the tables: for each the table's number, the kind of thing, and the statements that
/// take it away and bring it back. Foreign keys come first, as they stand on the others.
const ON_TABLES: &str = "select * from (
    select conrelid as table, 'foreign key' as what, confrelid as parent,
        format('alter table %s drop constraint %I', conrelid::regclass, conname) as remove,
        format('alter table %s add constraint %I %s', conrelid::regclass, conname,
            pg_get_constraintdef(oid))
        || coalesce(format('; comment on constraint %I on %s is %L', conname, conrelid::regclass,
            obj_description(oid, 'pg_constraint')), '') as restore
    from pg_constraint
    where contype = 'f' and (conrelid = any ($1::oid[]) or confrelid = any ($1::oid[]))
    union all
    select conrelid, 'key', conrelid,
        format('alter table %s drop constraint %I', conrelid::regclass, conname),
        format('alter table %s add constraint %I %s', conrelid::regclass, conname,
            pg_get_constraintdef(oid))
        || coalesce(format('; comment on constraint %I on %s is %L', conname, conrelid::regclass,
            obj_description(oid, 'pg_constraint')), '')
        || coalesce(format('; comment on index %s is %L', conindid::regclass,
            obj_description(conindid, 'pg_class')), '')
    from pg_constraint where contype in ('p', 'u', 'x') and conrelid = any ($1::oid[])
    union all
    select indrelid, 'index', indrelid, format('drop index %s', indexrelid::regclass),
        pg_get_indexdef(indexrelid)
        || coalesce(format('; comment on index %s is %L', indexrelid::regclass,
            obj_description(indexrelid, 'pg_class')), '')
    from pg_index where indrelid = any ($1::oid[])
        and not exists (select from pg_constraint where conindid = indexrelid
            and contype in ('p', 'u', 'x'))
    ) as on_tables order by what = 'foreign key' desc, what = 'key' desc, remove";

/// The empty master tables that a load fills.
#[derive(Debug)]
pub(super) struct Filling {
    kinds: Vec<FileKind>,
    /// What was taken away from the tables and is to come back.
    removed: Vec<Removed>,
}

#[derive(Debug)]
struct Removed {
    what: What,
    /// When it can come back: with the rows of this kind, after what has an earlier kind.
    kind: FileKind,
    restore: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    ForeignKey,
    Key,
    Index,
}

impl Filling {
    /// Makes those tables ready that can be filled. Nobody else can read or write them from then on,
    /// until the transaction ends or [`abandon`] is called. Nothing of it is done if none can.
    pub(super) async fn begin(
        database: &Database,
        client: &Object,
        candidates: &[FileKind],
    ) -> Result<Option<Self>, Error> {
        let failed = |error| database.statement("make the empty tables ready to be filled", error);
        let mut kinds = Vec::new();
        for kind in FileKind::ALL {
            let is_possible = candidates.contains(&kind)
                && parent(kind).is_none_or(|parent| kinds.contains(&parent))
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
        let begun = match lock(client).await {
            Ok(true) => begin_locked(client, &kinds).await,
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        match begun {
            Ok(Some(removed)) => Ok(Some(Self { kinds, removed })),
            Ok(None) => abandon(client).await.map(|()| None).map_err(failed),
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
        client: &Object,
        kind: FileKind,
    ) -> Result<Staging, Error> {
        let task = format!("fill {}", kind.layout().table);
        match client.copy_in(&statement::fill(kind)).await {
            Ok(sink) => Ok(Staging::new(database.clone(), task, sink)),
            Err(error) => Err(database.statement(task, error)),
        }
    }

    /// Makes the keys of a table that is filled. Tells whether its rows keep to them: if not, there
    /// are repeated keys or orphans.
    pub(super) async fn make_keys(
        &self,
        client: &Object,
        kind: FileKind,
    ) -> Result<bool, tokio_postgres::Error> {
        client.batch_execute(BUILD_SETTINGS).await?;
        for what in [What::Key, What::ForeignKey] {
            for restore in self.removed(what, kind) {
                match client.batch_execute(restore).await {
                    Ok(()) => {}
                    Err(error) if is_violation(&error) => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(true)
    }

    /// Makes the indexes of a table that has its keys, and the planner's figures about it.
    pub(super) async fn make_indexes(
        &self,
        client: &Object,
        kind: FileKind,
    ) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(BUILD_SETTINGS).await?;
        for restore in self.removed(What::Index, kind) {
            client.batch_execute(restore).await?;
        }
        client.batch_execute(&statement::analyze_master(kind)).await
    }

    fn removed(&self, what: What, kind: FileKind) -> impl Iterator<Item = &str> {
        let wanted = move |removed: &&Removed| removed.what == what && removed.kind == kind;
        self.removed
            .iter()
            .filter(wanted)
            .map(|removed| removed.restore.as_str())
    }
}

/// Undoes everything since [`Filling::begin`].
pub(super) async fn abandon(client: &Object) -> Result<(), tokio_postgres::Error> {
    (client.batch_execute("rollback to savepoint filling; release savepoint filling")).await
}

async fn is_empty(client: &Object, kind: FileKind) -> Result<bool, tokio_postgres::Error> {
    let query = statement::is_empty(kind);
    Ok(client.query_one(&query, &[]).await?.get(0))
}

/// Takes all the locks at once or none, and tells which.
async fn lock(client: &Object) -> Result<bool, tokio_postgres::Error> {
    let lock = format!("lock table {} in access exclusive mode nowait", tables());
    for _ in 0..LOCK_TRIES {
        match client.batch_execute(&lock).await {
            Ok(()) => return Ok(true),
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                client
                    .batch_execute("rollback to savepoint filling")
                    .await?;
                sleep(LOCK_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Takes away what is on the tables and returns it, if they can be filled.
async fn begin_locked(
    client: &Object,
    kinds: &[FileKind],
) -> Result<Option<Vec<Removed>>, tokio_postgres::Error> {
    let mut numbers = Vec::new();
    for kind in FileKind::ALL {
        let query = statement::table_number(kind);
        numbers.push(client.query_one(&query, &[]).await?.get::<_, u32>(0));
    }
    let kind_of = |number: u32| {
        let found = numbers.iter().position(|&other| other == number);
        found.map(|index| FileKind::ALL[index])
    };
    let filled: Vec<u32> = (numbers.iter().copied())
        .filter(|&number| kind_of(number).is_some_and(|kind| kinds.contains(&kind)))
        .collect();
    let possible = client.query_one(IS_POSSIBLE, &[&filled, &numbers]).await?;
    let mut possible: bool = possible.get(0);
    // Somebody may have been quicker than the locks.
    for kind in kinds {
        possible &= is_empty(client, *kind).await?;
    }
    if !possible {
        return Ok(None);
    }
    let mut removed = Vec::new();
    for row in client.query(ON_TABLES, &[&filled]).await? {
        client
            .batch_execute(row.get::<_, String>("remove").as_str())
            .await?;
        let of = |column: &str| {
            let kind = kind_of(row.get(column));
            kind.filter(|kind| kinds.contains(kind))
        };
        // A foreign key of a table that stays empty comes back with the table that it refers to.
        let Some(kind) = of("table").or_else(|| of("parent")) else {
            continue;
        };
        removed.push(Removed {
            what: what(&row),
            kind,
            restore: row.get("restore"),
        });
    }
    let truncated: Vec<_> = kinds.iter().map(|kind| kind.layout().table).collect();
    let truncate = format!("truncate {}; {}", truncated.join(", "), super::COPY_TIMEOUT);
    client.batch_execute(&truncate).await?;
    Ok(Some(removed))
}

fn what(row: &Row) -> What {
    match row.get("what") {
        "foreign key" => What::ForeignKey,
        "key" => What::Key,
        _ => What::Index,
    }
}

fn tables() -> String {
    FileKind::ALL.map(|kind| kind.layout().table).join(", ")
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
