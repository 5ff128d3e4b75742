//! A server with its database, days to load into it, and an API in front of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cusip_test_support::api::{Response, Server};
use cusip_test_support::{
    Run, Running, TestDatabase, TestServer, cusip, eventually, open_folder, set_last_modified,
};
use fastrand::Rng;
use serde_json::Value;
use tempfile::TempDir;

use crate::disk::Disk;
use crate::told::Told;

const FIRST_DAY: &str = "2024-01-02";
const MOST_ISSUERS: u32 = 400;
const MOST_ISSUES_PER_ISSUER: u32 = 4;
const MOST_DAYS: u32 = 6;
const MOST_CHANGED_PER_MILLE: u32 = 300;

/// Little, so that a few servers fit on the disk.
const SETTINGS: [(&str, &str); 2] = [("max_wal_size", "64MB"), ("min_wal_size", "32MB")];

/// How much of the time that a load takes may pass before a fault: some come too late.
const LATEST_MOMENT: f64 = 1.5;

/// A load that has begun.
pub(crate) enum Load {
    Command(Running),
    Request(JoinHandle<Option<Response>>),
}

impl Load {
    /// Waits for the end of the load.
    #[track_caller]
    pub(crate) fn end(self) -> Told {
        match self {
            Self::Command(running) => Told::by_exit(&running.end()),
            Self::Request(request) => {
                Told::by_response(request.join().expect("it returns errors").as_ref())
            }
        }
    }
}

#[derive(Debug)]
struct SyntheticDay {
    date: String,
    files: Vec<PathBuf>,
    records: [u64; 3],
}

/// A server with its database, days to load into it, and an API in front of it.
pub(crate) struct World {
    server: Option<TestServer>,
    /// The folder of the server. A failover changes it.
    folder: PathBuf,
    api: Option<Server>,
    files: TempDir,
    days: Vec<SyntheticDay>,
    today: usize,
    /// How long a load takes.
    usual: Duration,
    seed: u64,
    // Dropped last.
    pub(crate) disk: Disk,
}

impl World {
    pub(crate) fn new(seed: u64, rng: &mut Rng) -> Self {
        let files = open_folder();
        let issuers = rng.u32(1..=MOST_ISSUERS).to_string();
        let issues = rng.u32(1..=MOST_ISSUES_PER_ISSUER).to_string();
        let days = rng.u32(2..=MOST_DAYS).to_string();
        let changed = rng.u32(0..=MOST_CHANGED_PER_MILLE).to_string();
        let synth = cusip([
            "synth",
            text(files.path()),
            "--date",
            FIRST_DAY,
            "--days",
            &days,
            "--issuers",
            &issuers,
            "--issues-per-issuer",
            &issues,
            "--changed-per-mille",
            &changed,
            "--seed",
            &seed.to_string(),
            "--output",
            "json",
        ]);
        let written = synth.assert_done().document();
        let written = written["days"].as_array().expect("there are days").iter();
        let disk = Disk::new();
        let folder = disk.path().join("server-0");
        let server = TestServer::start_with(&folder, &SETTINGS);
        drop(server.database());
        let mut world = Self {
            server: None,
            folder,
            api: None,
            files,
            days: written.map(SyntheticDay::of_document).collect(),
            today: 0,
            usual: Duration::from_millis(500),
            seed,
            disk,
        };
        world.take_server(server);
        world.start_api();
        world
    }

    /// Returns a line about the days.
    pub(crate) fn description(&self) -> String {
        let records: u64 = self.days[0].records.iter().sum();
        format!("{} days, the first with {records} records", self.days.len())
    }

    pub(crate) fn days(&self) -> usize {
        self.days.len()
    }

    /// Makes a day the one to load.
    pub(crate) fn turn_to(&mut self, day: usize) {
        self.today = day;
    }

    pub(crate) fn database(&self) -> TestDatabase {
        self.server().existing_database()
    }

    pub(crate) fn server(&self) -> &TestServer {
        self.server.as_ref().expect("only faults take it")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn api(&self) -> &Server {
        self.api.as_ref().expect("only faults take it")
    }

    /// Returns the number of records in each of the day's files.
    pub(crate) fn records(&self) -> [u64; 3] {
        self.days[self.today].records
    }

    /// Returns the day's files.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.days[self.today].files
    }

