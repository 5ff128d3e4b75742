//! The commands in the documents.
//!
//! A block of commands is fenced as `sh`. The tests run all blocks of a document in one shell, with two
//! exceptions. A block marked like `sh not-run: AWS` is only parsed. A block marked `sh serves` starts a server, which
//! keeps running during the blocks after it.

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use cusip_pif::{Date, FileKind};
use cusip_test_support::api::{Server, TOKEN};
use cusip_test_support::bucket::{CREDENTIALS, put_day_of};
use cusip_test_support::{
    NetworkServer, S3Server, TestDatabase, master_rows, open_folder, write_synthetic_day,
};
use tokio::runtime::Runtime;

use crate::documents::{Block, blocks, documents, repository};

/// The API's addresses in the documents. The tests replace them, because they may be in use.
const API: [&str; 2] = ["localhost:8000", "127.0.0.1:8000"];

/// Runs a document's blocks one after another in one shell.
pub(crate) fn run<'a>(
    blocks: &[Block],
    folder: &Path,
    variables: impl IntoIterator<Item = (&'a str, String)>,
) {
    let api = free_address();
    let mut script = String::from("set -eu\n");
    for block in blocks.iter().filter(|block| block.not_run.is_none()) {
        script.push_str(&format!("echo '=== {}'\n", block.place));
        if block.serves {
            script.push_str(&serving(&block.commands, &api));
        } else {
            script.push_str(&block.commands);
        }
    }
    let script = (API.iter()).fold(script, |script, shown| script.replace(shown, &api));
    let program = Path::new(env!("CARGO_BIN_EXE_cusip"));
    let mut path = OsString::from(program.parent().expect("the program is in a folder"));
    path.push(":");
    path.push(std::env::var_os("PATH").expect("there is a path"));
    let mut shell = Command::new("sh");
    let ours = |name: &str| name.starts_with("CUSIP_") || name.starts_with("AWS_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        if name != "CUSIP_POSTGRES_BIN" {
            shell.env_remove(name);
        }
    }
    let output = (shell.arg("-c").arg(&script).current_dir(folder))
        .env("PATH", path)
        .env("CUSIP_API_BIND", api)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables)
        .output()
        .expect("there is a shell");
    assert!(
        output.status.success(),
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Returns the variables that connect our programs to a database.
pub(crate) fn connection(
    database: &TestDatabase,
) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let names = [
        "CUSIP_DB_HOST",
        "CUSIP_DB_PORT",
        "CUSIP_DB_NAME",
        "CUSIP_DB_USER",
    ];
    let values = database.arguments().into_iter().skip(1).step_by(2);
    names.into_iter().zip(values)
}

/// Turns commands into a background server that the shell stops at its end.
fn serving(commands: &str, api: &str) -> String {
    format!(
        "{} &\nserver=$! tries=0\ntrap 'kill $server; wait $server' EXIT\n\
         until curl --silent --fail --output /dev/null http://{api}/ready; do\n\
             kill -0 $server; tries=$((tries + 1)); [ $tries -lt 300 ]; sleep 0.2\ndone\n",
        commands.trim_end()
    )
}

/// Returns an unused address on this machine.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    address.to_string()
}

/// The environment names our own S3 server.
#[test]
fn commands_in_the_readme_work() {
    let bucket = S3Server::start();
    let uploaded = open_folder();
    let date = Date::new(2026, 11, 23).expect("a day of the calendar");
    put_day_of(&bucket, uploaded.path(), date, 30, 4);
    let database = TestDatabase::migrated();
    let source = [("CUSIP_S3_ENDPOINT", bucket.endpoint().to_owned())];
    let credentials = CREDENTIALS.map(|(name, value)| (name, value.to_owned()));

    let folder = open_folder();
    let blocks = blocks("README.md", None);
    let variables = connection(&database).chain(source).chain(credentials);
    run(&blocks, folder.path(), variables);
    assert!(folder.path().join("files/CED11-23E.PIP").exists());
    assert_eq!(master_rows(&database), [30, 120, 120]);
    let locations = "select location from load_file order by id";
    let expected = FileKind::ALL.map(|kind| {
        let letter = kind.letter();
        [format!(
            "s3://{}/pif/CED11-23{letter}.PIP",
            S3Server::BUCKET
        )]
    });
    assert_eq!(database.query(locations), expected);
}

#[test]
fn make_targets_in_the_readme_are_run_by_ci() {
    let gate = fs::read_to_string(repository().join(".ci/run")).expect("the gate is there");
    let scripts = (gate.split_whitespace())
        .filter(|word| word.starts_with("scripts/"))
        .map(|script| fs::read_to_string(repository().join(script)).expect("it is there"));
    let gate: String = [gate.clone()].into_iter().chain(scripts).collect();
    let blocks = blocks("README.md", None);
    let by_ci = (blocks.iter()).find(|block| block.not_run.as_deref() == Some(".ci/run does"));
    let commands = &by_ci.expect("the README has such a block").commands;
    assert!(!commands.is_empty());
    for line in commands.lines() {
        let command = line.split('#').next().unwrap_or_default().trim();
        let is_run = (gate.lines())
            .any(|line| !line.trim_start().starts_with('#') && line.contains(command));
        assert!(is_run && command.starts_with("make "), "{command:?}");
    }
    let others = blocks.iter().filter(|block| block.not_run.is_some());
    assert_eq!(others.count(), 1, "every other block of the README is run");
}

