//! Estimates how much of a load is done.

use cusip_pif::FileKind;
use cusip_postgres::LoadStrategy;

use crate::progress::Event;

/// The costs of the steps after reading a record, as multiples of the time that reading it takes.
///
/// From the loads in `docs/performance.md`: a bulk load copies 2,050,000 records in 2.2 s, builds the
/// keys in 0.75 s and the indexes in 6.6 s. Reading and comparing a record takes 1.1 µs, and staging
/// and merging it between 12 and 40 µs.
#[derive(Debug, Clone, Copy)]
struct Costs {
    check: f64,
    write: f64,
}

const BULK: Costs = Costs {
    check: 0.35,
    write: 3.0,
};
const STAGE: Costs = Costs {
    check: 1.0,
    write: 20.0,
};

/// A load is not done before its commit.
const MOST: f64 = 0.99;

/// Estimates from a load's events how much of it is done. Never goes back.
#[derive(Debug)]
pub(crate) struct Completion {
    bytes_total: Option<u64>,
    costs: Costs,
    step: Step,
    files: Vec<FileSoFar>,
    /// The share that was done when the current strategy began.
    before: f64,
    /// The largest share so far.
    done: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Reading,
    Checking(FileKind),
    Writing(FileKind),
    Committing,
}

#[derive(Debug)]
struct FileSoFar {
    kind: FileKind,
    bytes: u64,
    rows: u64,
    /// The records that the later steps process.
    staged: u64,
}

impl Completion {
    pub(crate) const fn new() -> Self {
        Self {
            bytes_total: None,
            costs: STAGE,
            step: Step::Reading,
            files: Vec::new(),
            before: 0.0,
            done: 0.0,
        }
    }

    /// Records an event. Returns how much of the load is done, in percent with one decimal
    /// place, or `None` if the size of the files is unknown.
    pub(crate) fn after(&mut self, event: Event<'_>) -> Option<f64> {
        match event {
            Event::FilesFound { bytes } => self.bytes_total = bytes,
            Event::StrategyChosen { strategy } => self.start(strategy),
            Event::FileOpened { kind, .. } => self.files.push(FileSoFar {
                kind,
                bytes: 0,
                rows: 0,
                staged: 0,
            }),
            Event::FileRead {
                bytes,
                rows,
                unchanged,
                ..
            } => {
                if let Some(file) = self.files.last_mut() {
                    (file.bytes, file.rows) = (bytes, rows);
                    file.staged = rows.saturating_sub(unchanged);
                }
            }
            Event::Checking { kind } => self.step = Step::Checking(kind),
            Event::Merging { kind } => self.step = Step::Writing(kind),
            Event::Committing => self.step = Step::Committing,
            _ => {}
        }
        self.update();
        self.bytes_total?;
        Some((self.done * 1_000.0).floor() / 10.0)
    }

    /// Starts with the first strategy, or starts over with another one.
    fn start(&mut self, strategy: LoadStrategy) {
        self.costs = match strategy {
            LoadStrategy::Bulk => BULK,
            _ => STAGE,
        };
        self.step = Step::Reading;
        self.before = self.done;
        self.files.clear();
    }

    fn update(&mut self) {
        let Some(total) = self.bytes_total else {
            return;
        };
        let sum = |number: fn(&FileSoFar) -> u64| self.files.iter().map(number).sum::<u64>();
        let (rows, staged) = (sum(|file| file.rows), sum(|file| file.staged));
        let read = match self.step {
            Step::Reading => share(sum(|file| file.bytes), total),
            _ => 1.0,
        };
        let (checked, written) = match self.step {
            Step::Reading => (0.0, 0.0),
            Step::Checking(kind) => (self.share_before(kind), 0.0),
            Step::Writing(kind) => (1.0, self.share_before(kind)),
            Step::Committing => (1.0, 1.0),
        };
        // Assumes that the records not read yet are staged in the same proportion as those read so far.
        let staged = share(staged, rows);
        let Costs { check, write } = self.costs;
        let whole = 1.0 + staged * (check + write);
        let done = (read + staged * (check * checked + write * written)) / whole;
        let done = self.before + (1.0 - self.before) * done;
        self.done = self.done.max(done.min(MOST));
    }

