//! Servers that refuse or do not answer: the exit code and the advice.

use cusip_test_support::bucket::{
    CREDENTIALS, DAY, bucket_options, cusip_with, load, load_with, put_day,
};
use cusip_test_support::{
    Fault, Proxy, ReceivedRequest, Run, S3Server, TestDatabase, assert_consistent, master_rows,
};
use rstest::rstest;
use tempfile::tempdir;

const BUCKET: &str = S3Server::BUCKET;

fn server() -> S3Server {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 3, 2);
    server
}

fn proxy(fault: impl Fn(&ReceivedRequest) -> Fault + Send + Sync + 'static) -> (S3Server, Proxy) {
    let server = server();
    let proxy = Proxy::start(&server, fault);
    (server, proxy)
}

/// Asserts that a load failed like this, and that its job has the message. Only the hint, which names
/// a flag of the command, is missing there.
#[track_caller]
fn assert_refused(database: &TestDatabase, run: &Run, code: i32, says: &[&str]) {
    run.assert_fails(code, says);
    let document = run.document();
    assert_eq!(document["success"], false);
    let message = document["message"].as_str().unwrap();
    assert!(run.stderr.contains(message), "{run:?}");
    let on_record = database.query("select status, error from load_job order by id desc limit 1");
    let [record] = &on_record[..] else {
        panic!("no job in {run:?}");
    };
    assert_eq!(record[0], "failed");
    let hint = message.strip_prefix(&*record[1]);
    let is_hint = |hint: &str| hint.is_empty() || hint.starts_with("; --");
    assert!(hint.is_some_and(is_hint), "{record:?}, {run:?}");
    assert_eq!(master_rows(database), [0, 0, 0]);
    assert_consistent(database);
}

fn denied() -> Fault {
    Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied")
}

#[test]
fn denied_listing_names_action_resource_and_remedy() {
    let (_server, proxy) = proxy(|_| denied());
    let database = TestDatabase::migrated();
    let run = load(&database, proxy.endpoint(), &DAY);
    let says = [
        &format!("listing \"s3://{BUCKET}/pif\" is not permitted"),
        &format!("allow s3:ListBucket on arn:aws:s3:::{BUCKET} in both the bucket's policy"),
        "task role",
        "`aws sts get-caller-identity`",
        "the server answered 403 AccessDenied",
    ];
    assert_refused(&database, &run, 1, &says);
    let files = [&["files"], &DAY[..], &bucket_options(proxy.endpoint())].concat();
    cusip_with(&CREDENTIALS, &files).assert_fails(1, &says);
}

#[rstest]
#[case::of_a_day(&DAY)]
#[case::of_a_key(&["--s3-key", "pif/CED01-15R.PIP"])]
fn denied_object_names_action_resource_and_remedy(#[case] arguments: &[&str]) {
    let (_server, proxy) = proxy(|asked| match asked.target().contains(".PIP") {
        true => denied(),
        false => Fault::None,
    });
    let database = TestDatabase::migrated();
    let run = load(&database, proxy.endpoint(), arguments);
    let says = [
        &format!("opening \"s3://{BUCKET}/pif/CED01-15R.PIP\" is not permitted"),
        &format!("allow s3:GetObject on arn:aws:s3:::{BUCKET}/pif/CED01-15R.PIP"),
        "in both the bucket's policy and the policy of the role in use",
    ];
    assert_refused(&database, &run, 1, &says);
}

#[test]
fn missing_bucket_is_named() {
    let server = server();
    let database = TestDatabase::migrated();
    let options = database.arguments();
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let command = ["load", "--output", "json", "--s3-bucket", "cusip-pif-files"];
    let endpoint = ["--s3-endpoint", server.endpoint()];
    let run = cusip_with(
        &CREDENTIALS,
        &[&command, &endpoint[..], &DAY, &options].concat(),
    );
    let says = ["bucket \"s3://cusip-pif-files\" does not exist; check its name"];
    assert_refused(&database, &run, 4, &says);
}