#[test]
fn commands_in_the_local_development_chapter_work() {
    let server = NetworkServer::plain();
    let runtime = Runtime::new().expect("a runtime can be made");
    let connect = |user: &'static str, database: &'static str| async move {
        let mut config = server.config_by("localhost", user);
        config.dbname(database);
        let connected = config.connect(tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("the server lets its user in");
        tokio::spawn(connection);
        client
    };
    // A server as its users have it, without anything of ours.
    runtime.block_on(async {
        let superuser = connect(NetworkServer::USER, "postgres").await;
        for statement in [
            "alter database cusip rename to before",
            "alter role cusip_app rename to before",
        ] {
            let done = superuser.batch_execute(statement).await;
            done.expect("a superuser may do this");
        }
    });
    let folder = open_folder();
    let blocks = blocks("docs/aws.md", Some("Local development"));
    let port = server.port().to_string();
    let variables = [
        ("CUSIP_DB_PORT", port.clone()),
        ("PGHOST", "localhost".to_owned()),
        ("PGPORT", port),
        ("PGUSER", NetworkServer::USER.to_owned()),
        ("PGPASSWORD", NetworkServer::PASSWORD.to_owned()),
    ];
    run(&blocks, folder.path(), variables);
    let loaded = runtime.block_on(async {
        let client = connect(NetworkServer::USER, "cusip").await;
        let count = client.query_one("select count(*) from v_security", &[]);
        count.await.expect("the schema is there").get::<_, i64>(0)
    });
    assert_eq!(loaded, 10_000);
}

/// The page loads today's files.
#[test]
fn commands_in_the_api_page_work() {
    let database = TestDatabase::migrated();
    let folder = open_folder();
    let today = Command::new("date").arg("+%Y-%m-%d").output();
    let today = today.expect("every system has this command").stdout;
    let today = String::from_utf8(today).expect("a date is in ASCII");
    let today = today
        .trim()
        .parse()
        .expect("this is the format of our dates");
    write_synthetic_day(folder.path(), today, 30, 4);
    let server = Server::start(&database, folder.path());
    let variables = [("API_URL", server.url("")), ("API_TOKEN", TOKEN.to_owned())];
    run(&blocks("docs/api.md", None), folder.path(), variables);
    assert_eq!(master_rows(&database), [30, 120, 120]);
}

#[test]
fn commands_in_the_export_page_work() {
    let database = TestDatabase::migrated();
    let folder = open_folder();
    let blocks = blocks("docs/export.md", None);
    run(&blocks, folder.path(), connection(&database));
    let rows = |name: &str| {
        let file = fs::read_to_string(folder.path().join(name));
        file.expect("it was exported").lines().count() - 1
    };
    assert_eq!(rows("portfolio.csv"), 5);
    let active = database
        .query("select count(*) from v_security where issue_status = 'A' and issuer_type = 'C'");
    assert_eq!(active, [[rows("corporate/securities.csv").to_string()]]);
    assert!(folder.path().join("extract/issuers.parquet").exists());
}

#[test]
fn commands_in_the_lake_page_work() {
    let database = TestDatabase::migrated();
    let folder = open_folder();
    let blocks = blocks("docs/lake.md", None);
    run(&blocks, folder.path(), connection(&database));
    let lake = folder.path().join("lake");
    for path in ["issue/day=2024-01-17/job-3.parquet", "job/job-3.parquet"] {
        assert!(lake.join(path).exists(), "{path}");
    }
}

/// The tests above run the blocks of these documents, or of one chapter.
const RUN: [(&str, Option<&str>); 6] = [
    ("README.md", None),
    ("docs/api.md", None),
    ("docs/export.md", None),
    ("docs/lake.md", None),
    ("docs/aws.md", Some("Local development")),
    ("docs/sql.md", Some("Try it")),
];

#[test]
fn every_command_block_is_run_or_says_why_not() {
    for document in documents() {
        let of_document = RUN.iter().find(|(run, _)| *run == document);
        let of_chapter = |place: &str, chapter: Option<&str>| {
            blocks(&document, chapter)
                .iter()
                .any(|block| block.place == place)
        };
        for block in blocks(&document, None) {
            let is_run = of_document.is_some_and(|(_, chapter)| of_chapter(&block.place, *chapter));
            assert!(is_run || block.not_run.is_some(), "{}", block.place);
        }
    }
}

#[test]
fn every_command_block_is_valid_shell() {
    for document in documents() {
        for block in blocks(&document, None) {
            let mut shell = Command::new("sh");
            let output = shell.args(["-n", "-c", &block.commands]).output();
            let output = output.expect("there is a shell");
            assert!(
                output.status.success() && !block.commands.trim().is_empty(),
                "{}: {}",
                block.place,
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
