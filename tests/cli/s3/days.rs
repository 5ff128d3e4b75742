//! A day in a bucket loads like one in a folder.

use cusip_pif::FileKind;
use cusip_test_support::bucket::{DAY, load, put_day};
use cusip_test_support::{
    Fault, Proxy, S3Server, TestDatabase, assert_consistent, assert_counts, content_digests,
    load_document, master_rows, row_versions,
};
use serde_json::Value;
use tempfile::tempdir;

const BUCKET: &str = S3Server::BUCKET;

/// Returns the counts of each kind, which do not depend on the location.
fn counts(document: &Value) -> Vec<Vec<(String, Value)>> {
    let results = document["results"].as_array().unwrap();
    let counts = |file: &Value| {
        let fields = file.as_object().unwrap().iter();
        let counts = fields.filter(|(name, _)| name.starts_with("rows_") || *name == "type");
        counts
            .map(|(name, count)| (name.clone(), count.clone()))
            .collect()
    };
    results.iter().map(counts).collect()
}

fn etag_of(database: &TestDatabase, content: &[u8]) -> String {
    let hex: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
    let md5 = database.query(&format!("select md5('\\x{hex}'::bytea)"));
    format!("\"{}\"", md5[0][0])
}

#[test]
fn day_from_a_bucket_loads_like_one_from_a_folder() {
    let server = S3Server::start();
    server.keep_versions();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 60, 7);
    let (from_folder, from_bucket) = (TestDatabase::migrated(), TestDatabase::migrated());
    let path = folder.path().to_str().unwrap();
    let (run, there) = load_document(&from_folder, DAY.into_iter().chain(["--file-dir", path]));
    run.assert_done();
    let run = load(&from_bucket, server.endpoint(), &DAY);
    let here = run.assert_done().document();

    assert_counts(&here, "issue_attr", [420, 420, 420, 0, 0, 0, 0]);
    assert_eq!(counts(&here), counts(&there));
    assert_eq!(content_digests(&from_bucket), content_digests(&from_folder));
    assert_eq!(master_rows(&from_bucket), [60, 420, 420]);
    assert_consistent(&from_bucket);

    let content = "select kind, load_date, size, bytes_read, sha256, trailer, rows_inserted
                   from load_file order by id";
    assert_eq!(from_bucket.query(content), from_folder.query(content));
    let object = from_bucket.query(
        "select location, e_tag, version_id, last_modified at time zone 'UTC' from load_file order by id",
    );
    let expected = FileKind::ALL.map(|kind| {
        let name = format!("CED01-15{}.PIP", kind.letter());
        let e_tag = etag_of(
            &from_bucket,
            &std::fs::read(folder.path().join(&name)).unwrap(),
        );
        let version = format!("version-{}", e_tag.trim_matches('"'));
        let location = format!("s3://{BUCKET}/pif/{name}");
        [location, e_tag, version, "2024-01-15 12:00:00".to_owned()]
    });
    assert_eq!(object, expected);
}

fn a_known_day_is_not_read_again(server: &S3Server) {
    let folder = tempdir().unwrap();
    put_day(server, folder.path(), 20, 5);
    let database = TestDatabase::migrated();
    let first = Proxy::start(server, |_| Fault::None);
    load(&database, first.endpoint(), &DAY).assert_done();
    let targets = |proxy: &Proxy| -> Vec<_> {
        let requests = proxy.requests();
        let path = |target: &str| target.split('?').next().unwrap().to_owned();
        requests.iter().map(|asked| path(asked.target())).collect()
    };
    let bucket = format!("/{BUCKET}/");
    let mut expected = vec![bucket.clone()];
    expected.extend(["R", "E", "A"].map(|kind| format!("{bucket}pif/CED01-15{kind}.PIP")));
    assert_eq!(targets(&first), expected);

    let before = row_versions(&database);
    let again = Proxy::start(server, |_| Fault::None);
    let run = load(&database, again.endpoint(), &DAY);
    let document = run.assert_done().document();
    assert_eq!(targets(&again), [bucket]);
    assert_eq!(
        document["message"],
        "nothing to do: every file was loaded before"
    );
    for file in document["results"].as_array().unwrap() {
        assert_eq!(file["status"], "skipped", "{file}");
        assert_eq!(file["already_loaded_by"], 1, "{file}");
    }
    assert_eq!(row_versions(&database), before);
    assert_consistent(&database);
}

#[test]
fn known_day_is_recognized_by_its_entity_tags() {
    a_known_day_is_not_read_again(&S3Server::start());
}

/// Listings contain no version ids.
#[test]
fn known_day_is_recognized_in_a_bucket_with_versions() {
    let server = S3Server::start();
    server.keep_versions();
    a_known_day_is_not_read_again(&server);
}

/// A copy may have another tag, for example after an upload in parts.
#[test]
fn day_loaded_from_a_folder_is_recognized_by_its_content() {
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 20, 5);
    let database = TestDatabase::migrated();
    let path = folder.path().to_str().unwrap();
    let (run, _) = load_document(&database, DAY.into_iter().chain(["--file-dir", path]));
    run.assert_done();
    let document = load(&database, server.endpoint(), &DAY).document();
    for file in document["results"].as_array().unwrap() {
        assert_eq!(file["already_loaded_by"], 1, "{file}");
    }
}