#[test]
fn missing_key_is_named_with_the_existing_ones() {
    let server = server();
    let database = TestDatabase::migrated();
    let run = load(
        &database,
        server.endpoint(),
        &["--s3-key", "pif/CED01-16R.PIP"],
    );
    let says = [
        &format!("object \"s3://{BUCKET}/pif/CED01-16R.PIP\" does not exist; check its key"),
        "the folder has \"CED01-15",
    ];
    assert_refused(&database, &run, 4, &says);
}

fn elsewhere() -> Fault {
    Fault::document(
        "301 Moved Permanently",
        "x-amz-bucket-region: eu-west-1\r\n",
        "<Code>PermanentRedirect</Code><Message>Elsewhere.</Message>",
    )
}

#[test]
fn bucket_in_another_region_is_found_with_a_warning() {
    let (_server, proxy) = proxy(|asked| {
        let signature = asked.header("authorization").unwrap();
        match signature.contains("/eu-west-1/s3/") {
            true => Fault::None,
            false => elsewhere(),
        }
    });
    let database = TestDatabase::migrated();
    let arguments = [&DAY[..], &["--s3-region", "us-west-2"]].concat();
    let run = load(&database, proxy.endpoint(), &arguments);
    run.assert_done();
    let warning = "the bucket is in another region; using that region from now on; set it to avoid this warning";
    assert!(run.stderr.contains(warning), "{run:?}");
    assert!(run.stderr.contains("eu-west-1"), "{run:?}");
}

#[test]
fn wrong_region_is_reported_with_the_right_one() {
    let (_server, proxy) = proxy(|_| elsewhere());
    let database = TestDatabase::migrated();
    let arguments = [&DAY[..], &["--s3-region", "us-west-2"]].concat();
    let run = load(&database, proxy.endpoint(), &arguments);
    let says = [
        "set the region to \"eu-west-1\"",
        "--s3-region (CUSIP_S3_REGION) sets the region",
    ];
    assert_refused(&database, &run, 1, &says);
}

#[test]
fn expired_token_says_how_to_renew_it() {
    let expired = "The provided token has expired.";
    let (_server, proxy) =
        proxy(move |_| Fault::refusal("400 Bad Request", "ExpiredToken", expired));
    let database = TestDatabase::migrated();
    let profile = [&CREDENTIALS[..], &[("AWS_PROFILE", "cusip-dev")]].concat();
    let run = load_with(&profile, &database, proxy.endpoint(), &DAY);
    let says = [
        &format!("listing \"s3://{BUCKET}/pif\" needs valid credentials: they have expired"),
        "`aws sso login --profile cusip-dev`",
    ];
    assert_refused(&database, &run, 1, &says);
}

#[test]
fn missing_credentials_say_where_they_were_looked_for() {
    let server = server();
    let database = TestDatabase::migrated();
    let run = load_with(&[], &database, server.endpoint(), &DAY);
    let says = [
        &format!("listing \"s3://{BUCKET}/pif\" needs valid credentials: there are none"),
        "set AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "the ECS task role",
    ];
    assert_refused(&database, &run, 1, &says);
}

#[test]
fn wrong_secret_key_is_distinguished_from_an_unknown_access_key() {
    let server = server();
    let database = TestDatabase::migrated();
    let [access_key, _] = CREDENTIALS;
    let wrong = [access_key, ("AWS_SECRET_ACCESS_KEY", "swordfish")];
    let run = load_with(&wrong, &database, server.endpoint(), &DAY);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
    let says = ["their secret does not belong to their access key"];
    assert_refused(&database, &run, 1, &says);
}

#[test]
fn unreachable_endpoint_is_named() {
    let database = TestDatabase::migrated();
    let run = load(&database, "http://127.0.0.1:1", &DAY);
    let says = [
        &format!("listing \"s3://{BUCKET}/pif\" failed: the server was not reached"),
        "check the endpoint, and that the server is running",
        "--s3-endpoint (CUSIP_S3_ENDPOINT) sets the endpoint",
        "no answer from \"http://127.0.0.1:1\"",
        "refused",
    ];
    assert_refused(&database, &run, 1, &says);
}
