//! The contract of [`FileSource`], as functions that an implementation's tests call.
//!
//! Make the source's place writable by [`ConformanceStore`] and await [`run_all`] in a test. It
//! panics with what is wrong. The functions need no async runtime of their own, and each can be
//! called alone: they use names that no other uses.
//!
//! What this cannot prove: that an error of the network or the server, in the middle of a body, is
//! an error and no end; and what happens to a file that is replaced while it is read. Both need
//! a place that fails on command.

mod bodies;
mod listings;
mod versions;

pub use self::{
    bodies::{
        bodies_are_independent, bodies_are_whole_and_exact, cancelled_reads_lose_nothing,
        dropped_body_leaves_the_source_usable, ended_body_stays_ended,
    },
    listings::{
        every_character_of_a_name_survives, locations_are_within_the_place,
        matching_names_are_listed_in_order, no_match_is_an_empty_listing,
    },
    versions::{
        missing_file_is_not_found, opened_metadata_equals_listed_metadata, replaced_file_is_refused,
    },
};
use crate::{Error, FileKey, FileMeta, FileSource, FileSourceExt, SourceFuture};

/// A source whose place can be written to, for these tests.
///
/// Both methods that write panic when they cannot.
pub trait ConformanceStore: Send + Sync {
    /// The source under test.
    fn source(&self) -> &dyn FileSource;

    /// Puts a file into the place; it is complete when the future is ready.
    ///
    /// Other files may be there already, as long as their names do not start with `conformance`.
    fn put<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()>;

    /// Puts another version of a file into its place, the way its users do it.
    fn replace<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        self.put(name, content)
    }
}

/// Calls all the functions of this module, one after the other.
///
/// # Panics
///
/// When the source breaks the contract.
pub async fn run_all(store: &dyn ConformanceStore) {
    no_match_is_an_empty_listing(store).await;
    matching_names_are_listed_in_order(store).await;
    every_character_of_a_name_survives(store).await;
    locations_are_within_the_place(store).await;
    opened_metadata_equals_listed_metadata(store).await;
    missing_file_is_not_found(store).await;
    replaced_file_is_refused(store).await;
    bodies_are_whole_and_exact(store).await;
    bodies_are_independent(store).await;
    dropped_body_leaves_the_source_usable(store).await;
    cancelled_reads_lose_nothing(store).await;
    ended_body_stays_ended(store).await;
}

fn expect<T>(answer: Result<T, Error>, tried: &str) -> T {
    answer.unwrap_or_else(|error| panic!("{tried}: {error} ({error:?})"))
}

/// The one file whose name is `name`, as the source lists it.
async fn listed(source: &dyn FileSource, name: &str) -> FileMeta {
    let files = expect(source.list_named(name).await, "listing by a whole name");
    files
        .into_iter()
        .find(|file| file.name() == name)
        .unwrap_or_else(|| panic!("{name:?} was put and is not listed by its own name"))
}

async fn key_of(store: &dyn ConformanceStore, name: &str, content: &[u8]) -> FileKey {
    store.put(name, content).await;
    listed(store.source(), name).await.key
}

/// Bytes that differ from one place to every other, so that a chunk lost, doubled or misplaced
/// shows.
fn content(length: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())
        .take(length)
        .collect()
}

/// Whether contents are equal, said without printing megabytes.
fn assert_same(read: &[u8], put: &[u8], what: &str) {
    let same = read.iter().zip(put).take_while(|(a, b)| a == b).count();
    assert!(
        read == put,
        "{what}: {} bytes were put, {} read, and they differ from byte {same} on",
        put.len(),
        read.len()
    );
}
