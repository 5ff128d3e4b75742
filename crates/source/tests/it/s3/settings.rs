//! Options that cannot be used.

use cusip_source::{Error, S3Bucket, S3Options};
use rstest::rstest;

async fn refusal(options: S3Options) -> (&'static str, String) {
    match S3Bucket::new(options).await {
        Err(error @ Error::InvalidSetting { setting, .. }) => (setting, error.to_string()),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::empty("", "it is empty")]
#[case::uri("s3://bucket/pif", "name the bucket alone")]
#[case::with_folder("bucket/pif", "name the bucket alone")]
#[case::with_space("my bucket", "other characters")]
#[tokio::test]
async fn bucket_that_cannot_be_one_is_refused(#[case] bucket: &str, #[case] problem: &str) {
    let (setting, text) = refusal(S3Options::new(bucket).with_region("us-east-1")).await;
    assert_eq!(setting, "bucket");
    assert!(
        text.starts_with(&format!("bucket {bucket:?} cannot be used: ")) && text.contains(problem),
        "{text}"
    );
}

#[rstest]
#[case("localhost:9000")]
#[case("ftp://localhost")]
#[case("http://")]
#[tokio::test]
async fn endpoint_that_is_no_address_is_refused(#[case] endpoint: &str) {
    let (setting, text) = refusal(S3Options::new("bucket").with_endpoint(endpoint)).await;
    assert_eq!(setting, "endpoint");
    assert!(text.contains(&format!("{endpoint:?}")), "{text}");
}

#[tokio::test]
async fn password_in_an_endpoint_is_refused_and_not_shown() {
    let options = S3Options::new("bucket").with_endpoint("http://user:pa55word@localhost:9000");
    let (_, text) = refusal(options).await;
    assert!(!text.contains("pa55word"), "{text}");
}

#[tokio::test]
async fn region_comes_from_the_profile_unless_it_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, "[profile cusip-test]\nregion = eu-central-1\n").unwrap();
    let options = S3Options::new("bucket")
        .with_profile("cusip-test")
        .with_profile_file(file);
    assert!(S3Bucket::new(options).await.is_ok());
}
