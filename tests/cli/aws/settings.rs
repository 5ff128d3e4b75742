//! Invalid AWS settings: reported before any request, by name, without their values.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

use std::fs;
use std::path::PathBuf;

use cusip_test_support::bucket::{CREDENTIALS, DAY, cusip_with};
use cusip_test_support::{Run, S3Server, assert_no_secrets};
use rstest::rstest;
use tempfile::{TempDir, tempdir};

const SECRET: &str = "swordfish/Zq9+plover";

/// Makes a home folder with this AWS configuration.
fn home(config: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let home = tempdir().unwrap();
    let folder = home.path().join(".aws");
    fs::create_dir_all(folder.join("sso/cache")).unwrap();
    fs::write(folder.join("config"), config).unwrap();
    (home, folder)
}

fn files_in(home: &TempDir, variables: &[(&str, &str)]) -> Run {
    let basics = [
        ("HOME", home.path().to_str().unwrap()),
        ("AWS_REGION", "eu-west-1"),
        ("CUSIP_LOG", "trace"),
    ];
    let files = ["files", "--s3-bucket", S3Server::BUCKET];
    cusip_with(&[&basics, variables].concat(), &[&files[..], &DAY].concat())
}

#[test]
fn profile_file_that_is_not_utf_8_is_named_but_not_shown() {
    let content = [
        b"# M\xfcller\n[default]\naws_secret_access_key = ",
        SECRET.as_bytes(),
    ];
    let (home, folder) = home("");
    fs::write(folder.join("credentials"), content.concat()).unwrap();
    let run = files_in(&home, &[]);
    run.assert_fails(2, &[".aws/credentials", "it is not UTF-8; fix it"]);
    assert_no_secrets(&run, &[SECRET]);
}

#[test]
fn output_of_a_credential_process_is_not_shown() {
    let process =
        format!("credential_process = sh -c \"echo {SECRET} >&2; exit 3\" --key {SECRET}");
    let (home, _) = home(format!("[default]\n{process}\n"));
    let run = files_in(&home, &[]);
    run.assert_fails(1, &["exit status: 3", "run its credential_process by hand"]);
    assert_no_secrets(&run, &[SECRET]);
}

/// The request for the role's credentials carries the token in a header, even if it does not arrive.
#[test]
fn sso_token_is_not_logged() {
    let start = "https://cusip-tests.awsapps.com/start";
    let (home, folder) = home(format!(
        "[default]\nsso_start_url = {start}\nsso_region = eu-west-1\n\
         sso_account_id = 222222222222\nsso_role_name = DeveloperAccess\n"
    ));
    // The file's name is the SHA-1 of the start URL.
    let name = "1e49a24d2bc6a30562bbaaec42e3769663afd356.json";
    let token = serde_json::json!({
        "accessToken": SECRET,
        "expiresAt": "2999-01-01T00:00:00Z",
        "region": "eu-west-1",
        "startUrl": start,
    });
    fs::write(folder.join("sso/cache").join(name), token.to_string()).unwrap();
    let no_server = [("HTTPS_PROXY", "http://127.0.0.1:1")];
    let run = files_in(&home, &no_server);
    run.assert_fails(1, &["their provider cannot be reached", "sso_region"]);
    assert_no_secrets(&run, &[SECRET]);
}

