//! Problems with a bucket or the credentials for it.

use cusip_test_support::bucket::{CREDENTIALS, DAY, bucket_options, cusip_with, put_day};
use cusip_test_support::{Fault, Proxy, ReceivedRequest, Run, S3Server, TestDatabase, master_rows};
use tempfile::tempdir;

use super::{assert_as_load, assert_says};

const BUCKET: &str = S3Server::BUCKET;
const WHOSE: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/cusip/ada</Arn>\
    <UserId>AROA:ada</UserId><Account>111111111111</Account></GetCallerIdentityResult>\
    </GetCallerIdentityResponse>";

/// Starts a bucket with the tests' day and STS, behind a proxy that may inject faults.
fn delivered(
    fault: impl Fn(&ReceivedRequest) -> Fault + Send + Sync + 'static,
) -> (S3Server, Proxy) {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 2, 2);
    let proxy = Proxy::start(&server, move |asked| match fault(asked) {
        Fault::None if asked.method() == "POST" => {
            Fault::Respond("200 OK", "", WHOSE.as_bytes().to_vec())
        }
        fault => fault,
    });
    (server, proxy)
}

/// Runs the doctor and then a load with the same options.
fn doctor_and_load(
    variables: &[(&str, &str)],
    database: &TestDatabase,
    options: &[&str],
) -> (Run, Run) {
    let place = database.arguments();
    let place: Vec<_> = place.iter().map(String::as_str).collect();
    let endpoint = options.iter().position(|option| *option == "--s3-endpoint");
    // STS, which says whose credentials these are, is on the same server.
    let sts = endpoint.map(|index| ("AWS_ENDPOINT_URL_STS", options[index + 1]));
    let variables: Vec<_> = variables.iter().copied().chain(sts).collect();
    let run = |command: &[&str]| cusip_with(&variables, &[command, options, &place].concat());
    let doctor = run(&["doctor", "--output", "json"]);
    assert_eq!(master_rows(database), [0, 0, 0]);
    (doctor, run(&["load"]))
}

/// Does so for the tests' day at this endpoint.
fn of_day(endpoint: &str, others: &[&str]) -> (Run, Run) {
    let options = [&DAY[..], &bucket_options(endpoint), others].concat();
    doctor_and_load(&CREDENTIALS, &TestDatabase::migrated(), &options)
}

fn is_listing(asked: &ReceivedRequest) -> bool {
    asked.target().contains("list-type=2")
}

fn denied() -> Fault {
    Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied")
}

#[test]
fn everything_is_ok_with_a_day_in_a_bucket() {
    let (_server, proxy) = delivered(|_| Fault::None);
    let (run, load) = of_day(proxy.endpoint(), &[]);
    assert_as_load(&run, 0, &load);
    let whose = "account 111111111111 as arn:aws:sts::111111111111:assumed-role/cusip/ada, from \
                 EnvironmentVariable";
    assert_says(&run, ("credentials", "AWS"), "ok", &[whose]);
    let says = [&*format!("3 PIF files in s3://{BUCKET}/pif")];
    assert_says(&run, ("bucket", "list"), "ok", &says);
    let says = ["bytes of", &format!("s3://{BUCKET}/pif/CED01-15")];
    assert_says(&run, ("bucket", "read"), "ok", &says);
    for (kind, letter) in [("issuer", 'R'), ("issue", 'E'), ("issue_attr", 'A')] {
        let says = [
            &*format!("s3://{BUCKET}/pif/CED01-15{letter}.PIP, "),
            "last changed 2024-01-15T12:00:00Z, 0 days from the day",
        ];
        assert_says(&run, ("files", kind), "ok", &says);
    }
    assert_says(&run, ("clock", "database"), "ok", &[]);
}

#[test]
fn denied_listing_is_distinguished_from_denied_reading() {
    let (_server, proxy) = delivered(|asked| match is_listing(asked) {
        true => denied(),
        false => Fault::None,
    });
    let (run, load) = of_day(proxy.endpoint(), &[]);
    assert_as_load(&run, 1, &load);
    assert_says(&run, ("credentials", "AWS"), "ok", &[]);
    let says = [
        &format!("listing \"s3://{BUCKET}/pif\" is not permitted"),
        &format!("s3:ListBucket on arn:aws:s3:::{BUCKET} "),
    ];
    assert_says(
        &run,
        ("bucket", "list"),
        "failed",
        &says.map(|text| &**text),
    );
    assert_says(&run, ("bucket", "read"), "skipped", &["the listing failed"]);
    assert_says(&run, ("files", "day"), "skipped", &[]);
    assert_says(&run, ("database", "schema"), "ok", &[]);
}

#[test]
fn denied_reading_is_distinguished_from_denied_listing() {
    let (_server, proxy) = delivered(|asked| match asked.target().contains(".PIP") {
        true => denied(),
        false => Fault::None,
    });
    let (run, load) = of_day(proxy.endpoint(), &[]);
    assert_as_load(&run, 1, &load);
    assert_says(&run, ("bucket", "list"), "ok", &["3 PIF files"]);
    let says = ["s3:GetObject on arn:aws:s3:::", "is not permitted"];
    assert_says(&run, ("bucket", "read"), "failed", &says);
    let says = [&*format!(
        "s3:GetObject on arn:aws:s3:::{BUCKET}/pif/CED01-15E.PIP"
    )];
    assert_says(&run, ("files", "issue"), "failed", &says);
}

