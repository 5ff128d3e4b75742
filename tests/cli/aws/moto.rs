//! Runs against moto, an imitation of S3 and Secrets Manager by other authors.
//!
//! `scripts/moto.sh` starts moto and runs these tests, with its address in `MOTO_ENDPOINT`.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use chrono::{Datelike as _, Local};
use cusip_pif::Date;
use cusip_test_support::bucket::{CREDENTIALS, DAY, cusip_with};
use cusip_test_support::{
    NetworkServer, Run, TestDatabase, assert_consistent, content_digests, day, load_document,
    write_synthetic_day,
};
use serde_json::{Value, json};
use tempfile::tempdir;

/// A bucket in moto.
pub(crate) struct Moto {
    pub(crate) endpoint: String,
    bucket: &'static str,
}

impl Moto {
    pub(crate) fn with_bucket(bucket: &'static str) -> Self {
        let endpoint =
            env::var("MOTO_ENDPOINT").expect("the script that runs the test says where moto is");
        let moto = Self { endpoint, bucket };
        moto.ask("PUT", &format!("/{bucket}"), "", b"");
        moto
    }

    fn put(&self, key: &str, content: &[u8]) {
        self.ask("PUT", &format!("/{}/{key}", self.bucket), "", content);
    }

    /// Calls Secrets Manager. Moto picks the service by the signature, which it does not verify.
    fn ask_for_secret(&self, action: &str, document: &Value) -> Value {
        let headers = format!(
            "content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.{action}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=\
             AKIAIOSFODNN7EXAMPLE/20240115/us-east-1/secretsmanager/aws4_request\r\n"
        );
        let answer = self.ask("POST", "/", &headers, document.to_string().as_bytes());
        serde_json::from_str(&answer).expect("the answer is JSON")
    }

    /// Creates a secret, and returns its ARN.
    fn create_secret(&self, name: &str, text: &str) -> String {
        let secret = json!({"Name": name, "SecretString": text});
        let created = self.ask_for_secret("CreateSecret", &secret);
        created["ARN"]
            .as_str()
            .expect("it has a name in AWS")
            .to_owned()
    }

    /// Sends an unsigned request, which moto accepts.
    fn ask(&self, method: &str, target: &str, headers: &str, body: &[u8]) -> String {
        let host = self.endpoint.trim_start_matches("http://");
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\
             connection: close\r\n{headers}\r\n"
        );
        let mut stream = TcpStream::connect(host).expect("moto listens");
        let request = [head.as_bytes(), body].concat();
        stream.write_all(&request).expect("moto reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("moto answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("the head ends");
        body.to_owned()
    }

    fn load(&self, database: &TestDatabase, arguments: &[&str]) -> Run {
        let options = database.arguments();
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let load = ["load", "--output", "json", "--s3-bucket", self.bucket];
        let endpoint = ["--s3-endpoint", &self.endpoint];
        let arguments = [&load[..], &endpoint, &options, arguments].concat();
        cusip_with(&CREDENTIALS, &arguments)
    }
}

/// Returns a secret with everything that a program needs to connect to a database.
fn secret(database: &str, password: &str) -> String {
    let secret = json!({
        "username": NetworkServer::USER,
        "password": password,
        "host": "127.0.0.1",
        "port": NetworkServer::plain().port(),
        "dbname": database,
    });
    secret.to_string()
}

#[test]
#[ignore = "needs moto, see scripts/moto.sh"]
fn day_loads_and_is_recognized_the_second_time() {
    let moto = Moto::with_bucket("day");
    let versioning = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    moto.ask("PUT", "/day?versioning", "", versioning);
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 5_000, 5);
    for kind in ["R", "E", "A"] {
        let name = format!("CED01-15{kind}.PIP");
        let content = std::fs::read(folder.path().join(&name)).unwrap();
        moto.put(&format!("pif/{name}"), &content);
    }
    let (from_folder, from_moto) = (TestDatabase::migrated(), TestDatabase::migrated());
    let path = folder.path().to_str().unwrap();
    let (run, _) = load_document(&from_folder, DAY.into_iter().chain(["--file-dir", path]));
    run.assert_done();
    // The objects are new, so the age limit is off.
    let arguments = [&DAY[..], &["--max-age-days", "0"]].concat();
    moto.load(&from_moto, &arguments).assert_done();
    assert_eq!(content_digests(&from_moto), content_digests(&from_folder));
    assert_consistent(&from_moto);
    let content = "select kind, size, bytes_read, sha256 from load_file order by id";
    assert_eq!(from_moto.query(content), from_folder.query(content));
    let versions =
        "select count(e_tag), count(distinct version_id), count(last_modified) from load_file";
    assert_eq!(from_moto.query(versions), [["3", "3", "3"]]);

    let document = moto.load(&from_moto, &arguments).document();
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for file in results {
        assert_eq!(file["already_loaded_by"], 1, "{file}");
    }
}

