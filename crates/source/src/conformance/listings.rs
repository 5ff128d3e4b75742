//! The contract for listings.

use super::{ConformanceStore, expect, put_and_list};
use crate::{FileSourceExt, ListOptions};

/// Checks that a listing without matches is empty and not an error.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn no_match_is_an_empty_listing(store: &dyn ConformanceStore) {
    let files = expect(
        store.source().list_named("conformance-none-").await,
        "listing by a prefix without matches",
    );
    assert_eq!(files, [], "no file has this prefix");
}

/// Checks that files are matched by prefix, ignoring case, and listed in byte order.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn matching_names_are_listed_in_order(store: &dyn ConformanceStore) {
    for name in [
        "conformance-list-b.pip",
        "Conformance-LIST-C.PIP",
        "CONFORMANCE-LIST-a.PIP",
        "conformance-list",
        "conformance-lisu-d.pip",
        "other-conformance-list-e.pip",
    ] {
        store.put(name, b"content").await;
    }
    let files = expect(
        store.source().list_named("conformance-List-").await,
        "listing by a prefix",
    );
    let names: Vec<_> = files.iter().map(|file| file.name()).collect();
    assert_eq!(
        names,
        [
            "CONFORMANCE-LIST-a.PIP",
            "Conformance-LIST-C.PIP",
            "conformance-list-b.pip"
        ],
        "all names with the prefix, ignoring case, in byte order"
    );

    let all = expect(
        store.source().list(ListOptions::new()).await,
        "listing everything",
    );
    assert!(
        all.is_sorted_by(|a, b| a.key < b.key),
        "a listing is ordered by key, without duplicates: {all:?}"
    );
    for file in &files {
        assert!(all.contains(file), "the full listing lacks {file:?}");
    }
}

/// Checks that a listing can be limited to certain names, and to the names closest to one.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn listing_can_be_limited(store: &dyn ConformanceStore) {
    for number in 0..9 {
        let name = format!("conformance-limit-{number}.PIP");
        store.put(&name, b"content").await;
    }
    let listed = async |options: ListOptions| {
        let files = expect(store.source().list(options).await, "a limited listing");
        let names = files.iter().map(|file| file.name().to_owned());
        names.collect::<Vec<_>>()
    };
    let named = ListOptions::new().with_names(["Conformance-Limit-4.pip", "conformance-limit-no"]);
    assert_eq!(listed(named).await, ["conformance-limit-4.PIP"]);
    let closest = ListOptions::new().with_closest("CONFORMANCE-limit-3.zip", 3);
    assert_eq!(
        listed(closest).await,
        [
            "conformance-limit-3.PIP",
            "conformance-limit-7.PIP",
            "conformance-limit-8.PIP"
        ],
        "the closest name and the last of the other names should be listed, in byte order"
    );
}

/// Checks that names keep every character, including those special in URLs and shells.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn every_character_of_a_name_survives(store: &dyn ConformanceStore) {
    for name in [
        "conformance-odd two  spaces.PIP",
        "conformance-odd-100%25.PIP",
        "conformance-odd-a+b.PIP",
        "conformance-odd-a&b=c;d.PIP",
        "conformance-odd-#1,@2!'(3)[4].PIP",
        "conformance-odd-$HOME~^`{x}.PIP",
        "conformance-odd-Zürich-株式-🏦.PIP",
        "conformance-odd-.hidden..PIP",
    ] {
        let key = put_and_list(store, name, name.as_bytes()).await;
        let content = expect(store.source().read(&key).await, "reading by a listed key");
        assert_eq!(
            content,
            name.as_bytes(),
            "{name:?} has another file's content"
        );
    }
}

/// Checks that the source names its place and every location starts with that name.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn locations_are_within_the_place(store: &dyn ConformanceStore) {
    let name = "conformance-place.PIP";
    store.put(name, b"content").await;
    let place = store.source().to_string();
    assert!(!place.is_empty(), "the source's Display is empty");
    let location = super::listed(store.source(), name).await.location;
    assert!(
        location.starts_with(&place) && location.ends_with(name),
        "the location {location:?} does not start with {place:?} or end with {name:?}"
    );
}
