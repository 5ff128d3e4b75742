//! What a load tells while it works.

use std::sync::{Arc, Mutex};

use cusip_loader::{DayFiles, Event, load};
use cusip_source::LocalFolder;
use cusip_test_support::{TestDatabase, write_synthetic_day};
use tempfile::tempdir;

use crate::{day, request};

#[tokio::test]
async fn each_file_is_read_to_its_size_then_checked_then_merged_then_all_committed() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 400, 10);
    let source = Arc::new(LocalFolder::new(folder.path()));
    let inputs = DayFiles::find(source, day())
        .await
        .unwrap()
        .complete()
        .unwrap();
    let sizes: Vec<_> = inputs
        .iter()
        .map(|input| input.meta().size.unwrap())
        .collect();
    let steps = Mutex::new(Vec::new());
    let listener = |event: Event<'_>| {
        let step = match event {
            Event::FileOpened { kind, .. } => format!("opened {kind}"),
            Event::FileRead { kind, bytes, rows } => format!("read {kind} {bytes} {rows}"),
            Event::FileStaged { kind, rows } => format!("staged {kind} {rows}"),
            Event::Checking { kind } => format!("checking {kind}"),
            Event::Merging { kind } => format!("merging {kind}"),
            Event::Committing => "committing".to_owned(),
            other => panic!("{other:?}"),
        };
        steps.lock().unwrap().push(step);
    };
    load(&database.pool(), request(inputs), &listener)
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
