//! Database credentials from AWS: secrets in Secrets Manager, and RDS tokens.

use cusip_test_support::bucket::{CREDENTIALS, cusip_with};
use cusip_test_support::{NetworkServer, Run, SecretsManager};
use rstest::rstest;
use serde_json::json;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:cusip-AbCdEf";
const STATUS: [&str; 2] = ["migrate", "--status"];

/// Runs `cusip migrate --status` on a database whose credentials are in the secret.
fn status(manager: &SecretsManager, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let secret = [
        ("CUSIP_DB_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.endpoint()),
    ];
    let variables = [&CREDENTIALS[..], &secret, variables].concat();
    cusip_with(&variables, &[&STATUS, arguments].concat())
}

#[rstest]
#[case::number(json!(NetworkServer::plain().port()))]
#[case::text(json!(NetworkServer::plain().port().to_string()))]
fn secret_can_contain_all_connection_settings(#[case] port: serde_json::Value) {
    let manager = SecretsManager::start();
    let secret = json!({
        "engine": "postgres",
        "host": "127.0.0.1",
        "port": port,
        "dbname": "cusip",
        "username": NetworkServer::USER,
        "password": NetworkServer::PASSWORD,
    });
    manager.put(ARN, &secret.to_string());
    // The other settings are wrong, and do not matter.
    let settings = [
        ("CUSIP_DB_HOST", "nowhere.cusip.test"),
        ("CUSIP_DB_PORT", "1"),
        ("CUSIP_DB_NAME", "nothing"),
        ("CUSIP_DB_USER", "nobody"),
        ("CUSIP_DB_PASSWORD", "wrong"),
    ];
    status(&manager, &settings, &[]).assert_done();
    let asked = manager.requests();
    assert_eq!(asked.len(), 1);
    let signed = asked[0].header("authorization").unwrap();
    assert!(signed.contains("/eu-west-1/secretsmanager/"), "{signed}");
}

/// The secret as RDS writes it.
#[test]
fn secret_with_user_and_password_leaves_the_rest_to_the_settings() {
    let manager = SecretsManager::start();
    let secret = json!({"username": NetworkServer::USER, "password": NetworkServer::PASSWORD});
    manager.put(ARN, &secret.to_string());
    let port = NetworkServer::plain().port().to_string();
    let place = ["--host", "127.0.0.1", "--port", &port];
    status(&manager, &[], &place).assert_done();

    let regions = [("CUSIP_DB_SECRET_REGION", "us-west-2")];
    status(&manager, &regions, &place).assert_done();
    let signed = manager.requests()[1]
        .header("authorization")
        .unwrap()
        .to_owned();
    assert!(signed.contains("/us-west-2/secretsmanager/"), "{signed}");

    let no_server = ["--host", "127.0.0.1", "--port", "1"];
    let run = status(&manager, &[], &no_server);
    run.assert_fails(5, &["cusip on 127.0.0.1:1 as ada", "refused"]);
    assert!(!run.stderr.contains(NetworkServer::PASSWORD), "{run:?}");
}

#[rstest]
#[case::no_json("swordfish", "is not such a JSON object")]
#[case::no_object("[\"swordfish\"]", "is not such a JSON object")]
#[case::cut_off(
    "{\"username\": \"ada\", \"password\": \"swordfish",
    "is not such a JSON object"
)]
#[case::of_other_types(
    "{\"username\": \"ada\", \"password\": 6277101735386680}",
    "has a `password` that is not a string"
)]
#[case::no_password("{\"username\": \"swordfish\"}", "has no `password`")]
#[case::no_port(
    "{\"password\": \"swordfish\", \"port\": \"many\"}",
    "has an invalid `port`"
)]
fn invalid_secret_is_described_but_not_shown(#[case] text: &str, #[case] problem: &str) {
    let manager = SecretsManager::start();
    manager.put(ARN, text);
    let run = status(&manager, &[], &["--host", "127.0.0.1"]);
    let problem = format!("the secret {ARN:?} {problem}");
    run.assert_fails(
        5,
        &[&problem, "a JSON object with `username` and `password`"],
    );
    for secret in ["swordfish", "6277101735386680"] {
        assert!(!run.stderr.contains(secret), "{run:?}");
    }
}

#[test]
fn binary_secret_is_described_but_not_shown() {
    let manager = SecretsManager::start();
    manager.put_binary(ARN, "c3dvcmRmaXNo");
    let run = status(&manager, &[], &["--host", "127.0.0.1"]);
    run.assert_fails(5, &[&format!("the secret {ARN:?} is binary")]);
    for secret in ["swordfish", "c3dvcmRmaXNo"] {
        assert!(!run.stderr.contains(secret), "{run:?}");
    }
}

