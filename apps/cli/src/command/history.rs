//! `cusip history`: all versions of a security.

mod prune;

use anyhow::anyhow;
use cusip_config::{OpenDatabase, printable_line};
use cusip_jobs::RecordChange;
use cusip_pif::{Cusip, FileKind, Identifier};
use cusip_postgres::Database;
use serde_json::json;

use super::record_change::{COLUMNS, field_lines, is_difference, print_rows};
use crate::arguments::{HistoryAction, HistoryArguments};
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, OutputFormat, Rows};

pub(super) async fn run(
    arguments: &HistoryArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    if let Some(HistoryAction::Prune(arguments)) = &arguments.action {
        return prune::run(arguments, output).await;
    }
    let identifier = arguments.identifier.as_deref().unwrap_or_default();
    let cusip = parse(identifier)?;
    let opened = OpenDatabase::open(&arguments.database).await?;
    let versions = versions(&opened.database, cusip).await?;
    opened.close()?;
    if !versions
        .iter()
        .any(|version| version.kind == FileKind::Issue)
    {
        return Err(anyhow!("there is no security {identifier}"));
    }
    show(cusip, &versions, output)?;
    Ok(ExitStatus::Done)
}

fn parse(identifier: &str) -> anyhow::Result<Cusip> {
    match identifier.parse() {
        Ok(Identifier::Security(cusip)) => Ok(cusip),
        Ok(Identifier::Issuer(issuer)) => Err(UsageError(format!(
            "{issuer} is an issuer number; `cusip search {issuer}` lists its securities"
        ))
        .into()),
        Err(error) => Err(UsageError(error.to_string()).into()),
    }
}

async fn versions(database: &Database, cusip: Cusip) -> anyhow::Result<Vec<RecordChange>> {
    let mut answers = database.security_history(cusip).await?;
    let mut versions = Vec::new();
    while let Some(version) = answers.next().await? {
        versions.push(version);
    }
    Ok(versions)
}

fn show(cusip: Cusip, versions: &[RecordChange], output: &Output) -> anyhow::Result<()> {
    match output.format() {
        OutputFormat::Text => output.text(&text(cusip, versions)),
        OutputFormat::Json => {
            let cusip = cusip.to_string();
            output.document(&json!({"cusip": cusip, "versions": versions}))
        }
        _ => {
            let mut rows = Rows::new(output, &COLUMNS);
            for version in versions {
                print_rows(version, &mut rows, output)?;
            }
            rows.end()
        }
    }
}

fn text(cusip: Cusip, versions: &[RecordChange]) -> String {
    let mut lines = vec![cusip.to_string()];
    for version in versions {
        let day = version.date.map(|date| format!("{date}, "));
        let day = day.unwrap_or_default();
        let (job, kind) = (version.job, version.kind);
        let mut line = format!("{day}job {job}: {kind} {}", version.change);
        if !is_difference(version) {
            let fields = version.fields.len();
            line.push_str(&format!(", {fields} fields"));
        }
        lines.push(line);
        if is_difference(version) {
            let fields = field_lines(version);
            lines.extend(fields.iter().map(|line| printable_line(line).into_owned()));
        }
    }
    lines.join("\n")
}
