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
  cusip export securities --output parquet --to s3://analytics/cusip/2024-01-15
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

    /// Folder to write to, created if needed; or `s3://BUCKET/PREFIX`; or `-` for standard output
    #[arg(long, value_name = "DEST", value_hint = ValueHint::DirPath)]
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
    pub(crate) bucket: OutputBucketArguments,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

/// How objects are written to a bucket.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct OutputBucketArguments {
    /// Region of the bucket [default: `AWS_REGION`, or the region of the AWS profile]
    #[arg(long, env = "CUSIP_S3_REGION", value_name = "REGION")]
    pub(crate) s3_region: Option<String>,

    /// Address of an S3-compatible server, such as http://host:port
    #[arg(long, env = "CUSIP_S3_ENDPOINT", value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,

    /// KMS key that encrypts the objects: its ID, ARN or alias [default: as the bucket says]
    #[arg(long, value_name = "KEY")]
    pub(crate) s3_kms_key: Option<String>,

    /// Account that the bucket must belong to
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) s3_bucket_owner: Option<String>,
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