#[test]
fn missing_secret_says_what_to_check() {
    let run = status(&SecretsManager::start(), &[], &[]);
    let says = [
        &format!("cannot read the secret {ARN:?}"),
        "the server answered 400 ResourceNotFoundException: Secrets Manager can't find the \
         specified secret;",
        "check its name and region",
        "CUSIP_DB_SECRET_REGION",
    ];
    run.assert_fails(5, &says);
}

#[rstest]
#[case::denied(
    "AccessDeniedException",
    "is not authorized to perform: secretsmanager:GetSecretValue",
    "allow the task role or user secretsmanager:GetSecretValue on it, and kms:Decrypt on its key"
)]
#[case::expired(
    "ExpiredTokenException",
    "has expired",
    "log in again (`aws sso login`)"
)]
#[case::of_another_key(
    "DecryptionFailure",
    "can't decrypt",
    "allow the task role or user kms:Decrypt on its key"
)]
fn refusal_says_which_permission_is_missing(
    #[case] code: &'static str,
    #[case] message: &'static str,
    #[case] advice: &str,
) {
    let manager = SecretsManager::start();
    manager.refuse(code, message);
    let run = status(&manager, &[], &[]);
    run.assert_fails(
        5,
        &[&format!("cannot read the secret {ARN:?}"), message, advice],
    );
}

#[test]
fn unreadable_response_is_not_shown() {
    let manager = SecretsManager::start();
    manager.put_strangely(ARN, "swordfish");
    let run = status(&manager, &[("CUSIP_LOG", "trace")], &[]);
    run.assert_fails(5, &["the response (status 200) did not come from AWS"]);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn unreachable_secrets_manager_is_reported() {
    let variables = [
        ("CUSIP_DB_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1"),
    ];
    let run = cusip_with(&[&CREDENTIALS[..], &variables].concat(), &STATUS);
    run.assert_fails(
        5,
        &[
            &format!("cannot read the secret {ARN:?}"),
            "refused",
            "network",
        ],
    );
    assert!(!run.stderr.contains("DispatchFailure"), "{run:?}");
}

#[test]
fn missing_aws_credentials_say_where_to_get_them() {
    let manager = SecretsManager::start();
    let variables = [
        ("CUSIP_DB_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.endpoint()),
    ];
    let run = cusip_with(&variables, &STATUS);
    run.assert_fails(
        5,
        &[
            &format!("cannot read the secret {ARN:?}"),
            "there are no AWS credentials; log in (`aws sso login`)",
        ],
    );
}

#[test]
fn token_is_never_sent_unencrypted() {
    for mode in ["disable", "prefer"] {
        let iam = ["--auth", "iam", "--sslmode", mode];
        let run = cusip_with(&CREDENTIALS, &[&STATUS[..], &iam].concat());
        run.assert_fails(2, &[&format!("sslmode is {mode}"), "use require"]);
    }
}

#[test]
fn token_and_secret_together_are_refused() {
    let iam = ["--auth", "iam", "--secret-arn", ARN];
    let run = cusip_with(&CREDENTIALS, &[&STATUS[..], &iam].concat());
    run.assert_fails(2, &["connects with tokens, not with a secret"]);
}

#[test]
fn token_needs_a_region_and_aws_credentials() {
    let port = NetworkServer::encrypted().port().to_string();
    let iam = ["--auth", "iam", "--host", "127.0.0.1", "--port", &port];
    let arguments = [&STATUS[..], &iam].concat();
    let run = cusip_with(&CREDENTIALS, &arguments);
    run.assert_fails(2, &["the region is unknown; set AWS_REGION"]);
    let run = cusip_with(&[("AWS_REGION", "eu-west-1")], &arguments);
    run.assert_fails(
        5,
        &[
            "cannot sign a token for the database user \"cusip_app\" at 127.0.0.1",
            "task role",
        ],
    );
}

/// This server does not support tokens and treats one as a wrong password.
#[test]
fn refused_token_is_not_shown() {
    let port = NetworkServer::encrypted().port().to_string();
    let iam = ["--auth", "iam", "--host", "127.0.0.1", "--port", &port];
    let variables = [&CREDENTIALS[..], &[("AWS_REGION", "eu-west-1")]].concat();
    let run = cusip_with(&variables, &[&STATUS[..], &iam].concat());
    run.assert_fails(
        5,
        &["password authentication failed for user \"cusip_app\""],
    );
    assert!(!run.stderr.contains("X-Amz-"), "{run:?}");
}
