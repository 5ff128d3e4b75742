//! `cusip files`: which files of a day exist.

use chrono::{DateTime, SecondsFormat, Utc};
use cusip_loader::DayFiles;
use cusip_pif::PifFileName;
use cusip_source::FileMeta;
use serde_json::json;

use crate::arguments::FilesArguments;
use crate::exit::ExitStatus;
use crate::output::{Align, Output, number, table};

pub(super) async fn run(arguments: FilesArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let source = cusip_config::day_source(&arguments.files).await?;
    let location = source.to_string();
    let day = DayFiles::find(source, arguments.date).await?;
    let missing: Vec<_> = (day.missing())
        .map(|kind| PifFileName::new(day.date, kind).to_string())
        .collect();
    if output.is_json() {
        let found: Vec<_> = (day.found.iter())
            .map(|(kind, meta)| {
                json!({
                    "type": kind.wire_name(),
                    "file": meta.location,
                    "size": meta.size,
                    "last_modified": last_modified(meta),
                })
            })
            .collect();
        output.document(&json!({
            "date": day.date.to_string(),
            "place": location,
            "found": found,
            "missing": missing,
            "others": day.others,
        }))?;
    } else {
        let row = |(kind, meta): &(cusip_pif::FileKind, FileMeta)| {
            vec![
                kind.to_string(),
                meta.size.map(number).unwrap_or_default(),
                last_modified(meta).unwrap_or_default(),
                meta.location.clone(),
            ]
        };
        if !day.found.is_empty() {
            let columns = [
                ("type", Align::Left),
                ("bytes", Align::Right),
                ("last modified", Align::Left),
                ("file", Align::Left),
            ];
            let rows: Vec<_> = day.found.iter().map(row).collect();
            output.text(&table(&columns, &rows))?;
        }
        for name in &missing {
            output.text(&format!("missing: {name} in {location}"))?;
        }
    }
    if missing.is_empty() {
        return Ok(ExitStatus::Done);
    }
    if !output.is_json() {
        // A load's error also says what exists instead.
        day.complete()?;
    }
    Ok(ExitStatus::NotFound)
}

fn last_modified(meta: &FileMeta) -> Option<String> {
    let time: DateTime<Utc> = meta.last_modified?.into();
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