#[test]
fn missing_bucket_is_named() {
    let (_server, proxy) = delivered(|_| Fault::None);
    let options = [
        "--s3-bucket",
        "cusip-pif",
        "--s3-endpoint",
        proxy.endpoint(),
    ];
    let options = [&DAY[..], &options].concat();
    let (run, load) = doctor_and_load(&CREDENTIALS, &TestDatabase::migrated(), &options);
    assert_as_load(&run, 4, &load);
    let says = ["bucket \"s3://cusip-pif\" does not exist", "check its name"];
    assert_says(&run, ("bucket", "list"), "failed", &says);
}

#[test]
fn prefix_without_files_produces_a_warning() {
    let (_server, proxy) = delivered(|_| Fault::None);
    let (run, load) = of_day(proxy.endpoint(), &["--s3-prefix", "pfi"]);
    assert_as_load(&run, 4, &load);
    let says = ["no PIF file in s3://", "/pfi", "CUSIP_S3_PREFIX"];
    assert_says(&run, ("bucket", "list"), "failed", &says);
    let says = ["CED01-15R.PIP, CED01-15E.PIP, CED01-15A.PIP"];
    assert_says(&run, ("files", "missing"), "failed", &says);
}

#[test]
fn wrong_region_is_reported_with_the_right_one() {
    let (_server, proxy) = delivered(|asked| match asked.method() {
        "GET" => Fault::document(
            "301 Moved Permanently",
            "x-amz-bucket-region: eu-west-1\r\n",
            "<Code>PermanentRedirect</Code><Message>Elsewhere.</Message>",
        ),
        _ => Fault::None,
    });
    let (run, load) = of_day(proxy.endpoint(), &["--s3-region", "us-west-2"]);
    assert_as_load(&run, 1, &load);
    let says = [
        "set the region to \"eu-west-1\"",
        "--s3-region (CUSIP_S3_REGION) sets the region",
    ];
    assert_says(&run, ("bucket", "list"), "failed", &says);
}

#[test]
fn bucket_is_not_contacted_without_credentials() {
    let (_server, proxy) = delivered(|_| Fault::None);
    let options = [&DAY[..], &bucket_options(proxy.endpoint())].concat();
    let config = tempdir().unwrap();
    let config = config.path().join("config");
    std::fs::write(&config, "[profile cusip-dev]\nregion = eu-west-1\n").unwrap();
    let profile = [
        ("AWS_PROFILE", "cusip-dev"),
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
    ];
    for (variables, advice) in [
        (&[][..], "run `aws sso login --profile NAME`"),
        (&profile, "run `aws sso login --profile cusip-dev`"),
    ] {
        let (run, load) = doctor_and_load(variables, &TestDatabase::migrated(), &options);
        assert_as_load(&run, 1, &load);
        let says = ["no usable credentials were found", advice];
        assert_says(&run, ("credentials", "AWS"), "failed", &says);
        for line in [("bucket", "list"), ("bucket", "read"), ("files", "day")] {
            assert_says(&run, line, "skipped", &["an earlier check failed"]);
        }
        assert_says(&run, ("database", "schema"), "ok", &[]);
    }
    assert_eq!(proxy.requests().len(), 0);
}

#[test]
fn expired_credentials_fail_the_bucket_check() {
    let (_server, proxy) = delivered(|_| {
        let message = "The provided token has expired.";
        Fault::refusal("400 Bad Request", "ExpiredToken", message)
    });
    let (run, load) = of_day(proxy.endpoint(), &[]);
    assert_as_load(&run, 1, &load);
    assert_says(&run, ("credentials", "AWS"), "failed", &["`aws sso login"]);
    let says = [
        "needs valid credentials: they have expired",
        "aws sso login",
    ];
    assert_says(&run, ("bucket", "list"), "failed", &says);
}

/// Some servers offer only S3. Then only the checks of the bucket count.
#[test]
fn server_without_sts_produces_a_warning() {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 2, 2);
    let (run, load) = of_day(server.endpoint(), &[]);
    assert_as_load(&run, 0, &load);
    let says = ["from EnvironmentVariable", "may have no STS"];
    assert_says(&run, ("credentials", "AWS"), "warning", &says);
    assert_says(&run, ("bucket", "list"), "ok", &[]);
    assert_says(&run, ("bucket", "read"), "ok", &[]);
}

/// Amazon's STS does not know credentials for another server and must not see them.
#[test]
fn credentials_for_another_server_are_not_sent_to_amazon() {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 2, 2);
    let database = TestDatabase::migrated();
    let place = database.arguments();
    let place: Vec<_> = place.iter().map(String::as_str).collect();
    let doctor = ["doctor", "--output", "json"];
    let run = cusip_with(
        &CREDENTIALS,
        &[
            &doctor[..],
            &DAY,
            &bucket_options(server.endpoint()),
            &place,
        ]
        .concat(),
    );
    run.assert_done();
    let says = ["from EnvironmentVariable", "Amazon is not asked"];
    assert_says(&run, ("credentials", "AWS"), "ok", &says);
}

#[test]
fn unreachable_endpoint_is_named() {
    let (run, load) = of_day("http://127.0.0.1:1", &[]);
    assert_as_load(&run, 1, &load);
    let says = [
        "no answer from \"http://127.0.0.1:1\"",
        "refused",
        "check the endpoint",
        "--s3-endpoint (CUSIP_S3_ENDPOINT) sets the endpoint",
    ];
    assert_says(&run, ("bucket", "list"), "failed", &says);
    assert_says(&run, ("database", "schema"), "ok", &[]);
}
