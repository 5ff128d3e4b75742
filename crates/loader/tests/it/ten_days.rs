//! After ten days, every table can be shown as of each of them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cusip_loader::{Event, LoadOptions, LoadRequest, Stop, load};
use cusip_pif::{Date, FileKind};
use cusip_source::LocalFolder;
use cusip_synth::{Day, Existing, Options, Sequence};
use cusip_test_support::TestDatabase;
use tempfile::tempdir;

use crate::requester;

const VIEWS: [&str; 4] = ["v_issuer", "v_issue", "v_issue_attribute", "v_security"];

#[tokio::test]
async fn every_table_as_of_each_day_has_the_rows_of_that_day() {
    let database = TestDatabase::migrated();
    let folder = tempdir().expect("a temporary folder");
    let first = Date::new(2024, 1, 10).expect("a day of the calendar");
    let options = Options::new(first)
        .with_issuers(60)
        .with_issues_per_issuer(5)
        .with_changed_per_mille(150);
    let sequence = Sequence::new(options, 10).expect("the options are in range");
    let written = sequence.write_folder(folder.path(), Existing::Refuse);
    let written = written.expect("the folder can be written to");

    let mut views_of_days = Vec::new();
    for day in sequence.days() {
        load_day(&database, folder.path(), &day).await;
        views_of_days.push(VIEWS.map(|view| rows(&database, view)));
    }

    let mut changed_rows = 0;
    for ((day, files), views) in sequence.days().zip(&written).zip(&views_of_days) {
        let date = day.options().date;
        for (kind, file) in FileKind::ALL.into_iter().zip(files) {
            let shown = table_as_of(&database, kind, date);
            let expected = records(file);
            assert_eq!(shown.len(), expected.len(), "{kind} as of {date}");
            for (shown, expected) in shown.iter().zip(&expected) {
                assert_eq!(shown, expected, "{kind} as of {date}");
            }
            changed_rows += day.changed_records(kind);
        }
        for (view, before) in VIEWS.into_iter().zip(views) {
            let shown = rows(&database, &format!("{view}_as_of('{date}')"));
            assert_eq!(&shown, before, "{view} as of {date}");
        }
    }
    let kept = "select (select count(*) from issuer_history) + (select count(*) from issue_history)
        + (select count(*) from issue_attribute_history)";
    assert_eq!(database.query(kept), [[changed_rows.to_string()]]);
}

async fn load_day(database: &TestDatabase, folder: &Path, day: &Day) {
    let date = day.options().date;
    let source = Arc::new(LocalFolder::new(folder));
    let options = LoadOptions::default();
    let request = LoadRequest::day(date, date, None, source, options, requester());
    let silent = |_: Event<'_>| {};
    let loaded = load(&database.pool(), request, &silent, &Stop::default()).await;
    let report = loaded.unwrap_or_else(|failure| panic!("{failure:?}"));
    for (kind, file) in FileKind::ALL.into_iter().zip(&report.results) {
        assert_eq!(file.counts.read, day.records(kind), "{date}");
    }
}

fn rows(database: &TestDatabase, from: &str) -> Vec<Vec<String>> {
    database.query(&format!("select t::text from {from} as t order by 1"))
}

/// Returns the rows of a table as of a day, as lines of its file.
fn table_as_of(database: &TestDatabase, kind: FileKind, date: Date) -> Vec<String> {
    let layout = kind.layout();
    let fields: Vec<_> = layout
        .fields
        .iter()
        .map(|field| format!("{}::text", field.name))
        .collect();
    let key: Vec<_> = layout.key().map(|field| field.name).collect();
    let (fields, key, table) = (
        fields.join(", "),
        key.join(", "),
        cusip_postgres::table_of(layout.kind),
    );
    let lines = database.query(&format!(
        "select array_to_string(array[{fields}], '|', '')
         from {table}_version, resolve_as_of('{date}') as state
         where from_job_id <= state.job_id and coalesce(until_job_id > state.job_id, true)
         order by {key}"
    ));
    lines.into_iter().map(|line| line.concat()).collect()
}

/// Returns the records of a file, without the trailer.
fn records(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the file was written");
    let lines = text.lines().take_while(|line| !line.starts_with("999999|"));
    lines.map(str::to_owned).collect()
}
