//! Every field of every kind on its way through staging and merge.

use cusip_pif::{
    Date, Decimal, Field, FieldType, FileKind, Issue, IssueAttribute, Issuer, Record, RecordRef,
    ValueVisitor, check_digit,
};
use cusip_test_support::TestDatabase;

use crate::day::{Day, begin, merge, record};

/// One for each field of the longest record.
const SECURITIES: usize = 51;

#[tokio::test]
async fn every_field_arrives_in_its_column() {
    let database = TestDatabase::migrated();
    let day = full_day(|_| None);
    day.load(&database.pool()).await;
    check_stored(&database, &day);
}

#[tokio::test]
async fn loss_and_return_of_any_one_field_are_updates() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let full = full_day(|_| None);
    let each_without_one = full_day(Some);
    full.load(&pool).await;
    for day in [&each_without_one, &full] {
        let load = begin(&pool).await;
        let merged = merge(&load, &day.issuers).await;
        assert_eq!((merged.updated, merged.unchanged), (15, 36));
        let merged = merge(&load, &day.issues).await;
        assert_eq!((merged.updated, merged.unchanged), (15, 36));
        let merged = merge(&load, &day.attributes).await;
        assert_eq!((merged.updated, merged.unchanged), (51, 0));
        load.commit(&[]).await.unwrap();
        check_stored(&database, day);
    }
}

/// Compares the master tables with the records, which are in the order of their keys.
fn check_stored(database: &TestDatabase, day: &Day) {
    let stored = |kind: FileKind| {
        let layout = kind.layout();
        let columns: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
        let key: Vec<_> = layout.key().map(|field| field.name).collect();
        let (columns, key, table) = (
            columns.join(", "),
            key.join(", "),
            cusip_postgres::table_of(layout.kind),
        );
        database.query(&format!("select {columns} from {table} order by {key}"))
    };
    assert_eq!(stored(FileKind::Issuer), shown(&day.issuers));
    assert_eq!(stored(FileKind::Issue), shown(&day.issues));
    assert_eq!(stored(FileKind::IssueAttribute), shown(&day.attributes));
}

/// Makes records with a value in every field except one. `left_out` is that field's index among
/// those that are not in the key.
fn full_day(left_out: impl Fn(usize) -> Option<usize>) -> Day {
    let mut day = Day::default();
    for index in 0..SECURITIES {
        let left_out = left_out(index);
        let issuer_num = format!("{:06}", index + 1);
        let key = ["000001".to_owned(), format!("{:02}", index + 1)];
        day.issuers.push(full::<Issuer>(&[issuer_num], left_out));
        day.issues.push(full::<Issue>(&key, left_out));
        day.attributes.push(full::<IssueAttribute>(&key, left_out));
    }
    day
}

fn full<R: Record>(key: &[String], left_out: Option<usize>) -> R {
    let fields = R::LAYOUT.fields.iter().filter(|field| !field.is_key());
    let values: Vec<_> = fields
        .enumerate()
        .filter(|(index, _)| Some(*index) != left_out)
        .map(|(_, field)| (field.name, value(field, key)))
        .collect();
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let key: Vec<_> = key.iter().map(String::as_str).collect();
    record(&key, &values)
}

/// A value that is as long as the field allows, and differs from its neighbor's.
fn value(field: &Field, key: &[String]) -> String {
    let letter = char::from(b'A' + (field.ordinal % 26) as u8);
    match field.field_type {
        FieldType::Text { .. } if field.name == "issue_check" => {
            let digit = check_digit(key.concat().as_bytes());
            digit.expect("a key has a check digit").to_string()
        }
        FieldType::Text { max } => format!("{letter:\u{e9}<max$}"),
        FieldType::Code { list, .. } => list.codes[0].code.to_owned(),
        FieldType::Date => format!("2024-02-{:02}", field.ordinal % 29 + 1),
        FieldType::Integer => i32::MIN.to_string(),
        FieldType::Decimal { precision, scale } => {
            let whole = "9".repeat(usize::from(precision - scale));
            format!("-{whole}.{}", "9".repeat(usize::from(scale)))
        }
        other => panic!("no value is known for {other}"),
    }
}

/// The records' values as the server shows them, NULL as the empty text.
fn shown(records: &[impl Record]) -> Vec<Vec<String>> {
    let values = records.iter().map(|record| {
        let mut shown = Shown::default();
        record.as_record_ref().visit(&mut shown);
        shown.values
    });
    values.collect()
}

#[derive(Default)]
struct Shown {
    values: Vec<String>,
}

impl Shown {
    fn push(&mut self, value: Option<impl ToString>) {
        let text = value.map(|value| value.to_string());
        self.values.push(text.unwrap_or_default());
    }
}

impl ValueVisitor for Shown {
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        self.push(value);
    }

    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        self.push(value);
    }

    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        self.push(value);
    }

    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        self.push(value);
    }
}
