//! Loads files into the database.

mod file_run;
mod guard;
mod heartbeat;
mod run;

use cusip_postgres::Database;

pub(crate) use self::guard::stale;
use self::run::Run;
use crate::error::Error;
use crate::progress::Progress;
use crate::report::LoadReport;
use crate::request::LoadRequest;
use crate::stop::StopSwitch;

/// A load that failed. Nothing of it is in the database but the ledger's record of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadFailure {
    /// Why it failed.
    pub error: Error,
    /// What became of it, as far as it came.
    pub report: LoadReport,
}

/// Loads files into the database, in one transaction: all of them or nothing.
///
/// The files of a day are held against the ledger first: one that is known again is skipped, and one
/// that is most likely stale is refused. The others are staged one after the other in the order
/// issuer, issue, issue attributes, whatever their order in the request: those records of them that the
/// database does not have just so. Then the staged records are held against each other and against the
/// database, the rejects against the limit, and only then do the records reach the master tables. Tables
/// that are empty are filled directly, which nobody sees before the commit either. All rejects of all
/// files are found in one run, and kept in the ledger whatever becomes of the load. Memory does not grow
/// with the files or with the rejects.
///
/// Stopped by the switch before it commits, the load is rolled back like one that failed.
///
/// # Errors
///
/// [`LoadFailure`] with any [`Error`]. The database's data is as it was before, and the ledger says
/// what happened, if the database could be reached.
pub async fn load(
    database: &Database,
    request: LoadRequest,
    progress: &dyn Progress,
    stop: &StopSwitch,
) -> Result<LoadReport, Box<LoadFailure>> {
    let mut run = Run::new(&request);
    match run.load(database, request, progress, stop).await {
        Ok(()) => Ok(run.succeeded()),
        Err(error) => Err(run.failed(database, error).await),
    }
}
