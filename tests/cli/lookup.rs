//! `cusip show`, `search`, `files`, `synth` and `completions`.

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, cusip, cusip_on, day, load_document, write_file, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

fn loaded() -> (TestDatabase, TempDir) {
    let database = TestDatabase::migrated();
    let folder = tempdir().expect("a folder can be made");
    let issuer = "037833||APPLE ||INC|||||APPLE INC|C|A||A|CA|2024-01-15";
    let issues = [
        "037833|10|0|COM||||||A||||||A|2024-01-15",
        "037833|AA||NOTE||||||A|2020-01-31|2030-01-31||4.8125|N|A|",
    ];
    let attribute = format!(
        "037833|10|||||||4|USD|US|GOLDMAN SACHS|||AAPL{}||12.5|M",
        "|".repeat(35)
    );
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[issuer]),
        write_file(folder.path(), day(), FileKind::Issue, &issues),
        write_file(folder.path(), day(), FileKind::IssueAttribute, &[attribute]),
    ];
    load_document(&database, &files).0.assert_done();
    (database, folder)
}

#[test]
fn security_is_shown_by_each_of_its_identifiers() {
    let (database, _folder) = loaded();
    for number in ["037833100", "03783310", "US0378331005", "037833100 "] {
        let run = cusip_on(&database, ["show", number]);
        run.assert_done();
        let fields: Vec<_> = run
            .stdout
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        for field in [
            "037833100",
            "issuer_name APPLE INC",
            "issuer_type C (Corporate Issuer)",
            "issue_description COM",
            "payment_frequency 4 (Quarterly)",
            "ticker_symbol AAPL",
            "offering_amount_full 12500000.0",
        ] {
            assert!(
                fields.iter().any(|line| line == field),
                "{field:?} is missing in {run:?}"
            );
        }
    }
}

#[test]
fn json_output_of_show_keeps_every_digit() {
    let (database, _folder) = loaded();
    let run = cusip_on(
        &database,
        [
            "show", "037833AA", "03783310", "99999999", "--output", "json",
        ],
    );
    run.assert_fails(1, &["there is no security 99999999"]);
    assert!(run.stdout.contains("\"rate\": 4.8125"), "{run:?}");
    let document = run.document();
    assert_eq!(
        document["securities"][0]["issue"]["issue_description"],
        "NOTE"
    );
    assert_eq!(
        document["securities"][0]["issue_attribute"],
        serde_json::Value::Null
    );
    assert_eq!(
        document["securities"][1]["issue_attribute"]["underwriter"],
        "GOLDMAN SACHS"
    );
    let errors = serde_json::json!([
        {"identifier": "99999999", "reason": "there is no security 99999999"}
    ]);
    assert_eq!(document["errors"], errors);
}

#[test]
fn bad_identifiers_are_reported_apart_from_the_others() {
    let (database, _folder) = loaded();
    let typed = [
        "show",
        "037833101",
        "037833AA",
        "GB0003611059",
        "37833100",
        "3783310",
        "037833",
        "apple",
        "037833100",
        "--output",
        "csv",
    ];
    let run = cusip_on(&database, typed);
    run.assert_fails(
        1,
        &[
            "\"037833101\" is not a CUSIP: its check digit should be 0",
            "\"GB0003611059\" is a valid ISIN, but ISINs that begin with GB do not contain a CUSIP",
            "there is no security 37833100; 037833100 exists, so leading zeros may have been lost",
            "\"3783310\" is not a CUSIP",
            "a 12-character ISIN; 037833100 exists, so leading zeros may have been lost",
            "037833 is an issuer number; `cusip search 037833` lists its securities",
            "\"apple\" is not a CUSIP",
        ],
    );
    let lines: Vec<_> = run.stdout.lines().collect();
    let [heading, note, common] = lines.as_slice() else {
        panic!("a heading and two securities are expected: {run:?}");
    };
    assert!(heading.starts_with("cusip,isin,issuer_num,"), "{heading}");
    assert!(note.starts_with("037833AA8,,037833,AA,"), "{note}");
    assert!(
        common.starts_with("037833100,US0378331005,037833,10,0,APPLE INC,"),
        "{common}"
    );
}

#[test]
fn identifiers_come_from_a_file_or_standard_input_and_are_answered_in_order() {
    let (database, folder) = loaded();
    let list = folder.path().join("list.csv");
    std::fs::write(&list, "\u{feff}\"037833AA\",037833100\r\n 03783310\n").unwrap();
    let expected = ["037833AA8", "037833100", "037833100"];
    let cusips = |run: cusip_test_support::Run| -> Vec<String> {
        run.assert_done();
        let lines = run.stdout.lines();
        lines
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|row| row["cusip"].as_str().unwrap().to_owned())
            .collect()
    };
    let list = list.to_str().unwrap();
    let from_file = cusip_on(&database, ["show", "--file", list, "--output", "ndjson"]);
    assert_eq!(cusips(from_file), expected);

    let run = cusip_on(&database, ["show", "--file", "/no/such/list"]);
    run.assert_fails(4, &["/no/such/list", "does not exist"]);
}

#[test]
fn rows_are_only_printed_by_commands_that_have_rows() {
    let run = cusip(["completions", "bash", "--output", "csv"]);
    run.assert_fails(2, &["only show, search, history and changes print rows"]);
}

