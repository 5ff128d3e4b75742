//! What the contract says about versions of a file.

use super::{ConformanceStore, assert_same, expect, key_of, listed};
use crate::{Error, FileKey, FileSourceExt, OpenOptions};

/// Opening answers with the metadata that a listing shows.
///
/// # Panics
///
/// When the source breaks the contract.
pub async fn opened_metadata_equals_listed_metadata(store: &dyn ConformanceStore) {
    let name = "conformance-metadata.PIP";
    let content = b"twenty bytes of text";
    store.put(name, content).await;
    let listed = listed(store.source(), name).await;
    assert!(
        listed.size.is_none_or(|size| size == content.len() as u64),
        "{listed:?} states another size than {}",
        content.len()
    );
    let opened = expect(
        store.source().open(&listed.key, OpenOptions::new()).await,
        "opening a listed file",
    );
    let mut opened = opened.meta;
    // A store tells it when a file is opened, and not when it is listed.
    if listed.version_id.is_none() {
        opened.version_id = None;
    }
    assert_eq!(opened, listed, "opened and listed metadata differ");
    let mut same = expect(
        store.source().open_listed(&listed).await,
        "opening the version that was listed, which nobody replaced",
    );
    let read = expect(same.body.read_to_end().await, "reading");
    assert_same(&read, content, "the version that was listed");
}

/// A key without a file is an error that says so and names the file.
///
/// # Panics
///
/// When the source breaks the contract.
pub async fn missing_file_is_not_found(store: &dyn ConformanceStore) {
    let name = "conformance-missing.PIP";
    let key = expect(FileKey::new(name), "making a key");
    match store.source().open(&key, OpenOptions::new()).await {
        Err(error @ (Error::FileNotFound { .. } | Error::ObjectNotFound { .. })) => {
            assert!(
                error.location().contains(name),
                "the error does not name the file: {error}"
            );
            assert!(error.is_not_found() && !error.is_transient());
        }
        other => panic!("opening a file that is not there: {other:?}"),
    }
}

/// A file that was replaced since it was listed opens only for those who did not ask for the
/// listed version.
///
/// # Panics
///
/// When the source breaks the contract.
pub async fn replaced_file_is_refused(store: &dyn ConformanceStore) {
    let name = "conformance-replaced.PIP";
    let key = key_of(store, name, b"yesterday").await;
    let listed = listed(store.source(), name).await;
    store.replace(name, b"today, longer").await;
    match store.source().open_listed(&listed).await {
        Err(error @ Error::Changed { .. }) => {
            assert!(
                error.location().contains(name),
                "the error does not name the file: {error}"
            );
        }
        other => panic!("opening the version that was replaced: {other:?}"),
    }
    let now = expect(
        store.source().read(&key).await,
        "reading what is there after a file was replaced",
    );
    assert_same(&now, b"today, longer", "the file that replaced another");
}