#[rstest]
#[case::of_the_access_key("AWS_ACCESS_KEY_ID", "AKIA\r")]
#[case::of_the_session_token("AWS_SESSION_TOKEN", "swordfish\n")]
#[case::of_the_region("AWS_REGION", "eu-west-1\n")]
#[case::of_another("AWS_ENDPOINT_URL", "http://\u{7}")]
fn control_character_in_a_variable_is_refused_by_name(#[case] name: &str, #[case] value: &str) {
    let (home, _) = home("");
    let run = files_in(&home, &[&CREDENTIALS[..], &[(name, value)]].concat());
    run.assert_fails(2, &[name, "a control character"]);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn control_character_from_a_process_is_refused() {
    let (home, folder) = home("");
    let answer = r#"{"Version":1,"AccessKeyId":"AKIA\nX","SecretAccessKey":"swordfish"}"#;
    let file = folder.join("answer");
    fs::write(&file, answer).unwrap();
    let config = format!("[default]\ncredential_process = cat {}\n", file.display());
    fs::write(folder.join("config"), config).unwrap();
    let run = files_in(&home, &[]);
    run.assert_fails(1, &["the access key contains a control character"]);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn incomplete_key_names_the_missing_variable() {
    let (home, _) = home("");
    for (given, missing) in [(0, 1), (1, 0)] {
        let run = files_in(&home, &CREDENTIALS[given..=given]);
        let says = format!(
            "{} is set, but {} is not",
            CREDENTIALS[given].0, CREDENTIALS[missing].0
        );
        run.assert_fails(2, &[&says]);
    }
}

#[test]
fn missing_profile_is_reported_before_any_request() {
    let (home, folder) = home("[profile dev]\n[prod]\n");
    let profile = |name| files_in(&home, &[("AWS_PROFILE", name)]);
    profile("test").assert_fails(2, &["\"test\" does not exist", "there is dev"]);
    profile("prod").assert_fails(2, &["\"prod\" does not exist", "write [profile prod]"]);
    let nowhere = folder.join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    files_in(&home, &[("AWS_CONFIG_FILE", nowhere)]).assert_fails(
        2,
        &["AWS_CONFIG_FILE names the file", nowhere, "does not exist"],
    );
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", nowhere)];
    files_in(&home, &web).assert_fails(2, &["AWS_WEB_IDENTITY_TOKEN_FILE names the file", nowhere]);
    let run = files_in(&home, &[("AWS_REGION", "us east")]);
    run.assert_fails(2, &["AWS_REGION contains a blank"]);
}

#[test]
fn login_advice_names_the_profile_with_sso_behind_source_profile() {
    let (home, _) = home(
        "[sso-session firm]\nsso_start_url = https://cusip-tests.awsapps.com/start\n\
         sso_region = eu-west-1\n\
         [profile dev]\nsso_session = firm\nsso_account_id = 222222222222\n\
         sso_role_name = DeveloperAccess\n\
         [profile chained]\nrole_arn = arn:aws:iam::222222222222:role/cusip\n\
         source_profile = dev\nregion = eu-west-1\n",
    );
    let variables = [
        ("HOME", home.path().to_str().unwrap()),
        ("AWS_PROFILE", "chained"),
    ];
    let doctor = ["doctor", "--s3-bucket", S3Server::BUCKET, "--port", "1"];
    let run = cusip_with(&variables, &[&doctor[..], &DAY].concat());
    assert_eq!(run.code, 1, "{run:?}");
    let login = "`aws sso login --profile dev`";
    assert!(run.stdout.contains(login), "{run:?}");
    let files = ["files", "--s3-bucket", S3Server::BUCKET];
    let run = cusip_with(&variables, &[&files[..], &DAY].concat());
    run.assert_fails(1, &[login]);
    for database in [
        &[
            "--secret-arn",
            "arn:aws:secretsmanager:eu-west-1:1:secret:cusip",
        ][..],
        &["--auth", "iam", "--host", "db.eu-west-1.rds.amazonaws.com"],
    ] {
        let run = cusip_with(&variables, &[&["jobs"], database].concat());
        run.assert_fails(5, &[login]);
    }
}

/// Follows the profiles as the AWS SDK does.
#[test]
fn login_advice_names_the_end_of_the_chain_of_profiles() {
    let sso = "sso_session = firm\nsso_account_id = 222222222222\nsso_role_name = Developer\n";
    let role = "role_arn = arn:aws:iam::222222222222:role/cusip\nregion = eu-west-1\n";
    let (home, _) = home(format!(
        "[sso-session firm]\nsso_start_url = https://cusip-tests.awsapps.com/start\n\
         sso_region = eu-west-1\n\
         [default]\n{role}source_profile = dev\n\
         [profile dev]\n{sso}\
         [profile one]\n{role}source_profile = two\n\
         [profile two]\n{role}source_profile = dev\n\
         [profile both]\n{role}{sso}source_profile = dev\n\
         [profile itself]\n{role}{sso}source_profile = itself\n"
    ));
    let home = home.path().to_str().unwrap();
    let files = ["files", "--s3-bucket", S3Server::BUCKET];
    for (profile, expected) in [
        ("", "dev"),
        ("one", "dev"),
        ("both", "dev"),
        ("itself", "itself"),
        ("dev", "dev"),
    ] {
        let all = [
            ("HOME", home),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_PROFILE", profile),
        ];
        // Without the last one, the profile is the default one.
        let variables = if profile.is_empty() { &all[..2] } else { &all };
        let run = cusip_with(variables, &[&files[..], &DAY].concat());
        let login = format!("`aws sso login --profile {expected}`");
        run.assert_fails(1, &[&login]);
    }
}
