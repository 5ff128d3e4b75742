//! Files with every kind of bad record, from the rejection to the load of the fixed records.

use std::fs;
use std::path::{Path, PathBuf};

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip_on, day, load_document, master_rows,
    write_file,
};
use serde_json::Value;
use tempfile::tempdir;

const ORPHAN: &[u8] = b"333333|10||D\xc9J\xc0 \"VU\"||||||A| 01/31/2023 |||4.50||A|";

fn issuer(number: &str, name: &[u8]) -> Vec<u8> {
    [
        number.as_bytes(),
        b"||",
        name,
        b"||||||||C|A||A|CA|2024-01-15",
    ]
    .concat()
}

fn issuers() -> Vec<Vec<u8>> {
    let too_many = [issuer("444444", b"TOO MANY"), b"|x".to_vec()].concat();
    let undocumented = b"111113||NEW CODE||||||||C|Q||A|CA|2024-01-15".to_vec();
    vec![
        issuer("037833", b"APPLE INC"),
        b"037833|too few".to_vec(),
        too_many,
        issuer("555555", "\u{e9}".repeat(31).as_bytes()),
        issuer("111111", "\u{e9}".repeat(30).as_bytes()),
        b"222222||IMPOSSIBLE||||||||C|A|2024-02-30|A||".to_vec(),
        issuer("666666", b"N\0L"),
        issuer("111112", b"FIRST"),
        issuer("111112", b"SECOND"),
        undocumented,
        issuer("111114", b"SOCI\xc9T\xc9"),
        issuer("111115", b"\"ACME\" \"X"),
        issuer("111116", b"FORM\x0cFEED"),
    ]
}

fn issues() -> Vec<Vec<u8>> {
    vec![
        b"037833|10|0|COM||||||A||||||A|2024-01-15".to_vec(),
        b"037833|11|0|WRONG CHECK DIGIT||||||A||||||A|".to_vec(),
        ORPHAN.to_vec(),
        b"037833|12||BAD RATE||||||A||||4.1234567||A|".to_vec(),
    ]
}

fn files(folder: &Path) -> [PathBuf; 2] {
    [
        write_file(folder, day(), FileKind::Issuer, &issuers()),
        write_file(folder, day(), FileKind::Issue, &issues()),
    ]
}

/// The expected rejects, by file and line.
const EXPECTED: [(&str, u64, &str); 8] = [
    ("issuer", 2, "field_count"),
    ("issuer", 3, "field_count"),
    ("issuer", 4, "text_length"),
    ("issuer", 6, "date"),
    ("issuer", 7, "nul_byte"),
    ("issue", 2, "check_digit"),
    ("issue", 3, "orphan"),
    ("issue", 4, "decimal_scale"),
];

/// Returns the lines of a kind that must be rejected.
fn rejected(kind: &str) -> Vec<Vec<u8>> {
    let lines = if kind == "issuer" {
        issuers()
    } else {
        issues()
    };
    let of_kind = EXPECTED.iter().filter(|(expected, ..)| *expected == kind);
    of_kind
        .map(|(_, line, _)| lines[*line as usize - 1].clone())
        .collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_kind_of_reject_is_kept_with_its_bytes_though_nothing_is_loaded() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let (run, document) = load_document(&database, files(folder.path()));
    run.assert_fails(3, &["8 of 17 records were rejected, and 0 are allowed"]);
    assert_eq!(document["rejects"].as_array().map(Vec::len), Some(8));
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_consistent(&database);

    let kept = database.query(
        "select file.kind, line_number, rule, encode(raw_line, 'hex'), byte_offset
         from load_reject as reject join load_file as file on file.id = file_id
         order by file_id, line_number",
    );
    let mut expected = Vec::new();
    for (kind, line, rule) in EXPECTED {
        let lines = if kind == "issuer" {
            issuers()
        } else {
            issues()
        };
        let index = line as usize - 1;
        let byte_offset: usize = lines[..index].iter().map(|line| line.len() + 2).sum();
        let hex = hexadecimal(&lines[index]);
        expected.push(
            [
                kind,
                &line.to_string(),
                rule,
                &hex,
                &byte_offset.to_string(),
            ]
            .map(str::to_owned),
        );
    }
    assert_eq!(kept, expected);
    let nul = database.query("select field, value from load_reject where rule = 'nul_byte'");
    assert_eq!(nul, [["issuer_name_1", "N\\0L"]]);
    let orphan =
        database.query("select field, value, message from load_reject where rule = 'orphan'");
    assert_eq!(orphan, [["issuer_num", "333333", "unknown issuer 333333"]]);
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(warnings.contains("line 10: issuer_status"), "{warnings}");
    assert!(warnings.contains("line 11: issuer_name_1"), "{warnings}");
}

