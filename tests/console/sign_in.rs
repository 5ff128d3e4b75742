//! Signing in and out, and what happens without a session.

use std::path::Path;

use cusip_test_support::api::{Request, Server, TOKEN};
use cusip_test_support::{DayFolder, TestDatabase};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::browser::Browser;
use crate::signed_in::{SignedIn, sign_in};

const NOWHERE: &str = "/nowhere";

/// Sends a form as a browser does, but for the cookie.
fn form(server: &Server, path: &str) -> Request {
    let request = server.request("POST", path).without_token();
    request.header("content-type", "application/x-www-form-urlencoded")
}

#[test]
fn signing_in_leads_to_the_page_that_was_asked_for() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new(NOWHERE));
    let browser = Browser::open();
    browser.go(&server.url("/console/jobs?status=failed"));
    assert!(
        browser.path().starts_with("/console/sign-in"),
        "{}",
        browser.path()
    );
    browser.audit("sign-in");
    sign_in(&browser, TOKEN);
    browser.await_path("/console/jobs?status=failed");
    let cookies = browser.cookies();
    let cookie = &cookies[0];
    assert_eq!(cookie["name"], "__Host-cusip-session");
    for (attribute, value) in [
        ("secure", json!(true)),
        ("httpOnly", json!(true)),
        ("sameSite", json!("Strict")),
        ("path", json!("/")),
    ] {
        assert_eq!(cookie[attribute], value, "{attribute} of {cookie}");
    }
    assert!(!cookie["value"].as_str().unwrap().contains(TOKEN));
    browser.assert_no_complaints();
}

#[test]
fn wrong_token_is_refused_and_guesses_are_limited() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new(NOWHERE));
    let browser = Browser::open();
    browser.go(&server.url("/console"));
    sign_in(&browser, "swordfish");
    browser.await_text("This token is wrong");
    browser.audit("wrong-token");
    assert_eq!(browser.cookies(), json!([]));
    let guess = |token: &str| {
        let request = form(&server, "/console/sign-in");
        request.body(format!("token={token}")).send()
    };
    let mut guesses = 0;
    while guess("swordfish").status == 401 {
        guesses += 1;
        assert!(guesses < 1_000, "guesses are not limited");
    }
    let refused = guess(TOKEN);
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("set-cookie"), None);
    assert!(!server.log().contains("swordfish"));
}

#[test]
fn session_that_has_ended_leads_to_the_page_to_sign_in_and_back() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let browser = &console.browser;
    // A session that was made up has no valid seal.
    browser.set_session("9999999999.0123456789abcdef.0123456789abcdef");
    console.go("/console/jobs?kind=load-issue");
    assert!(
        browser.path().starts_with("/console/sign-in?to="),
        "{}",
        browser.path()
    );
    sign_in(browser, TOKEN);
    browser.await_path("/console/jobs?kind=load-issue");
    browser.click(".signed-in button");
    browser.await_path("/console/sign-in");
    assert_eq!(browser.cookies(), json!([]));
    console.go("/console");
    assert!(
        browser.path().starts_with("/console/sign-in"),
        "{}",
        browser.path()
    );
}

#[test]
fn read_token_sees_everything_and_has_no_buttons() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(2, 1);
    let token = "look-but-do-not-touch";
    let variables = [("CUSIP_API_READ_TOKEN", token)];
    let console = SignedIn::start_with(&database, folder.folder(), &variables, token);
    let browser = &console.browser;
    browser.await_text("Read only");
    console.server.load_all().assert_status(200);
    for path in ["/console", "/console/jobs", "/console/jobs/1"] {
        console.go(path);
        let page = browser.page();
        assert!(page.contains("Read only"), "{path}: {page}");
        for button in ["Load a day", "Load again", "Cancel this job"] {
            assert!(!page.contains(button), "{button} on {path}: {page}");
        }
    }
    browser.audit("read-only");
    // A form that the page does not have is refused, even with the session's secret.
    let csrf = browser.attribute("input[name=csrf]", "value").unwrap();
    let cookies = browser.cookies();
    let cookie = format!(
        "__Host-cusip-session={}",
        cookies[0]["value"].as_str().unwrap()
    );
    for (path, field) in [
        ("/console/jobs", "date=2024-01-15&"),
        ("/console/jobs/1/cancel", ""),
    ] {
        let request = form(&console.server, path);
        let body = format!("{field}csrf={csrf}");
        let answer = request.header("cookie", &cookie).body(body).send();
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
    }
    assert_eq!(database.query("select count(*) from load_job"), [["1"]]);
}

#[test]
fn expired_session_says_so_and_leads_back() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let browser = &console.browser;
    for (expires, path) in [
        (4_000_000_000_u64, "/console/jobs"),
        (1_700_000_000, "/console/sign-in"),
    ] {
        browser.set_session(&session(expires));
        console.go("/console/jobs");
        assert_eq!(browser.path().split('?').next(), Some(path));
    }
    assert!(
        browser
            .text("[role=alert]")
            .contains("Your session has ended"),
        "{}",
        browser.page()
    );
    browser.audit("session-ended");
    sign_in(browser, TOKEN);
    browser.await_path("/console/jobs");
}

/// Makes a session that ends at this time, as a server with the tests' token does.
fn session(expires: u64) -> String {
    let claims = format!("{expires}.0123456789abcdef0123456789abcdef");
    let key = Sha256::digest(TOKEN.as_bytes());
    let mut seal = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    seal.update(format!("cusip console session\n{claims}").as_bytes());
    let seal: String = seal
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{claims}.{seal}")
}

