//! Chromium, driven over the `WebDriver` protocol.
//!
//! The protocol is JSON over HTTP. A crate for it would bring fifteen others, and still leave out the
//! commands of Chromium that these tests need: color schemes, screens of phones, and the browser's log.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use cusip_test_support::eventually;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::axe;

/// The key under which `WebDriver` returns an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// What Chromium needs to run as root in a container, and to ask no one but the tested server for anything.
const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
];

/// Pictures of long pages are large.
const MAX_ANSWER: u64 = 64 << 20;

/// The width of a small phone.
pub(crate) const PHONE: u32 = 380;
const DESKTOP: u32 = 1_280;

/// A browser window with an empty profile. It is closed when the test ends.
pub(crate) struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser.
    pub(crate) fn open() -> Self {
        Self::open_with(&json!({}))
    }

    /// Opens a browser that runs no scripts of pages.
    pub(crate) fn open_without_scripts() -> Self {
        Self::open_with(&json!({"profile.managed_default_content_settings.javascript": 2}))
    }

    fn open_with(preferences: &Value) -> Self {
        let (driver, port) = (0..5)
            .find_map(|_| start_driver())
            .expect("chromedriver says on which port it listens");
        let profile = tempfile::tempdir().expect("a folder can be made");
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments: Vec<_> = ARGUMENTS.into_iter().chain([folder.as_str()]).collect();
        let agent: ureq::Agent = (ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build())
        .into();
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            agent,
            _profile: profile,
        };
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments, "prefs": preferences},
        }}});
        let session = browser.command("POST", "", &capabilities);
        let id = session["sessionId"].as_str().expect("a session has an ID");
        browser.session = format!("{}/{id}", browser.session);
        browser.screen(DESKTOP, "light");
        browser
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn go(&self, url: &str) {
        self.command("POST", "/url", &json!({"url": url}));
    }

    pub(crate) fn reload(&self) {
        self.command("POST", "/refresh", &json!({}));
    }

    /// Returns the path and the query of the page.
    pub(crate) fn path(&self) -> String {
        let url = self.command("GET", "/url", &Value::Null);
        let url = url.as_str().expect("a text");
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("/{path}")
    }

    /// Waits until the page with this path and query is open.
    #[track_caller]
    pub(crate) fn await_path(&self, path: &str) {
        let mut last = String::new();
        let started = std::time::Instant::now();
        while last != path {
            assert!(
                started.elapsed().as_secs() < 60,
                "{last} is open, not {path}"
            );
            last = self.path();
        }
    }

    /// Returns whether an element is on the page.
    pub(crate) fn has(&self, selector: &str) -> bool {
        !self.elements(selector).is_empty()
    }

    pub(crate) fn count(&self, selector: &str) -> usize {
        self.elements(selector).len()
    }

    /// Returns the visible text of the first such element.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        let text = self.command("GET", &format!("/element/{element}/text"), &Value::Null);
        text.as_str().expect("a text").to_owned()
    }

    /// Returns all that the page says.
    pub(crate) fn page(&self) -> String {
        let mut text = None;
        // While the browser goes to another page, the body can be gone before its text is read.
        eventually("the page has a text", || {
            let body = self.elements("body").into_iter().next();
            text = body.and_then(|body| {
                self.try_command("GET", &format!("/element/{body}/text"), &Value::Null)
                    .ok()
            });
            text.is_some()
        });
        text.and_then(|text| Some(text.as_str()?.to_owned()))
            .expect("a text")
    }

    #[track_caller]
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let element = self.element(selector);
        let value = self.command(
            "GET",
            &format!("/element/{element}/attribute/{name}"),
            &Value::Null,
        );
        value.as_str().map(str::to_owned)
    }

    #[track_caller]
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.command("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Replaces what a field contains.
    #[track_caller]
    pub(crate) fn enter(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.command("POST", &format!("/element/{element}/clear"), &json!({}));
        self.command(
            "POST",
            &format!("/element/{element}/value"),
            &json!({"text": text}),
        );
    }

    /// Presses keys, wherever the focus is.
    pub(crate) fn press(&self, keys: &str) {
        let actions: Vec<_> = (keys.chars())
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.command("POST", "/actions", &actions);
    }

    /// Waits until the page says this.
    #[track_caller]
    pub(crate) fn await_text(&self, text: &str) {
        eventually(&format!("the page says {text:?}"), || {
            self.page().contains(text)
        });
    }

    /// Runs a script in the page, as the developer tools do, and returns its result.
    pub(crate) fn run(&self, script: &str, arguments: Value) -> Value {
        self.command(
            "POST",
            "/execute/sync",
            &json!({"script": script, "args": arguments}),
        )
    }

    /// Returns the cookies of the page with their attributes.
    pub(crate) fn cookies(&self) -> Value {
        self.command("GET", "/cookie", &Value::Null)
    }

    /// Replaces the value of the session's cookie.
    pub(crate) fn set_session(&self, value: &str) {
        let cookie = json!({"cookie": {
            "name": "__Host-cusip-session", "value": value, "path": "/", "secure": true,
            "httpOnly": true, "sameSite": "Strict",
        }});
        self.command("DELETE", "/cookie", &Value::Null);
        self.command("POST", "/cookie", &cookie);
    }

    /// Saves downloads in a folder, which it returns.
    pub(crate) fn download_to_a_folder(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let behavior = json!({"behavior": "allow", "downloadPath": folder.path()});
        self.chromium("Browser.setDownloadBehavior", &behavior);
        folder
    }

    /// Emulates a screen of this width and with this color scheme.
    pub(crate) fn screen(&self, width: u32, scheme: &str) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.chromium("Emulation.setDeviceMetricsOverride", &metrics);
        // A page that scrolls smoothly moves while it is clicked.
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.chromium("Emulation.setEmulatedMedia", &media);
    }

    /// Checks the page in both color schemes and on a phone, and keeps a picture of each.
    #[track_caller]
    pub(crate) fn audit(&self, name: &str) {
        for (width, scheme) in [
            (DESKTOP, "light"),
            (DESKTOP, "dark"),
            (PHONE, "light"),
            (PHONE, "dark"),
        ] {
            self.screen(width, scheme);
            let size = if width == PHONE { "phone-" } else { "" };
            self.keep(&format!("{name}.{size}{scheme}"));
            axe::assert_accessible(self, &format!("{name}, {scheme}, {width} px"));
            let overflow = self.run(
                "return document.documentElement.scrollWidth - innerWidth",
                json!([]),
            );
            assert!(
                overflow.as_i64() <= Some(0),
                "{name} is {overflow} px wider than {width} px"
            );
        }
        self.screen(DESKTOP, "light");
        self.assert_no_complaints();
    }

    /// Asserts that the browser refused nothing, and that no script failed.
    #[track_caller]
    pub(crate) fn assert_no_complaints(&self) {
        let log = self.command("POST", "/se/log", &json!({"type": "browser"}));
        let entries = log.as_array().expect("a list");
        // Chromium logs every answer that is not a success, and what it recommends.
        let complaints: Vec<_> = (entries.iter())
            .filter(|entry| entry["source"] != "network" && entry["level"] != "DEBUG")
            .collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    /// Writes a picture of the whole page below the build folder.
    pub(crate) fn keep(&self, name: &str) {
        let metrics = self.chromium("Page.getLayoutMetrics", &json!({}));
        let height = metrics["cssContentSize"]["height"]
            .as_f64()
            .expect("a number");
        let width = metrics["cssLayoutViewport"]["clientWidth"].clone();
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let picture = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.chromium("Page.captureScreenshot", &picture);
        let picture = decode_base64(picture["data"].as_str().expect("a text"));
        let folder = pictures();
        fs::create_dir_all(&folder).expect("the build folder is ours");
        fs::write(folder.join(format!("{name}.png")), picture).expect("the build folder is ours");
    }

    /// Sends a command of Chromium's developer tools.
    fn chromium(&self, command: &str, parameters: &Value) -> Value {
        self.command(
            "POST",
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        )
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let found = self.elements(selector).into_iter().next();
        found.unwrap_or_else(|| panic!("{} has no {selector}:\n{}", self.path(), self.page()))
    }

    fn elements(&self, selector: &str) -> Vec<String> {
        let query = json!({"using": "css selector", "value": selector});
        let found = self.command("POST", "/elements", &query);
        let found = found.as_array().expect("a list").iter();
        found
            .map(|element| element[ELEMENT].as_str().expect("an ID").to_owned())
            .collect()
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.try_command(method, path, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends a command. Returns its result, or what the driver says is wrong.
    fn try_command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let url = format!("{}{path}", self.session);
        let request = ureq::http::Request::builder().method(method).uri(&url);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = request
            .header("content-type", "application/json")
            .body(body);
        let answer = self.agent.run(request.expect("it is a request"));
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER);
        let text = body.read_to_string().expect("the answer is text");
        let mut answer: Value = serde_json::from_str(&text).expect("the answer is JSON");
        let value = answer["value"].take();
        if status.is_success() {
            Ok(value)
        } else {
            Err(value["message"].clone())
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes the browser, which chromedriver would leave behind. A test that fails may have lost it.
        let request = ureq::http::Request::delete(&self.session).body(());
        let _ = self.agent.run(request.expect("it is a request"));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts a driver, and returns it with its port. It picks a free port of IPv4, and ends if something uses
/// the same one of IPv6.
fn start_driver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("chromedriver is missing; install Debian's chromium and chromium-driver");
    let output = BufReader::new(driver.stdout.take().expect("it is a pipe"));
    let mut lines = output.lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let port = line.split_once("successfully on port ")?.1;
        Some(port.trim_end_matches('.').to_owned())
    });
    match port {
        Some(port) => {
            thread::spawn(move || lines.for_each(drop));
            Some((driver, port))
        }
        None => {
            driver.wait().expect("a process that ended can be awaited");
            None
        }
    }
}

/// Returns the folder with the pictures, below the build folder.
fn pictures() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    let build = test.ancestors().nth(3).expect("tests are in `debug/deps`");
    build.join("console-screenshots")
}

fn decode_base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<_> = text
        .bytes()
        .filter(|byte| *byte != b'=')
        .map(value)
        .collect();
    let decoded = digits.chunks(4).flat_map(|chunk| {
        let bits = (0..4).fold(0_u32, |bits, place| {
            bits << 6 | u32::from(*chunk.get(place).unwrap_or(&0))
        });
        bits.to_be_bytes()[1..chunk.len()].to_vec()
    });
    decoded.collect()
}
