//! `cusip export`: views and tables as files, all in the same state.

mod identifiers;
mod progress;
mod target;

use std::io;
use std::mem;

use anyhow::anyhow;
use cusip_config::{OpenDatabase, Signals};
use cusip_jobs::State;
use cusip_lake::{Encoder, Format};
use cusip_postgres::{Database, Relation, RowFilter, Snapshot};

use self::identifiers::Asked;
use self::progress::Progress;
use self::target::{Destination, Target};
use crate::arguments::ExportArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::file_format::file_format;
use crate::output::{Output, number, shown_state};

/// Rows are short, so many are written together.
const CHUNK_BYTES: usize = 1024 * 1024;

pub(super) async fn run(
    arguments: &ExportArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let format = file_format(output.format(), "export")?;
    refuse_useless_options(arguments)?;
    let asked = arguments.file.as_deref().map(Asked::read).transpose()?;
    let destination = Destination::new(arguments, format).await?;
    let opened = OpenDatabase::open(&arguments.database).await?;
    let mut signals = Signals::listen()?;
    let mut written = Vec::with_capacity(arguments.relations.len());
    let exporting = export(
        arguments,
        format,
        asked,
        &opened.database,
        &destination,
        &mut written,
        output,
    );
    let exported = tokio::select! {
        exported = exporting => exported,
        () = signals.next() => Err(anyhow!("canceled; no file was written")),
    };
    for file in written {
        tokio::select! {
            () = file.target.discard() => {}
            () = signals.next() => break,
        }
    }
    opened.close()?;
    match exported {
        // The reader of standard output has seen enough.
        Err(error) if is_broken_pipe(&error) && destination.is_standard_output() => {
            Ok(ExitStatus::Done)
        }
        exported => exported,
    }
}

/// The file of a view or table, which has no name yet.
struct Written {
    relation: Relation,
    rows: u64,
    target: Target,
}

/// Refuses a filter that a view or table cannot have.
fn refuse_useless_options(arguments: &ExportArguments) -> Result<(), UsageError> {
    let refuse = |relation: &Relation, problem: &str| {
        Err(UsageError(format!(
            "{relation} {problem}; export it without"
        )))
    };
    for relation in &arguments.relations {
        if arguments.as_of.is_some() && !relation.has_states() {
            return refuse(relation, "has no earlier states for --as-of");
        }
        if arguments.active && !relation.has_status() {
            return refuse(relation, "has no status for --active");
        }
        if !arguments.issuer_type.is_empty() && !relation.has_key() {
            return refuse(relation, "has no issuers for --issuer-type");
        }
        if arguments.file.is_some() && !relation.has_key() {
            return refuse(relation, "has no identifiers for --file");
        }
    }
    Ok(())
}

async fn export(
    arguments: &ExportArguments,
    format: Format,
    asked: Option<Asked>,
    database: &Database,
    destination: &Destination,
    written: &mut Vec<Written>,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let mut filter = RowFilter::default();
    filter.issuer_types.clone_from(&arguments.issuer_type);
    filter.is_active = arguments.active;
    filter.identifiers = asked.as_ref().map(|asked| asked.identifiers.clone());
    let snapshot = database.snapshot(arguments.as_of.as_ref()).await?;
    for relation in &arguments.relations {
        let relation = *relation;
        let target = destination.target(relation)?;
        let rows = 0;
        written.push(Written {
            relation,
            rows,
            target,
        });
        if let Some(file) = written.last_mut() {
            file.rows = write(&snapshot, relation, &filter, format, &mut file.target).await?;
        }
    }
    let missing = match asked {
        Some(asked) => asked.report_missing(&snapshot, &filter, output).await?,
        None => 0,
    };
    let state = snapshot.state();
    snapshot.end().await?;
    while !written.is_empty() {
        let file = written.remove(0);
        let name = file.target.finish().await?;
        let (rows, relation) = (number(file.rows), file.relation);
        destination.report(output, &format!("wrote {name}: {rows} rows of {relation}"))?;
    }
    output.message(&match state {
        Some(state) => format!("as of {}", shown_state(state)),
        None => "nothing has been loaded".to_owned(),
    });
    Ok(if missing == 0 {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

/// Writes the rows of a view or table, and returns their number.
async fn write(
    snapshot: &Snapshot,
    relation: Relation,
    filter: &RowFilter,
    format: Format,
    target: &mut Target,
) -> anyhow::Result<u64> {
    let mut rows = snapshot.rows(relation, filter).await?;
    let metadata = metadata(relation, snapshot.state());
    let mut encoder = Encoder::new(format, rows.columns(), &metadata)?;
    let mut progress = Progress::start(relation);
    while let Some(row) = rows.next().await? {
        encoder.push(&row)?;
        progress.row();
        if encoder.bytes().len() >= CHUNK_BYTES {
            target.write(mem::take(encoder.bytes())).await?;
        }
    }
    target.write(encoder.finish()?).await?;
    Ok(progress.finish())
}

/// Returns what a Parquet file says about itself.
fn metadata(relation: Relation, state: Option<State>) -> Vec<(&'static str, String)> {
    let mut metadata = vec![("cusip.relation", relation.name().to_owned())];
    if let Some(state) = state {
        metadata.push(("cusip.job_id", state.job.to_string()));
        let day = state.date.map(|date| ("cusip.day", date.to_string()));
        metadata.extend(day);
    }
    metadata
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let error = cause.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
