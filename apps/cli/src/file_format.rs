//! The formats of files that commands write.

use cusip_lake::Format;

use crate::exit::UsageError;
use crate::output::OutputFormat;

/// Returns the format of a file, which `--output` must name.
pub(crate) fn file_format(format: OutputFormat, command: &str) -> Result<Format, UsageError> {
    match format {
        OutputFormat::Csv => Ok(Format::Csv),
        OutputFormat::Ndjson => Ok(Format::Ndjson),
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet => Ok(Format::Parquet),
        #[cfg(not(feature = "parquet"))]
        OutputFormat::Parquet => Err(UsageError(
            "this cusip was built without Parquet; use --output csv or ndjson".to_owned(),
        )),
        _ => Err(UsageError(format!(
            "{command} needs a format: use --output parquet, csv or ndjson"
        ))),
    }
}
