//! Connections and servers that fail in the middle of an object.

use std::{error::Error as _, time::Duration};

use cusip_source::{Error, FileSource, FileSourceExt, OpenOptions, S3Bucket, S3Options};
use cusip_test_support::{Fault, Proxy, ReceivedRequest};
use rstest::rstest;

use super::server::{BUCKET, Server, content, key};

const LENGTH: usize = 300_000;

/// Reads one object through a proxy.
async fn read(
    fault: impl Fn(&ReceivedRequest) -> Fault + Send + Sync + 'static,
    choose: impl FnOnce(S3Options) -> S3Options,
) -> (Result<Vec<u8>, Error>, Vec<ReceivedRequest>) {
    let server = Server::start();
    server.put("CED01-15R.PIP", &content(LENGTH));
    let proxy = Proxy::start(&server, fault);
    let options = choose(server.options_by(&proxy));
    let bucket = S3Bucket::new(options).await.unwrap();
    let outcome = bucket.read(&key("CED01-15R.PIP")).await;
    (outcome, proxy.requests())
}

#[tokio::test]
async fn body_interrupted_five_times_is_resumed_where_it_stopped() {
    let cuts = [10_000, 1, 0, 99_999, 123];
    let fault = move |asked: &ReceivedRequest| {
        cuts.get(asked.number)
            .copied()
            .map_or(Fault::None, Fault::Cut)
    };
    let (outcome, asked) = read(fault, |options| options).await;
    assert!(outcome.unwrap() == content(LENGTH));
    let starts: Vec<_> = asked.iter().map(ReceivedRequest::range_start).collect();
    assert_eq!(starts, [0, 10_000, 10_001, 10_001, 110_000, 110_123]);
    let conditions: Vec<_> = asked[1..]
        .iter()
        .map(|request| request.header("if-match").unwrap())
        .collect();
    assert!(
        conditions
            .iter()
            .all(|e_tag| e_tag.len() == 34 && *e_tag == conditions[0]),
        "{conditions:?}"
    );
}

#[tokio::test]
async fn interruptions_do_not_count_while_bytes_arrive() {
    let (outcome, asked) = read(|_| Fault::Cut(10_000), |options| options.with_tries(2)).await;
    assert!(outcome.unwrap() == content(LENGTH));
    assert_eq!(asked.len(), LENGTH / 10_000);
}

#[rstest]
#[case::cut(Fault::Cut(0), 1 + 3, "end of file")]
#[case::hung_up(Fault::HangUp, 1 + 3 * 3, "no answer from \"http://127.0.0.1:")]
#[case::busy(
    Fault::refusal("503 Slow Down", "SlowDown", "Please reduce your request rate."),
    1 + 3 * 3,
    "503 SlowDown"
)]
#[tokio::test]
async fn read_fails_after_tries_without_a_byte(
    #[case] then: Fault,
    #[case] requests: usize,
    #[case] cause: &str,
) {
    let fault = move |asked: &ReceivedRequest| match asked.number {
        0 => Fault::Cut(1_000),
        _ => then.clone(),
    };
    let (outcome, asked) = read(fault, |options| options.with_tries(3)).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("reading \"s3://{BUCKET}/CED01-15R.PIP\" failed temporarily; try again later")
    );
    let source = error.source().unwrap().to_string();
    assert!(
        source.starts_with("stopped at byte 1000 of 300000, and 3 retries received no more data"),
        "{source}"
    );
    // If a request gets no response, the SDK sends it three times.
    assert_eq!(asked.len(), requests);
    assert!(source.contains(cause), "{source}");
}

#[tokio::test]
async fn body_that_stalls_is_resumed() {
    let fault = |asked: &ReceivedRequest| match asked.number {
        0 => Fault::Stall(1_000),
        1 => Fault::Silence,
        _ => Fault::None,
    };
    let stalls = |options: S3Options| options.with_stall_timeout(Duration::from_millis(100));
    let (outcome, asked) = read(fault, stalls).await;
    assert!(outcome.unwrap() == content(LENGTH));
    assert_eq!(asked[2].header("range"), Some("bytes=1000-299999"));
}

#[tokio::test]
async fn server_without_range_support_works_for_one_part() {
    let whole =
        |_: &ReceivedRequest| Fault::Respond("200 OK", "etag: \"abc\"\r\n", content(LENGTH));
    let (outcome, _) = read(whole, |options| options).await;
    assert!(outcome.unwrap() == content(LENGTH));

    let (outcome, _) = read(whole, |options| options.with_part_bytes(LENGTH / 2)).await;
    let error = outcome.unwrap_err();
    assert_eq!(
        error.source().unwrap().to_string(),
        "requested bytes 150000 to 300000, but the server sent the whole object"
    );
}

