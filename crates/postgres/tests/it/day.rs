//! Records made of the fields that matter to a test, and loads of them.

use std::time::Duration;

use cusip_pif::{FileKind, Issue, IssueAttribute, Issuer, Position, Reader, Record};
use cusip_postgres::{Database, Error, JobId, JobKind, Load, Merged, NewJob, RowBuffer, Staging};
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
    /// Loads the records and commits.
    pub(crate) async fn load(&self, database: &Database) -> JobId {
        let mut load = begin(database).await;
        merge(&mut load, &self.issuers).await;
        merge(&mut load, &self.issues).await;
        merge(&mut load, &self.attributes).await;
        let job = load.job();
        load.commit(&[]).await.unwrap();
        job
    }

    /// Fills the empty tables with the records and commits.
    pub(crate) async fn fill(&self, database: &Database) {
        let mut load = begin(database).await;
        let kinds = load.begin_filling(&FileKind::ALL).await.unwrap();
        assert_eq!(kinds, FileKind::ALL);
        fill(&load, &self.issuers).await;
        fill(&load, &self.issues).await;
        fill(&load, &self.attributes).await;
        for kind in FileKind::ALL {
            assert!(load.make_keys(kind).await.unwrap());
            load.make_indexes(kind).await.unwrap();
        }
        load.commit(&[]).await.unwrap();
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
        load_date: None,
        started_by: "ada".to_owned(),
        host: "engine".to_owned(),
        program: "cli",
        program_version: "0.1.0",
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

/// Copies records into their staging table, the first one from line 1, and returns how many arrived.
pub(crate) async fn stage<R: Record>(load: &mut Load, records: &[R]) -> u64 {
    let staging = load.stage(R::LAYOUT.kind).await.unwrap();
    send(staging, RowBuffer::new(), records).await
}

async fn fill<R: Record>(load: &Load, records: &[R]) {
    let kind = R::LAYOUT.kind;
    let copy = load.fill(kind).await.unwrap();
    let arrived = send(copy, RowBuffer::of_job(load.job(), kind), records).await;
    assert_eq!(arrived, records.len() as u64);
}

async fn send<R: Record>(mut copy: Staging, mut rows: RowBuffer, records: &[R]) -> u64 {
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
pub(crate) async fn merge<R: Record>(load: &mut Load, records: &[R]) -> Merged {
    stage(load, records).await;
    load.merge(R::LAYOUT.kind).await.unwrap()
}
