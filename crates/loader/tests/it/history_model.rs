//! Random sequences of loads: the database agrees with a model in memory about every state and every
//! change.

mod model;

use std::path::Path;
use std::sync::Arc;

use cusip_jobs::{AsOf, FileStatus, JobId, RejectLimit};
use cusip_loader::{Event, Input, LoadOptions, LoadRequest, Stop, load};
use cusip_pif::{Cusip, Date, FileKind};
use cusip_postgres::{Database, Error, JobRange};
use cusip_source::LocalFolder;
use cusip_test_support::{TestDatabase, write_file};
use proptest::prelude::*;
use tempfile::tempdir;
use tokio::runtime::Runtime;

use self::model::{Change, Fields, Key, Model, PastState, Records};
use crate::requester;

const ISSUERS: [&str; 3] = ["037833", "594918", "88160R"];
const ISSUES: [&str; 2] = ["10", "AA"];
/// A record that every file has, since a day needs all three.
const CONSTANT: (&str, &str) = ("17275R", "10");
const NAMES: [&str; 3] = ["APPLE", "APPLE INC", "PEAR"];
/// The second and the third are equal as numbers, but not in the file.
const RATES: [&str; 3] = ["1.5", "2.25", "2.250"];
const TICKERS: [&str; 2] = ["AAPL", "PEAR"];

/// One load: the values of the records in its files, by index. Others are not in the files.
#[derive(Debug, Clone)]
struct Step {
    /// The day, as a day of January; `None` for files that are named one by one.
    day: Option<u8>,
    names: [Option<usize>; 3],
    rates: [[Option<usize>; 2]; 3],
    tickers: [[Option<usize>; 2]; 3],
    has_bad_record: bool,
    /// Whether rejects are accepted.
    lenient: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let value = |count: usize| prop::option::weighted(0.6, 0..count);
    let of_issues = |count: usize| prop::array::uniform3(prop::array::uniform2(value(count)));
    (
        prop::option::weighted(0.8, 10..14_u8),
        prop::array::uniform3(value(NAMES.len())),
        of_issues(RATES.len()),
        of_issues(TICKERS.len()),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.7),
    )
        .prop_map(
            |(day, names, rates, tickers, has_bad_record, lenient)| Step {
                day,
                names,
                rates,
                tickers,
                has_bad_record,
                lenient,
            },
        )
}

/// Steps of which some repeat the one before.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((step(), prop::bool::weighted(0.2)), 2..7).prop_map(|steps| {
        let mut sequence: Vec<Step> = Vec::new();
        for (step, repeats) in steps {
            let last = sequence.last().filter(|_| repeats).cloned();
            sequence.push(last.unwrap_or(step));
        }
        sequence
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20) })]

    #[test]
    fn database_agrees_with_a_model_about_every_state_and_change(steps in steps()) {
        let runtime = Runtime::new().expect("a runtime can be made");
        runtime.block_on(compare(&steps));
    }
}

async fn compare(steps: &[Step]) {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let mut model = Model::default();
    for step in steps {
        run(&pool, step, &mut model).await;
    }
    for past in &model.states {
        assert_securities(&pool, past).await;
    }
    for day in 9..15 {
        assert_state_of_day(&pool, &model, day).await;
    }
    for after in (0..=model.states.len()).map(|index| model.job_before(index)) {
        assert_changes(&pool, &model, after).await;
    }
}

/// Loads the files of a step, and applies to the model what the load reports as loaded.
async fn run(database: &Database, step: &Step, model: &mut Model) {
    let folder = tempdir().expect("a temporary folder");
    let files = FileKind::ALL.map(|kind| records_of(step, kind));
    let date = january(step.day.unwrap_or(10));
    for (kind, records) in FileKind::ALL.into_iter().zip(&files) {
        let mut lines: Vec<_> = records
            .iter()
            .map(|(key, fields)| line(key, fields))
            .collect();
        if step.has_bad_record && kind == FileKind::Issue {
            lines.push("037833|10|BAD RECORD".to_owned());
        }
        write_file(folder.path(), date, kind, &lines);
    }
    let options = LoadOptions {
        allow_older: true,
        max_rejects: if step.lenient {
            RejectLimit::rows(100)
        } else {
            RejectLimit::default()
        },
        ..LoadOptions::default()
    };
    let request = request(step, folder.path(), options).await;
    let silent = |_: Event<'_>| {};
    let report = match load(database, request, &silent, &Stop::default()).await {
        Ok(report) => report,
        Err(failure) => {
            let rejects = matches!(failure.error, cusip_loader::Error::TooManyRejects { .. });
            assert!(rejects && !step.lenient, "{failure:?}");
            return;
        }
    };
    let job = report.job_id.expect("the load was logged");
    let mut loaded = Vec::new();
    let mut date = step.day.map(january);
    let is_loaded = |kind| {
        let mut files = report.results.iter();
        files.any(|file| file.kind == kind && file.status == FileStatus::Succeeded)
    };
    if !FileKind::ALL.into_iter().any(is_loaded) {
        date = None;
    }
    for (kind, records) in FileKind::ALL.into_iter().zip(files) {
        if is_loaded(kind) {
            let known: Vec<_> = (records.into_iter())
                .filter(|(key, _)| has_parent(key, &loaded, &model.records))
                .collect();
            loaded.extend(known);
        }
    }
    model.apply(job, date.or(model.last_date()), &loaded);
}

