//! Takes over a database that the earlier service made.
//!
//! Its tables are set aside under other names, the migrations make the schema as in any database,
//! and the rows and rights are brought across: so a database that was taken over cannot differ from
//! one that began empty. All of it is one transaction, the migrations' own.

mod differences;
mod earlier;
mod rights;

use cusip_pif::{CodeList, FileKind};
use tokio_postgres::Client;
use tokio_postgres::Error as StatementError;

use self::rights::Rights;
use crate::database::Database;
use crate::error::Error;

/// What is locked out of the tables while they are set aside waits behind whoever reads them now;
/// readers who come after wait behind us.
const LIMITS: &str = "set local lock_timeout = '30s'; set local statement_timeout = 0";

/// Answers with a statement for each name on the tables that the migrations would find taken: those of
/// indexes, and from PostgreSQL 18 those of columns that may not be null. Parameters: the tables, and
/// what their new names begin with.
const NAMES_TO_SET_ASIDE: &str = "with kept as (
        select to_regclass(name) as oid from unnest($1::text[]) as kept (name))
    select format('alter index %s rename to %I', indexrelid::regclass, $2 || indexrelid)
    from pg_index where indrelid in (select oid from kept)
    union all
    select format('alter table %s rename constraint %I to %I', conrelid::regclass, conname, $2 || oid)
    from pg_constraint where contype = 'n' and conrelid in (select oid from kept)";

/// Keys and indexes are made when the rows are there, which is faster.
const FILL_SETTINGS: &str =
    "set local work_mem = '256MB'; set local maintenance_work_mem = '256MB'";

/// Where a name is taken, only the owner's own transaction can have done it.
const ASIDE: &str = "taken_over_";

/// What was taken over from the earlier service's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakenOver {
    /// How many issuers, all of the table `issuer`.
    pub issuers: u64,
    /// How many issues, all of the table `issue`.
    pub issues: u64,
    /// How many attribute records, all of the table `issue_attribute`.
    pub issue_attributes: u64,
}

/// The earlier service's tables, set aside, and who had which rights.
#[derive(Debug)]
pub(super) struct TakeOver {
    rights: Rights,
    trigger_functions: Vec<String>,
}

impl TakeOver {
    /// Sets the earlier service's tables aside in the open transaction, and drops the rest of what
    /// it made.
    pub(super) async fn begin(database: &Database, client: &Client) -> Result<Self, Error> {
        expect_no_difference(database, client).await?;
        let failed = |error| {
            let task = "keep everybody out of the earlier service's tables, views and functions; readers who hold them longest are in pg_stat_activity";
            database.statement(task, error)
        };
        let tables = earlier::tables_that_are_there(client)
            .await
            .map_err(failed)?;
        let lock = format!("{LIMITS}; lock table {}", tables.join(", "));
        client.batch_execute(&lock).await.map_err(failed)?;
        // Until now somebody could have changed something.
        expect_no_difference(database, client).await?;
        let failed = |error| database.statement("set the earlier service's tables aside", error);
        set_aside(client).await.map_err(failed)
    }

    /// Brings rows and rights into the schema that the migrations have made, and drops what was set
    /// aside.
    pub(super) async fn finish(
        self,
        database: &Database,
        client: &Client,
    ) -> Result<TakenOver, Error> {
        let failed = |error| database.statement("bring the earlier service's codes across", error);
        for list in CodeList::ALL {
            client
                .batch_execute(&codes(list.table))
                .await
                .map_err(failed)?;
        }
        let failed = |error| database.statement("bring the earlier service's rows across", error);
        let job = enter_job(client).await.map_err(failed)?;
        let rows = bring_across(client, job).await.map_err(failed)?;
        let failed = |error| database.statement("drop what the earlier service needed", error);
        client
            .batch_execute(&drop_all(&self.trigger_functions))
            .await
            .map_err(failed)?;
        let failed = |error| database.statement("give readers the rights that they had", error);
        self.rights.grant(client).await.map_err(failed)?;
        let [issuers, issues, issue_attributes] = rows;
        Ok(TakenOver {
            issuers,
            issues,
            issue_attributes,
        })
    }
}

/// Tells whether the database is of the earlier service's making: by its version table and one of
/// its master tables, since other programs' version tables have that name too.
pub(super) async fn is_earlier(client: &Client) -> Result<bool, StatementError> {
    let masters = FileKind::ALL.map(|kind| kind.layout().table).to_vec();
    let query = format!(
        "select to_regclass('{}') is not null
             and exists (select from unnest($1::text[]) as name where to_regclass(name) is not null)",
        earlier::VERSION_TABLE
    );
    Ok(client.query_one(&query, &[&masters]).await?.get(0))
}

