//! `cusip check`: validates files without a database.

use cusip_jobs::Reject;
use cusip_loader::{CheckReport, Problem};
use serde::Serialize;
use serde_json::json;

use crate::arguments::CheckArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, number};

const MAX_REJECTS_IN_DOCUMENT: usize = 1_000;

/// A checked file in the command's JSON document.
#[derive(Debug, Serialize)]
struct CheckedFile {
    file: String,
    #[serde(rename = "type")]
    kind: &'static str,
    rows_read: u64,
    rows_rejected: u64,
    warnings: Vec<String>,
    trailer: Option<String>,
    trailer_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    overrun_trailer: Option<u64>,
    rejects: Vec<Reject>,
}

impl CheckedFile {
    fn new(report: CheckReport, rejects: Vec<Reject>) -> Self {
        Self {
            file: report.file,
            kind: report.kind.wire_name(),
            rows_read: report.rows_read,
            rows_rejected: report.rows_rejected,
            warnings: report.warnings,
            trailer: report.trailer,
            trailer_verified: report.trailer_verified,
            overrun_trailer: report.overrun_trailer,
            rejects,
        }
    }
}

pub(super) async fn run(arguments: &CheckArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let mut inputs = Vec::with_capacity(arguments.file.len());
    for path in &arguments.file {
        inputs.push(super::input(path, arguments.kind).await?);
    }
    let mut files = Vec::with_capacity(inputs.len());
    for input in inputs {
        let location = input.location().to_owned();
        let mut rejects = Vec::new();
        let mut printed = Ok(());
        let report = cusip_loader::check(input, arguments.rules.check_digits, |problem| {
            if output.is_json() {
                if let Problem::Reject(reject) = problem
                    && rejects.len() < MAX_REJECTS_IN_DOCUMENT
                {
                    rejects.push(reject);
                }
            } else if printed.is_ok() {
                printed = output.text(&line(&location, &problem));
            }
        })
        .await?;
        printed?;
        if !output.is_json() {
            output.text(&summary(&report))?;
            if let Some(kind) = report.other_kind {
                let fields = kind.layout().fields.len();
                output.text(&format!(
                    "{}: most records have {fields} fields, like {kind} files; check --type and the file name",
                    report.file
                ))?;
            }
        }
        files.push(CheckedFile::new(report, rejects));
    }
    let rejected = files.iter().map(|file| file.rows_rejected).sum();
    let read = files.iter().map(|file| file.rows_read).sum();
    let whole =
        arguments.rules.allow_missing_trailer || files.iter().all(|file| file.trailer.is_some());
    let status = if !whole {
        ExitStatus::Failed
    } else if !arguments.rules.max_rejects.allows(rejected, read) {
        ExitStatus::Rejects
    } else {
        ExitStatus::Done
    };
    if output.is_json() {
        let success = status == ExitStatus::Done;
        output.document(&json!({"success": success, "results": files}))?;
    }
    Ok(status)
}

fn line(location: &str, problem: &Problem<'_>) -> String {
    match problem {
        Problem::Reject(reject) => {
            format!("{location}:{}: {}", reject.line_number, reject.message)
        }
        Problem::Warning { position, warning } => {
            format!("{location}:{}: warning: {warning}", position.line)
        }
        _ => String::new(),
    }
}

fn summary(report: &CheckReport) -> String {
    let trailer = match (&report.trailer, report.overrun_trailer) {
        (None, Some(line)) => format!("records follow the trailer on line {line}"),
        (None, None) => "there is no trailer: the file was cut off".to_owned(),
        (Some(_), _) if report.trailer_verified => "the trailer confirms the count".to_owned(),
        (Some(text), _) => format!("no field of the trailer {text:?} matches the count"),
    };
    format!(
        "{}: {} {} records, {} of them rejected; {trailer}",
        report.file,
        number(report.rows_read),
        report.kind,
        number(report.rows_rejected),
    )
}
