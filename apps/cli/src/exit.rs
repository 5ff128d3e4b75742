//! Exit codes.

use std::process::ExitCode;

use crate::output::Output;

/// The exit codes. Schedulers and scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Rejects = 3,
    NotFound = 4,
    Database = 5,
    Busy = 6,
    Unknown = 7,
}

/// A wrong command line that clap cannot detect.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// A file on the command line that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("the file {0:?} does not exist; check its path")]
pub(crate) struct MissingFile(pub(crate) String);

/// Returns the process's exit code, and shows the error if there is one.
pub(crate) fn code(outcome: anyhow::Result<ExitStatus>, output: &Output) -> ExitCode {
    let status = outcome.unwrap_or_else(|error| {
        output.error(&error);
        of_error(&error)
    });
    ExitCode::from(status as u8)
}

/// Returns the exit status for an error of a command.
pub(crate) fn of_error(error: &anyhow::Error) -> ExitStatus {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<cusip_loader::Error>() {
            return of_load_error(error);
        }
        if let Some(error) = cause.downcast_ref::<cusip_postgres::Error>() {
            return of_database_error(error);
        }
        if let Some(error) = cause.downcast_ref::<cusip_lake::Error>() {
            return of_lake_error(error);
        }
        if let Some(error) = cause.downcast_ref::<cusip_connect::Error>() {
            return of_connection_error(error);
        }
        if let Some(error) = cause.downcast_ref::<cusip_source::Error>() {
            return of_source_error(error);
        }
        if let Some(error) = cause.downcast_ref::<cusip_config::Error>() {
            return of_config_error(error);
        }
        if let Some(error) = cause.downcast_ref::<cusip_synth::Error>() {
            return of_synth_error(error);
        }
        if cause.is::<MissingFile>() {
            return ExitStatus::NotFound;
        }
        if cause.is::<UsageError>()
            || cause.is::<cusip_config::InvalidDatabase>()
            || cause.is::<cusip_config::InvalidEnvironment>()
        {
            return ExitStatus::Usage;
        }
    }
    ExitStatus::Failed
}

pub(crate) fn of_load_error(error: &cusip_loader::Error) -> ExitStatus {
    use cusip_loader::Error;
    match error {
        Error::TooManyRejects { .. } => ExitStatus::Rejects,
        Error::DayNotFound { .. } => ExitStatus::NotFound,
        Error::Source(error) => of_source_error(error),
        Error::UnknownKind(_) | Error::SameKind { .. } => ExitStatus::Usage,
        Error::Database(error) => of_database_error(error),
        _ => ExitStatus::Failed,
    }
}

fn of_lake_error(error: &cusip_lake::Error) -> ExitStatus {
    use cusip_lake::Error;
    match error {
        Error::Database(error) => of_database_error(error),
        #[cfg(feature = "aws")]
        Error::Source(error) => of_source_error(error),
        Error::Busy { .. } => ExitStatus::Busy,
        _ => ExitStatus::Failed,
    }
}

fn of_config_error(error: &cusip_config::Error) -> ExitStatus {
    use cusip_config::Error;
    match error {
        Error::Embedded(_) => ExitStatus::Database,
        Error::Database(error) => of_database_error(error),
        Error::Source(error) => of_source_error(error),
        _ => ExitStatus::Usage,
    }
}

fn of_source_error(error: &cusip_source::Error) -> ExitStatus {
    use cusip_source::Error;
    match error {
        error if error.is_not_found() => ExitStatus::NotFound,
        Error::NotAFile { .. }
        | Error::NotAFolder { .. }
        | Error::InvalidKey { .. }
        | Error::InvalidSetting { .. }
        | Error::InvalidAws { .. }
        | Error::NoRegion { .. } => ExitStatus::Usage,
        _ => ExitStatus::Failed,
    }
}

fn of_database_error(error: &cusip_postgres::Error) -> ExitStatus {
    if matches!(error, cusip_postgres::Error::NoSuchState { .. }) {
        ExitStatus::NotFound
    } else if error.is_busy() {
        ExitStatus::Busy
    } else if error.is_outcome_unknown() {
        ExitStatus::Unknown
    } else if error.is_unavailable() || error.is_connection_lost() {
        ExitStatus::Database
    } else {
        ExitStatus::Failed
    }
}

fn of_connection_error(error: &cusip_connect::Error) -> ExitStatus {
    if error.is_unavailable() || error.is_connection_lost() {
        ExitStatus::Database
    } else {
        ExitStatus::Failed
    }
}

fn of_synth_error(error: &cusip_synth::Error) -> ExitStatus {
    use cusip_synth::Error;
    match error {
        Error::TooManyIssuers { .. }
        | Error::TooManyIssues { .. }
        | Error::ChangedShare { .. }
        | Error::Days { .. } => ExitStatus::Usage,
        _ => ExitStatus::Failed,
    }
}
