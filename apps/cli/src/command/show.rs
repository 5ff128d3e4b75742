//! `cusip show`: securities with all their fields.

use cusip_config::OpenDatabase;
use cusip_jobs::{AsOf, Security, State};
use cusip_pif::Cusip;
use cusip_postgres::{Answers, Database};
use serde_json::{Map, Value, json};

use self::identifiers::{Asked, Missing, explain, parse, read_identifiers};
use crate::arguments::ShowArguments;
use crate::exit::ExitStatus;
use crate::output::{JsonList, Output, OutputFormat, Rows, shown_state};

mod identifiers;
mod text;

pub(super) async fn run(arguments: ShowArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let identifiers = read_identifiers(&arguments)?;
    let opened = OpenDatabase::open(&arguments.database).await?;
    let (asked, mut missing) = parse(identifiers);
    let securities = Securities::find(&opened.database, arguments.as_of.as_ref(), &asked).await?;
    let shown = match output.format() {
        OutputFormat::Text => show_text(&securities, output).await?,
        OutputFormat::Json => show_json(&securities, output).await?,
        _ => show_rows(&securities, output).await?,
    };
    if let Some(state) = securities.state.filter(|_| !output.is_json()) {
        output.message(&format!("as of {}", shown_state(state)));
    }
    let state = securities.state;
    let unknown = shown.unknown.into_iter();
    missing.extend(unknown.map(|asked| Missing::unknown(asked, state)));
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

/// The securities to show, in the current state or an earlier one.
struct Securities<'d, 'a> {
    database: &'d Database,
    asked: &'a [Asked],
    cusips: Vec<Cusip>,
    /// The state that was asked for.
    state: Option<State>,
}

impl<'d, 'a> Securities<'d, 'a> {
    async fn find(
        database: &'d Database,
        as_of: Option<&AsOf>,
        asked: &'a [Asked],
    ) -> anyhow::Result<Self> {
        let state = match as_of {
            Some(as_of) => Some(database.state(as_of).await?),
            None => None,
        };
        Ok(Self {
            database,
            asked,
            cusips: asked.iter().map(|asked| asked.cusip).collect(),
            state,
        })
    }

    async fn documents(&self) -> Result<Answers<Security>, cusip_postgres::Error> {
        match self.state {
            Some(state) => (self.database.securities_as_of(&self.cusips, state.job)).await,
            None => self.database.securities(&self.cusips).await,
        }
    }

    async fn rows(&self) -> Result<Answers<Map<String, Value>>, cusip_postgres::Error> {
        match self.state {
            Some(state) => (self.database.security_rows_as_of(&self.cusips, state.job)).await,
            None => self.database.security_rows(&self.cusips).await,
        }
    }
}

/// What to report after the securities.
#[derive(Default)]
struct Shown<'a> {
    unknown: Vec<&'a Asked>,
    json: Option<JsonList<'a>>,
}

async fn show_text<'a>(
    securities: &Securities<'_, 'a>,
    output: &'a Output,
) -> anyhow::Result<Shown<'a>> {
    let mut shown = Shown::default();
    let mut answers = securities.documents().await?;
    let mut separator = "";
    for asked in securities.asked {
        match answers.next().await?.flatten() {
            Some(security) => output.text(&format!("{separator}{}", text::text(&security)))?,
            None => shown.unknown.push(asked),
        }
        separator = "\n";
    }
    Ok(shown)
}

async fn show_json<'a>(
    securities: &Securities<'_, 'a>,
    output: &'a Output,
) -> anyhow::Result<Shown<'a>> {
    let mut unknown = Vec::new();
    let mut answers = securities.documents().await?;
    let mut values = Map::new();
    if let Some(state) = securities.state {
        values.insert("state".to_owned(), json!(state));
    }
    let mut list = JsonList::begin(&values, "securities", output)?;
    for asked in securities.asked {
        match answers.next().await?.flatten() {
            Some(security) => list.item(&security)?,
            None => unknown.push(asked),
        }
    }
    let json = Some(list);
    Ok(Shown { unknown, json })
}

async fn show_rows<'a>(
    securities: &Securities<'_, 'a>,
    output: &'a Output,
) -> anyhow::Result<Shown<'a>> {
    let mut shown = Shown::default();
    let mut answers = securities.rows().await?;
    let mut rows = Rows::new(output, &TABLE_COLUMNS);
    for asked in securities.asked {
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
