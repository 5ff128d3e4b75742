//! `cusip export`: views and tables as files.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

use std::fs::{self, File};
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::DataType;
use cusip_pif::{Date, Decimal};
use cusip_postgres::Relation;
use cusip_test_support::bucket::{CREDENTIALS, cusip_with};
use cusip_test_support::{DayFolder, S3Server, TestDatabase, cusip, cusip_on, cusip_reading};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use tempfile::{TempDir, tempdir};

use crate::security_days::load_day;

/// Loads a day of 40 issuers with 5 issues each.
fn loaded() -> TestDatabase {
    let database = TestDatabase::migrated();
    DayFolder::write(40, 5).load(&database);
    database
}

/// Loads a security on two days. On the second day, its rate and its status change, and it has siblings: one
/// without a check digit, one with quotes, one whose number begins with zeros.
fn two_days() -> TestDatabase {
    let database = TestDatabase::migrated();
    let apple = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let zero = "000123||ZERO \"N\" CO, LTD||||||||M|A||A|NY|2024-01-15";
    let note = "037833|AA|8|NOTE||||||A|2020-01-31|2030-01-31||4.125|N|A|2024-01-15";
    load_day(&database, 15, &[apple, zero], &[note]);
    let note = "037833|AA|8|NOTE||||||D|2020-01-31|2030-01-31|-7|4.50|N|S|2024-01-16";
    let common = "037833|10||COM||||||A||||||A|2024-01-16";
    let zeros = "000123|10||COM||||||A||||||A|2024-01-16";
    load_day(&database, 16, &[apple, zero], &[zeros, common, note]);
    database
}

/// Exports to a new folder, and returns it.
fn exported(database: &TestDatabase, arguments: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    let to = ["export", "--to", folder.path().to_str().unwrap()];
    cusip_on(database, [&to, arguments].concat()).assert_done();
    folder
}

fn to_standard_output(database: &TestDatabase, arguments: &[&str]) -> Vec<String> {
    let run = cusip_on(database, [&["export", "--to", "-"], arguments].concat());
    run.assert_done();
    run.stdout.lines().map(str::to_owned).collect()
}

fn parquet(path: &Path) -> ParquetRecordBatchReader {
    let file = File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    builder.build().unwrap()
}

/// Returns a cell as PostgreSQL shows it in CSV.
fn cell(batch: &RecordBatch, column: usize, row: usize) -> String {
    let values = batch.column(column);
    if values.is_null(row) {
        return String::new();
    }
    match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(row).to_owned(),
        DataType::Date32 => {
            let days = values.as_primitive::<Date32Type>().value(row);
            Date::from_days_since_unix_epoch(days).unwrap().to_string()
        }
        DataType::Decimal128(_, scale) => {
            let number = values.as_primitive::<Decimal128Type>().value(row);
            let number = Decimal::new(number, scale.cast_unsigned()).unwrap();
            number.to_string()
        }
        DataType::Int32 => {
            use arrow_array::types::Int32Type;
            values.as_primitive::<Int32Type>().value(row).to_string()
        }
        DataType::Int64 => {
            use arrow_array::types::Int64Type;
            values.as_primitive::<Int64Type>().value(row).to_string()
        }
        other => panic!("no column has the type {other}"),
    }
}

/// Returns the rows that PostgreSQL has, with numbers at the scale of the file.
fn stored(database: &TestDatabase, relation: Relation, batch: &RecordBatch) -> Vec<Vec<String>> {
    let columns: Vec<_> = (batch.schema().fields().iter())
        .map(|field| match (field.name().as_str(), field.data_type()) {
            // These two are computed, and compared by other tests.
            ("isin", _) => "'isin'".to_owned(),
            ("cusip", _) => "'cusip'".to_owned(),
            (name, DataType::Decimal128(_, scale)) => {
                format!("coalesce(round({name}, {scale})::text, '')")
            }
            (name, _) => format!("coalesce({name}::text, '')"),
        })
        .collect();
    let name = relation.name();
    let order = match relation.has_key() {
        true if columns.iter().any(|column| column.contains("(issue_num:")) => {
            "issuer_num, issue_num"
        }
        true => "issuer_num",
        false if name.starts_with("ref_") => "code",
        false => "cusip collate \"C\"",
    };
    database.query(&format!(
        "select {} from {name} order by {order}",
        columns.join(", ")
    ))
}

