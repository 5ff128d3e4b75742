//! `cusip synth`: a day of synthetic files.

use anyhow::anyhow;
use cusip_pif::FileKind;
use cusip_synth::{Day, Error, Existing, Options};
use serde_json::json;

use crate::arguments::SynthArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, number};

pub(super) fn run(arguments: &SynthArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    if arguments.folder.as_path() == "-" {
        let problem = "a day is three files, which cannot all go to standard output; name a folder";
        return Err(UsageError(problem.to_owned()).into());
    }
    let options = Options::new(arguments.date)
        .with_seed(arguments.seed)
        .with_issuers(arguments.issuers)
        .with_issues_per_issuer(arguments.issues_per_issuer)
        .with_changed_per_mille(arguments.changed_per_mille);
    let day = Day::new(options)?;
    let existing = if arguments.overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let paths = (day.write_folder(&arguments.folder, existing)).map_err(with_flag)?;
    let files = || FileKind::ALL.into_iter().zip(&paths);
    if output.is_json() {
        let document = |(kind, path): (FileKind, &std::path::PathBuf)| json!({"type": kind.wire_name(), "file": path, "rows": day.records(kind)});
        let results: Vec<_> = files().map(document).collect();
        output.document(&json!({"date": arguments.date.to_string(), "results": results}))?;
    } else {
        for (kind, path) in files() {
            let records = number(day.records(kind));
            output.text(&format!("{}: {records} {kind} records", path.display()))?;
        }
    }
    Ok(ExitStatus::Done)
}

/// Names the flag that allows what was refused.
fn with_flag(error: Error) -> anyhow::Error {
    match error {
        Error::Exists { .. } => anyhow!("{error} (--overwrite)"),
        other => other.into(),
    }
}
