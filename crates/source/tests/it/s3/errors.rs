//! Errors of the server and of credentials, and their advice.

use std::error::Error as _;

use cusip_source::{Error, FileSource, FileSourceExt, OpenOptions, S3Bucket, Setting};
use cusip_test_support::{Fault, Proxy, ReceivedRequest};
use rstest::rstest;

use super::server::{ACCESS_KEY, BUCKET, SECRET_KEY, Server, key};

async fn listing_error(fault: impl Fn(&ReceivedRequest) -> Fault + Send + Sync + 'static) -> Error {
    let server = Server::start();
    let proxy = Proxy::start(&server, fault);
    let bucket = S3Bucket::new(server.options_by(&proxy).with_prefix("pif"))
        .await
        .unwrap();
    bucket.list_named("CED01-15").await.unwrap_err()
}

async fn opening_error(fault: impl Fn(&ReceivedRequest) -> Fault + Send + Sync + 'static) -> Error {
    let server = Server::start();
    server.put("pif/CED01-15R.PIP", b"content");
    let proxy = Proxy::start(&server, fault);
    let bucket = S3Bucket::new(server.options_by(&proxy).with_prefix("pif"))
        .await
        .unwrap();
    bucket
        .open(&key("CED01-15R.PIP"), OpenOptions::new())
        .await
        .unwrap_err()
}

fn source(error: &Error) -> String {
    error.source().unwrap().to_string()
}

#[tokio::test]
async fn denied_listing_names_action_resource_and_remedy() {
    let error =
        listing_error(|_| Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied")).await;
    assert_eq!(
        error.to_string(),
        format!(
            "listing \"s3://{BUCKET}/pif\" is not permitted; allow s3:ListBucket on \
             arn:aws:s3:::{BUCKET} in both the bucket's policy and the policy of the role in use \
             (in ECS the task role); `aws sts get-caller-identity --profile cusip-test` shows \
             whose credentials these are"
        )
    );
    assert_eq!(
        source(&error),
        "the server answered 403 AccessDenied: Access Denied"
    );
    assert!(matches!(error, Error::PermissionDenied { .. }));
}

#[tokio::test]
async fn denied_opening_says_that_the_key_may_be_missing() {
    let error =
        opening_error(|_| Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied")).await;
    let text = error.to_string();
    for part in [
        &format!("opening \"s3://{BUCKET}/pif/CED01-15R.PIP\" is not permitted"),
        &format!("s3:GetObject on arn:aws:s3:::{BUCKET}/pif/CED01-15R.PIP"),
        "a key that does not exist",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn access_denied_by_kms_names_the_key() {
    let error = opening_error(|_| {
        Fault::refusal(
            "403 Forbidden",
            "AccessDenied",
            "User: arn:aws:sts::222222222222:assumed-role/cusip-service-task-role/x is not \
             authorized to perform: kms:Decrypt on resource: \
             arn:aws:kms:us-east-1:111111111111:key/1234abcd because no identity-based policy \
             allows the kms:Decrypt action",
        )
    })
    .await;
    let text = error.to_string();
    let advice = "allow kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd in \
                  both the key's policy and the policy of the role in use";
    assert!(text.contains(advice), "{text}");
    assert!(!text.contains("does not exist"), "{text}");
}

#[tokio::test]
async fn missing_bucket_is_reported() {
    let server = Server::start();
    let mut options = server.options().with_prefix("pif");
    options.bucket = "cusip-pif-files".to_owned();
    let bucket = S3Bucket::new(options).await.unwrap();
    let listing = bucket.list_named("").await.unwrap_err();
    assert_eq!(
        listing.to_string(),
        "bucket \"s3://cusip-pif-files\" does not exist; check its name, and the endpoint if one \
         is set"
    );
    assert!(listing.is_not_found());
}

#[tokio::test]
async fn missing_key_is_reported_with_similar_names() {
    let server = Server::start();
    for name in ["CED01-14R.PIP", "CED01-15A.PIP", "CED01-15E.PIP", "X"] {
        server.put(&format!("pif/{name}"), b"content");
    }
    let bucket = server.bucket("pif").await;
    for (name, similar) in [
        (
            "CED01-15R.PIP",
            "\"CED01-15A.PIP\", \"CED01-15E.PIP\", \"CED01-14R.PIP\"",
        ),
        (
            "ced01-14r.pip",
            "\"CED01-14R.PIP\", \"CED01-15A.PIP\", \"CED01-15E.PIP\", \"X\"",
        ),
    ] {
        let error = bucket
            .open(&key(name), OpenOptions::new())
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "object \"s3://{BUCKET}/pif/{name}\" does not exist; check its key: the folder has \
                 {similar}"
            )
        );
        assert!(error.is_not_found());
    }

    let error = bucket
        .at_root()
        .open(&key("nowhere/CED01-15R.PIP"), OpenOptions::new())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("object \"s3://{BUCKET}/nowhere/CED01-15R.PIP\" does not exist; check its key")
    );
}

/// Returns whether a request is signed for this region. S3 rejects any region but the bucket's.
fn is_for(asked: &ReceivedRequest, region: &str) -> bool {
    let authorization = asked.header("authorization").unwrap();
    authorization.contains(&format!("/{region}/s3/aws4_request"))
}

#[rstest]
#[case::redirected(
    "301 Moved Permanently",
    "x-amz-bucket-region: eu-west-1\r\n",
    "<Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be \
     addressed using the specified endpoint.</Message>"
)]
#[case::signed_for_another(
    "400 Bad Request",
    "",
    "<Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting \
     'eu-west-1'</Message><Region>eu-west-1</Region>"
)]
#[tokio::test]
async fn bucket_in_another_region_is_found_there(
    #[case] status: &'static str,
    #[case] headers: &'static str,
    #[case] elements: &'static str,
) {
    let server = Server::start();
    server.put("CED01-15R.PIP", b"content");
    let proxy = Proxy::start(&server, move |asked| {
        if is_for(asked, "us-east-1") {
            Fault::document(status, headers, elements)
        } else {
            Fault::None
        }
    });
    let bucket = S3Bucket::new(server.options_by(&proxy)).await.unwrap();
    let listed = bucket.list_named("").await.unwrap().remove(0);
    assert_eq!(bucket.read(&listed.key).await.unwrap(), b"content");
    // Only the first request goes to the wrong region.
    let regions: Vec<_> = proxy
        .requests()
        .iter()
        .map(|asked| is_for(asked, "eu-west-1"))
        .collect();
    assert_eq!(regions, [false, true, true]);
}

