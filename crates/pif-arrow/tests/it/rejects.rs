//! Rejects.

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, RecordBatch};
use cusip_pif::{CheckDigits, FileKind};
use cusip_pif_arrow::{BatchReader, Options, rejects_schema};

const GOOD: &str = "037833|10|0|COM||||||A||||||A|2024-01-15\n";
const WRONG_CHECK_DIGIT: &str = "037833|10|7|COM||||||A||||||A|2024-01-15\n";

fn issues(file: &[u8], options: &Options) -> (Vec<RecordBatch>, Vec<RecordBatch>) {
    let mut reader = BatchReader::new(FileKind::Issue, file, options);
    let batches: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
    (batches, reader.take_rejects())
}

fn text<'a>(batch: &'a RecordBatch, name: &str, row: usize) -> Option<&'a str> {
    let column = batch.column_by_name(name).unwrap().as_string::<i32>();
    column.is_valid(row).then(|| column.value(row))
}

fn number(batch: &RecordBatch, name: &str, row: usize) -> i64 {
    let column = batch.column_by_name(name).unwrap();
    column.as_primitive::<Int64Type>().value(row)
}

#[test]
fn reject_has_its_place_its_faults_and_its_line() {
    let bad = b"037833|10|0|\xC9T\xC9||||||A|2024-02-30|soon|||||\r\n";
    let file = [
        GOOD.as_bytes(),
        b"\n",
        bad,
        b"1|2\n",
        GOOD.as_bytes(),
        b"999999|4\n",
    ]
    .concat();
    let (batches, rejects) = issues(&file, &Options::default());
    assert_eq!(batches[0].num_rows(), 2);
    let [rejects] = &*rejects else {
        panic!("{rejects:?}");
    };
    assert_eq!(rejects.schema(), rejects_schema());
    assert_eq!(rejects.num_rows(), 2);
    assert_eq!(number(rejects, "line_number", 0), 3);
    assert_eq!(number(rejects, "byte_offset", 0), GOOD.len() as i64 + 1);
    assert_eq!(text(rejects, "field", 0), Some("dated_date"));
    assert_eq!(text(rejects, "value", 0), Some("2024-02-30"));
    assert_eq!(text(rejects, "rule", 0), Some("date"));
    let message = text(rejects, "message", 0).unwrap();
    assert!(
        message.starts_with("dated_date \"2024-02-30\" is not a valid date"),
        "{message}"
    );
    assert!(
        message.contains("; maturity_date \"soon\" is not"),
        "{message}"
    );
    let lines = rejects
        .column_by_name("raw_line")
        .unwrap()
        .as_binary::<i32>();
    assert_eq!(lines.value(0), &bad[..bad.len() - 2]);
    assert_eq!(
        (text(rejects, "field", 1), text(rejects, "value", 1)),
        (None, None)
    );
    assert_eq!(text(rejects, "rule", 1), Some("field_count"));
}

#[test]
fn wrong_check_digit_is_a_reject_or_a_warning() {
    let file = [WRONG_CHECK_DIGIT, "999999|1\n"].concat();
    let (batches, rejects) = issues(file.as_bytes(), &Options::default());
    assert!(batches.is_empty());
    assert_eq!(text(&rejects[0], "rule", 0), Some("check_digit"));

    let options = Options::default().with_check_digits(CheckDigits::Warn);
    let mut reader = BatchReader::new(FileKind::Issue, file.as_bytes(), &options);
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 1);
    assert!(reader.next().is_none());
    assert!(reader.take_rejects().is_empty());
    assert_eq!(reader.summary().warnings, 1);
}

#[test]
fn rejects_that_are_taken_after_every_batch_never_pile_up() {
    let file = WRONG_CHECK_DIGIT.repeat(1_000) + GOOD + "999999|1001\n";
    let options = Options::default().with_batch_rows(100);
    let mut reader = BatchReader::new(FileKind::Issue, file.as_bytes(), &options);
    let (mut records, mut rejects) = (0, 0);
    while let Some(batch) = reader.next() {
        records += batch.unwrap().num_rows();
        for batch in reader.take_rejects() {
            assert!(batch.num_rows() <= 100);
            rejects += batch.num_rows();
        }
    }
    assert_eq!((records, rejects), (1, 1_000));
    assert_eq!(
        (reader.summary().records, reader.summary().rejects),
        (1, 1_000)
    );
}

#[test]
fn batch_of_rejects_ends_before_its_lines_need_much_memory() {
    let long = "x".repeat(60_000) + "\n";
    let file = long.repeat(600) + "999999|600\n";
    let (_, rejects) = issues(file.as_bytes(), &Options::default());
    let rows: Vec<_> = rejects.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(rows.iter().sum::<usize>(), 600);
    assert!(rows.len() > 1 && rows[0] <= 300, "{rows:?}");
}
