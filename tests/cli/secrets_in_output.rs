//! The program never prints a secret, not even in its most detailed log.

use cusip_test_support::bucket::{DAY, bucket_options, cusip_with, put_day};
use cusip_test_support::{
    Fault, NetworkServer, Proxy, S3Server, SecretsManager, assert_no_secrets,
};
use rstest::rstest;
use serde_json::json;
use tempfile::tempdir;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:cusip-AbCdEf";
const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjSESSIONTOKEN/+=";
/// A password that is encoded in a URL.
const WRONG_PASSWORD: &str = "xyzzy/plugh plover";

#[rstest]
#[case::text("text")]
#[case::json("json")]
fn no_secret_is_in_the_most_detailed_log(#[case] format: &'static str) {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 3, 2);
    let database = format!("leaks_{format}");
    NetworkServer::encrypted().create_database(&database);
    let manager = SecretsManager::start();
    let port = NetworkServer::encrypted().port().to_string();
    let secret = json!({
        "host": "127.0.0.1",
        "port": NetworkServer::encrypted().port(),
        "dbname": database,
        "username": NetworkServer::USER,
        "password": NetworkServer::PASSWORD,
    });
    manager.put(ARN, &secret.to_string());
    let [(key_name, key), (secret_name, secret_key)] = cusip_test_support::bucket::CREDENTIALS;
    let basics = [
        (key_name, key),
        (secret_name, secret_key),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_REGION", "eu-west-1"),
        // The doctor asks STS whose credentials these are.
        ("AWS_ENDPOINT_URL_STS", server.endpoint()),
        // These ask for the SDK's own logs of secrets.
        ("CUSIP_LOG", "trace,aws_sigv4::http_request=trace"),
        ("LOG_SENSITIVE_BODIES", "true"),
        ("CUSIP_LOG_FORMAT", format),
    ];
    let secrets = [
        secret_key,
        SESSION_TOKEN,
        NetworkServer::PASSWORD,
        WRONG_PASSWORD,
    ];
    let run = |code: i32, variables: &[(&str, &str)], arguments: &[&str]| {
        let run = cusip_with(&[&basics, variables].concat(), arguments);
        assert_eq!(run.code, code, "{run:?}");
        assert_no_secrets(&run, &secrets);
        // Commands that call AWS log at the trace level.
        if ["load", "files", "doctor"].contains(&arguments[0]) {
            let finest = ["\"level\":\"TRACE\"", " TRACE "][usize::from(format == "text")];
            assert!(run.stderr.contains(finest), "{run:?}");
        }
    };
    let source = bucket_options(server.endpoint());
    let load = [&["load"], &DAY[..], &source].concat();

    let user = NetworkServer::USER;
    let place = format!("127.0.0.1:{port}/{database}");
    let url = format!("postgresql://{user}:{}@{place}", NetworkServer::PASSWORD);
    run(0, &[], &["migrate", "--database-url", &url]);
    let by_secret = [
        ("CUSIP_DB_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.endpoint()),
    ];
    run(0, &by_secret, &load);
    let password = [("CUSIP_DB_PASSWORD", NetworkServer::PASSWORD)];
    let options = [
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "--dbname",
        &database,
        "--user",
        user,
    ];
    run(
        0,
        &password,
        &[&["jobs", "1", "--output", "json"], &options[..]].concat(),
    );
    let doctor = [&["doctor"], &DAY[..], &source].concat();
    run(0, &by_secret, &doctor);
    run(0, &password, &[&doctor[..], &options].concat());
    run(0, &[], &[&["files"], &DAY[..], &source].concat());

    let wrong = [("CUSIP_DB_PASSWORD", WRONG_PASSWORD)];
    run(5, &wrong, &[&load, &options[..]].concat());
    run(5, &wrong, &[&doctor, &options[..]].concat());
    let wrong_url = format!("postgresql://{user}:xyzzy%2Fplugh%20plover@{place}");
    run(
        5,
        &[],
        &[&load[..], &["--database-url", &wrong_url]].concat(),
    );
    for command in [&load, &doctor] {
        run(
            5,
            &[],
            &[&command[..], &["--auth", "iam"], &options].concat(),
        );
    }
    manager.put(
        ARN,
        &json!({"password": {"is": WRONG_PASSWORD}}).to_string(),
    );
    run(5, &by_secret, &load);
    run(5, &by_secret, &doctor);

    let faults = [
        Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied"),
        Fault::refusal("400 Bad Request", "ExpiredToken", "Expired."),
        Fault::Respond("200 OK", "", b"no XML".to_vec()),
    ];
    for fault in faults {
        let proxy = Proxy::start(&server, move |_| fault.clone());
        let load = [
            &["load"],
            &DAY[..],
            &bucket_options(proxy.endpoint()),
            &options,
        ]
        .concat();
        run(1, &password, &load);
        let sent = &proxy.requests()[0];
        assert_eq!(sent.header("x-amz-security-token"), Some(SESSION_TOKEN));
    }
}
