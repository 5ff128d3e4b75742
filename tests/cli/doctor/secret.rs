//! Database credentials from Secrets Manager.

use cusip_test_support::bucket::{CREDENTIALS, cusip_with};
use cusip_test_support::{NetworkServer, Run, S3Server, SecretsManager};
use serde_json::json;

use super::{assert_says, check, delivered, of_day};

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:cusip-AbCdEf";

/// Runs the doctor for a day in a folder and a database whose credentials are in the secret.
fn doctor(manager: &SecretsManager, credentials: &[(&str, &str)]) -> Run {
    let folder = delivered();
    // STS is on a server that does not support it.
    let other = S3Server::start();
    let secret = [
        ("CUSIP_DB_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.endpoint()),
        ("AWS_ENDPOINT_URL_STS", other.endpoint()),
    ];
    let port = NetworkServer::plain().port().to_string();
    let options = of_day(folder.path(), &["--host", "127.0.0.1", "--port", &port]);
    let doctor = ["doctor", "--output", "json"];
    cusip_with(
        &[credentials, &secret].concat(),
        &[&doctor[..], &options].concat(),
    )
}

#[test]
fn valid_secret_is_read_and_not_shown() {
    let manager = SecretsManager::start();
    let secret = json!({"username": NetworkServer::USER, "password": NetworkServer::PASSWORD});
    manager.put(ARN, &secret.to_string());
    let run = doctor(&manager, &CREDENTIALS);
    let says = ["the secret", ARN, "was read and has a password"];
    assert_says(&run, ("secret", "read"), "ok", &says);
    assert_says(&run, ("database", "connect"), "ok", &[]);
    assert!(!run.stdout.contains(NetworkServer::PASSWORD), "{run:?}");
}

#[test]
fn outdated_secret_is_distinguished_from_an_unreadable_one() {
    let manager = SecretsManager::start();
    let secret = json!({"username": NetworkServer::USER, "password": "swordfish"});
    manager.put(ARN, &secret.to_string());
    let run = doctor(&manager, &CREDENTIALS);
    assert_eq!(run.code, 5, "{run:?}");
    assert_says(&run, ("secret", "read"), "ok", &[]);
    let says = ["password authentication failed"];
    assert_says(&run, ("database", "connect"), "failed", &says);
    assert!(!run.stdout.contains("swordfish"), "{run:?}");
}

#[test]
fn refused_secret_says_which_permission_is_missing() {
    let manager = SecretsManager::start();
    let message = "is not authorized to perform: secretsmanager:GetSecretValue";
    manager.refuse("AccessDeniedException", message);
    let run = doctor(&manager, &CREDENTIALS);
    assert_eq!(run.code, 5, "{run:?}");
    let says = [
        message,
        "allow the task role or user secretsmanager:GetSecretValue",
    ];
    assert_says(&run, ("secret", "read"), "failed", &says);
    assert_says(&run, ("database", "connect"), "skipped", &[]);
    assert_says(&run, ("files", "issuer"), "ok", &[]);
}

#[test]
fn invalid_secret_is_described_but_not_shown() {
    let manager = SecretsManager::start();
    manager.put(ARN, "swordfish");
    let run = doctor(&manager, &CREDENTIALS);
    assert_eq!(run.code, 5, "{run:?}");
    let says = ["is not such a JSON object", "`username` and `password`"];
    assert_says(&run, ("secret", "read"), "failed", &says);
    assert!(!run.stdout.contains("swordfish"), "{run:?}");
}

#[test]
fn secret_is_not_requested_without_aws_credentials() {
    let manager = SecretsManager::start();
    let run = doctor(&manager, &[]);
    assert_eq!(run.code, 5, "{run:?}");
    assert_says(&run, ("credentials", "AWS"), "failed", &["aws sso login"]);
    let says = ["no AWS credentials"];
    assert_says(&run, ("secret", "read"), "skipped", &says);
    assert_eq!(check(&run, "database", "connect")["status"], "skipped");
    assert_eq!(manager.requests().len(), 0);
}
