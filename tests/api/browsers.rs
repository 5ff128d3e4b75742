//! Headers that tell browsers what they may do with a response.

use std::path::Path;

use cusip_test_support::TestDatabase;
use cusip_test_support::api::Server;

#[test]
fn every_response_restricts_browsers() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let requests = [
        ("GET", "/live", 200),
        ("GET", "/metrics", 200),
        ("GET", "/jobs", 200),
        ("GET", "/jobs?color=red", 400),
        ("GET", "/jobs/1", 404),
        ("PUT", "/jobs", 405),
        ("GET", "/nowhere", 404),
        ("POST", "/jobs/load-all", 404),
        ("GET", "/openapi.json", 200),
        ("GET", "/problems", 200),
        ("GET", "/docs", 303),
        ("GET", "/docs/", 200),
        ("GET", "/docs/nowhere", 404),
    ];
    for (method, path, status) in requests {
        let answer = server.request(method, path).send();
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(
            policy.contains("script-src"),
            path.starts_with("/docs"),
            "{path}"
        );
    }
    let refused = server.request("GET", "/jobs").without_token().send();
    assert_eq!(
        (refused.status, refused.header("cache-control")),
        (401, Some("no-store"))
    );
}

/// The policy of the page allows only what comes from files of this server.
#[test]
fn documentation_page_has_no_inline_scripts() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let page = server.get("/docs/").text();
    let scripts: Vec<_> = page.split("<script").skip(1).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let (attributes, rest) = script.split_once('>').unwrap();
        assert!(attributes.contains("src=\"./"), "{script}");
        assert!(rest.trim_start().starts_with("</script>"), "{script}");
    }
    for inline in [" onload=", " onclick=", " onerror=", "javascript:", "<base"] {
        assert!(!page.contains(inline), "{inline}");
    }
}
