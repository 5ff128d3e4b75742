//! The contract for file contents.

use std::{future::poll_fn, pin::pin, task::Poll};

use super::{ConformanceStore, assert_same, content, expect, put_and_list};
use crate::{Chunk, FileBody, FileKey, FileSourceExt, OpenFile, OpenOptions};

/// More than any implementation reads ahead, and not a multiple of any chunk size.
const LARGE: usize = 3 * 1024 * 1024 + 17;

/// Checks that content of any size is read back exactly, in chunks that are not empty.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn bodies_are_whole_and_exact(store: &dyn ConformanceStore) {
    for length in [0, 1, 64 * 1024, 256 * 1024, 256 * 1024 + 1, LARGE] {
        let name = format!("conformance-body-{length}.PIP");
        let put = content(length);
        let key = put_and_list(store, &name, &put).await;
        let mut file = open(store, &key).await;
        let mut read = Vec::new();
        while let Some(chunk) = expect(file.body.next_chunk().await, "reading") {
            assert!(!chunk.is_empty(), "an empty chunk of {name:?}");
            read.extend_from_slice(&chunk);
        }
        assert_same(&read, &put, &name);
    }
}

/// Checks that bodies, even of the same file, can be read side by side.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn bodies_are_independent(store: &dyn ConformanceStore) {
    let large = content(LARGE);
    let small: Vec<u8> = large.iter().rev().copied().take(LARGE / 2).collect();
    let large_key = put_and_list(store, "conformance-together-1.PIP", &large).await;
    let small_key = put_and_list(store, "conformance-together-2.PIP", &small).await;
    let mut bodies = [
        (open(store, &large_key).await.body, Vec::new(), &large),
        (open(store, &small_key).await.body, Vec::new(), &small),
        (open(store, &large_key).await.body, Vec::new(), &large),
    ];
    let mut reading = bodies.len();
    while reading > 0 {
        reading = 0;
        for (body, read, _) in &mut bodies {
            if let Some(chunk) = expect(body.next_chunk().await, "reading side by side") {
                read.extend_from_slice(&chunk);
                reading += 1;
            }
        }
    }
    for (_, read, put) in &bodies {
        assert_same(read, put, "one of three files read side by side");
    }
}

/// Checks that the source still works after a body is dropped halfway.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn dropped_body_leaves_the_source_usable(store: &dyn ConformanceStore) {
    let put = content(LARGE);
    let key = put_and_list(store, "conformance-dropped.PIP", &put).await;
    drop(open(store, &key).await);
    let mut half_read = open(store, &key).await;
    let first = expect(half_read.body.next_chunk().await, "reading the first chunk");
    assert!(first.is_some(), "a file of {LARGE} bytes is not empty");
    drop(half_read);
    let read = expect(
        store.source().read(&key).await,
        "reading after another body of the file was dropped",
    );
    assert_same(&read, &put, "a file whose first body was dropped halfway");
}

/// Checks that a canceled read loses no bytes.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn canceled_reads_lose_nothing(store: &dyn ConformanceStore) {
    let put = content(LARGE);
    let key = put_and_list(store, "conformance-canceled.PIP", &put).await;
    let mut body = open(store, &key).await.body;
    let mut read = Vec::new();
    loop {
        let chunk = match poll_once(&mut body).await {
            Some(chunk) => chunk,
            None => expect(body.next_chunk().await, "reading after a canceled read"),
        };
        match chunk {
            Some(chunk) => read.extend_from_slice(&chunk),
            None => break,
        }
    }
    assert_same(&read, &put, "a file with canceled reads");
}

/// Checks that a body stays at its end.
///
/// # Panics
///
/// If the source breaks the contract.
pub async fn ended_body_stays_ended(store: &dyn ConformanceStore) {
    let key = put_and_list(store, "conformance-ended.PIP", b"content").await;
    let mut file = open(store, &key).await;
    expect(file.body.read_to_end().await, "reading");
    for _ in 0..2 {
        let after_end = expect(file.body.next_chunk().await, "reading after the end");
        assert!(after_end.is_none(), "a chunk after the end");
    }
}

async fn open(store: &dyn ConformanceStore, key: &FileKey) -> OpenFile {
    expect(
        store.source().open(key, OpenOptions::new()).await,
        "opening by a listed key",
    )
}

/// Polls for a chunk once and cancels the read if it is not ready.
async fn poll_once(body: &mut FileBody) -> Option<Option<Chunk>> {
    let mut next = pin!(body.next_chunk());
    poll_fn(|context| match next.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(expect(answer, "reading"))),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
