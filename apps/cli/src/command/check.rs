//! `cusip check`: validates files without a database.

use cusip_jobs::Reject;
use cusip_loader::{CheckReport, Input, Problem};
use cusip_pif::Excerpt;
use serde::Serialize;
use serde_json::json;

use crate::arguments::{CheckArguments, flag};
use crate::exit::{self, ExitStatus};
use crate::output::{Output, more_like, number};

const MAX_REJECTS_IN_DOCUMENT: usize = 1_000;
const MAX_SHOWN_OF_A_GROUP: u64 = 3;

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
    let mut reports = Vec::with_capacity(inputs.len());
    let mut rejects = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (report, first_rejects) = check(input, arguments, output).await?;
        reports.push(report);
        rejects.push(first_rejects);
    }
    let judged = cusip_loader::judge_checked(&reports, &arguments.rules.options());
    let status = judged
        .as_ref()
        .map_or_else(exit::of_load_error, |()| ExitStatus::Done);
    let message = judged.err().map(|error| {
        let flag = error.allowed_by().map(flag);
        let flag = flag.map_or_else(String::new, |flag| format!(" ({flag})"));
        format!("{error}{flag}")
    });
    if let Some(message) = &message {
        output.message(&format!("error: {message}"));
    }
    if output.is_json() {
        let files = reports.into_iter().zip(rejects);
        let files: Vec<_> = files
            .map(|(report, rejects)| CheckedFile::new(report, rejects))
            .collect();
        let success = status == ExitStatus::Done;
        output.document(&json!({"success": success, "message": message, "results": files}))?;
    }
    Ok(status)
}

/// Checks a file and prints what is found, unless it goes into a JSON document. Returns the first
/// rejects for that document.
async fn check(
    input: Input,
    arguments: &CheckArguments,
    output: &Output,
) -> anyhow::Result<(CheckReport, Vec<Reject>)> {
    let location = input.location().to_owned();
    let mut rejects = Vec::new();
    let mut printer = Printer::new(location, output);
    let check_digits = arguments.rules.check_digits;
    let report = cusip_loader::check(input, check_digits, |problem| {
        if !output.is_json() {
            printer.problem(&problem);
        } else if let Problem::Reject(reject) = problem
            && rejects.len() < MAX_REJECTS_IN_DOCUMENT
        {
            rejects.push(reject);
        }
    })
    .await?;
    printer.finish()?;
    if !output.is_json() {
        output.text(&summary(&report))?;
        if let Some(kind) = report.other_kind {
            let fields = kind.layout().fields.len();
            output.text(&format!(
                "{}: most records have {fields} fields, like {kind} files; check --type and the file name",
                report.file
            ))?;
        }
        if report.has_extra_separators {
            output.text(&format!(
                "{}: most lines end in an extra |; have the file delivered without it, or remove it (`sed 's/|\\r*$//'`)",
                report.file
            ))?;
        }
    }
    Ok((report, rejects))
}

/// Prints the first problems with each rule and field as they are found, and then how many more there
/// are.
struct Printer<'a> {
    location: String,
    output: &'a Output,
    groups: Vec<Group>,
    printed: anyhow::Result<()>,
}

/// Problems with the same rule and field.
struct Group {
    is_reject: bool,
    rule: String,
    field: Option<String>,
    count: u64,
}

impl<'a> Printer<'a> {
    const fn new(location: String, output: &'a Output) -> Self {
        Self {
            location,
            output,
            groups: Vec::new(),
            printed: Ok(()),
        }
    }

    fn problem(&mut self, problem: &Problem<'_>) {
        let (is_reject, rule, field) = match problem {
            Problem::Reject(reject) => (true, &*reject.rule, reject.field.as_deref()),
            Problem::Warning { warning, .. } => {
                let field = warning.field.map(|field| field.name);
                (false, warning.rule.code(), field)
            }
            _ => return,
        };
        let found = self.groups.iter_mut().find(|group| {
            group.is_reject == is_reject && group.rule == rule && group.field.as_deref() == field
        });
        let count = match found {
            Some(group) => {
                group.count += 1;
                group.count
            }
            None => {
                self.groups.push(Group {
                    is_reject,
                    rule: rule.to_owned(),
                    field: field.map(str::to_owned),
                    count: 1,
                });
                1
            }
        };
        if count <= MAX_SHOWN_OF_A_GROUP && self.printed.is_ok() {
            self.printed = self.output.text(&line(&self.location, problem));
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        self.printed?;
        for group in self.groups {
            let more = group.count.saturating_sub(MAX_SHOWN_OF_A_GROUP);
            if more > 0 {
                let kind = if group.is_reject { "" } else { "warning: " };
                let more = more_like(more, &group.rule, group.field.as_deref());
                self.output
                    .text(&format!("{}: {kind}{more}", self.location))?;
            }
        }
        Ok(())
    }
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

pub(super) fn summary(report: &CheckReport) -> String {
    let trailer = match (&report.trailer, report.overrun_trailer) {
        (None, Some(line)) => format!("records follow the trailer on line {line}"),
        (None, None) => "there is no trailer: the file was cut off".to_owned(),
        (Some(_), _) if report.trailer_verified => "the trailer confirms the count".to_owned(),
        (Some(_), _) if report.has_rejects => "the trailer marks a file of rejects".to_owned(),
        (Some(text), _) => format!(
            "no field of the trailer {} matches the count",
            Excerpt(text)
        ),
    };
    format!(
        "{}: {} {} records, {} of them rejected; {trailer}",
        report.file,
        number(report.rows_read),
        report.kind,
        number(report.rows_rejected),
    )
}
