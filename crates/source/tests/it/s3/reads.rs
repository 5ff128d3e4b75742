//! Reading objects when nothing fails.

use std::time::Duration;

use cusip_source::{Error, FileSource, FileSourceExt, OpenFile, OpenOptions, S3Bucket, S3Options};
use cusip_test_support::{Fault, Proxy, ReceivedRequest};
use rstest::rstest;

use super::server::{BUCKET, Server, content, key};

const PART: usize = 64 * 1024;

/// Opens the object `CED01-15R.PIP`, which is read in parts of [`PART`] bytes.
async fn open(options: S3Options) -> OpenFile {
    let bucket = S3Bucket::new(options.with_part_bytes(PART)).await.unwrap();
    let key = key("CED01-15R.PIP");
    bucket.open(&key, OpenOptions::new()).await.unwrap()
}

#[tokio::test]
async fn full_key_opens_at_the_root() {
    let server = Server::start();
    server.put("pif/2025/CED01-15R.PIP", b"content");
    let bucket = server.bucket("other/").await;
    let key = key("pif/2025/CED01-15R.PIP");
    let mut file = bucket
        .at_root()
        .open(&key, OpenOptions::new())
        .await
        .unwrap();
    assert_eq!(file.meta.key, key);
    assert_eq!(
        file.meta.location,
        format!("s3://{BUCKET}/pif/2025/CED01-15R.PIP")
    );
    assert_eq!(file.body.read_to_end().await.unwrap(), b"content");
}

#[tokio::test]
async fn opening_reports_the_version() {
    let server = Server::start();
    server.keep_versions();
    server.put("CED01-15R.PIP", b"content");
    let bucket = server.bucket("").await;
    let listed = bucket.list_named("").await.unwrap().remove(0);
    assert_eq!(listed.version_id, None);
    let meta = bucket.open_listed(&listed).await.unwrap().meta;
    assert_eq!(
        meta.version_id.as_deref(),
        Some("version-9a0364b9e99bb480dd25e1f0284c8555")
    );
}

#[rstest]
#[case::smaller_than_a_part(PART - 1, 1)]
#[case::one_part(PART, 1)]
#[case::one_byte_more(PART + 1, 2)]
#[case::many_parts(10 * PART, 10)]
#[tokio::test]
async fn each_part_is_one_request_for_the_first_response_version(
    #[case] length: usize,
    #[case] requests: usize,
) {
    let server = Server::start();
    let put = content(length);
    server.put("CED01-15R.PIP", &put);
    let proxy = Proxy::start(&server, |_| Fault::None);
    let mut file = open(server.options_by(&proxy)).await;
    assert!(file.body.read_to_end().await.unwrap() == put);
    let asked = proxy.requests();
    assert_eq!(asked.len(), requests);
    for request in &asked[1..] {
        assert_eq!(request.header("if-match"), file.meta.e_tag.as_deref());
    }
    // Concurrent requests may arrive in any order.
    let mut starts: Vec<_> = asked.iter().map(ReceivedRequest::range_start).collect();
    starts.sort_unstable();
    let parts = 0..requests as u64;
    assert!(starts.into_iter().eq(parts.map(|part| part * PART as u64)));
}

#[tokio::test]
async fn empty_object_is_an_empty_file() {
    let server = Server::start();
    server.put("CED01-15R.PIP", b"");
    let bucket = server.bucket("").await;
    let listed = bucket.list_named("").await.unwrap().remove(0);
    let mut file = bucket.open_listed(&listed).await.unwrap();
    assert_eq!(file.meta, listed);
    assert_eq!(file.meta.size, Some(0));
    assert!(file.body.next_chunk().await.unwrap().is_none());
}

/// A slow database must not block connections or make memory grow.
#[tokio::test]
async fn slow_caller_blocks_no_connection_and_memory_is_bounded() {
    const PARTS_AHEAD: usize = 2;
    let server = Server::start();
    let put = content(40 * PART);
    server.put("CED01-15R.PIP", &put);
    let proxy = Proxy::start(&server, |_| Fault::None);
    let options = server.options_by(&proxy).with_parts_ahead(PARTS_AHEAD);
    let mut body = open(options).await.body;
    let mut read = body.next_chunk().await.unwrap().unwrap().to_vec();
    // The caller's part, a part that may just have started, and the parts ahead.
    let bound = ((2 + PARTS_AHEAD) * PART) as u64;
    let mut before = 0;
    // While the caller waits, all requested parts arrive, and then nothing more.
    while proxy.answers_under_way() > 0 || proxy.body_bytes() != before {
        before = proxy.body_bytes();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(before <= bound, "{before} bytes arrived for one part read");
    assert!(before >= (PARTS_AHEAD * PART) as u64, "{before}");
    while let Some(chunk) = body.next_chunk().await.unwrap() {
        read.extend_from_slice(&chunk);
        assert!(proxy.body_bytes() <= read.len() as u64 + bound);
    }
    assert!(read == put);
}

#[tokio::test]
async fn dropped_body_sends_no_more_requests() {
    let server = Server::start();
    server.put("CED01-15R.PIP", &content(40 * PART));
    let proxy = Proxy::start(&server, |asked| match asked.number {
        0 => Fault::None,
        _ => Fault::Stall(10),
    });
    let mut file = open(server.options_by(&proxy)).await;
    file.body.next_chunk().await.unwrap();
    while proxy.answers_under_way() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(file);
    while proxy.answers_under_way() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(proxy.requests().len() <= 3);
}

#[tokio::test]
async fn object_replaced_during_the_read_is_an_error() {
    let server = Server::start();
    server.put("CED01-15R.PIP", &content(40 * PART));
    let mut file = open(server.options()).await;
    file.body.next_chunk().await.unwrap();
    server.put("CED01-15R.PIP", &vec![b'x'; 40 * PART]);
    let error = file.body.read_to_end().await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "file \"s3://{BUCKET}/CED01-15R.PIP\" has changed: it was replaced during the \
             read; try again once it is complete"
        )
    );
}

#[tokio::test]
async fn object_replaced_by_the_same_content_is_read_to_its_end() {
    let server = Server::start();
    let put = content(10 * PART);
    server.put("CED01-15R.PIP", &put);
    let mut file = open(server.options()).await;
    let mut read = file.body.next_chunk().await.unwrap().unwrap().to_vec();
    server.put("CED01-15R.PIP", &put);
    read.extend(file.body.read_to_end().await.unwrap());
    assert!(read == put);
}

#[tokio::test]
async fn object_removed_during_the_read_is_an_error() {
    let server = Server::start();
    server.put("CED01-15R.PIP", &content(40 * PART));
    let mut file = open(server.options()).await;
    file.body.next_chunk().await.unwrap();
    server.remove("CED01-15R.PIP");
    let error = file.body.read_to_end().await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error:?}");
}
