//! Tries a load with made-up records.

use cusip_postgres::{Database, TrialLoad};

use super::SECTION;
use crate::command::doctor::report::{EARLIER_FAILURE, Finding, Report, with_time_limit};
use crate::exit::ExitStatus;

/// Tries a load, unless earlier checks say that it would fail.
pub(super) async fn check(database: &Database, is_possible: bool, report: &mut Report<'_>) {
    if !is_possible {
        return report.add(SECTION, "trial load", Finding::skipped(EARLIER_FAILURE));
    }
    let finding = match with_time_limit(ExitStatus::Database, database.try_load()).await {
        Ok(TrialLoad::Works) => {
            Finding::ok("made-up records were inserted and updated, then rolled back")
        }
        Ok(TrialLoad::Fails(error)) => Finding::of_error(&error.into()),
        Ok(TrialLoad::Inconclusive(error)) => Finding::of_error(&error.into())
            .into_warning()
            .or_advice("if loads fail with the same message, fix what it names"),
        Err(finding) => finding,
    };
    report.add(SECTION, "trial load", finding);
}
