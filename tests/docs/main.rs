//! The commands that the documentation shows.
//!
//! A block of commands is fenced as `sh`. One that cannot be run here says so behind that, as
//! `sh not-run: AWS`, and is only held against the shell's grammar. One that serves until it is ended
//! says `sh serves`, and the blocks behind it are run while it does.

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use cusip_pif::{Date, FileKind};
use cusip_test_support::bucket::{CREDENTIALS, put_day_of};
use cusip_test_support::{NetworkServer, S3Server, TestDatabase, master_rows, open_folder};
use tokio::runtime::Runtime;

const NOT_RUN: &str = "not-run: ";
const SERVES: &str = "serves";
/// Where the documents have the API serve, which may be taken on this machine.
const API: &str = "localhost:8000";

/// A block of commands.
struct Block {
    commands: String,
    /// Why it is not run here.
    not_run: Option<String>,
    /// Whether it goes on until it is ended.
    serves: bool,
    /// The document and the block's first line.
    place: String,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the paths of all documents that are for users.
fn documents() -> Vec<String> {
    let mut documents = vec![
        "README.md".to_owned(),
        "docker/certificates/README.md".to_owned(),
    ];
    for entry in fs::read_dir(repository().join("docs")).expect("the folder is there") {
        let name = entry.expect("the folder can be read").file_name();
        let name = name.to_str().expect("a name of letters");
        documents.extend(name.ends_with(".md").then(|| format!("docs/{name}")));
    }
    documents
}

/// Returns the anchors of a document's headings, as GitHub makes them.
fn anchors(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// Returns the blocks of a document, or of its chapter under a heading of the second level.
fn blocks(document: &str, chapter: Option<&str>) -> Vec<Block> {
    let text = fs::read_to_string(repository().join(document)).expect("the document is there");
    let mut blocks: Vec<Block> = Vec::new();
    let mut fence = None;
    let mut heading = None;
    for (index, line) in text.lines().enumerate() {
        let place = format!("{document}:{}", index + 1);
        match (line.trim_start().strip_prefix("```"), fence) {
            (Some(""), Some(_)) => fence = None,
            (Some(kind), None) => {
                let (language, remark) = kind.split_once(' ').unwrap_or((kind, ""));
                assert!(
                    !["", "bash", "shell", "console"].contains(&language),
                    "{place}: commands are in blocks of sh, anything else has another name"
                );
                let is_wanted = chapter.is_none() || heading == chapter;
                let commands = language == "sh" && is_wanted;
                fence = Some(commands);
                if commands {
                    let not_run = remark.strip_prefix(NOT_RUN).map(str::to_owned);
                    let serves = remark == SERVES;
                    assert!(
                        remark.is_empty() || not_run.is_some() || serves,
                        "{place}: {remark:?}"
                    );
                    blocks.push(Block {
                        commands: String::new(),
                        not_run,
                        serves,
                        place,
                    });
                }
            }
            (_, Some(true)) => {
                let block = blocks.last_mut().expect("a block has begun");
                block.commands.push_str(line);
                block.commands.push('\n');
            }
            (_, Some(false)) => {}
            (_, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    heading = Some(title);
                }
            }
        }
    }
    assert_eq!(fence, None, "{document}: the last block has no end");
    blocks
}

/// Runs a document's blocks one after the other in one folder and one shell.
fn run<'a>(
    blocks: &[Block],
    folder: &Path,
    variables: impl IntoIterator<Item = (&'a str, String)>,
) {
    let mut script = String::from("set -eu\n");
    for block in blocks.iter().filter(|block| block.not_run.is_none()) {
        script.push_str(&format!("echo '=== {}'\n", block.place));
        if block.serves {
            script.push_str(&serving(&block.commands));
        } else {
            script.push_str(&block.commands);
        }
    }
    let api = free_address();
    let script = script.replace(API, &api);
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

/// Makes a server of commands, which the shell takes along when it ends.
fn serving(commands: &str) -> String {
    format!(
        "{} &\nserver=$! tries=0\ntrap 'kill $server; wait $server' EXIT\n\
         until curl --silent --fail --output /dev/null http://{API}/ready; do\n\
             kill -0 $server; tries=$((tries + 1)); [ $tries -lt 300 ]; sleep 0.2\ndone\n",
        commands.trim_end()
    )
}

/// Returns an address of this machine that nobody listens at.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    address.to_string()
}

/// The bucket is on a server of ours, which the environment names.
#[test]
fn commands_in_the_readme_work() {
    let bucket = S3Server::start();
    let uploaded = open_folder();
    let date = Date::new(2026, 11, 23).expect("a day of the calendar");
    put_day_of(&bucket, uploaded.path(), date, 30, 4);
    let database = TestDatabase::migrated();
    let (names, values) = (
        [
            "CUSIP_DB_HOST",
            "CUSIP_DB_PORT",
            "CUSIP_DB_NAME",
            "CUSIP_DB_USER",
        ],
        database.arguments(),
    );
    let connection = names.into_iter().zip(values.into_iter().skip(1).step_by(2));
    let source = [("CUSIP_S3_ENDPOINT", bucket.endpoint().to_owned())];
    let credentials = CREDENTIALS.map(|(name, value)| (name, value.to_owned()));

    let folder = open_folder();
    let blocks = blocks("README.md", None);
    let variables = connection.chain(source).chain(credentials);
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
    runtime.block_on(async {
        let superuser = server.superuser().await;
        for statement in [
            "alter role cusip_app password 'cusip_pass'",
            "create database local_development owner cusip_app",
        ] {
            let done = superuser.batch_execute(statement).await;
            done.expect("a superuser may do this");
        }
    });
    let folder = open_folder();
    let blocks = blocks("docs/aws.md", Some("Local development"));
    // The environment wins over the `.env` that the chapter writes.
    let variables = [
        ("CUSIP_DB_PORT", server.port().to_string()),
        ("CUSIP_DB_NAME", "local_development".to_owned()),
    ];
    run(&blocks, folder.path(), variables);
    let loaded = runtime.block_on(async {
        let mut config = server.config_by("localhost", NetworkServer::USER);
        config.dbname("local_development");
        let connected = config.connect(tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("the server lets its user in");
        tokio::spawn(connection);
        let count = client.query_one("select count(*) from v_security", &[]);
        count.await.expect("the schema is there").get::<_, i64>(0)
    });
    assert_eq!(loaded, 10_000);
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

#[test]
fn every_link_within_the_repository_resolves() {
    let mut links = 0;
    for document in documents() {
        let path = repository().join(&document);
        let text = fs::read_to_string(&path).expect("the document is there");
        for rest in text.split("](").skip(1) {
            let link = rest.split([')', ' ']).next().unwrap_or_default();
            if link.starts_with("http") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = path.parent().expect("a document is in a folder");
            let target = match file {
                "" => path.clone(),
                file => folder.join(file),
            };
            assert!(target.exists(), "{document}: {link}");
            assert!(
                anchor.is_empty() || anchors(&target).iter().any(|known| known == anchor),
                "{document}: {link} has no such heading"
            );
            links += 1;
        }
    }
    assert!(links > 0);
}