#[test]
fn good_rows_load_within_the_limit_and_fixed_ones_follow() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let files = files(folder.path());
    let options = ["--max-rejects", "100%"].map(PathBuf::from);
    let (run, document) = load_document(&database, files.iter().chain(&options));
    run.assert_done();
    assert_counts(&document, "issuer", [13, 7, 7, 0, 0, 5, 1]);
    assert_counts(&document, "issue", [4, 1, 1, 0, 0, 3, 0]);
    assert_eq!(master_rows(&database), [7, 1, 0]);
    let names = database.query("select issuer_name_1 from issuer order by issuer_num");
    let thirty = "\u{e9}".repeat(30);
    let expected = [
        "APPLE INC",
        &thirty,
        "SECOND",
        "NEW CODE",
        "SOCI\u{c9}T\u{c9}",
        "\"ACME\" \"X",
        "FORM\u{c}FEED",
    ];
    assert_eq!(names.concat(), expected);
    assert_consistent(&database);

    let fixing = folder.path().join("fixing");
    let written = cusip_on(
        &database,
        ["jobs", "1", "--rejects", &format!("{}/", fixing.display())],
    );
    written.assert_done();
    for (kind, name) in [("issuer", "CED01-15R.PIP"), ("issue", "CED01-15E.PIP")] {
        let mut expected = Vec::new();
        for line in rejected(kind) {
            expected.extend([line, b"\r\n".to_vec()].concat());
        }
        let count = rejected(kind).len();
        expected.extend(b"999999|REJECTS|job 1\r\n");
        let path = fixing.join(name);
        assert_eq!(fs::read(&path).unwrap(), expected, "{name}");
        let says = format!("{}: {count} rejected {kind} records", path.display());
        assert!(written.stdout.contains(&says), "{written:?}");
        fs::write(&path, fix(&expected)).unwrap();
    }
    let fixed = ["CED01-15E.PIP", "CED01-15R.PIP"].map(|name| fixing.join(name));
    let (run, document) = load_document(&database, &fixed);
    run.assert_done();
    assert_counts(&document, "issuer", [5, 5, 4, 1, 0, 0, 0]);
    assert_counts(&document, "issue", [3, 3, 3, 0, 0, 0, 0]);
    assert_eq!(master_rows(&database), [11, 4, 0]);
    assert_consistent(&database);
}

/// Fixes the rejects as a user would in an editor.
fn fix(file: &[u8]) -> Vec<u8> {
    let too_few = issuer("037833", b"APPLE INCORPORATED");
    let too_long = "\u{e9}".repeat(31);
    let changes: [(&[u8], &[u8]); 8] = [
        (b"037833|too few", &too_few),
        (b"|x\r\n", b"\r\n"),
        (too_long.as_bytes(), b"SHORT"),
        (b"2024-02-30", b"2024-02-29"),
        (b"N\0L", b"NUL"),
        (b"037833|11|0", b"037833|11|"),
        (b"333333|10", b"111111|10"),
        (b"4.1234567", b"4.123456"),
    ];
    changes.iter().fold(file.to_vec(), |file, (wrong, right)| {
        let Some(start) = file.windows(wrong.len()).position(|bytes| bytes == *wrong) else {
            return file;
        };
        let (before, after) = (&file[..start], &file[start + wrong.len()..]);
        [before, right, after].concat()
    })
}

