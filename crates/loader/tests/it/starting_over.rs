//! A load whose first strategy does not apply starts over with another one.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cusip_jobs::RowCounts;
use cusip_loader::{Error, Event, Stop, load};
use cusip_pif::{FileKind, PifFileName};
use cusip_source::LocalFolder;
use cusip_test_support::{TestDatabase, set_last_modified, write_synthetic_day};
use tempfile::tempdir;

use crate::{day, request};

/// A day that is big enough for a bulk load, which its repeated key ends, with a bad record in each
/// file.
fn day_that_starts_over() -> (tempfile::TempDir, Arc<LocalFolder>) {
    let folder = tempdir().expect("a temporary folder");
    write_synthetic_day(folder.path(), day(), 2_000, 10);
    for kind in FileKind::ALL {
        let path = folder
            .path()
            .join(PifFileName::new(day(), kind).to_string());
        let text = fs::read_to_string(&path).expect("the file was written");
        let first = text.lines().next().expect("the file has records");
        fs::write(&path, format!("SHORT|RECORD\r\n{first}\r\n{text}"))
            .expect("the folder is writable");
        set_last_modified(&path, day());
    }
    let source = Arc::new(LocalFolder::new(folder.path()));
    (folder, source)
}

#[tokio::test]
async fn a_load_that_is_canceled_after_it_started_over_keeps_nothing_of_the_first_attempt() {
    let database = TestDatabase::migrated();
    let (_folder, source) = day_that_starts_over();
    let stop = Stop::default();
    let started_over = AtomicBool::new(false);
    let listener = |event: Event<'_>| match event {
        Event::StartedOver => started_over.store(true, Ordering::Relaxed),
        Event::FileOpened { .. } if started_over.load(Ordering::Relaxed) => stop.cancel.cancel(),
        _ => {}
    };
    let failure = load(&database.pool(), request(source), &listener, &stop)
        .await
        .unwrap_err();
    assert!(matches!(failure.error, Error::Cancelled), "{failure:?}");
    assert!(started_over.load(Ordering::Relaxed));
    for file in &failure.report.results {
        assert_eq!(file.counts, RowCounts::default(), "{file:?}");
    }
    let logged = database.query(
        "select status, bytes_read, rows_read, rows_rejected, phase_ms from load_file order by id",
    );
    assert_eq!(logged, vec![["cancelled", "0", "0", "0", "{}"]; 3]);
    assert!(database.query("select from load_reject").is_empty());
}

#[tokio::test]
async fn a_load_that_started_over_logs_each_reject_once() {
    let database = TestDatabase::migrated();
    let (_folder, source) = day_that_starts_over();
    let silent = |_: Event<'_>| {};
    let stop = Stop::default();
    let failure = load(&database.pool(), request(source), &silent, &stop)
        .await
        .unwrap_err();
    assert!(matches!(
        failure.error,
        Error::TooManyRejects { rejected: 3, .. }
    ));
    let logged = database.query(
        "select file.kind, rows_rejected, count(*) from load_reject as reject
         join load_file as file on file.id = file_id group by file.id order by file.id",
    );
    let expected = ["issuer", "issue", "issue_attr"].map(|kind| [kind, "1", "1"]);
    assert_eq!(logged, expected);
}
