//! A trial of a load: writes made-up records as a load does, and rolls back.

use cusip_jobs::JobId;
use cusip_pif::{FieldType, FileKind, Layout};
use tokio_postgres::error::SqlState;

use super::orphan::OrphanLines;
use super::stage::Stage;
use super::{Load, SETTINGS, merge, statement};
use crate::database::Database;
use crate::error::Error;

/// The trial does not wait long for other sessions, and they do not wait long for it.
const LIMITS: &str = "set local lock_timeout = '5s'; set local statement_timeout = '20s'";

/// A valid key that no record has.
const ISSUER_NUM: &str = "*@#*@#";
const ISSUE_NUM: &str = "*@";

/// The SQLSTATE class of violated constraints.
const CONSTRAINT_VIOLATIONS: &str = "23";

/// The jobs that insert the made-up rows and update them.
const JOBS: [JobId; 2] = [JobId(-1), JobId(0)];

/// The result of a trial.
#[derive(Debug)]
pub enum TrialLoad {
    /// The records could be written.
    Works,
    /// A load would end with this error.
    Fails(Error),
    /// The made-up records could not be written, but others may be.
    Inconclusive(Error),
}

impl Database {
    /// Stages, inserts and updates a made-up record of each kind as a load does, then rolls back.
    ///
    /// It takes neither the load lock nor a job number.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection.
    pub async fn try_load(&self) -> Result<TrialLoad, Error> {
        let transaction = self.begin().await?;
        let mut load = Load {
            database: self.clone(),
            server: transaction.server().await?,
            transaction,
            job: JOBS[0],
        };
        let written = write(&mut load).await;
        load.roll_back().await;
        Ok(match written {
            Ok(()) => TrialLoad::Works,
            Err(error) if is_about_the_trial(&error) => TrialLoad::Inconclusive(error),
            Err(error) => TrialLoad::Fails(error),
        })
    }
}

/// Returns whether only made-up values break a constraint, or another session was in the way.
fn is_about_the_trial(error: &Error) -> bool {
    let Error::Connection(error) = error else {
        return false;
    };
    error.sql_state().is_some_and(|state| {
        let passing = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
        passing.contains(state) || state.code().starts_with(CONSTRAINT_VIOLATIONS)
    })
}

async fn write(load: &mut Load) -> Result<(), Error> {
    execute(load, &format!("{SETTINGS}; {LIMITS}")).await?;
    for kind in FileKind::ALL {
        load.job = JOBS[0];
        insert(load, kind).await?;
        load.job = JOBS[1];
        update(load, kind).await?;
    }
    Ok(())
}

async fn insert(load: &Load, kind: FileKind) -> Result<(), Error> {
    let mut stage = Stage::new(false);
    if let Some(target) = stage.copy(load, kind).await? {
        target.copy.finish().await?;
    }
    execute(load, LIMITS).await?;
    let insert = format!(
        "insert into {} values ({}, 1, 0)",
        statement::staging(kind),
        values(kind.layout())
    );
    execute(load, &insert).await?;
    let mut orphans = stage
        .remove_orphans(load, kind, OrphanLines::Omitted)
        .await?;
    while orphans.next().await?.is_some() {}
    merge::merge(load, kind).await.map(drop)
}

async fn update(load: &Load, kind: FileKind) -> Result<(), Error> {
    let date = (kind.layout().fields.iter()).find(|field| field.field_type == FieldType::Date);
    let Some(date) = date.map(|field| field.name) else {
        return Ok(());
    };
    let update = format!(
        "update {} set {date} = {date} + 1",
        statement::staging(kind)
    );
    execute(load, &update).await?;
    merge::merge(load, kind).await.map(drop)
}

/// Returns the SQL for a made-up record.
fn values(layout: &Layout) -> String {
    let value = |field_type| match field_type {
        FieldType::IssuerNum => format!("'{ISSUER_NUM}'"),
        FieldType::IssueNum => format!("'{ISSUE_NUM}'"),
        FieldType::Date => "date '2000-01-01'".to_owned(),
        FieldType::Integer | FieldType::Decimal { .. } => "1".to_owned(),
        _ => "'A'".to_owned(),
    };
    let values = (layout.fields.iter()).map(|field| value(field.field_type));
    values.collect::<Vec<_>>().join(", ")
}

async fn execute(load: &Load, statements: &str) -> Result<(), Error> {
    (load.client().batch_execute(statements).await)
        .map_err(|error| load.database().statement("try a load", error))
}
