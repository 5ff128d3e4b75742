//! Batches of good records.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Int32Type};
use arrow_array::{Array as _, RecordBatch, RecordBatchReader as _};
use cusip_pif::{
    Date, Decimal, Event, Field, FileKind, Issue, IssueAttribute, Issuer, Reader, Record,
    RecordRef as _, ValueVisitor,
};
use cusip_pif_arrow::{BatchReader, Options};
use cusip_synth::Day;
use proptest::prelude::*;

fn read(kind: FileKind, file: &[u8], options: &Options) -> Vec<RecordBatch> {
    let reader = BatchReader::new(kind, file, options);
    let schema = reader.schema();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert!(batches.iter().all(|batch| batch.schema() == schema));
    batches
}

fn day() -> Day {
    let date = Date::new(2024, 1, 15).unwrap();
    let options = cusip_synth::Options::new(date);
    Day::new(options.with_issuers(300).with_issues_per_issuer(5)).unwrap()
}

/// Compares the values of a record with a row.
struct Comparison<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl ValueVisitor for Comparison<'_> {
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        let column = self
            .batch
            .column_by_name(field.name)
            .unwrap()
            .as_string::<i32>();
        let found = column.is_valid(self.row).then(|| column.value(self.row));
        assert_eq!(found, value, "{}", field.name);
    }

    fn date(&mut self, field: &'static Field, value: Option<Date>) {
        let column = self.batch.column_by_name(field.name).unwrap();
        let column = column.as_primitive::<Date32Type>();
        let found = column.is_valid(self.row).then(|| column.value(self.row));
        assert_eq!(
            found,
            value.map(Date::days_since_unix_epoch),
            "{}",
            field.name
        );
    }

    fn integer(&mut self, field: &'static Field, value: Option<i32>) {
        let column = self.batch.column_by_name(field.name).unwrap();
        let column = column.as_primitive::<Int32Type>();
        let found = column.is_valid(self.row).then(|| column.value(self.row));
        assert_eq!(found, value, "{}", field.name);
    }

    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>) {
        let column = self.batch.column_by_name(field.name).unwrap();
        let column = column.as_primitive::<Decimal128Type>();
        let found = column
            .is_valid(self.row)
            .then(|| column.value_as_string(self.row));
        let scale = usize::try_from(column.scale()).unwrap();
        // The text of the number, with zeros up to the column's scale.
        let expected = value.map(|value| {
            let missing = scale - usize::from(value.scale());
            let point = if value.scale() == 0 { "." } else { "" };
            format!("{value}{point}{}", "0".repeat(missing))
        });
        assert_eq!(found, expected, "{}", field.name);
    }
}

fn compare<R: Record>(rows_per_batch: usize) {
    let kind = R::LAYOUT.kind;
    let file = day().write(kind, Vec::new()).unwrap();
    let batches = read(
        kind,
        &file,
        &Options::default().with_batch_rows(rows_per_batch),
    );
    let (last, full) = batches.split_last().unwrap();
    assert!(full.iter().all(|batch| batch.num_rows() == rows_per_batch));
    assert!(last.num_rows() <= rows_per_batch);
    let mut rows = (batches.iter())
        .flat_map(|batch| (0..batch.num_rows()).map(move |row| Comparison { batch, row }));
    let mut records = Reader::<R, _>::from_reader(file.as_slice());
    let mut count = 0;
    while let Some(event) = records.next_event().unwrap() {
        if let Event::Record { record, .. } = event {
            record.visit(&mut rows.next().unwrap());
            count += 1;
        }
    }
    assert!(rows.next().is_none());
    assert!(count >= 300, "{count}");
}

#[test]
fn every_value_of_every_record_is_in_its_column() {
    compare::<Issuer>(100);
    compare::<Issue>(64);
    compare::<IssueAttribute>(1_000);
}

#[test]
fn nine_digits_before_the_point_fit_in_the_column() {
    let file = "037833|10|0|COM||||||A||||-123456789.000000000||A|2024-01-15\n999999|1\n";
    let batches = read(FileKind::Issue, file.as_bytes(), &Options::default());
    let rates = batches[0].column_by_name("rate").unwrap();
    let rates = rates.as_primitive::<Decimal128Type>();
    assert_eq!(rates.value_as_string(0), "-123456789.000000");
}

#[test]
fn column_without_nulls_has_no_null_buffer() {
    let file = day().write(FileKind::Issue, Vec::new()).unwrap();
    let batches = read(FileKind::Issue, &file, &Options::default());
    assert!(
        batches[0]
            .column_by_name("issuer_num")
            .unwrap()
            .nulls()
            .is_none()
    );
    assert!(batches[0].column_by_name("rate").unwrap().nulls().is_some());
}

#[test]
fn identifiers_are_computed() {
    let options = Options::default().with_identifiers(true);
    let apple = format!("037833|10|{}US{}\n", "|".repeat(8), "|".repeat(42));
    let sap = format!("803054|20|{}DE{}\n", "|".repeat(8), "|".repeat(42));
    let nowhere = format!("037833|10|{}\n", "|".repeat(50));
    let file = format!("{apple}{sap}{nowhere}999999|3\n");
    let batch = &read(FileKind::IssueAttribute, file.as_bytes(), &options)[0];
    let column = |name: &str| {
        let column = batch
            .column_by_name(name)
            .unwrap()
            .as_string::<i32>()
            .clone();
        let values = column.iter().map(|value| value.map(str::to_owned));
        values.collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        column("cusip"),
        [some("037833100"), some("803054204"), some("037833100")]
    );
    assert_eq!(column("isin"), [some("US0378331005"), None, None]);
}

proptest! {
    #[test]
    fn batch_has_at_least_one_row_and_at_most_a_million(rows in any::<usize>()) {
        let options = Options::default().with_batch_rows(rows);
        let file = "037833|10|0|COM||||||A||||||A|2024-01-15\n".repeat(3) + "999999|3\n";
        let batches = read(FileKind::Issue, file.as_bytes(), &options);
        let expected = 3_usize.div_ceil(rows.clamp(1, 3));
        prop_assert_eq!(batches.len(), expected);
    }
}