#[rstest]
#[case::named(
    "x-amz-bucket-region: eu-west-1\r\n",
    "is in another region; set the region to \"eu-west-1\""
)]
#[case::not_named("", "is in another region; set the region to the bucket's")]
#[tokio::test]
async fn region_without_access_is_an_error(#[case] headers: &'static str, #[case] advice: &str) {
    let error = listing_error(move |_| {
        Fault::document(
            "301 Moved Permanently",
            headers,
            "<Code>PermanentRedirect</Code><Message>Elsewhere.</Message>",
        )
    })
    .await;
    assert!(matches!(error, Error::WrongRegion { .. }), "{error:?}");
    assert_eq!(error.setting(), Some(Setting::Region));
    let text = error.to_string();
    assert!(text.ends_with(advice), "{text}");
}

#[tokio::test]
async fn archived_object_is_reported_with_its_storage_class() {
    let error = opening_error(|_| {
        Fault::document(
            "403 Forbidden",
            "",
            "<Code>InvalidObjectState</Code><Message>The operation is not valid for the object's \
             storage class</Message><StorageClass>GLACIER</StorageClass>",
        )
    })
    .await;
    assert_eq!(
        error.to_string(),
        format!(
            "object \"s3://{BUCKET}/pif/CED01-15R.PIP\" is archived (GLACIER) and cannot be read; \
             restore it with `aws s3api restore-object`, then try again"
        )
    );
}