async fn request(step: &Step, folder: &Path, options: LoadOptions) -> LoadRequest {
    let today = january(31);
    if let Some(day) = step.day {
        let source = Arc::new(LocalFolder::new(folder));
        return LoadRequest::day(january(day), today, None, source, options, requester());
    }
    let mut inputs = Vec::new();
    for kind in FileKind::ALL {
        let name = cusip_pif::PifFileName::new(january(10), kind).to_string();
        let input = Input::from_path(&folder.join(name), None).await;
        inputs.push(input.expect("the file was written"));
    }
    let request = LoadRequest::files(inputs, today, options, requester());
    request.expect("the files are of different kinds")
}

/// Returns whether the record's issuer, or an attribute's issue, is loaded before it. Others are rejected.
fn has_parent((kind, key): &Key, loaded: &[(Key, Fields)], records: &Records) -> bool {
    let parent = match kind {
        FileKind::Issuer => return true,
        FileKind::Issue => (FileKind::Issuer, key[..6].to_owned()),
        FileKind::IssueAttribute => (FileKind::Issue, key.clone()),
    };
    records.contains_key(&parent) || loaded.iter().any(|(key, _)| *key == parent)
}

fn records_of(step: &Step, kind: FileKind) -> Vec<(Key, Fields)> {
    let (issuer, issue) = CONSTANT;
    let mut records = Vec::new();
    if kind == FileKind::Issuer {
        let names = ISSUERS.into_iter().zip(step.names);
        let named = names.filter_map(|(issuer, name)| Some((issuer, NAMES[name?])));
        for (issuer, name) in named.chain([(issuer, "CISCO")]) {
            let fields = Fields::from([("issuer_name_1", name.to_owned())]);
            records.push(((kind, issuer.to_owned()), fields));
        }
    } else {
        let (field, values, texts) = match kind {
            FileKind::Issue => ("rate", step.rates, RATES.as_slice()),
            _ => ("ticker_symbol", step.tickers, TICKERS.as_slice()),
        };
        for (issuer, values) in ISSUERS.into_iter().zip(values) {
            for (issue, value) in ISSUES.into_iter().zip(values) {
                if let Some(value) = value {
                    let fields = Fields::from([(field, texts[value].to_owned())]);
                    records.push(((kind, format!("{issuer}{issue}")), fields));
                }
            }
        }
        let fields = Fields::from([(field, texts[0].to_owned())]);
        records.push(((kind, format!("{issuer}{issue}")), fields));
    }
    records
}

fn line((kind, key): &Key, fields: &Fields) -> String {
    let value = |field: &cusip_pif::Field| match field.name {
        "issuer_num" => key[..6].to_owned(),
        "issue_num" => key[6..].to_owned(),
        name => fields.get(name).cloned().unwrap_or_default(),
    };
    let values: Vec<_> = kind.layout().fields.iter().map(value).collect();
    values.join("|")
}

async fn assert_securities(database: &Database, past: &PastState) {
    let issuers = ISSUERS.into_iter().chain([CONSTANT.0]);
    let keys: Vec<_> = issuers
        .flat_map(|issuer| ISSUES.map(|issue| format!("{issuer}{issue}")))
        .collect();
    let cusips: Vec<Cusip> = keys
        .iter()
        .map(|key| Cusip::from_8(key).expect("a CUSIP"))
        .collect();
    let answers = database.security_rows_as_of(&cusips, past.state.job).await;
    let mut answers = answers.expect("the state is kept");
    for key in keys {
        let shown = answers.next().await.expect("the query succeeds").flatten();
        let value = |kind, key: &str, field: &str| {
            past.records
                .get(&(kind, key.to_owned()))
                .and_then(|fields| fields.get(field))
                .cloned()
        };
        let rate = value(FileKind::Issue, &key, "rate");
        let job = past.state.job;
        assert_eq!(shown.is_some(), rate.is_some(), "{key} as of job {job}");
        let Some(shown) = shown else { continue };
        let field = |name: &str| match &shown[name] {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        assert_eq!(field("rate"), rate, "{key} as of job {job}");
        let name = value(FileKind::Issuer, &key[..6], "issuer_name_1");
        assert_eq!(field("issuer_name"), name, "{key} as of job {job}");
        let ticker = value(FileKind::IssueAttribute, &key, "ticker_symbol");
        assert_eq!(field("ticker_symbol"), ticker, "{key} as of job {job}");
    }
}

async fn assert_state_of_day(database: &Database, model: &Model, day: u8) {
    let day = january(day);
    let mut states = model.states.iter().map(|past| past.state).rev();
    let expected = states.find(|state| state.date.is_some_and(|date| date <= day));
    match (database.state(&AsOf::Day(day)).await, expected) {
        (Ok(shown), Some(expected)) => assert_eq!(shown, expected, "as of {day}"),
        (Err(Error::NoSuchState { .. }), None) => {}
        (shown, expected) => panic!("as of {day}: {shown:?} instead of {expected:?}"),
    }
}

async fn assert_changes(database: &Database, model: &Model, after: JobId) {
    let upto = model.job_before(model.states.len());
    let changes = database.changes(JobRange { after, upto }, None, None).await;
    let mut changes = changes.expect("nothing was pruned");
    let mut shown = Vec::new();
    while let Some(change) = changes.next().await.expect("the query succeeds") {
        let issue_num = change.issue_num.as_deref().unwrap_or_default();
        shown.push(Change {
            job: change.job,
            kind: change.kind,
            key: format!("{}{issue_num}", change.issuer_num),
            change: change.change,
            fields: change.fields,
        });
    }
    let mut expected: Vec<&Change> = model
        .changes
        .iter()
        .filter(|change| change.job > after)
        .collect();
    expected.sort_by_key(|change| (change.job, change.kind, &change.key));
    assert!(
        shown.iter().eq(expected.iter().copied()),
        "{shown:#?} instead of {expected:#?}"
    );
}

fn january(day: u8) -> Date {
    Date::new(2024, 1, day).expect("a day of January")
}