async fn expect_no_difference(database: &Database, client: &Client) -> Result<(), Error> {
    let differences = (differences::find(client).await)
        .map_err(|error| database.statement("look at what the earlier service made", error))?;
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::NotTakenOver {
        place: database.place().to_owned(),
        differences,
    })
}

async fn set_aside(client: &Client) -> Result<TakeOver, StatementError> {
    let rights = Rights::read(client).await?;
    let trigger_functions = client.query(earlier::TRIGGER_FUNCTIONS, &[]).await?;
    let trigger_functions = (trigger_functions.iter()).map(|row| row.get(0)).collect();
    let views: Vec<_> = earlier::VIEWS.iter().map(|view| view.name).collect();
    let staging = FileKind::ALL.map(earlier::staging);
    let mut statements = format!(
        "drop function if exists {}; drop view if exists {}; drop table if exists {}, {};",
        earlier::SEARCH,
        views.join(", "),
        staging.join(", "),
        earlier::VERSION_TABLE,
    );
    let kept: Vec<_> = earlier::kept_tables().collect();
    for row in client.query(NAMES_TO_SET_ASIDE, &[&kept, &ASIDE]).await? {
        statements.push_str(row.get(0));
        statements.push(';');
    }
    for table in kept {
        statements.push_str(&format!("alter table {table} rename to {ASIDE}{table};"));
    }
    client.batch_execute(&statements).await?;
    Ok(TakeOver {
        rights,
        trigger_functions,
    })
}

/// Brings the codes of a list across: those that we do not know, and the descriptions that readers
/// see.
fn codes(table: &str) -> String {
    format!(
        "do $$ begin
             if exists (select from pg_attribute where attrelid = '{ASIDE}{table}'::regclass
                     and attname = 'description' and not attisdropped) then
                 insert into {table} as ours (code, description)
                 select code, description from {ASIDE}{table} where description is not null
                 on conflict (code) do update set description = excluded.description
                     where ours.description is distinct from excluded.description;
             end if;
             insert into {table} (code, description)
             select code, 'Undocumented, taken over from the earlier service' from {ASIDE}{table}
             on conflict (code) do nothing;
         end $$"
    )
}

async fn enter_job(client: &Client) -> Result<i64, StatementError> {
    let enter =
        "insert into load_job (kind, status, finished_at, program, program_version, options)
        values ('take-over', 'succeeded', clock_timestamp(), 'cli', $1,
                jsonb_build_object('earlier_version', $2::text))
        returning id";
    let row = client
        .query_one(enter, &[&env!("CARGO_PKG_VERSION"), &earlier::VERSION])
        .await?;
    Ok(row.get(0))
}

/// Fills the master tables in the order of their keys and returns how many rows each has got.
async fn bring_across(client: &Client, job: i64) -> Result<[u64; 3], StatementError> {
    client.batch_execute(FILL_SETTINGS).await?;
    let tables = FileKind::ALL.map(|kind| kind.layout().table);
    let begin = "select begin_filling($1)";
    client.query_one(begin, &[&tables.as_slice()]).await?;
    let mut rows = [0; 3];
    for (rows, kind) in rows.iter_mut().zip(FileKind::ALL) {
        let layout = kind.layout();
        let table = layout.table;
        let columns: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
        let key: Vec<_> = (layout.key())
            .map(|field| format!("{} collate \"C\"", field.name))
            .collect();
        let (columns, key) = (columns.join(", "), key.join(", "));
        let insert = format!(
            "insert into {table} ({columns}, first_job_id, last_job_id)
             select {columns}, $1, $1 from {ASIDE}{table} order by {key}"
        );
        *rows = client.execute(&insert, &[&job]).await?;
        let restore = "select restore_filled($1, what)
            from unnest(array['key', 'foreign key', 'index']) as what";
        client.query(restore, &[&table]).await?;
        let analyze = "select analyze_loaded($1)";
        client.query(analyze, &[&table]).await?;
    }
    Ok(rows)
}

fn drop_all(trigger_functions: &[String]) -> String {
    let tables: Vec<_> = earlier::kept_tables()
        .map(|table| format!("{ASIDE}{table}"))
        .collect();
    let mut statements = format!("drop table {};", tables.join(", "));
    for function in trigger_functions {
        statements.push_str(&format!("drop function {function};"));
    }
    statements
}
