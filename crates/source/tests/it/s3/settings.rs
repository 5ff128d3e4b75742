//! Invalid options.

use cusip_source::{Error, S3Bucket, S3Options, Setting};
use rstest::rstest;

async fn invalid_setting(options: S3Options) -> (Setting, String) {
    match S3Bucket::new(options).await {
        Err(error @ Error::InvalidSetting { setting, .. }) => (setting, error.to_string()),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::empty("", "it is empty")]
#[case::uri("s3://bucket/pif", "use only the bucket's name")]
#[case::with_folder("bucket/pif", "use only the bucket's name")]
#[case::with_space("my bucket", "may contain only")]
#[tokio::test]
async fn invalid_bucket_name_is_an_error(#[case] bucket: &str, #[case] problem: &str) {
    let (setting, text) = invalid_setting(S3Options::new(bucket).with_region("us-east-1")).await;
    assert_eq!(setting, Setting::Bucket);
    assert!(
        text.starts_with(&format!("bucket {bucket:?} is not valid: ")) && text.contains(problem),
        "{text}"
    );
}

#[rstest]
#[case("localhost:9000")]
#[case("ftp://localhost")]
#[case("http://")]
#[tokio::test]
async fn invalid_endpoint_is_an_error(#[case] endpoint: &str) {
    let (setting, text) = invalid_setting(S3Options::new("bucket").with_endpoint(endpoint)).await;
    assert_eq!(setting, Setting::Endpoint);
    assert!(text.contains(&format!("{endpoint:?}")), "{text}");
}

#[tokio::test]
async fn password_in_an_endpoint_is_an_error_that_does_not_show_it() {
    let options = S3Options::new("bucket").with_endpoint("http://user:pa55word@localhost:9000");
    let (_, text) = invalid_setting(options).await;
    assert!(!text.contains("pa55word"), "{text}");
}

#[tokio::test]
async fn region_comes_from_the_profile_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, "[profile cusip-test]\nregion = eu-central-1\n").unwrap();
    let options = S3Options::new("bucket")
        .with_profile("cusip-test")
        .with_profile_file(file);
    assert!(S3Bucket::new(options).await.is_ok());
}