#[test]
fn parquet_has_every_view_and_table_as_postgresql_has_it() {
    let database = loaded();
    let names = Relation::ALL.map(Relation::name);
    let folder = exported(&database, &[&names[..], &["--output", "parquet"]].concat());
    for relation in Relation::ALL {
        let path = folder.path().join(format!("{relation}.parquet"));
        let mut rows = Vec::new();
        let mut first = None;
        for batch in parquet(&path) {
            let batch = batch.unwrap();
            for row in 0..batch.num_rows() {
                let shown = |column: usize| match batch.schema().field(column).name().as_str() {
                    name @ ("isin" | "cusip") => name.to_owned(),
                    _ => cell(&batch, column, row),
                };
                rows.push((0..batch.num_columns()).map(shown).collect::<Vec<_>>());
            }
            first.get_or_insert(batch);
        }
        let batch = first.expect("no relation is empty");
        assert_eq!(rows, stored(&database, relation, &batch), "{relation}");
    }
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), Relation::ALL.len(), "{left:?}");
}

#[test]
fn parquet_has_statistics_compression_and_the_state() {
    let database = loaded();
    let folder = exported(&database, &["securities", "--output", "parquet"]);
    let file = File::open(folder.path().join("securities.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let metadata = reader.metadata();
    let column = metadata.row_group(0).column(0);
    assert!(column.statistics().is_some());
    assert!(format!("{:?}", column.compression()).contains("ZSTD"));
    let pairs = metadata.file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| {
        let pair = pairs.iter().find(|pair| pair.key == key);
        pair.and_then(|pair| pair.value.as_deref())
    };
    assert_eq!(value("cusip.relation"), Some("v_security"));
    assert_eq!(value("cusip.day"), Some("2024-01-15"));
    assert_eq!(value("cusip.job_id"), Some("1"));
}

#[test]
fn csv_and_ndjson_have_every_digit_and_leading_zero() {
    let database = two_days();
    let columns = |rows: &[String], names: &[&str]| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(rows.join("\n").into_bytes().leak() as &[u8]);
        let headers = reader.headers().unwrap().clone();
        let index = |name: &&str| headers.iter().position(|header| header == *name).unwrap();
        let records = reader.records().map(Result::unwrap);
        records
            .map(|record| {
                let cells: Vec<_> = (names.iter().map(index))
                    .map(|index| record[index].to_owned())
                    .collect();
                cells.join("|")
            })
            .collect()
    };
    let csv = to_standard_output(&database, &["securities", "--output", "csv"]);
    assert!(csv[0].starts_with("cusip,isin,issuer_num,issue_num,issue_check,issuer_name,"));
    assert_eq!(
        columns(
            &csv,
            &[
                "cusip",
                "isin",
                "issuer_name",
                "rate",
                "offering_amount_full"
            ]
        ),
        [
            "000123109||ZERO \"N\" CO, LTD||",
            "037833100||APPLE INC||",
            "037833AA8|US037833AA86|APPLE INC|4.50|12500000000.0",
        ]
    );
    let csv = to_standard_output(&database, &["issue", "--output", "csv"]);
    assert!(csv[0].starts_with("cusip,issuer_num,issue_num,issue_check,"));
    assert_eq!(
        columns(
            &csv,
            &["cusip", "partial_maturity", "first_job_id", "last_job_id"]
        ),
        ["000123109||2|2", "037833100||2|2", "037833AA8|-7|1|2"]
    );
    let lines = to_standard_output(&database, &["issue_attributes", "--output", "ndjson"]);
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(
        *line,
        "{\"cusip\":\"037833AA8\",\"isin\":\"US037833AA86\",\"issuer_num\":\"037833\",\"issue_num\":\"AA\",\
         \"cusip_base\":\"037833AA\",\"payment_frequency\":\"4\",\"payment_frequency_desc\":\"Quarterly\",\
         \"currency_code\":\"USD\",\"domicile_code\":\"US\",\"offering_amount\":12.5,\
         \"offering_amount_code\":\"B\",\"offering_amount_code_desc\":\"Billions\",\
         \"offering_amount_full\":12500000000.0}"
    );
}

#[test]
fn earlier_states_are_exported_of_views_and_tables() {
    let database = two_days();
    for (name, rate) in [
        ("securities", "4.125"),
        ("issues", "4.125"),
        ("issue", "4.125"),
    ] {
        let export = [name, "--output", "ndjson", "--as-of", "2024-01-15"];
        let lines = to_standard_output(&database, &export);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(&format!("\"rate\":{rate}")), "{lines:?}");
    }
    let export = ["issue", "--output", "ndjson", "--as-of", "2024-01-15"];
    let lines = to_standard_output(&database, &export);
    assert!(
        lines[0].ends_with("\"first_job_id\":1,\"last_job_id\":1}"),
        "{lines:?}"
    );
    let versions = to_standard_output(&database, &["issue_version", "--output", "ndjson"]);
    assert_eq!(versions.len(), 4);
    let early = [
        "export",
        "issues",
        "--output",
        "csv",
        "--to",
        "-",
        "--as-of",
        "2024-01-02",
    ];
    cusip_on(&database, early).assert_fails(4, &["the first day loaded is 2024-01-15"]);
    let codes = [
        "export",
        "ref_issue_status",
        "--output",
        "csv",
        "--to",
        "-",
        "--as-of",
        "2024-01-15",
    ];
    cusip_on(&database, codes)
        .assert_fails(2, &["ref_issue_status has no earlier states for --as-of"]);
}

