//! An API server that runs during a test, and requests to it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::{Run, Running, Signal, TestDatabase, eventually, program};

/// The token that requests carry unless a test says otherwise.
pub const TOKEN: &str = "correct-horse-battery-staple";
/// The request body that asks for the day of the tests.
pub const DAY: &str = r#"{"date": "2024-01-15"}"#;

/// Much longer than any response takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running server. It is killed when the test ends.
#[derive(Debug)]
pub struct Server {
    running: Running,
    address: String,
    _home: TempDir,
}

/// A response.
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, as it was sent.
    pub body: Vec<u8>,
}

/// A request that has not been sent yet.
#[must_use]
#[derive(Debug)]
pub struct Request {
    request: http::request::Builder,
    body: Vec<u8>,
    has_token: bool,
}

impl Server {
    /// Starts a server on this database that loads the files of this folder.
    pub fn start(database: &TestDatabase, folder: &Path) -> Self {
        Self::start_with(database, folder, &[])
    }

    /// Does the same with these environment variables.
    pub fn start_with(database: &TestDatabase, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut arguments = database.arguments();
        arguments.extend(["--file-dir".to_owned(), folder.display().to_string()]);
        Self::start_as(&arguments, variables)
    }

    /// Starts a server with these arguments and environment variables, and the tests' token.
    pub fn start_as(arguments: &[String], variables: &[(&str, &str)]) -> Self {
        let home = tempdir().expect("a folder can be made");
        let mut command = program("cusip-api");
        command
            .current_dir(home.path())
            .args(["--bind", "127.0.0.1:0"])
            .args(arguments)
            .env("CUSIP_API_TOKEN", TOKEN)
            .env("CUSIP_LOG_FORMAT", "json")
            .envs(variables.iter().copied());
        let mut running = Running::start_command(command);
        let mut address = None;
        eventually("the server listens", || {
            address = listening(&running.messages());
            address.is_some() || running.has_ended()
        });
        let Some(address) = address else {
            panic!("the server has ended: {}", running.messages());
        };
        Self {
            running,
            address,
            _home: home,
        }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the host and port that the server listens on.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends a GET request with the token.
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path).send()
    }

    /// Requests a load of the tests' day.
    pub fn load_all(&self) -> Response {
        self.request("POST", "/jobs/load-all").json(DAY).send()
    }

    /// Requests that load without waiting for it, and returns the job's number.
    #[track_caller]
    pub fn begin_load_all(&self) -> i64 {
        let request = self.request("POST", "/jobs/load-all").json(DAY);
        let answer = request.header("prefer", "respond-async").send();
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["job_id"].as_i64().expect("a number")
    }

    /// Prepares a request with the token.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request {
            request: http::Request::builder().method(method).uri(self.url(path)),
            body: Vec::new(),
            has_token: true,
        }
    }

    /// Returns what the server has logged so far.
    pub fn log(&self) -> String {
        self.running.messages()
    }

    /// Sends a signal to the server.
    pub fn signal(&self, which: Signal) {
        self.running.signal(which);
    }

    /// Waits until the server ends.
    pub fn end(self) -> Run {
        self.running.end()
    }

    /// Kills the server without warning.
    pub fn kill(self) {
        self.running.kill();
    }
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body.
    pub fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// Leaves out the token.
    pub fn without_token(mut self) -> Self {
        self.has_token = false;
        self
    }

    /// Sends the request and returns the response.
    pub fn send(self) -> Response {
        self.try_send().expect("the server answers")
    }

    /// Sends the request and returns the response, or the error if no response came.
    ///
    /// # Errors
    ///
    /// Returns an error if the server does not respond with HTTP.
    pub fn try_send(mut self) -> Result<Response, ureq::Error> {
        if self.has_token {
            self = self.header("authorization", &format!("Bearer {TOKEN}"));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let request = self.request.body(self.body).expect("it is a request");
        let mut response = agent.run(request)?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        };
        Ok(Response {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(header).collect(),
            body: response.body_mut().read_to_vec()?,
        })
    }
}

impl Response {
    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Asserts the status code, and returns the body as JSON.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Asserts that this is a complete problem document with this status and code, and returns it.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.assert_status(status);
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["type"], format!("/problems#{code}"), "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let id = self.header("x-request-id");
        assert_eq!(problem["request_id"].as_str(), id, "{self:?}");
        for name in ["title", "detail", "instance"] {
            let text = problem[name].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{name} of {self:?}");
        }
        problem
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status, headers, ..
        } = self;
        write!(formatter, "{status} {headers:?}\n{}", self.text())
    }
}

/// Returns the address that the server listens on, according to its log.
fn listening(log: &str) -> Option<String> {
    let lines = log.lines();
    let mut documents = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    documents.find_map(|line| {
        let fields = &line["fields"];
        let is_listening = fields["message"] == "listening";
        is_listening.then(|| fields["address"].as_str().expect("a text").to_owned())
    })
}