#[tokio::test]
async fn wrong_clock_is_reported() {
    let error = listing_error(|_| {
        Fault::refusal(
            "403 Forbidden",
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
    })
    .await;
    assert!(
        error.to_string().contains("set this machine's clock"),
        "{error}"
    );
}

#[tokio::test]
async fn response_that_is_not_from_s3_is_an_error() {
    let error = listing_error(|_| {
        Fault::Respond(
            "200 OK",
            "",
            b"<html>Please log in to the wireless network</html>".to_vec(),
        )
    })
    .await;
    assert!(!error.is_not_found(), "{error:?}");
    let source = source(&error);
    assert!(source.starts_with("the server answered 200: "), "{source}");
    assert!(!source.contains("unhandled error"), "{source}");
}

#[rstest]
#[case::expired("ExpiredToken", "they have expired")]
#[case::of_an_unknown_key("InvalidAccessKeyId", "the server does not know their access key")]
#[case::unknown("InvalidToken", "the server does not know their session token")]
#[tokio::test]
async fn rejected_credentials_are_reported_with_the_remedy(
    #[case] code: &'static str,
    #[case] problem: &str,
) {
    let error = listing_error(move |_| {
        Fault::refusal("400 Bad Request", code, "The provided token is not good.")
    })
    .await;
    let text = error.to_string();
    assert!(matches!(error, Error::Credentials { .. }), "{error:?}");
    assert!(
        text.contains(problem) && text.contains("`aws sso login --profile cusip-test`"),
        "{text}"
    );
}

#[rstest]
#[case::of_an_unknown_key("AKIAIOSFODNN7UNKNOWN", SECRET_KEY, "their account may not use")]
#[case::with_a_wrong_secret(ACCESS_KEY, "wrong/secret", "secret does not belong to")]
#[tokio::test]
async fn wrong_keys_are_reported(
    #[case] access_key: &str,
    #[case] secret_key: &str,
    #[case] problem: &str,
) {
    let server = Server::start();
    server.write_profile(&format!(
        "aws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n"
    ));
    let error = server.bucket("pif").await.list_named("").await.unwrap_err();
    assert!(matches!(error, Error::Credentials { .. }), "{error:?}");
    assert!(error.to_string().contains(problem), "{error}");
}

#[rstest]
#[case::none("region = us-east-1\n", "there are none", "cusip-test")]
#[case::sso(
    "sso_start_url = https://cusip-source-tests.awsapps.com/start\nsso_region = us-east-1\n\
     sso_account_id = 222222222222\nsso_role_name = DeveloperAccess\n",
    "they could not be loaded",
    "run `aws sso login --profile cusip-test`"
)]
#[case::process(
    "credential_process = /nowhere/credentials\n",
    "they could not be loaded",
    "fix the profile's settings"
)]
#[tokio::test]
async fn credentials_that_cannot_be_loaded_are_reported(
    #[case] profile: &str,
    #[case] problem: &str,
    #[case] advice: &str,
) {
    let server = Server::start();
    server.write_profile(profile);
    let error = server.bucket("pif").await.list_named("").await.unwrap_err();
    assert!(matches!(error, Error::Credentials { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!(
            "listing \"s3://{BUCKET}/pif\" needs valid credentials: {problem}"
        )) && text.contains(advice),
        "{text}"
    );
}

#[tokio::test]
async fn missing_profile_is_reported() {
    let server = Server::start();
    let options = server.options().with_profile("cusip-prod");
    let error = S3Bucket::new(options).await.unwrap_err();
    assert!(matches!(error, Error::InvalidAws { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("\"cusip-prod\" does not exist"), "{text}");
    assert!(text.contains("there is cusip-test"), "{text}");
}

#[tokio::test]
async fn endpoint_without_a_server_is_reported_as_not_reached() {
    let server = Server::start();
    let options = server.options().with_endpoint("http://127.0.0.1:1");
    let bucket = S3Bucket::new(options).await.unwrap();
    let error = bucket.list_named("").await.unwrap_err();
    assert!(matches!(error, Error::Unreached { .. }), "{error:?}");
    assert_eq!(error.setting(), Some(Setting::Endpoint));
    assert!(error.to_string().contains("check the endpoint"), "{error}");
    let source = source(&error);
    assert!(
        source.contains("\"http://127.0.0.1:1\"") && source.contains("refused"),
        "{source}"
    );
}