#[test]
#[ignore = "needs moto, see scripts/moto.sh"]
fn missing_bucket_key_and_secret_are_reported() {
    let moto = Moto::with_bucket("crowded");
    moto.put("pif/CED01-14R.PIP", b"999999|0\n");
    let database = TestDatabase::migrated();
    let run = moto.load(&database, &DAY);
    run.assert_fails(
        4,
        &[
            "the files for 2024-01-15 are incomplete in s3://crowded/pif",
            "CED01-14R.PIP",
        ],
    );
    let run = moto.load(&database, &["--s3-key", "pif/CED01-15R.PIP"]);
    let says = [
        "object \"s3://crowded/pif/CED01-15R.PIP\" does not exist",
        "CED01-14R.PIP",
    ];
    run.assert_fails(4, &says);
    let elsewhere = Moto {
        bucket: "nowhere",
        ..moto
    };
    let run = elsewhere.load(&database, &DAY);
    run.assert_fails(4, &["bucket \"s3://nowhere\" does not exist"]);
}

#[test]
#[ignore = "needs moto, see scripts/moto.sh"]
fn secret_works_after_its_rotation() {
    let moto = Moto::with_bucket("beside-secrets");
    let arn = moto.create_secret("cusip/rotated", &secret("cusip", "of-last-month"));
    let arn = arn.as_str();
    let status = |arn: &str| {
        let secret = [
            ("CUSIP_DB_SECRET_ARN", arn),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &moto.endpoint),
        ];
        cusip_with(
            &[&CREDENTIALS[..], &secret].concat(),
            &["migrate", "--status"],
        )
    };
    status(arn).assert_fails(5, &["password authentication failed for user \"ada\""]);
    let text = secret("cusip", NetworkServer::PASSWORD);
    let rotated = json!({"SecretId": arn, "SecretString": text});
    moto.ask_for_secret("PutSecretValue", &rotated);
    status(arn).assert_done();
    let nowhere = arn.replace("cusip/", "pisuc/");
    let says = [
        &format!(
            "cannot read the secret {nowhere:?}: the server answered 404 ResourceNotFoundException"
        ),
        "check its name and region",
        "CUSIP_DB_SECRET_ARN",
    ];
    status(&nowhere).assert_fails(5, &says);
}

/// The setup of an ECS task: a bucket, a secret, and AWS credentials.
#[test]
#[ignore = "needs moto, see scripts/moto.sh"]
fn doctor_and_load_work_with_only_a_bucket_and_a_secret() {
    let moto = Moto::with_bucket("of-today");
    let today = Local::now().date_naive();
    let year = u16::try_from(today.year()).unwrap();
    let day = Date::new(year, today.month() as u8, today.day() as u8).unwrap();
    let date = day.to_string();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day, 20, 5);
    let put_all = || {
        for entry in folder.path().read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            moto.put(&format!("pif/{name}"), &std::fs::read(&path).unwrap());
        }
    };
    NetworkServer::plain().create_database("of_today");
    let text = secret("of_today", NetworkServer::PASSWORD);
    let arn = moto.create_secret("cusip/of-today", &text);
    let run = |command: &[&str]| {
        let variables = [
            ("AWS_ENDPOINT_URL", &*moto.endpoint),
            ("CUSIP_DB_SECRET_ARN", &arn),
            ("CUSIP_FILE_SOURCE", "s3"),
            ("CUSIP_S3_BUCKET", moto.bucket),
            ("CUSIP_S3_ENDPOINT", &moto.endpoint),
        ];
        cusip_with(&[&CREDENTIALS[..], &variables].concat(), command)
    };
    let doctor = ["doctor", "--output", "json", "--date", &date];
    run(&["migrate"]).assert_done();
    let early = run(&doctor);
    assert_eq!(early.code, 4, "{early:?}");
    put_all();
    let healthy = run(&doctor);
    healthy.assert_done();
    let document = healthy.document();
    let checks = document["checks"].as_array().unwrap();
    let whose = &checks.iter().find(|check| check["check"] == "AWS").unwrap()["detail"];
    let whose = whose.as_str().unwrap();
    assert!(
        whose.starts_with("account 123456789012 as arn:aws:"),
        "{whose}"
    );
    assert!(
        checks
            .iter()
            .all(|check| check["status"] == "ok" || check["section"] == "database"),
        "{checks:#?}"
    );
    run(&["load", "--date", &date]).assert_done();
    run(&["jobs", "1"]).assert_done();
}
