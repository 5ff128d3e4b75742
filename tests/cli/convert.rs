//! `cusip convert`, which needs no database.

use std::fs::{self, File};
use std::path::Path;

use arrow_array::RecordBatchReader as _;
use cusip_pif::FileKind;
use cusip_pif_arrow::{BatchReader, Options};
use cusip_test_support::{cusip, cusip_reading, day, write_file, write_synthetic_day};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::tempdir;

const GOOD: &str = "037833|10|0|COM, \"A\"||||||A||2024-02-29|-7|4.1250||A|2024-01-15";
const WRONG_DATE: &str = "037833|20||PFD||||||A|2024-02-30|||||A|";

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").file_name())
        .map(|name| name.into_string().expect("a name of letters"))
        .collect();
    names.sort();
    names
}

#[test]
fn parquet_has_the_rows_of_the_file() {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 40, 5);
    let to = folder.path().join("parquet");
    let files = ["R", "E", "A"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let options = ["--output", "parquet", "--to", to.to_str().unwrap()].map(Into::into);
    let run = cusip([["convert".into()].as_slice(), &files, &options].concat());
    run.assert_done();
    assert_eq!(
        names(&to),
        [
            "CED01-15A.parquet",
            "CED01-15E.parquet",
            "CED01-15R.parquet"
        ]
    );
    let kinds = [FileKind::Issuer, FileKind::Issue, FileKind::IssueAttribute];
    for (kind, file) in kinds.into_iter().zip(&files) {
        let input = File::open(file).unwrap();
        let identifiers = Options::default().with_identifiers(true);
        let expected = BatchReader::new(kind, input, &identifiers);
        let name = file.with_extension("parquet");
        let file = File::open(to.join(name.file_name().unwrap())).unwrap();
        let parquet = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert!(
            parquet
                .metadata()
                .row_group(0)
                .column(0)
                .statistics()
                .is_some()
        );
        let parquet = parquet.with_batch_size(8_192).build().unwrap();
        assert_eq!(parquet.schema().fields(), expected.schema().fields());
        let batches: Vec<_> = parquet.map(Result::unwrap).collect();
        let expected: Vec<_> = expected.map(Result::unwrap).collect();
        let same = batches.iter().zip(&expected);
        assert_eq!(batches.len(), expected.len());
        assert!(
            same.clone()
                .all(|(found, expected)| found.columns() == expected.columns())
        );
    }
}

#[test]
fn csv_and_ndjson_have_every_digit_and_the_cusip() {
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issue, &[GOOD]);
    let file = file.to_str().unwrap();
    let run = cusip(["convert", file, "--output", "csv", "--to", "-"]);
    run.assert_done();
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("cusip,issuer_num,issue_num,issue_check,issue_desc_1,"));
    let expected =
        "037833100,037833,10,0,\"COM, \"\"A\"\"\",,,,,,A,,2024-02-29,-7,4.1250,,A,2024-01-15";
    assert_eq!(lines[1..], [expected]);

    let run = cusip(["convert", file, "--output", "ndjson", "--to", "-"]);
    run.assert_done();
    let expected = r#"{"cusip":"037833100","issuer_num":"037833","issue_num":"10","issue_check":"0","issue_desc_1":"COM, \"A\"","issue_status":"A","maturity_date":"2024-02-29","partial_maturity":-7,"rate":4.1250,"issue_transaction":"A","issue_update_date":"2024-01-15"}"#;
    assert_eq!(run.stdout.trim_end(), expected);
}

#[test]
fn rejects_fail_the_conversion_and_are_kept_to_be_fixed() {
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issue, &[GOOD, WRONG_DATE]);
    let file = file.to_str().unwrap();
    let to = folder.path().join("out");
    let arguments = [
        "convert",
        file,
        "--output",
        "csv",
        "--to",
        to.to_str().unwrap(),
    ];
    let run = cusip(arguments);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr
            .contains(":2: dated_date \"2024-02-30\" is not a valid date"),
        "{run:?}"
    );
    assert!(run.stderr.contains("--max-rejects"), "{run:?}");
    assert_eq!(names(&to), ["rejects"]);
    let rejects = fs::read_to_string(to.join("rejects/CED01-15E.PIP")).unwrap();
    assert_eq!(
        rejects,
        format!("{WRONG_DATE}\r\n999999|REJECTS|cusip convert\r\n")
    );

    let run = cusip([arguments.as_slice(), &["--max-rejects", "1"]].concat());
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("already exists"), "{run:?}");
    cusip([arguments.as_slice(), &["--max-rejects", "1", "--force"]].concat()).assert_done();
    assert_eq!(names(&to), ["CED01-15E.csv", "rejects"]);

    let fixed = to.join("rejects/CED01-15E.PIP");
    fs::write(&fixed, rejects.replace("02-30", "02-28")).unwrap();
    let again = folder.path().join("again");
    let (fixed, again) = (fixed.to_str().unwrap(), again.to_str().unwrap());
    cusip(["convert", fixed, "--output", "csv", "--to", again]).assert_done();
    assert_eq!(names(again.as_ref()), ["CED01-15E.csv"]);
}

#[test]
fn overwriting_removes_rejects_that_no_longer_exist() {
    let folder = tempdir().unwrap();
    let to = folder.path().join("out");
    for (records, code) in [([GOOD, WRONG_DATE].as_slice(), 3), ([GOOD].as_slice(), 0)] {
        let file = write_file(folder.path(), day(), FileKind::Issue, records);
        let (file, to) = (file.to_str().unwrap(), to.to_str().unwrap());
        let run = cusip(["convert", file, "--output", "ndjson", "--to", to, "--force"]);
        assert_eq!(run.code, code, "{run:?}");
    }
    assert!(names(&to.join("rejects")).is_empty());
}

#[test]
fn file_that_was_cut_off_leaves_nothing() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15E.PIP");
    fs::write(&file, format!("{GOOD}\n")).unwrap();
    let to = folder.path().join("out");
    let (file, out) = (file.to_str().unwrap(), to.to_str().unwrap());
    let run = cusip(["convert", file, "--output", "parquet", "--to", out]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("--allow-missing-trailer"), "{run:?}");
    assert!(names(&to).is_empty());
}

#[test]
fn standard_input_is_converted_to_standard_output() {
    let input = format!("{GOOD}\n999999|1\n");
    let arguments = [
        "convert", "-", "--type", "issue", "--output", "csv", "--to", "-",
    ];
    let run = cusip_reading(input, arguments);
    run.assert_done();
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
}

#[test]
fn wrong_usage_is_explained() {
    for (arguments, expected) in [
        (
            ["a.PIP", "b.PIP", "--output=csv", "--to=-"],
            "only one file",
        ),
        (
            ["a.PIP", "b.PIP", "--output=text", "--to=out"],
            "--output parquet, csv or ndjson",
        ),
        (
            ["a/x.PIP", "b/x.PIP", "--type=issue", "--output=csv"],
            "--to",
        ),
    ] {
        let run = cusip([["convert"].as_slice(), &arguments].concat());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(expected), "{run:?}");
    }
    let run = cusip(["check", "a.PIP", "--output", "parquet"]);
    assert_eq!(run.code, 2, "{run:?}");
}