#[test]
fn filters_select_rows_of_every_relation_with_a_key() {
    let database = two_days();
    let count = |arguments: &[&str]| {
        let lines = to_standard_output(&database, &[arguments, &["--output", "ndjson"]].concat());
        lines.len()
    };
    for (name, municipal, active) in [
        ("securities", 1, 2),
        ("issuers", 1, 2),
        ("issues", 1, 2),
        ("issue_attributes", 0, 0),
        ("issuer", 1, 2),
        ("issue", 1, 2),
        ("issue_attribute", 0, 0),
    ] {
        assert_eq!(count(&[name, "--issuer-type", "M"]), municipal, "{name}");
        assert_eq!(count(&[name, "--active"]), active, "{name}");
        let as_of = ["--active", "--issuer-type", "C,X", "--as-of", "2024-01-15"];
        let both = [&[name], as_of.as_slice()].concat();
        assert_eq!(count(&both), 1, "{name}");
    }
    assert_eq!(count(&["issue_version", "--issuer-type", "C"]), 3);
    let summary = [
        "export",
        "v_security_summary",
        "--output",
        "csv",
        "--to",
        "-",
        "--active",
    ];
    cusip_on(&database, summary)
        .assert_fails(2, &["v_security_summary has no status for --active"]);
}

#[test]
fn list_selects_securities_and_issuers_and_the_missing_are_named() {
    let database = two_days();
    let folder = tempdir().unwrap();
    let list = folder.path().join("list.txt");
    let export = |name: &'static str, content: &str| {
        fs::write(&list, content).unwrap();
        let list = list.to_str().unwrap();
        cusip_on(
            &database,
            [
                "export", name, "--output", "ndjson", "--to", "-", "--file", list,
            ],
        )
    };
    for name in ["securities", "issues", "issue"] {
        let found = export(name, "US037833AA86\n000123\n");
        assert_eq!(found.assert_done().stdout.lines().count(), 2, "{found:?}");
    }
    assert_eq!(
        export("issue_version", "037833AA")
            .assert_done()
            .stdout
            .lines()
            .count(),
        2
    );
    assert_eq!(
        export("issuers", "037833AA, 000123")
            .assert_done()
            .stdout
            .lines()
            .count(),
        2
    );
    let some = export("securities", "037833AA 594918104 999999 037833101");
    some.assert_fails(
        1,
        &[
            "there is no security 594918104",
            "there is no issuer 999999",
            "\"037833101\" is not a CUSIP",
        ],
    );
    assert_eq!(some.stdout.lines().count(), 1);
    export("securities", "\n").assert_fails(2, &["has no CUSIPs, ISINs or issuer numbers"]);
    let arguments = [
        "export", "issues", "--output", "csv", "--to", "-", "--file", "none.txt",
    ];
    cusip_on(&database, arguments).assert_fails(4, &["none.txt"]);
    let read = [
        "export", "issues", "--output", "ndjson", "--to", "-", "--file", "-",
    ];
    let arguments: Vec<_> = (read.map(str::to_owned).into_iter())
        .chain(database.arguments())
        .collect();
    let run = cusip_reading("037833100", arguments);
    assert_eq!(run.assert_done().stdout.lines().count(), 1);
}