#[test]
fn session_works_on_every_replica_and_after_a_restart() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let cookies = console.browser.cookies();
    let cookie = cookies[0]["value"].as_str().unwrap();
    let cookie = format!("__Host-cusip-session={cookie}");
    let status = |server: &Server| {
        let request = server.request("GET", "/console").without_token();
        request.header("cookie", &cookie).send().status
    };
    let replica = Server::start(&database, Path::new(NOWHERE));
    assert_eq!(status(&replica), 200);
    let previous = [
        ("CUSIP_API_TOKEN", "another-token"),
        ("CUSIP_API_TOKEN_PREVIOUS", TOKEN),
    ];
    let rotated = Server::start_with(&database, Path::new(NOWHERE), &previous);
    assert_eq!(status(&rotated), 200);
    let revoked = Server::start_with(
        &database,
        Path::new(NOWHERE),
        &[("CUSIP_API_TOKEN", "another-token")],
    );
    assert_eq!(status(&revoked), 303);
}

#[test]
fn link_from_another_site_works_although_the_cookie_is_strict() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let browser = &console.browser;
    // To the browser, the address of the machine and its name are different sites.
    let elsewhere = console
        .server
        .url("/problems")
        .replace("127.0.0.1", "localhost");
    browser.go(&elsewhere);
    let link =
        "const link = document.createElement('a'); link.href = arguments[0]; link.id = 'link';
        link.textContent = 'link'; document.body.append(link)";
    browser.run(link, json!([console.server.url("/console/jobs")]));
    browser.click("#link");
    browser.await_text("No job matches");
    browser.await_path("/console/jobs");
}

#[test]
fn destinations_outside_of_the_console_are_replaced() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new(NOWHERE));
    let browser = Browser::open();
    browser.go(&server.url("/console/sign-in?to=https%3A%2F%2Fevil.example%2F"));
    sign_in(&browser, TOKEN);
    browser.await_path("/console");
}

#[test]
fn form_that_was_sent_from_elsewhere_is_refused() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let cookies = console.browser.cookies();
    let cookie = format!(
        "__Host-cusip-session={}",
        cookies[0]["value"].as_str().unwrap()
    );
    for (path, body) in [
        ("/console/jobs", "date=2024-01-15"),
        ("/console/jobs", "date=2024-01-15&csrf=0123"),
        ("/console/jobs/1/cancel", ""),
        ("/console/sign-out", "csrf="),
    ] {
        let request = form(&console.server, path);
        let answer = request.header("cookie", &cookie).body(body).send();
        assert_eq!(answer.status, 403, "{path} {body}: {answer:?}");
        assert!(
            answer.text().contains("does not belong to your session"),
            "{answer:?}"
        );
    }
    assert_eq!(database.query("select count(*) from load_job"), [["0"]]);
}

#[test]
fn what_a_page_or_a_form_cannot_use_is_refused() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let cookies = console.browser.cookies();
    let value = cookies[0]["value"].as_str().unwrap();
    let cookie = format!("__Host-cusip-session={value}");
    let send = |method, path: &str, body: &str, headers: &[(&str, &str)]| {
        let mut request = console.server.request(method, path).without_token();
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.header("cookie", &cookie).body(body).send()
    };
    for path in [
        "/console?x=1",
        "/console/jobs?status=zzz",
        "/console/jobs?date=zzz",
        "/console/jobs/1?x=1",
        "/console/jobs/1/rejects?file=zzz",
        "/console/changes?date=zzz",
        "/console/search?q=a&x=1",
        "/console/securities/037833100?as_of=zzz",
        "/console/sign-in?x=1",
    ] {
        let answer = send("GET", path, "", &[]);
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
    }
    let page = send("GET", "/console/jobs?status=&kind=&date=", "", &[]).text();
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = rest.split('"').next().unwrap();
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (fields, headers, status) in [
        ("kind=load-x", &[form][..], 400),
        ("kind=load-all&x=1", &[form], 400),
        ("kind=load-all&force=zzz", &[form], 400),
        ("date=2024-01-15", &[form], 400),
        (
            "kind=load-all",
            &[("content-type", "application/json")],
            415,
        ),
        (
            "kind=load-all",
            &[form, ("sec-fetch-site", "cross-site")],
            403,
        ),
    ] {
        let body = format!("{fields}&csrf={csrf}");
        let answer = send("POST", "/console/jobs", &body, headers);
        assert_eq!(answer.status, status, "{fields}: {answer:?}");
    }
    assert_eq!(database.query("select count(*) from load_job"), [["0"]]);
}

#[test]
fn browsers_that_open_the_root_get_to_the_console_and_programs_a_problem() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new(NOWHERE));
    let browser = Browser::open();
    browser.go(&server.url("/"));
    assert!(
        browser.path().starts_with("/console/sign-in"),
        "{}",
        browser.path()
    );
    let problem = server.get("/").assert_problem(404, "path_not_found");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("/docs") && detail.contains("/console"),
        "{detail}"
    );
}

#[test]
fn pages_have_a_strict_policy_and_only_versioned_files_are_cached() {
    let database = TestDatabase::migrated();
    let console = SignedIn::start(&database, Path::new(NOWHERE));
    let style = console
        .browser
        .attribute("link[rel=stylesheet]", "href")
        .unwrap();
    let script = console.browser.attribute("script", "src").unwrap();
    for (path, caching) in [
        ("/console/sign-in", "no-store"),
        ("/console/nowhere", "no-store"),
        (&style, "public, max-age=31536000, immutable"),
        (&script, "public, max-age=31536000, immutable"),
        ("/console/assets/nowhere.css", "no-store"),
    ] {
        let answer = console.server.request("GET", path).without_token().send();
        assert_eq!(
            answer.header("cache-control"),
            Some(caching),
            "{path}: {answer:?}"
        );
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'self'; "),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
}