    /// Returns the share of the staged records whose files come before this kind's.
    fn share_before(&self, kind: FileKind) -> f64 {
        let before = self.files.iter().take_while(|file| file.kind != kind);
        let all = self.files.iter().map(|file| file.staged).sum();
        share(before.map(|file| file.staged).sum(), all)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    (part as f64 / whole.max(1) as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: FileKind = FileKind::Issuer;
    const ISSUE: FileKind = FileKind::Issue;

    fn opened(kind: FileKind) -> Event<'static> {
        Event::FileOpened {
            kind,
            location: "",
            size: None,
        }
    }

    fn read(kind: FileKind, rows: u64, unchanged: u64) -> Event<'static> {
        Event::FileRead {
            kind,
            bytes: rows * 10,
            rows,
            unchanged,
        }
    }

    fn percents(events: &[Event<'_>]) -> Vec<f64> {
        let mut completion = Completion::new();
        let percents = events.iter().map(|event| completion.after(*event));
        percents.map(Option::unwrap_or_default).collect()
    }

    fn load(strategy: LoadStrategy, unchanged: u64) -> Vec<f64> {
        percents(&[
            Event::FilesFound {
                bytes: Some(10_000),
            },
            Event::StrategyChosen { strategy },
            opened(ISSUER),
            read(ISSUER, 200, unchanged / 4),
            opened(ISSUE),
            read(ISSUE, 800, unchanged),
            Event::Checking { kind: ISSUER },
            Event::Checking { kind: ISSUE },
            Event::Merging { kind: ISSUER },
            Event::Merging { kind: ISSUE },
            Event::Committing,
        ])
    }

    #[test]
    fn reading_is_a_small_part_if_all_records_are_new_and_nearly_everything_if_none_is() {
        let stage = LoadStrategy::Stage {
            skip_unchanged: true,
        };
        assert_eq!(load(stage, 0)[5], 4.5);
        assert_eq!(load(stage, 800)[5], 99.0);
        assert_eq!(load(LoadStrategy::Bulk, 0)[5], 22.9);
    }

    #[test]
    fn percent_never_falls_and_stays_below_100() {
        for strategy in [LoadStrategy::Bulk, LoadStrategy::STAGE_ALL] {
            for unchanged in [0, 400, 800] {
                let percents = load(strategy, unchanged);
                assert!(percents.is_sorted(), "{percents:?}");
                assert_eq!(percents.last(), Some(&99.0), "{percents:?}");
            }
        }
    }

    #[test]
    fn load_that_starts_over_goes_on_from_where_it_was() {
        let percents = percents(&[
            Event::FilesFound {
                bytes: Some(10_000),
            },
            Event::StrategyChosen {
                strategy: LoadStrategy::Bulk,
            },
            opened(ISSUER),
            read(ISSUER, 1_000, 0),
            Event::Checking { kind: ISSUER },
            Event::StartedOver,
            Event::StrategyChosen {
                strategy: LoadStrategy::STAGE_ALL,
            },
            opened(ISSUER),
            read(ISSUER, 1_000, 0),
            Event::Committing,
        ]);
        assert!(percents.is_sorted(), "{percents:?}");
        assert!(
            percents[8] > percents[4] && percents[8] < 50.0,
            "{percents:?}"
        );
        assert_eq!(percents[9], 99.0);
    }

    #[test]
    fn percent_is_unknown_if_the_size_is() {
        let mut completion = Completion::new();
        completion.after(Event::FilesFound { bytes: None });
        assert_eq!(completion.after(Event::Committing), None);
    }
}
