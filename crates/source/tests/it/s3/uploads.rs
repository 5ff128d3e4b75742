//! Objects that are written.

use std::fs;

use cusip_source::{Error, S3Bucket, UploadOptions};
use cusip_test_support::{Fault, Proxy, ReceivedRequest};

use super::server::{BUCKET, Server, content, key};

const PART: usize = 8 * 1024 * 1024;

fn replacing() -> UploadOptions {
    let mut options = UploadOptions::default();
    options.may_replace = true;
    options
}

/// Returns the names of everything in the bucket's folder, where the server also keeps unfinished uploads.
fn names(server: &Server) -> Vec<String> {
    let entries = fs::read_dir(server.bucket_folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

async fn write(
    bucket: &S3Bucket,
    name: &str,
    bytes: &[u8],
    options: UploadOptions,
) -> Result<String, Error> {
    let mut upload = bucket.upload(&key(name), options);
    for bytes in bytes.chunks(100_000) {
        upload.write(bytes).await?;
    }
    upload.complete().await
}

#[tokio::test]
async fn object_of_any_size_has_the_bytes_that_were_written() {
    let server = Server::start();
    let bucket = server.bucket("extract/").await;
    for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 12_345] {
        let written = content(length);
        let location = write(&bucket, "issues.csv", &written, replacing()).await;
        assert_eq!(
            location.unwrap(),
            format!("s3://{BUCKET}/extract/issues.csv")
        );
        assert!(
            fs::read(server.path("extract/issues.csv")).unwrap() == written,
            "{length}"
        );
    }
    assert_eq!(names(&server), ["extract"]);
}

#[tokio::test]
async fn existing_object_stays_unless_it_may_be_replaced() {
    let server = Server::start();
    let bucket = server.bucket("").await;
    for length in [10, PART + 10] {
        server.put("issues.csv", b"before");
        let refused = write(
            &bucket,
            "issues.csv",
            &content(length),
            UploadOptions::default(),
        )
        .await;
        let error = refused.unwrap_err();
        assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
        assert_eq!(error.location(), format!("s3://{BUCKET}/issues.csv"));
        assert_eq!(fs::read(server.path("issues.csv")).unwrap(), b"before");
    }
    assert_eq!(names(&server), ["issues.csv"]);
}

#[tokio::test]
async fn object_that_is_not_completed_leaves_nothing() {
    let server = Server::start();
    let bucket = server.bucket("").await;
    let mut upload = bucket.upload(&key("issues.csv"), replacing());
    upload.write(&content(2 * PART + 1)).await.unwrap();
    assert!(!server.path("issues.csv").exists());
    upload.abort().await;
    assert_eq!(names(&server), [""; 0]);
}

#[tokio::test]
async fn refusal_names_the_permission_and_options_reach_the_server() {
    let server = Server::start();
    let denied =
        |_: &ReceivedRequest| Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied");
    let proxy = Proxy::start(&server, denied);
    let bucket = S3Bucket::new(server.options_by(&proxy)).await.unwrap();
    let mut options = replacing();
    options.kms_key = Some("alias/analytics".to_owned());
    options.bucket_owner = Some("123456789012".to_owned());
    let refused = write(&bucket, "issues.csv", &content(PART), options).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("writing \"s3://{BUCKET}/issues.csv\"")),
        "{text}"
    );
    assert!(text.contains("s3:PutObject"), "{text}");
    let requests = proxy.requests();
    let header = |name| requests[0].header(name);
    assert_eq!(header("x-amz-server-side-encryption"), Some("aws:kms"));
    let key = "x-amz-server-side-encryption-aws-kms-key-id";
    assert_eq!(header(key), Some("alias/analytics"));
    assert_eq!(header("x-amz-expected-bucket-owner"), Some("123456789012"));
}
