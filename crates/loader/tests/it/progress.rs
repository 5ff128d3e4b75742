//! What a load reports while it runs.

use std::sync::{Arc, Mutex};

use cusip_loader::{Event, Listener, Stop, load};
use cusip_pif::{FileKind, PifFileName};
use cusip_postgres::LoadStrategy;
use cusip_source::LocalFolder;
use cusip_test_support::{TestDatabase, write_synthetic_day};
use tempfile::tempdir;

use crate::{day, request};

#[tokio::test]
async fn events_come_in_the_order_of_the_load() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 400, 10);
    let source = Arc::new(LocalFolder::new(folder.path()));
    let sizes = FileKind::ALL.map(|kind| {
        let name = PifFileName::new(day(), kind).to_string();
        folder.path().join(name).metadata().unwrap().len()
    });
    let steps = Mutex::new(Vec::new());
    let listener = |event: Event<'_>| {
        let step = match event {
            Event::Started { job } => format!("started {job}"),
            Event::FilesFound { bytes } => format!("found {}", bytes.unwrap()),
            Event::FileOpened { kind, .. } => format!("opened {kind}"),
            Event::StrategyChosen { strategy } => format!("chose {strategy}"),
            Event::FileRead {
                kind, bytes, rows, ..
            } => format!("read {kind} {bytes} {rows}"),
            Event::FileStaged { kind, rows } => format!("staged {kind} {rows}"),
            Event::Checking { kind } => format!("checking {kind}"),
            Event::Merging { kind } => format!("merging {kind}"),
            Event::Committing => "committing".to_owned(),
            other => panic!("{other:?}"),
        };
        steps.lock().unwrap().push(step);
    };
    load(
        &database.pool(),
        request(source),
        &listener,
        &Stop::default(),
    )
    .await
    .unwrap();

    let steps = steps.into_inner().unwrap();
    let (reading, others): (Vec<_>, Vec<_>) = steps
        .into_iter()
        .partition(|step| step.starts_with("read "));
    for (index, (kind, rows)) in [("issuer", 400), ("issue", 4_000), ("issue_attr", 4_000)]
        .into_iter()
        .enumerate()
    {
        let last = reading
            .iter()
            .rfind(|step| step.starts_with(&format!("read {kind} ")));
        assert_eq!(
            last.unwrap(),
            &format!("read {kind} {} {rows}", sizes[index])
        );
    }
    let more_than_one = reading
        .iter()
        .filter(|step| step.starts_with("read issue_attr "))
        .count();
    assert!(more_than_one > 1, "{reading:?}");
    assert_eq!(
        others,
        [
            "started 1",
            &format!("found {}", sizes.iter().sum::<u64>()),
            &format!("chose {}", LoadStrategy::STAGE_ALL),
            "opened issuer",
            "staged issuer 400",
            "opened issue",
            "staged issue 4000",
            "opened issue_attr",
            "staged issue_attr 4000",
            "checking issuer",
            "checking issue",
            "checking issue_attr",
            "merging issuer",
            "merging issue",
            "merging issue_attr",
            "committing",
        ]
    );
}

/// Collects the percentages that come with the events.
#[derive(Default)]
struct Percents(Mutex<Vec<(String, f64)>>);

impl Listener for Percents {
    fn event(&self, event: Event<'_>, percent: Option<f64>) {
        if let Some(percent) = percent {
            let mut percents = self.0.lock().expect("no test thread panics");
            percents.push((format!("{event:?}"), percent));
        }
    }
}

#[tokio::test]
async fn percent_rises_through_all_steps_of_every_strategy() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    // Big enough for a bulk load. Then the same again, which compares.
    for (is_again, most_after_reading) in [(false, 60.0), (true, 99.0)] {
        write_synthetic_day(folder.path(), day(), 2_000, 10);
        let source = Arc::new(LocalFolder::new(folder.path()));
        let percents = Percents::default();
        if is_again {
            // Otherwise the files are known.
            database.execute("delete from load_file");
        }
        load(
            &database.pool(),
            request(source),
            &percents,
            &Stop::default(),
        )
        .await
        .unwrap();
        let percents = percents.0.into_inner().unwrap();
        assert!(
            percents.is_sorted_by_key(|(_, percent)| *percent),
            "{percents:?}"
        );
        assert_eq!(percents.last().unwrap().1, 99.0);
        let is_check = |(event, _): &&(String, f64)| event.starts_with("Checking");
        let (_, at_check) = percents.iter().find(is_check).unwrap();
        assert!(
            (10.0..=most_after_reading).contains(at_check),
            "{percents:?}"
        );
    }
}
