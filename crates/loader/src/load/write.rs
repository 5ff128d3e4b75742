//! Writes a file's records to its master table.

use std::time::Instant;

use cusip_pif::{CodeList, Date, FileKind};
use cusip_postgres::Sink;

use super::file::ReadFile;
use super::strategy::Interruption;
use crate::progress::{Event, Progress};
use crate::summary::FileSummary;

/// Writes the records, and adds their undocumented codes to the reference tables.
pub(super) async fn write(
    sink: &Sink<'_>,
    read: ReadFile<'_>,
    date: Option<Date>,
    progress: &dyn Progress,
) -> Result<(), Interruption> {
    let kind = read.file.outcome.kind;
    progress.event(Event::Merging { kind });
    let started = Instant::now();
    let written = async {
        let warnings = register_codes(sink, kind, &read.summary, date).await?;
        let counts = read.file.outcome.counts;
        let records = counts.read - counts.rejected - counts.superseded - read.unchanged;
        Ok::<_, cusip_postgres::Error>((warnings, sink.write(kind, records).await?))
    };
    match written.await {
        Ok((warnings, written)) => {
            let outcome = &mut read.file.outcome;
            outcome.warnings.extend(warnings);
            outcome.counts.inserted = written.inserted;
            outcome.counts.updated = written.updated;
            outcome.counts.unchanged = read.unchanged + written.unchanged;
            read.file.timed("merge", started.elapsed());
            Ok(())
        }
        Err(error) => Err(read.file.blame(error.into())),
    }
}

/// Adds the undocumented codes of the records to the reference tables. Returns a warning for each.
async fn register_codes(
    sink: &Sink<'_>,
    kind: FileKind,
    summary: &FileSummary,
    date: Option<Date>,
) -> Result<Vec<String>, cusip_postgres::Error> {
    let job = sink.load().job();
    let since = match date {
        Some(date) => format!("on {date}, in job {job}"),
        None => format!("in job {job}"),
    };
    let description = format!("Undocumented code, first seen {since}");
    let mut warnings = Vec::new();
    for name in summary.warnings.code_lists() {
        let Some(list) = CodeList::ALL.iter().find(|list| list.name == name) else {
            continue;
        };
        for code in sink.register_codes(kind, list, &description).await? {
            warnings.push(format!(
                "the code {code:?} was added to {} as undocumented",
                cusip_postgres::reference_table_of(list)
            ));
        }
    }
    Ok(warnings)
}
