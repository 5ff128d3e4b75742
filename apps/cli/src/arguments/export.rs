//! Arguments of `cusip export`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use cusip_config::DatabaseSettings;
use cusip_jobs::AsOf;
use cusip_postgres::Relation;

const AFTER_HELP: &str = "Examples:
  cusip export securities --output parquet --to extract
  cusip export securities issuers --as-of 2024-01-15 --output parquet --to 2024-01-15
  cusip export securities --file portfolio.txt --output csv --to - > portfolio.csv

VIEW is securities, issuers, issues or issue_attributes, with decoded codes; or the name of a view or table in the
database: v_security_summary, issuer, issue, issue_attribute, each of them with _version (all versions), or a
reference table such as ref_issue_status.

Exit codes:
  0  done
  1  failed, or an identifier of --file was not found
  2  wrong usage
  4  the list does not exist, nothing was loaded by then, or the history was pruned";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ExportArguments {
    /// Views or tables to export, all in the same state
    #[arg(
        required = true,
        value_name = "VIEW",
        value_parser = relation(),
        hide_possible_values = true
    )]
    pub(crate) relations: Vec<Relation>,

    /// Folder to write to, created if needed; `-` is standard output, for a single view
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) to: PathBuf,

    /// Export them as of a day, a time in UTC (2024-01-15T18:00:00Z) or a job (job:7)
    #[arg(long, value_name = "WHEN")]
    pub(crate) as_of: Option<AsOf>,

    /// Only of issuers of these types, such as C,M
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(crate) issuer_type: Vec<String>,

    /// Only active issues or issuers
    #[arg(long)]
    pub(crate) active: bool,

    /// Only the CUSIPs, ISINs and issuer numbers in this file; - for standard input
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

/// Parses the short name of a relation, or its name in the database.
fn relation() -> impl TypedValueParser<Value = Relation> {
    let mut names = Vec::new();
    for relation in Relation::ALL {
        names.push(relation.short_name());
        if relation.name() != relation.short_name() {
            names.push(relation.name());
        }
    }
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Relation>())
}
