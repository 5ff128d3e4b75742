//! Checks an implementation against the contract of [`FileSource`].
//!
//! Implement [`ConformanceStore`] for your source and await [`run_all`] in a test. It panics if the
//! source breaks the contract. The functions run on any executor. You can also call just one of them,
//! because each uses its own file names.
//!
//! These functions do not test network or server errors in the middle of a body, nor files that are
//! replaced during a read. Both need a server that fails on command.

mod bodies;
mod listings;
mod versions;

pub use self::{
    bodies::{
        bodies_are_independent, bodies_are_whole_and_exact, canceled_reads_lose_nothing,
        dropped_body_leaves_the_source_usable, ended_body_stays_ended,
    },
    listings::{
        every_character_of_a_name_survives, listing_can_be_limited, locations_are_within_the_place,
        matching_names_are_listed_in_order, no_match_is_an_empty_listing,
    },
    versions::{
        missing_file_is_not_found, opened_metadata_equals_listed_metadata,
        replaced_file_is_an_error,
    },
};
use crate::{Error, FileKey, FileMeta, FileSource, FileSourceExt, SourceFuture};

/// A source whose files these tests can write.
///
/// The methods that write panic on failure.
pub trait ConformanceStore: Send + Sync {
    /// Returns the source under test.
    fn source(&self) -> &dyn FileSource;

    /// Writes a file, which is complete when the future is ready.
    ///
    /// The place may contain other files, as long as their names do not start with `conformance`.
    fn put<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()>;

    /// Replaces a file with another version, the way users of the source do.
    fn replace<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        self.put(name, content)
    }
}

/// Runs all functions of this module, one after another.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn run_all(store: &dyn ConformanceStore) {
    no_match_is_an_empty_listing(store).await;
    matching_names_are_listed_in_order(store).await;
    listing_can_be_limited(store).await;
    every_character_of_a_name_survives(store).await;
    locations_are_within_the_place(store).await;
    opened_metadata_equals_listed_metadata(store).await;
    missing_file_is_not_found(store).await;
    replaced_file_is_an_error(store).await;
    bodies_are_whole_and_exact(store).await;
    bodies_are_independent(store).await;
    dropped_body_leaves_the_source_usable(store).await;
    canceled_reads_lose_nothing(store).await;
    ended_body_stays_ended(store).await;
}

fn expect<T>(answer: Result<T, Error>, tried: &str) -> T {
    answer.unwrap_or_else(|error| panic!("{tried}: {error} ({error:?})"))
}

/// Lists the file named `name`.
async fn listed(source: &dyn FileSource, name: &str) -> FileMeta {
    let files = expect(source.list_named(name).await, "listing by a full name");
    files
        .into_iter()
        .find(|file| file.name() == name)
        .unwrap_or_else(|| panic!("{name:?} was written but is not listed under its name"))
}

/// Writes a file and returns the key under which it is listed.
async fn put_and_list(store: &dyn ConformanceStore, name: &str, content: &[u8]) -> FileKey {
    store.put(name, content).await;
    listed(store.source(), name).await.key
}

/// Returns bytes that never repeat, so that a lost, duplicated or misplaced chunk is noticed.
fn content(length: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())
        .take(length)
        .collect()
}

/// Asserts that contents are equal, without printing megabytes.
fn assert_same(read: &[u8], written: &[u8], what: &str) {
    let same = read.iter().zip(written).take_while(|(a, b)| a == b).count();
    assert!(
        read == written,
        "{what}: {} bytes were written and {} read; they differ from byte {same} on",
        written.len(),
        read.len()
    );
}
