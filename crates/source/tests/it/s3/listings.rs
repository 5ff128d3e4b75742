//! Listings.

use std::fs;

use cusip_source::{Error, FileSource, FileSourceExt, ListOptions, S3Bucket, S3Options};
use cusip_test_support::{Fault, Proxy};
use rstest::rstest;

use super::server::{BUCKET, Server};

async fn names(bucket: &S3Bucket, name_prefix: &str) -> Vec<String> {
    let files = bucket.list_named(name_prefix).await.unwrap();
    files.iter().map(|file| file.name().to_owned()).collect()
}

#[rstest]
#[case("pif")]
#[case("pif/")]
#[case("/pif")]
#[case("/pif/")]
#[tokio::test]
async fn prefix_is_the_same_folder_with_and_without_slashes(#[case] prefix: &str) {
    let server = Server::start();
    server.put("pif/CED07-02R.PIP", b"content");
    server.put("pif2/CED07-02E.PIP", b"content");
    let bucket = server.bucket(prefix).await;
    assert_eq!(bucket.to_string(), format!("s3://{BUCKET}/pif"));
    assert_eq!(names(&bucket, "").await, ["CED07-02R.PIP"]);
}

#[rstest]
#[case::slash("/")]
#[case::nothing("")]
#[tokio::test]
async fn no_prefix_is_the_root_of_the_bucket(#[case] prefix: &str) {
    let server = Server::start();
    server.put("CED07-02R.PIP", b"content");
    server.put("pif/CED07-02E.PIP", b"content");
    let bucket = server.bucket(prefix).await;
    assert_eq!(bucket.to_string(), format!("s3://{BUCKET}"));
    assert_eq!(names(&bucket, "").await, ["CED07-02R.PIP"]);
}

#[tokio::test]
async fn listing_has_location_size_time_and_entity_tag() {
    let server = Server::start();
    server.put("pif/CED07-02R.PIP", b"twenty bytes of text");
    let bucket = server.bucket("pif/").await;
    let listed = bucket.list_named("ced07-02r").await.unwrap().remove(0);
    assert_eq!(listed.key.as_str(), "CED07-02R.PIP");
    assert_eq!(listed.location, format!("s3://{BUCKET}/pif/CED07-02R.PIP"));
    assert_eq!(listed.size, Some(20));
    let age = listed.last_modified.unwrap().elapsed().unwrap();
    assert!(age.as_secs() < 3600, "{age:?}");
    assert_eq!(
        listed.e_tag.as_deref(),
        Some("\"e5f1efd7f20feede9ebb4c875398a5a7\"")
    );
}

#[tokio::test]
async fn every_page_of_a_large_folder_is_listed() {
    let server = Server::start();
    let folder = server.path("pif");
    fs::create_dir(&folder).unwrap();
    for number in 0..2_500 {
        let case = if number % 2 == 0 { "CED" } else { "ced" };
        fs::write(folder.join(format!("{case}{number:04}.PIP")), b"content").unwrap();
    }
    server.put("pif/XYZ0000.PIP", b"content");
    let proxy = Proxy::start(&server, |_| Fault::None);
    let bucket = S3Bucket::new(server.options_by(&proxy).with_prefix("pif"))
        .await
        .unwrap();
    let names = names(&bucket, "Ced").await;
    assert_eq!(names.len(), 2_500);
    assert!(names.is_sorted());
    assert_eq!(names[0], "CED0000.PIP");
    assert_eq!(names[2_499], "ced2499.PIP");
    assert_eq!(proxy.requests().len(), 3);
}

#[tokio::test]
async fn subfolders_and_their_files_are_not_listed() {
    let server = Server::start();
    for key in [
        "pif/CED07-02R.PIP",
        "pif/CED07-02E.PIP/CED07-02E.PIP",
        "pif/old/CED07-02A.PIP",
    ] {
        server.put(key, b"content");
    }
    let bucket = server.bucket("pif/").await;
    assert_eq!(names(&bucket, "").await, ["CED07-02R.PIP"]);
    assert_eq!(names(&bucket.at_root(), "").await, [""; 0]);
}

#[tokio::test]
async fn server_filters_by_a_prefix_without_letters() {
    let server = Server::start();
    server.put("pif/07-02R.PIP", b"content");
    server.put("pif/07-03R.PIP", b"content");
    let proxy = Proxy::start(&server, |_| Fault::None);
    let bucket = S3Bucket::new(server.options_by(&proxy).with_prefix("pif"))
        .await
        .unwrap();
    assert_eq!(names(&bucket, "07-02r").await, ["07-02R.PIP"]);
    let asked = &proxy.requests()[0].head;
    let query = asked.split(['?', ' ']).nth(2).unwrap();
    let prefix = query.split('&').find(|part| part.starts_with("prefix="));
    assert_eq!(prefix, Some("prefix=pif%2F07-02"));
}

async fn bucket_that_answers(page: &str) -> S3Bucket {
    let document = format!(
        "<?xml version=\"1.0\"?>\n\
         <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{page}\
         </ListBucketResult>"
    );
    let server = Server::start();
    let proxy = Proxy::start(&server, move |_| {
        let content_type = "content-type: application/xml\r\n";
        Fault::Respond("200 OK", content_type, document.clone().into_bytes())
    });
    let options: S3Options = server.options_by(&proxy).with_prefix("pif");
    // The profile is read with the first request, and the server's folder is removed on return.
    let bucket = S3Bucket::new(options).await.unwrap();
    bucket.list(ListOptions::new()).await.ok();
    bucket
}

#[tokio::test]
async fn folder_markers_and_invalid_keys_are_skipped() {
    let bucket = bucket_that_answers(
        "<IsTruncated>false</IsTruncated>\
         <Contents><Key>pif/</Key><Size>0</Size></Contents>\
         <Contents><Key>pif/..</Key><Size>1</Size></Contents>\
         <Contents><Key>pif/CED07-02R.PIP</Key><Size>2</Size><ETag>abc</ETag></Contents>\
         <CommonPrefixes><Prefix>pif/old/</Prefix></CommonPrefixes>",
    )
    .await;
    let files = bucket.list(ListOptions::new()).await.unwrap();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].name(), "CED07-02R.PIP");
    assert_eq!(files[0].e_tag.as_deref(), Some("\"abc\""));
}

#[tokio::test]
async fn listing_that_cannot_be_continued_is_an_error() {
    let bucket = bucket_that_answers(
        "<IsTruncated>true</IsTruncated>\
         <Contents><Key>pif/CED07-02R.PIP</Key><Size>2</Size></Contents>",
    )
    .await;
    let error = bucket.list(ListOptions::new()).await.unwrap_err();
    assert!(matches!(error, Error::Other { .. }), "{error:?}");
    assert_eq!(error.location(), format!("s3://{BUCKET}/pif"));
}
