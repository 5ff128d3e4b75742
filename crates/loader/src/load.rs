//! Loads files into the database.

mod file_run;
mod run;

use cusip_pif::Date;
use cusip_postgres::{Database, JobKind, NewJob};
use serde_json::json;

use self::run::Run;
use crate::error::Error;
use crate::input::Input;
use crate::options::{LoadOptions, Requester};
use crate::progress::Progress;
use crate::report::LoadReport;

/// A load that failed. Nothing of it is in the database but the ledger's record of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadFailure {
    /// Why it failed.
    pub error: Error,
    /// What became of it, as far as it came.
    pub report: LoadReport,
}

/// What is to be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadRequest {
    /// The files, in any order, at most one of each kind.
    pub inputs: Vec<Input>,
    /// The day of the files; nothing for files that were named one by one.
    pub date: Option<Date>,
    /// How the load is done.
    pub options: LoadOptions,
    /// Who asks for it.
    pub requester: Requester,
}

impl LoadRequest {
    /// Asks for files that were named one by one.
    #[must_use]
    pub const fn files(inputs: Vec<Input>, options: LoadOptions, requester: Requester) -> Self {
        Self {
            inputs,
            date: None,
            options,
            requester,
        }
    }

    /// Asks for the files of a day.
    #[must_use]
    pub const fn day(
        date: Date,
        inputs: Vec<Input>,
        options: LoadOptions,
        requester: Requester,
    ) -> Self {
        Self {
            inputs,
            date: Some(date),
            options,
            requester,
        }
    }

    fn job(&self) -> NewJob {
        let mut options = serde_json::Map::new();
        options.insert(
            "max_rejects".to_owned(),
            json!(self.options.max_rejects.to_string()),
        );
        options.insert(
            "check_digits".to_owned(),
            json!(format!("{:?}", self.options.check_digits).to_lowercase()),
        );
        options.insert(
            "allow_missing_trailer".to_owned(),
            json!(self.options.allow_missing_trailer),
        );
        NewJob {
            kind: match self.date {
                Some(_) => JobKind::LoadAll,
                None => JobKind::LoadFiles,
            },
            load_date: self.date.map(|date| date.to_string()),
            started_by: self.requester.user.clone(),
            host: self.requester.host.clone(),
            program: self.requester.program,
            program_version: self.requester.version,
            options,
        }
    }
}

/// Loads files into the database, in one transaction: all of them or nothing.
///
/// The files are staged one after the other in the order issuer, issue, issue attributes, whatever
/// their order in the request. Then the staged records are held against each other and against the
/// database, the rejects against the limit, and only then do the records reach the master tables.
/// All rejects of all files are found in one run, and kept in the ledger whatever becomes of the
/// load. Memory does not grow with the files or with the rejects.
///
/// # Errors
///
/// [`LoadFailure`] with any [`Error`] but those of finding a day's files. The database's data is as
/// it was before, and the ledger says what happened, if the database could still be reached.
pub async fn load(
    database: &Database,
    mut request: LoadRequest,
    progress: &dyn Progress,
) -> Result<LoadReport, Box<LoadFailure>> {
    request.inputs.sort_by_key(Input::kind);
    let job = request.job();
    let mut run = Run::new(&request);
    match run.load(database, request, &job, progress).await {
        Ok(()) => Ok(run.succeeded()),
        Err(error) => Err(run.failed(database, error).await),
    }
}