#[test]
fn existing_files_stay_unless_forced_and_failures_leave_none() {
    let database = two_days();
    let folder = exported(&database, &["issues", "--output", "csv"]);
    let to = folder.path().to_str().unwrap();
    let path = folder.path().join("issues.csv");
    let before = fs::read(&path).unwrap();
    let again = ["export", "issuers", "issues", "--output", "csv", "--to", to];
    cusip_on(&database, again).assert_fails(1, &["already exists", "--force"]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let again = [&again[..], &["--active", "--force"]].concat();
    cusip_on(&database, again).assert_done();
    assert_ne!(fs::read(&path).unwrap(), before);
    database.execute("alter view v_issue rename to v_issue_gone");
    let again = [
        "export", "issuers", "issues", "--output", "csv", "--to", to, "--force",
    ];
    cusip_on(&database, again).assert_fails(1, &["v_issue"]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn wrong_usage_is_explained() {
    let run = cusip(["export", "issues", "--to", "-"]);
    run.assert_fails(
        2,
        &["export needs a format: use --output parquet, csv or ndjson"],
    );
    let run = cusip(["export", "load_job", "--output", "csv", "--to", "-"]);
    run.assert_fails(2, &["load_job", "securities"]);
    let run = cusip([
        "export", "issues", "issuers", "--output", "csv", "--to", "-",
    ]);
    run.assert_fails(2, &["--to - takes only one view"]);
    let run = cusip([
        "export", "issues", "v_issue", "--output", "csv", "--to", "x",
    ]);
    run.assert_fails(2, &["issues is named twice"]);
}

#[test]
fn nothing_loaded_is_an_empty_file() {
    let database = TestDatabase::migrated();
    let run = cusip_on(
        &database,
        ["export", "issues", "--output", "csv", "--to", "-"],
    );
    run.assert_done();
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stderr.contains("nothing has been loaded"), "{run:?}");
}

#[test]
fn bucket_gets_the_same_bytes_as_a_folder() {
    let database = loaded();
    let server = S3Server::start();
    let to = format!("s3://{}/extract/today", S3Server::BUCKET);
    let options = database.arguments();
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let export = |arguments: &[&str]| {
        let command = ["export", "securities", "issuers", "--to", &to];
        let endpoint = ["--s3-endpoint", server.endpoint()];
        cusip_with(
            &CREDENTIALS,
            &[&command, &endpoint[..], arguments, &options].concat(),
        )
    };
    for output in ["parquet", "csv", "ndjson"] {
        let run = export(&["--output", output]);
        run.assert_done();
        let securities = format!("wrote {to}/securities.{output}: 200 rows of securities");
        assert!(run.stdout.contains(&securities), "{run:?}");
        let folder = exported(&database, &["securities", "issuers", "--output", output]);
        for name in ["securities", "issuers"] {
            let name = format!("{name}.{output}");
            let object = fs::read(server.path(&format!("extract/today/{name}"))).unwrap();
            assert!(
                object == fs::read(folder.path().join(&name)).unwrap(),
                "{name}"
            );
        }
    }
    export(&["--output", "csv"]).assert_fails(1, &["already exists", "--force"]);
    let active = export(&["--output", "csv", "--active", "--force"]);
    active.assert_done();
}
