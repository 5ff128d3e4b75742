//! What the database should contain, in memory.

use std::collections::BTreeMap;

use cusip_jobs::{ChangeKind, FieldChange, JobId, State};
use cusip_pif::{Date, FileKind};

pub(super) type Key = (FileKind, String);
pub(super) type Fields = BTreeMap<&'static str, String>;
pub(super) type Records = BTreeMap<Key, Fields>;

/// What the database should contain.
#[derive(Default)]
pub(super) struct Model {
    pub(super) records: Records,
    pub(super) states: Vec<PastState>,
    pub(super) changes: Vec<Change>,
}

pub(super) struct PastState {
    pub(super) state: State,
    pub(super) records: Records,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) job: JobId,
    pub(super) kind: FileKind,
    pub(super) key: String,
    pub(super) change: ChangeKind,
    pub(super) fields: Vec<FieldChange>,
}

impl Model {
    /// Applies a load that was committed.
    pub(super) fn apply(&mut self, job: JobId, date: Option<Date>, loaded: &[(Key, Fields)]) {
        for ((kind, key), new) in loaded {
            let old = self.records.insert((*kind, key.clone()), new.clone());
            if old.as_ref() == Some(new) {
                continue;
            }
            let change = match old {
                Some(_) => ChangeKind::Changed,
                None => ChangeKind::Inserted,
            };
            self.changes.push(Change {
                job,
                kind: *kind,
                key: key.clone(),
                change,
                fields: differences(*kind, &old.unwrap_or_default(), new),
            });
        }
        let state = State { job, date };
        let records = self.records.clone();
        self.states.push(PastState { state, records });
    }

    pub(super) fn last_date(&self) -> Option<Date> {
        self.states.last().and_then(|past| past.state.date)
    }

    pub(super) fn job_before(&self, index: usize) -> JobId {
        match index {
            0 => JobId(0),
            index => self.states[index - 1].state.job,
        }
    }
}

fn differences(kind: FileKind, old: &Fields, new: &Fields) -> Vec<FieldChange> {
    let difference = |name: &'static str| {
        let (from, to) = (old.get(name).cloned(), new.get(name).cloned());
        let name = name.to_owned();
        (from != to).then_some(FieldChange { name, from, to })
    };
    let fields = kind.layout().fields.iter().filter(|field| !field.is_key());
    fields.filter_map(|field| difference(field.name)).collect()
}