#[test]
fn search_finds_securities_by_words() {
    let (database, _folder) = loaded();
    let found = |words: &[&str]| -> Vec<String> {
        let arguments = [["search", "--output", "json"].as_slice(), words].concat();
        let run = cusip_on(&database, arguments);
        run.assert_done();
        let results = run.document()["results"].as_array().unwrap().clone();
        let text = |hit: &serde_json::Value| {
            format!(
                "{} {}",
                hit["cusip"].as_str().unwrap(),
                hit["match_type"].as_str().unwrap()
            )
        };
        results.iter().map(text).collect()
    };
    assert_eq!(found(&["apple", "inc"]).len(), 2);
    assert_eq!(found(&["goldman"]), ["037833100 attribute"]);
    assert_eq!(found(&["AAPL"]), ["037833100 attribute"]);
    assert_eq!(found(&["apple", "goldman"]), ["037833100 issuer"]);
    assert_eq!(found(&["apple", "--limit", "1"]).len(), 1);
    for number in ["037833100", "03783310", "us0378331005", "37833100"] {
        assert_eq!(found(&[number]), ["037833100 issue"], "{number}");
    }
    let run = cusip_on(
        &database,
        ["search", "apple", "--limit", "1", "--output", "json"],
    );
    assert_eq!(run.document()["more"], true);
}

#[test]
fn search_without_a_hit_says_why_and_fails() {
    let (database, _folder) = loaded();
    for (words, says) in [
        ("037833101", "is not a CUSIP: its check digit should be 0"),
        ("US0378331006", "is not an ISIN"),
        ("88160R101", "there is no security 88160R101"),
        ("88160R", "there is no issuer 88160R"),
        ("DE0007164600", "ISINs that begin with DE do not contain"),
        ("microsoft", "no security has all words of \"microsoft\""),
        ("' OR 1=1 --", "no security has all words"),
    ] {
        let run = cusip_on(&database, ["search", words]);
        run.assert_fails(1, &[says]);
    }
    let run = cusip_on(&database, ["search", "microsoft", "--output", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.document()["results"], serde_json::json!([]));
}

#[test]
fn search_explains_why_a_security_was_found() {
    let (database, _folder) = loaded();
    let run = cusip_on(&database, ["search", "apple goldman", "--explain"]);
    run.assert_done();
    assert!(run.stdout.starts_with("cusip"), "{run:?}");
    assert!(
        run.stdout
            .contains("words   apple in issuer, goldman in attribute"),
        "{run:?}"
    );
    let run = cusip_on(&database, ["search", "aplpe inc"]);
    run.assert_done();
    let says = "no security has all words of \"aplpe inc\"; these issuers have similar names";
    assert!(run.stderr.contains(says), "{run:?}");
}

#[test]
fn files_of_a_day_are_listed() {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 2);
    let path = folder.path().to_str().unwrap();
    let run = cusip([
        "files",
        "--date",
        "2024-01-15",
        "--file-dir",
        path,
        "--output",
        "json",
    ]);
    run.assert_done();
    let document = run.document();
    let kinds: Vec<_> = document["found"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["type"].clone())
        .collect();
    assert_eq!(kinds, ["issuer", "issue", "issue_attr"]);
    let size = std::fs::metadata(folder.path().join("CED01-15E.PIP"))
        .unwrap()
        .len();
    assert_eq!(document["found"][1]["size"], size);
    assert_eq!(document["missing"], serde_json::json!([]));
}

#[test]
fn synthetic_day_is_the_same_for_the_same_seed() {
    let folders = [tempdir().unwrap(), tempdir().unwrap()];
    for folder in &folders {
        let path = folder.path().join("new");
        let run = cusip([
            "synth",
            path.to_str().unwrap(),
            "--date",
            "2024-01-15",
            "--issuers",
            "7",
            "--seed",
            "3",
        ]);
        run.assert_done();
        assert!(
            run.stdout.contains("CED01-15E.PIP: 70 issue records"),
            "{run:?}"
        );
    }
    let read = |folder: &TempDir| std::fs::read(folder.path().join("new/CED01-15A.PIP")).unwrap();
    assert_eq!(read(&folders[0]), read(&folders[1]));
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = cusip(["completions", shell]);
        run.assert_done();
        assert!(run.stdout.contains("max-rejects"), "{shell}");
    }
}

#[test]
fn completions_offer_the_values_of_options_and_file_names_only_for_paths() {
    let script = cusip(["completions", "bash"]).stdout;
    // The last block is that of the last command with this option.
    let offered = |option: &str| {
        let block = script.split(&format!("--{option})\n")).nth(1).unwrap();
        let line = block.lines().find(|line| line.contains("COMPREPLY"));
        line.unwrap().trim().to_owned()
    };
    for (option, values) in [
        ("type", "issuer issue issue_attr"),
        ("check-digits", "reject warn"),
        ("auth", "password iam"),
        ("output", "text json table ndjson csv parquet"),
    ] {
        let expected = format!("COMPREPLY=($(compgen -W \"{values}\" -- \"${{cur}}\"))");
        assert_eq!(offered(option), expected, "{option}");
    }
    for option in ["date", "limit", "host", "user", "s3-key", "max-rejects"] {
        assert!(!offered(option).contains("compgen -f"), "{option}");
    }
    assert!(offered("sslrootcert").contains("compgen -f"));
}
