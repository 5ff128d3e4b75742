//! Records made of the fields that matter to a test, and loads of them.

use std::time::Duration;

use cusip_jobs::{FileOutcome, FileStatus, JobId, JobKind, NewJob, Requester, RowCounts};
use cusip_pif::{FileKind, Issue, IssueAttribute, Issuer, Position, Reader, Record};
use cusip_postgres::{CopyTarget, Database, Error, Load, LoadStrategy, Sink, Written};
use tokio::time::sleep;

const BYTES_PER_LINE: u64 = 100;

/// The records of one load.
#[derive(Default)]
pub(crate) struct Day {
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) attributes: Vec<IssueAttribute>,
}

impl Day {
    /// Stages and merges the records, and commits.
    pub(crate) async fn load(&self, database: &Database) -> JobId {
        let load = begin(database).await;
        merge(&load, &self.issuers).await;
        merge(&load, &self.issues).await;
        merge(&load, &self.attributes).await;
        let job = load.job();
        load.commit(&[]).await.unwrap();
        job
    }

    /// Stages and merges the records as those of a day, with the outcomes of files that were loaded, and
    /// commits.
    pub(crate) async fn load_as(&self, database: &Database, date: &str) -> JobId {
        let new_job = NewJob {
            kind: JobKind::LoadAll,
            date: Some(date.parse().unwrap()),
            ..job()
        };
        let load = database.begin_load(&new_job).await.unwrap();
        let outcomes = [
            outcome(FileKind::Issuer, merge(&load, &self.issuers).await),
            outcome(FileKind::Issue, merge(&load, &self.issues).await),
            outcome(
                FileKind::IssueAttribute,
                merge(&load, &self.attributes).await,
            ),
        ];
        let job = load.job();
        load.commit(&outcomes.each_ref()).await.unwrap();
        job
    }

    /// Bulk-loads the records into the empty tables, and commits.
    pub(crate) async fn bulk_load(&self, database: &Database) {
        let load = begin(database).await;
        let sink = load.begin(LoadStrategy::Bulk, &FileKind::ALL).await;
        let mut sink = sink.unwrap().expect("the tables are empty");
        stage(&mut sink, &self.issuers).await;
        stage(&mut sink, &self.issues).await;
        stage(&mut sink, &self.attributes).await;
        for kind in FileKind::ALL {
            let superseded = sink.remove_superseded(kind, true).await.unwrap();
            assert_eq!(superseded, Some(0));
        }
        let lengths = [self.issuers.len(), self.issues.len(), self.attributes.len()];
        for (kind, records) in FileKind::ALL.into_iter().zip(lengths) {
            let written = sink.write(kind, records as u64).await.unwrap();
            assert_eq!(written.inserted, records as u64);
        }
        load.commit(&[]).await.unwrap();
    }
}

/// The outcome of a file that was loaded.
fn outcome(kind: FileKind, written: Written) -> FileOutcome {
    let counts = RowCounts {
        read: written.inserted + written.updated + written.unchanged,
        inserted: written.inserted,
        updated: written.updated,
        unchanged: written.unchanged,
        ..RowCounts::default()
    };
    FileOutcome {
        counts,
        status: FileStatus::Succeeded,
        sha256: Some("ab".repeat(32)),
        ..FileOutcome::new(kind, format!("/data/{kind}"))
    }
}

pub(crate) fn issuer(issuer_num: &str, fields: &[(&str, &str)]) -> Issuer {
    record(&[issuer_num], fields)
}

pub(crate) fn issue(issuer_num: &str, issue_num: &str, fields: &[(&str, &str)]) -> Issue {
    record(&[issuer_num, issue_num], fields)
}

pub(crate) fn attribute(
    issuer_num: &str,
    issue_num: &str,
    fields: &[(&str, &str)],
) -> IssueAttribute {
    record(&[issuer_num, issue_num], fields)
}

/// Reads a record from a line that has only the key, apart from the fields that are given.
pub(crate) fn record<R: Record>(key: &[&str], fields: &[(&str, &str)]) -> R {
    let mut values = vec![""; R::LAYOUT.fields.len()];
    values[..key.len()].copy_from_slice(key);
    for (name, value) in fields {
        let field = (R::LAYOUT.fields.iter()).find(|field| field.name == *name);
        let field = field.expect("the layout has the field");
        values[field.ordinal - 1] = value;
    }
    let file = format!("{}\n999999|1\n", values.join("|"));
    let mut reader = Reader::from_reader(file.as_bytes());
    let record = reader.records().next().expect("there is a line");
    record.unwrap()
}

pub(crate) fn job() -> NewJob {
    NewJob {
        kind: JobKind::LoadFiles,
        date: None,
        requester: Requester {
            user: "ada".to_owned(),
            host: "engine".to_owned(),
            program: "cli",
            program_version: "0.1.0",
            caller: None,
        },
        options: serde_json::Map::new(),
    }
}

pub(crate) async fn begin(database: &Database) -> Load {
    database.begin_load(&job()).await.unwrap()
}

/// Begins a load as soon as the lock is free: a dropped load's server takes a moment to notice.
pub(crate) async fn begin_when_free(database: &Database) -> Load {
    for _ in 0..1_000 {
        match database.begin_load(&job()).await {
            Err(Error::Busy { .. }) => sleep(Duration::from_millis(20)).await,
            begun => return begun.unwrap(),
        }
    }
    panic!("the load lock is never free");
}

/// Starts to stage records.
pub(crate) async fn staging(load: &Load) -> Sink<'_> {
    let sink = load.begin(LoadStrategy::STAGE_ALL, &FileKind::ALL).await;
    sink.unwrap().expect("staging always applies")
}

/// Copies records, the first one from line 1, and returns how many arrived.
pub(crate) async fn stage<R: Record>(sink: &mut Sink<'_>, records: &[R]) -> u64 {
    let target = sink.copy(R::LAYOUT.kind).await.unwrap();
    let CopyTarget {
        mut rows, mut copy, ..
    } = target.expect("there are connections");
    for (line, record) in (1..).zip(records) {
        let byte_offset = (line - 1) * BYTES_PER_LINE;
        rows.push(&record.as_record_ref(), Position { line, byte_offset });
        if rows.is_full() {
            copy.send(rows.take()).await.unwrap();
        }
    }
    copy.send(rows.take()).await.unwrap();
    copy.finish().await.unwrap()
}

/// Stages and merges records.
pub(crate) async fn merge<R: Record>(load: &Load, records: &[R]) -> Written {
    let mut sink = staging(load).await;
    let staged = stage(&mut sink, records).await;
    sink.write(R::LAYOUT.kind, staged).await.unwrap()
}
