//! `cusip show`: securities with all their fields.

use cusip_config::OpenDatabase;
use cusip_postgres::Database;

use self::identifiers::{Asked, Missing, explain, parse, read_identifiers};
use crate::arguments::ShowArguments;
use crate::exit::ExitStatus;
use crate::output::{JsonList, Output, OutputFormat, Rows};

mod identifiers;
mod text;

pub(super) async fn run(arguments: ShowArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let identifiers = read_identifiers(&arguments)?;
    let opened = OpenDatabase::open(&arguments.database).await?;
    let (asked, mut missing) = parse(identifiers);
    let shown = match output.format() {
        OutputFormat::Text => show_text(&opened.database, &asked, output).await?,
        OutputFormat::Json => show_json(&opened.database, &asked, output).await?,
        OutputFormat::Table | OutputFormat::Ndjson | OutputFormat::Csv => {
            show_rows(&opened.database, &asked, output).await?
        }
    };
    missing.extend(shown.unknown.into_iter().map(Missing::unknown));
    explain(&opened.database, &mut missing).await?;
    opened.close()?;
    for missing in &missing {
        output.message(&format!("error: {}", missing.reason));
    }
    if let Some(list) = shown.json {
        list.end("errors", &missing)?;
    }
    Ok(if missing.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

/// What to report after the securities.
#[derive(Default)]
struct Shown<'a> {
    unknown: Vec<&'a Asked>,
    json: Option<JsonList<'a>>,
}

async fn show_text<'a>(
    database: &Database,
    asked: &'a [Asked],
    output: &'a Output,
) -> anyhow::Result<Shown<'a>> {
    let mut shown = Shown::default();
    let mut answers = database.securities(&cusips(asked)).await?;
    let mut separator = "";
    for asked in asked {
        match answers.next().await?.flatten() {
            Some(security) => output.text(&format!("{separator}{}", text::text(&security)))?,
            None => shown.unknown.push(asked),
        }
        separator = "\n";
    }
    Ok(shown)
}

async fn show_json<'a>(
    database: &Database,
    asked: &'a [Asked],
    output: &'a Output,
) -> anyhow::Result<Shown<'a>> {
    let mut unknown = Vec::new();
    let mut answers = database.securities(&cusips(asked)).await?;
    let mut list = JsonList::begin("securities", output)?;
    for asked in asked {
        match answers.next().await?.flatten() {
            Some(security) => list.item(&security)?,
            None => unknown.push(asked),
        }
    }
    let json = Some(list);
    Ok(Shown { unknown, json })
}

async fn show_rows<'a>(
    database: &Database,
    asked: &'a [Asked],
    output: &'a Output,
) -> anyhow::Result<Shown<'a>> {
    let mut shown = Shown::default();
    let mut answers = database.security_rows(&cusips(asked)).await?;
    let mut rows = Rows::new(output, &TABLE_COLUMNS);
    for asked in asked {
        match answers.next().await?.flatten() {
            Some(row) => rows.row(row)?,
            None => shown.unknown.push(asked),
        }
    }
    rows.end()?;
    Ok(shown)
}

/// The columns of a security that fit on a screen.
const TABLE_COLUMNS: [&str; 8] = [
    "cusip",
    "isin",
    "ticker_symbol",
    "issuer_name",
    "issue_description",
    "rate",
    "maturity_date",
    "issue_status",
];

fn cusips(asked: &[Asked]) -> Vec<cusip_pif::Cusip> {
    asked.iter().map(|asked| asked.cusip).collect()
}
