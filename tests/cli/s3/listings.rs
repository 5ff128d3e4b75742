//! How objects are found in a bucket.

use std::fs;

use cusip_pif::Date;
use cusip_test_support::bucket::{
    CREDENTIALS, DAY, bucket_options, cusip_with, load, put, put_day, put_on,
};
use cusip_test_support::{Fault, Proxy, S3Server, TestDatabase, master_rows};
use rstest::rstest;
use tempfile::tempdir;

const BUCKET: &str = S3Server::BUCKET;
const ISSUER: &[u8] = b"037833||APPLE INC||||||||C|A||A|CA|2024-01-15\n999999|1\n";

/// Starts a bucket with 2,500 objects below `pif/`, among them the day's three in mixed case.
fn crowded() -> S3Server {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 5, 4);
    let pif = server.path("pif");
    for (name, other) in [
        ("CED01-15E.PIP", "ced01-15e.pip"),
        ("CED01-15A.PIP", "Ced01-15a.Pip"),
    ] {
        let content = fs::read(pif.join(name)).unwrap();
        server.remove(&format!("pif/{name}"));
        put(&server, &format!("pif/{other}"), &content);
    }
    // A listing has these before, between and after the day's objects.
    for number in 0..2_497 {
        let start = ["AAA", "CED00", "CEE", "ced01-14", "zzz"][number % 5];
        fs::write(pif.join(format!("{start}-{number:04}")), b"other").unwrap();
    }
    server
}

#[test]
fn day_is_found_among_thousands_of_objects_in_upper_or_lower_case() {
    let server = crowded();
    let proxy = Proxy::start(&server, |_| Fault::None);
    for prefix in ["pif", "pif/"] {
        let database = TestDatabase::migrated();
        let arguments = [&DAY[..], &["--s3-prefix", prefix]].concat();
        load(&database, proxy.endpoint(), &arguments).assert_done();
        assert_eq!(master_rows(&database), [5, 20, 20]);
    }
    let listings =
        |asked: &&cusip_test_support::ReceivedRequest| asked.target().contains("list-type=2");
    assert_eq!(proxy.requests().iter().filter(listings).count(), 2 * 3);

    let command = ["files", "--output", "json"];
    let run = cusip_with(
        &CREDENTIALS,
        &[&command, &DAY[..], &bucket_options(proxy.endpoint())].concat(),
    );
    let document = run.assert_done().document();
    assert_eq!(document["place"], format!("s3://{BUCKET}/pif"));
    assert_eq!(document["missing"].as_array().unwrap().len(), 0);
    let found = document["found"].as_array().unwrap();
    let files: Vec<_> = (found.iter())
        .map(|file| file["file"].as_str().unwrap())
        .collect();
    let names = ["CED01-15R.PIP", "ced01-15e.pip", "Ced01-15a.Pip"];
    assert_eq!(files, names.map(|name| format!("s3://{BUCKET}/pif/{name}")));
    let size = fs::metadata(server.path("pif/CED01-15R.PIP"))
        .unwrap()
        .len();
    assert_eq!(found[0]["size"], size);
    assert_eq!(found[0]["last_modified"], "2024-01-15T12:00:00Z");
}

#[test]
fn missing_day_lists_the_expected_and_the_existing_objects() {
    let server = S3Server::start();
    put_on(
        &server,
        "pif/CED01-12R.PIP",
        ISSUER,
        Date::new(2024, 1, 12).unwrap(),
    );
    let says = [
        &format!("the files for 2024-01-15 are incomplete in s3://{BUCKET}/pif"),
        "CED01-15R.PIP, CED01-15E.PIP, CED01-15A.PIP not found",
        "found CED01-12R.PIP",
    ];
    let files = [&["files"], &DAY[..], &bucket_options(server.endpoint())].concat();
    cusip_with(&CREDENTIALS, &files).assert_fails(4, &says);
    let database = TestDatabase::migrated();
    load(&database, server.endpoint(), &DAY).assert_fails(4, &says);

    let elsewhere = [&DAY[..], &["--s3-prefix", "pfi/"]].concat();
    let run = load(&database, server.endpoint(), &elsewhere);
    run.assert_fails(4, &[&format!("s3://{BUCKET}/pfi"), "not found"]);
}

