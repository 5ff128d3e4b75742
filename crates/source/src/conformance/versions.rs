//! The contract for versions of a file.

use super::{ConformanceStore, assert_same, expect, listed, put_and_list};
use crate::{Error, FileKey, FileSourceExt, OpenOptions};

/// Checks that opening a file returns the listed metadata.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn opened_metadata_equals_listed_metadata(store: &dyn ConformanceStore) {
    let name = "conformance-metadata.PIP";
    let content = b"twenty bytes of text";
    store.put(name, content).await;
    let listed = listed(store.source(), name).await;
    assert!(
        listed.size.is_none_or(|size| size == content.len() as u64),
        "{listed:?} has a size other than {}",
        content.len()
    );
    let opened = expect(
        store.source().open(&listed.key, OpenOptions::new()).await,
        "opening a listed file",
    );
    let mut opened = opened.meta;
    // Stores report version ids only when a file is opened.
    if listed.version_id.is_none() {
        opened.version_id = None;
    }
    assert_eq!(opened, listed, "opened and listed metadata differ");
    let mut same = expect(
        store.source().open_listed(&listed).await,
        "opening the listed version",
    );
    let read = expect(same.body.read_to_end().await, "reading");
    assert_same(&read, content, "the listed version");
}

/// Checks that opening a missing file is an error that names the file.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn missing_file_is_not_found(store: &dyn ConformanceStore) {
    let name = "conformance-missing.PIP";
    let key = expect(FileKey::new(name), "creating a key");
    match store.source().open(&key, OpenOptions::new()).await {
        Err(error @ (Error::FileNotFound { .. } | Error::ObjectNotFound { .. })) => {
            assert!(
                error.location().contains(name),
                "the error does not name the file: {error}"
            );
            assert!(error.is_not_found());
        }
        other => panic!("opening a missing file: {other:?}"),
    }
}

/// Checks that a replaced file is an error for a caller that asks for the listed version.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn replaced_file_is_an_error(store: &dyn ConformanceStore) {
    let name = "conformance-replaced.PIP";
    let key = put_and_list(store, name, b"yesterday").await;
    let listed = listed(store.source(), name).await;
    store.replace(name, b"today, longer").await;
    match store.source().open_listed(&listed).await {
        Err(error @ Error::Changed { .. }) => {
            assert!(
                error.location().contains(name),
                "the error does not name the file: {error}"
            );
        }
        other => panic!("opening a replaced version: {other:?}"),
    }
    let now = expect(store.source().read(&key).await, "reading the new version");
    assert_same(&now, b"today, longer", "the new version");
}
