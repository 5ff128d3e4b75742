//! `cusip doctor`: checks everything that a load needs, by trying it.

#[cfg(feature = "aws")]
mod aws;
#[cfg(not(feature = "aws"))]
#[path = "doctor/without_aws.rs"]
mod aws;
mod clock;
mod database;
mod files;
mod report;
mod settings;

use chrono::Local;
use cusip_config::{FileSettings, today};
use cusip_pif::Date;

use self::database::Target;
use self::report::Report;
use crate::arguments::DoctorArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// The day whose files are checked.
#[derive(Debug, Clone, Copy)]
struct Day {
    date: Date,
    /// Whether the user named the day. Without `--date` it is today, whose files may still come.
    is_named: bool,
}

pub(super) async fn run(
    arguments: &DoctorArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let mut report = Report::new(output);
    let day = Day {
        date: arguments.date.unwrap_or_else(|| today(&Local)),
        is_named: arguments.date.is_some(),
    };
    let settings = settings::check(arguments, &mut report).await;
    report.show()?;

    let credentials = aws::find_credentials(arguments).await;
    let is_bucket = matches!(arguments.files, FileSettings::Bucket(_));
    let source = (settings.source).filter(|_| !is_bucket || credentials.are_usable());
    let options = arguments.load_options();
    let mut files = if arguments.s3_key.is_empty() {
        files::check_day(&arguments.files, source, day, &options).await
    } else {
        files::check_objects(&arguments.files, source.is_some(), &arguments.s3_key).await
    };
    credentials.report(files.are_credentials_refused, &mut report);
    files.report(&mut report);
    report.show()?;

    let target = match settings.target {
        Some(Target::Options(options)) => {
            let database = &arguments.database;
            aws::check_database_credentials(database, &options, &credentials, &mut report)
                .await
                .then_some(Target::Options(options))
        }
        target => target,
    };
    report.show()?;

    let database_clock =
        database::check(target, arguments, files.day.as_ref(), day, &mut report).await?;
    let aws_clock = credentials.clock_ahead_seconds();
    clock::check(
        aws_clock,
        database_clock,
        credentials.are_needed(),
        &mut report,
    );
    report.finish()
}