    /// Returns the size of the day's files in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let size = |path: &PathBuf| fs::metadata(path).expect("it was written").len();
        self.files().iter().map(size).sum()
    }

    /// Returns a moment at which a load is probably still running.
    pub(crate) fn moment(&self, rng: &mut Rng) -> Duration {
        self.usual.mul_f64(rng.f64() * LATEST_MOMENT)
    }

    pub(crate) fn date(&self) -> &str {
        &self.days[self.today].date
    }

    /// Returns the arguments of a load of the day, without those of the database.
    pub(crate) fn load(&self) -> [String; 5] {
        self.load_of(self.today)
    }

    /// Returns those of a load of the day before, if there is one.
    pub(crate) fn load_of_day_before(&self) -> Option<[String; 5]> {
        Some(self.load_of(self.today.checked_sub(1)?))
    }

    fn load_of(&self, day: usize) -> [String; 5] {
        let files = text(self.files.path());
        ["load", "--date", &self.days[day].date, "--file-dir", files].map(str::to_owned)
    }

    /// Returns the options that lead to whichever server is the current one.
    pub(crate) fn options(&self) -> Vec<String> {
        let mut options = self.database().arguments();
        options[1] = text(&self.address()).to_owned();
        options
    }

    /// Runs `cusip` on the database.
    pub(crate) fn cusip<S: Into<String>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        cusip(arguments.into_iter().map(Into::into).chain(self.options()))
    }

    /// Starts `cusip load` for the day.
    pub(crate) fn start_command(&self) -> Running {
        Running::start(self.load().into_iter().chain(self.options()))
    }

    /// Requests a load of the day.
    pub(crate) fn start_request(&self) -> Load {
        let date = self.date();
        let request = self.api().request("POST", "/jobs/load-all");
        let request = request.json(&format!("{{\"date\": \"{date}\"}}"));
        Load::Request(thread::spawn(|| request.try_send().ok()))
    }

    /// Starts a load of the day, by the command or by a request.
    pub(crate) fn start_load(&self, rng: &mut Rng) -> Load {
        if rng.bool() {
            Load::Command(self.start_command())
        } else {
            self.start_request()
        }
    }

    /// Loads the day without a fault.
    pub(crate) fn load_in_peace(&self) -> Told {
        let run = self.cusip(self.load());
        run.assert_done();
        Told::Loaded
    }

    /// Loads the day although it is loaded, and returns the document.
    pub(crate) fn load_again(&self) -> Value {
        let again = ["--force", "--output", "json"].map(str::to_owned);
        let run = self.cusip(self.load().into_iter().chain(again));
        run.assert_done().document()
    }

    /// Measures how long a load takes, from a load that had every record to read.
    pub(crate) fn measure(&mut self) {
        let started = Instant::now();
        self.load_again();
        self.usual = started.elapsed();
    }

    /// Returns the server for a fault that stops or replaces it.
    pub(crate) fn give_server(&mut self) -> TestServer {
        self.server.take().expect("only one fault at a time")
    }

    /// Makes this server the current one.
    pub(crate) fn take_server(&mut self, server: TestServer) {
        let address = self.address();
        let _ = fs::remove_file(&address);
        let sockets = &server.existing_database().arguments()[1];
        symlink(sockets, &address).expect("the folder is ours");
        self.server = Some(server);
    }

    /// Continues with a server in another folder.
    pub(crate) fn move_to(&mut self, folder: PathBuf, server: TestServer) {
        self.take_server(server);
        let _ = fs::remove_dir_all(&self.folder);
        self.folder = folder;
    }

    /// Returns the API for a fault that ends it.
    pub(crate) fn give_api(&mut self) -> Server {
        self.api.take().expect("only one fault at a time")
    }

    /// Waits until programs and server are back, after a restart if necessary, and nothing is running.
    pub(crate) fn recover(&mut self) {
        eventually("the database is back", || {
            if !self.server.as_ref().is_some_and(TestServer::is_running) {
                self.start_server();
            }
            self.cusip(["jobs"]).code == 0
        });
        let database = self.database();
        eventually("no load is running", || {
            self.cusip(["jobs"]).assert_done();
            let running = "select count(*) from load_job where status = 'running'";
            let locks = "select count(*) from pg_locks where locktype = 'advisory'";
            [running, locks]
                .iter()
                .all(|query| database.query(query) == [["0"]])
        });
        if self.api.is_none() {
            self.start_api();
        }
        eventually("the API is ready", || {
            self.api().get("/ready").status == 200
        });
    }

    /// Starts the server on its data.
    pub(crate) fn start_server(&mut self) {
        // Its end releases the folder.
        drop(self.server.take());
        let server = TestServer::start_with(&self.folder, &SETTINGS);
        self.take_server(server);
    }

    /// Ends the world, after a look into the log of the API.
    pub(crate) fn end(self) {
        let log = self.api().log();
        assert!(!log.contains("panicked"), "{log}");
    }

    fn start_api(&mut self) {
        let mut arguments = self.options();
        arguments.extend(["--file-dir".to_owned(), text(self.files.path()).to_owned()]);
        self.api = Some(Server::start_as(&arguments, &[]));
    }

    fn address(&self) -> PathBuf {
        self.disk.path().join("address")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if thread::panicking() {
            // To look into.
            let aside = std::env::temp_dir().join(format!("soak-{}", self.seed));
            let mut copy = std::process::Command::new("cp");
            let _ = copy.arg("-a").arg(self.disk.path()).arg(aside).status();
        }
    }
}

impl SyntheticDay {
    fn of_document(document: &Value) -> Self {
        let date = document["date"].as_str().expect("a day");
        let results = document["results"].as_array().expect("there are results");
        let file = |result: &Value| PathBuf::from(result["file"].as_str().expect("a path"));
        let files: Vec<_> = results.iter().map(file).collect();
        for file in &files {
            set_last_modified(file, date.parse().expect("a day"));
        }
        let records: Vec<_> = results
            .iter()
            .filter_map(|result| result["rows"].as_u64())
            .collect();
        Self {
            date: date.to_owned(),
            files,
            records: records.try_into().expect("there are three files"),
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