#[rstest]
#[case::of_another_version("etag: \"def\"\r\ncontent-range: bytes 100-199/300\r\n", true)]
#[case::of_no_known_version("content-range: bytes 100-199/300\r\n", true)]
#[case::of_another_size("etag: \"abc\"\r\ncontent-range: bytes 100-199/301\r\n", true)]
#[case::of_another_place("etag: \"abc\"\r\ncontent-range: bytes 101-200/300\r\n", false)]
#[case::of_another_length("etag: \"abc\"\r\ncontent-range: bytes 100-199/300\r\n", false)]
#[tokio::test]
async fn response_that_differs_from_the_request_is_an_error(
    #[case] headers: &'static str,
    #[case] changed: bool,
) {
    let first = "etag: \"abc\"\r\ncontent-range: bytes 0-99/300\r\n";
    let length = if changed || headers.contains("101-200") {
        100
    } else {
        99
    };
    let fault = move |asked: &ReceivedRequest| match asked.number {
        0 => Fault::Respond("206 Partial Content", first, vec![b'x'; 100]),
        _ => Fault::Respond("206 Partial Content", headers, vec![b'y'; length]),
    };
    let (outcome, _) = read(fault, |options| options.with_part_bytes(100)).await;
    let error = outcome.unwrap_err();
    assert_eq!(matches!(error, Error::Changed { .. }), changed, "{error:?}");
}

#[tokio::test]
async fn object_without_a_tag_is_identified_by_its_time() {
    let fault = |asked: &ReceivedRequest| match asked.number {
        0 => Fault::Respond(
            "206 Partial Content",
            "last-modified: Wed, 02 Jul 2025 06:00:00 GMT\r\ncontent-range: bytes 0-99/300\r\n",
            vec![b'x'; 100],
        ),
        _ => Fault::Respond(
            "206 Partial Content",
            "last-modified: Wed, 02 Jul 2025 07:00:00 GMT\r\ncontent-range: bytes 100-199/300\r\n",
            vec![b'y'; 100],
        ),
    };
    let (outcome, _) = read(fault, |options| options.with_part_bytes(100)).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error:?}");
}

#[tokio::test]
async fn failed_request_is_repeated() {
    let busy = |asked: &ReceivedRequest| match asked.number {
        0 => Fault::refusal(
            "503 Slow Down",
            "SlowDown",
            "Please reduce your request rate.",
        ),
        1 => Fault::HangUp,
        _ => Fault::None,
    };
    let (outcome, asked) = read(busy, |options| options).await;
    assert!(outcome.unwrap() == content(LENGTH));
    assert_eq!(asked.len(), 3);
}

#[rstest]
#[case::cut(Fault::Cut(50))]
#[case::stalled(Fault::Stall(50))]
#[tokio::test]
async fn interrupted_listing_is_repeated(#[case] fault: Fault) {
    let server = Server::start();
    server.put("CED01-15R.PIP", b"content");
    let proxy = Proxy::start(&server, move |asked| match asked.number {
        0 => fault.clone(),
        _ => Fault::None,
    });
    let options = server
        .options_by(&proxy)
        .with_connect_timeout(Duration::from_millis(200))
        .with_stall_timeout(Duration::from_millis(200));
    let bucket = S3Bucket::new(options).await.unwrap();
    assert_eq!(bucket.list_named("").await.unwrap().len(), 1);
    assert_eq!(proxy.requests().len(), 2);
}

#[tokio::test]
async fn listing_fails_after_three_attempts() {
    let server = Server::start();
    let proxy = Proxy::start(&server, |_| {
        Fault::refusal(
            "503 Slow Down",
            "SlowDown",
            "Please reduce your request rate.",
        )
    });
    let bucket = S3Bucket::new(server.options_by(&proxy)).await.unwrap();
    let error = bucket.list_named("").await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert_eq!(
        error.source().unwrap().to_string(),
        "the server answered 503 SlowDown: Please reduce your request rate"
    );
    assert_eq!(proxy.requests().len(), 3);
}

#[rstest]
#[case::silent(Fault::Silence, "timeout")]
#[case::hanging_up(Fault::HangUp, "closed")]
#[tokio::test]
async fn silent_server_is_reported_as_not_reached(#[case] fault: Fault, #[case] cause: &str) {
    let server = Server::start();
    server.put("CED01-15R.PIP", b"content");
    let proxy = Proxy::start(&server, move |_| fault.clone());
    let options = server
        .options_by(&proxy)
        .with_stall_timeout(Duration::from_millis(100));
    let endpoint = options.endpoint.clone().unwrap();
    let bucket = S3Bucket::new(options).await.unwrap();
    let error = bucket
        .open(&key("CED01-15R.PIP"), OpenOptions::new())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreached { .. }), "{error:?}");
    let source = error.source().unwrap().to_string();
    assert!(
        source.starts_with(&format!("no answer from {endpoint:?}: ")) && source.contains(cause),
        "{source}"
    );
}