/// A user who fixes rejects deletes lines, adds others, and saves the file with a Windows editor.
#[test]
fn check_and_load_accept_a_fixed_file_with_any_number_of_lines() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let limit = ["--max-rejects", "100%"].map(PathBuf::from);
    load_document(&database, files(folder.path()).iter().chain(&limit))
        .0
        .assert_done();
    let out = folder.path().join("fixed.txt");
    let rejects = format!("{}/", folder.path().join("out").display());
    cusip_on(&database, ["jobs", "1", "--rejects", &rejects]).assert_done();
    let written = fs::read(folder.path().join("out/CED01-15R.PIP")).unwrap();
    let trailer = written
        .windows(6)
        .position(|bytes| bytes == b"999999")
        .unwrap();
    let fixed = issuer("777777", b"FIXED");
    for lines in [1, 2, 9] {
        let mut file = b"\xef\xbb\xbf".to_vec();
        for _ in 0..lines {
            file.extend_from_slice(&fixed);
            file.extend_from_slice(b"\r\n");
        }
        file.extend_from_slice(&written[trailer..]);
        fs::write(&out, file).unwrap();
        let arguments = [out.to_str().unwrap(), "--type", "issuer"];
        let run = cusip_test_support::cusip(["check"].iter().chain(&arguments));
        let says = "the trailer marks a file of rejects";
        assert!(run.assert_done().stdout.contains(says), "{run:?}");
        let (run, document) = load_document(&database, arguments);
        run.assert_done();
        assert_eq!(document["results"][0]["warnings"].to_string(), "[]");
    }
    // Without its trailer, the file may have been cut off.
    fs::write(&out, &fixed).unwrap();
    let arguments = [out.to_str().unwrap(), "--type", "issuer"];
    let says = ["has no trailer", "--allow-missing-trailer"];
    cusip_test_support::cusip(["check"].iter().chain(&arguments)).assert_fails(1, &says);
    load_document(&database, arguments).0.assert_fails(1, &says);
    assert_consistent(&database);
}

/// Input from a pipe cannot be read again.
#[test]
fn orphans_from_standard_input_are_rebuilt_from_what_was_read() {
    let database = TestDatabase::migrated();
    let file = [ORPHAN, b"\r\n999999|1\r\n"].concat();
    let arguments = ["load", "-", "--type", "issue"].map(str::to_owned);
    let run =
        cusip_test_support::cusip_reading(file, arguments.into_iter().chain(database.arguments()));
    run.assert_fails(3, &["1 of 1 records were rejected"]);
    assert!(
        run.stdout.contains("`cusip jobs 1 --rejects FILE`"),
        "{run:?}"
    );
    let kept = database.query("select convert_from(raw_line, 'utf8') from load_reject");
    assert_eq!(
        kept,
        [["333333|10||D\u{c9}J\u{c0} \"VU\"||||||A|2023-01-31|||4.50||A|"]]
    );
    assert_consistent(&database);
}

/// The last line may lack a line end, and the end-of-file byte is not part of it.
#[test]
fn orphan_in_an_unterminated_line_is_kept_without_the_end_of_file_byte() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15E.PIP");
    fs::write(&file, [ORPHAN, b"\x1a"].concat()).unwrap();
    let file = file.to_str().unwrap();
    let (run, document) = load_document(&database, [file, "--allow-missing-trailer"]);
    run.assert_fails(3, &["1 of 1 records"]);
    assert_eq!(document["rejects"][0]["rule"], Value::from("orphan"));
    let kept = database.query("select encode(raw_line, 'hex') from load_reject");
    assert_eq!(kept, [[hexadecimal(ORPHAN)]]);
}

/// More rejects than fit into a report or a batch, both from the parser and from the database.
#[test]
fn thousands_of_rejects_are_all_kept_and_written() {
    const HALF: usize = 3_000;
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issues: Vec<_> = (0..2 * HALF)
        .map(|index| match index % 2 {
            0 => format!("{index:06}|10||{}||||||A||||||A|", "N".repeat(30)),
            _ => format!("{index:06}|{}", "bad".repeat(100)),
        })
        .collect();
    let file = write_file(folder.path(), day(), FileKind::Issue, &issues);
    let (run, document) = load_document(&database, [&file]);
    run.assert_fails(3, &["6000 of 6000 records"]);
    assert_eq!(document["rejects"].as_array().map(Vec::len), Some(1_000));
    assert_consistent(&database);
    let out = folder.path().join("rejects.PIP");
    cusip_on(&database, ["jobs", "1", "--rejects", out.to_str().unwrap()]).assert_done();
    let written = fs::read_to_string(out).unwrap();
    let (records, trailer) = written.split_at(written.rfind("999999|").unwrap());
    assert_eq!(trailer, "999999|REJECTS|job 1\r\n");
    assert!(fs::read_to_string(file).unwrap().starts_with(records));
}