#[test]
fn object_of_another_year_is_refused() {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 1, 1);
    let database = TestDatabase::migrated();
    let run = load(&database, server.endpoint(), &["--date", "2025-01-15"]);
    run.assert_fails(1, &["names have no year", "--max-age-days"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
}

#[rstest]
#[case::spaces("pif/of the day.txt")]
#[case::plus("pif/a+b+c")]
#[case::percent("pif/100%25 sure%")]
#[case::unicode("pif/été/ü-\u{1F4C8}.PIP")]
#[case::quotes("pif/'single' \"double\" `back`")]
#[case::url("pif/a?b=c&d=e#f;g:h@i,j$k!l*m(n)[o]{p}|q^r~s<t>u=v\\w")]
fn key_is_used_literally(#[case] key: &str) {
    let server = S3Server::start();
    put(&server, key, ISSUER);
    let database = TestDatabase::migrated();
    let arguments = ["--s3-key", key, "--type", "issuer"];
    load(&database, server.endpoint(), &arguments).assert_done();
    assert_eq!(master_rows(&database), [1, 0, 0]);
    let location = database.query("select location from load_file");
    assert_eq!(location, [[format!("s3://{BUCKET}/{key}")]]);
}

#[test]
fn kind_of_a_key_comes_from_its_name_or_the_type() {
    let server = S3Server::start();
    put(&server, "elsewhere/CED01-15R.PIP", ISSUER);
    put(&server, "elsewhere/issuers.txt", ISSUER);
    let database = TestDatabase::migrated();
    let load = |arguments: &[&str]| load(&database, server.endpoint(), arguments);
    let run = load(&["--s3-key", "elsewhere/issuers.txt"]);
    run.assert_fails(2, &["\"issuers.txt\"", "--type (issuer"]);
    let by_type = ["--s3-key", "elsewhere/issuers.txt", "--type", "issuer"];
    load(&by_type).assert_done();
    let by_name = ["--s3-key", "elsewhere/CED01-15R.PIP"];
    let document = load(&by_name).assert_done().document();
    assert_eq!(document["results"][0]["type"], "issuer");
    assert_eq!(document["results"][0]["rows_unchanged"], 1);
    // The option overrides the name.
    let run = load(&[&by_name[..], &["--type", "issue"]].concat());
    assert_eq!(run.document()["results"][0]["type"], "issue");
    run.assert_fails(3, &["1 of 1 records were rejected"]);
}

#[test]
fn several_keys_are_loaded_together() {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 5, 4);
    let keys = ["A", "R", "E"].map(|kind| format!("pif/CED01-15{kind}.PIP"));
    let arguments: Vec<_> = keys.iter().flat_map(|key| ["--s3-key", key]).collect();
    let database = TestDatabase::migrated();
    load(&database, server.endpoint(), &arguments).assert_done();
    assert_eq!(master_rows(&database), [5, 20, 20]);
}

#[test]
fn empty_object_is_a_truncated_file() {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 5, 4);
    put(&server, "pif/CED01-15E.PIP", b"");
    let database = TestDatabase::migrated();
    let place = format!("\"s3://{BUCKET}/pif/CED01-15E.PIP\" has no trailer");
    for arguments in [&DAY[..], &["--s3-key", "pif/CED01-15E.PIP"]] {
        let run = load(&database, server.endpoint(), arguments);
        run.assert_fails(1, &[&place, "cut off after 0 records"]);
    }
    assert_eq!(master_rows(&database), [0, 0, 0]);
    let on_record =
        database.query("select status, size, bytes_read from load_file where kind = 'issue'");
    assert_eq!(on_record, [["failed", "0", "0"], ["failed", "0", "0"]]);
}
