//! `cusip synth`: synthetic files of a day, or of days that follow each other.

use std::path::PathBuf;

use anyhow::anyhow;
use cusip_pif::FileKind;
use cusip_synth::{Day, Error, Existing, Options, Sequence};
use serde_json::{Value, json};

use crate::arguments::SynthArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, number};

/// How many records per thousand change on each day of a sequence by default.
const CHANGED_IN_SEQUENCE: u16 = 20;

pub(super) fn run(arguments: &SynthArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    if arguments.folder.as_path() == "-" {
        let problem = "a day is three files, which cannot all go to standard output; name a folder";
        return Err(UsageError(problem.to_owned()).into());
    }
    let options = Options::new(arguments.date)
        .with_seed(arguments.seed)
        .with_issuers(arguments.issuers)
        .with_issues_per_issuer(arguments.issues_per_issuer);
    let changed = arguments.changed_per_mille;
    let existing = if arguments.overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    match arguments.days {
        None => {
            let day = Day::new(options.with_changed_per_mille(changed.unwrap_or(0)))?;
            let paths = day
                .write_folder(&arguments.folder, existing)
                .map_err(with_flag)?;
            if output.is_json() {
                output.document(&document(&day, &paths))?;
            } else {
                print(&day, &paths, output)?;
            }
        }
        Some(days) => {
            let changed = changed.unwrap_or(CHANGED_IN_SEQUENCE);
            let sequence = Sequence::new(options.with_changed_per_mille(changed), days)?;
            let written = sequence
                .write_folder(&arguments.folder, existing)
                .map_err(with_flag)?;
            let days = sequence.days().zip(&written);
            if output.is_json() {
                let documents: Vec<_> = days.map(|(day, paths)| document(&day, paths)).collect();
                output.document(&json!({ "days": documents }))?;
            } else {
                for (day, paths) in days {
                    print(&day, paths, output)?;
                }
            }
        }
    }
    Ok(ExitStatus::Done)
}

fn document(day: &Day, paths: &[PathBuf; 3]) -> Value {
    let results = FileKind::ALL.into_iter().zip(paths).map(|(kind, path)| {
        json!({
            "type": kind.wire_name(),
            "file": path,
            "rows": day.records(kind),
            "changed": day.changed_records(kind),
            "added": day.added_records(kind),
        })
    });
    let results: Vec<_> = results.collect();
    json!({"date": day.options().date.to_string(), "results": results})
}

fn print(day: &Day, paths: &[PathBuf; 3], output: &Output) -> anyhow::Result<()> {
    for (kind, path) in FileKind::ALL.into_iter().zip(paths) {
        let records = number(day.records(kind));
        let mut line = format!("{}: {records} {kind} records", path.display());
        let (changed, added) = (day.changed_records(kind), day.added_records(kind));
        if changed > 0 {
            line += &format!(", {} changed", number(changed));
        }
        if added > 0 {
            line += &format!(", {} new", number(added));
        }
        output.text(&line)?;
    }
    Ok(())
}

/// Names the flag that allows what was refused.
fn with_flag(error: Error) -> anyhow::Error {
    match error {
        Error::Exists { .. } => anyhow!("{error} (--overwrite)"),
        other => other.into(),
    }
}
