//! `cusip convert`: PIF files in other formats, without a database.

mod identifiers;
#[cfg(feature = "parquet")]
mod parquet;
mod rejects;
mod target;
mod writer;

use anyhow::Context as _;
use cusip_jobs::Reject;
use cusip_lake::Format;
use cusip_loader::{CheckReport, Input, RecordSink};
use cusip_pif::{Fault, Position, RecordRef};

use self::rejects::Rejects;
use self::target::{Destination, Target};
use self::writer::Writer;
use super::check::summary;
use crate::arguments::{ConvertArguments, flag};
use crate::exit::{self, ExitStatus};
use crate::file_format::file_format;
use crate::output::{Output, number};

const MAX_SHOWN_REJECTS: u64 = 3;

pub(super) async fn run(
    arguments: &ConvertArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let format = file_format(output.format(), "convert")?;
    let destination = Destination::new(arguments, format)?;
    let mut inputs = Vec::with_capacity(arguments.file.len());
    for path in &arguments.file {
        inputs.push(super::input(path, arguments.kind).await?);
    }
    let targets = destination.targets(&arguments.file, &inputs)?;
    let mut reports = Vec::with_capacity(inputs.len());
    let mut converted = Vec::with_capacity(inputs.len());
    for (input, target) in inputs.into_iter().zip(targets) {
        let (report, target) = convert(input, target, format, arguments, output).await?;
        destination.report(output, &summary(&report))?;
        reports.push(report);
        converted.push(target);
    }
    if let Err(error) = cusip_loader::judge_checked(&reports, &arguments.rules.options()) {
        let flag = error.allowed_by().map(flag);
        let flag = flag.map_or_else(String::new, |flag| format!(" ({flag})"));
        output.message(&format!("error: {error}{flag}"));
        return Ok(exit::of_load_error(&error));
    }
    for target in converted {
        if let Some(path) = target.keep()? {
            destination.report(output, &format!("wrote {}", path.display()))?;
        }
    }
    Ok(ExitStatus::Done)
}

/// Converts a file. The target gets its name only after all files have been judged.
async fn convert(
    input: Input,
    mut target: Target,
    format: Format,
    arguments: &ConvertArguments,
    output: &Output,
) -> anyhow::Result<(CheckReport, Target)> {
    let kind = input.kind();
    let cannot_write = format!("cannot write {}", target.shown());
    let mut conversion = Conversion {
        writer: Writer::new(format, kind, target.open()?).context(cannot_write.clone())?,
        rejects: Rejects::new(target.rejects()),
        location: input.location().to_owned(),
        output,
        failure: None,
    };
    let check_digits = arguments.rules.check_digits;
    let report = cusip_loader::check_into(input, check_digits, &mut conversion).await?;
    let Conversion {
        writer,
        rejects,
        failure,
        ..
    } = conversion;
    if let Some(failure) = failure {
        return Err(failure.context(cannot_write));
    }
    writer.finish().context(cannot_write)?;
    let more = report.rows_rejected.saturating_sub(MAX_SHOWN_REJECTS);
    if more > 0 {
        let more = number(more);
        output.message(&format!(
            "{}: {more} more rejects; `cusip check` groups them",
            report.file
        ));
    }
    if let Some(path) = rejects.finish(arguments.force)? {
        output.message(&format!(
            "{}: the rejects ({}) are in {}, to fix and convert or load",
            report.file,
            number(report.rows_rejected),
            path.display()
        ));
    }
    Ok((report, target))
}

/// Writes good records to the target and bad ones to the file of rejects. After a failure, it ignores
/// the rest.
struct Conversion<'a> {
    writer: Writer,
    rejects: Rejects,
    location: String,
    output: &'a Output,
    failure: Option<anyhow::Error>,
}

impl RecordSink for Conversion<'_> {
    fn record(&mut self, record: &impl RecordRef, _: Position) {
        if self.failure.is_none() {
            self.failure = self.writer.record(record).err();
        }
    }

    fn reject(&mut self, reject: Reject) {
        if self.failure.is_none() {
            self.failure = self.rejects.add(&reject).err();
        }
        if self.rejects.count() <= MAX_SHOWN_REJECTS {
            let (line, message) = (reject.line_number, &reject.message);
            let location = &self.location;
            self.output
                .message(&format!("{location}:{line}: {message}"));
        }
    }

    fn warning(&mut self, _: Position, _: &Fault) {}
}
