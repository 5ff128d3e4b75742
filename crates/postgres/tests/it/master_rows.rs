//! The rows of a master table as a load reads them to compare a file with them.

use cusip_pif::{Date, Decimal, Issue, Issuer, Position, Record};
use cusip_postgres::{Load, LoadStrategy, MasterRows, RowBuffer};
use cusip_test_support::TestDatabase;

use crate::day::{Day, begin, issue, issuer};

/// Starts to read the rows of the kind's master table.
async fn master_rows<R: Record>(load: &Load) -> MasterRows {
    let strategy = LoadStrategy::Stage {
        skip_unchanged: true,
    };
    let sink = load.begin(strategy, &[R::LAYOUT.kind]).await.unwrap();
    let target = sink.unwrap().copy(R::LAYOUT.kind).await.unwrap().unwrap();
    target.copy.finish().await.unwrap();
    target.master.unwrap()
}

/// Reads all rows of the kind's master table, a line each.
async fn read<R: Record>(load: &Load) -> Vec<u8> {
    let mut master = master_rows::<R>(load).await;
    let mut lines = Vec::new();
    while let Some(rows) = master.next().await.unwrap() {
        assert!(rows.ends_with(b"\n"));
        lines.extend_from_slice(&rows);
    }
    master.finish().await;
    lines
}

/// Writes records as they are compared with the rows.
fn written<R: Record>(records: &[R]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut buffer = RowBuffer::staging();
    for record in records {
        let nowhere = Position {
            line: 1,
            byte_offset: 0,
        };
        buffer.push_if(&record.as_record_ref(), nowhere, |line| {
            lines.extend_from_slice(line);
            lines.push(b'\n');
            false
        });
    }
    assert!(buffer.take().is_empty());
    lines
}

#[track_caller]
fn assert_same(read: &[u8], written: &[u8]) {
    let shown = |lines: &[u8]| -> Vec<String> {
        let lines = lines.split_inclusive(|&byte| byte == b'\n');
        lines.map(|line| line.escape_ascii().to_string()).collect()
    };
    assert_eq!(shown(read), shown(written));
}

#[tokio::test]
async fn records_are_written_as_the_server_writes_their_rows_whatever_is_in_them() {
    let database = TestDatabase::migrated().pool();
    let controls = (1..=0x1f).map(|byte| char::from(byte).to_string());
    let odd = [
        "",
        " ",
        "\\",
        "\\N",
        "\\.",
        "\\\\n",
        "a\\tb",
        "|",
        "\"",
        "'",
        "\u{7f}",
        "\u{80}",
        "\u{a0}",
        "\u{feff}",
        "e\u{301}",
        "\u{20ac}",
        "\u{1f680}",
        "NULL",
        " both ",
    ];
    let texts = controls.chain(odd.map(str::to_owned));
    let with_text = |(number, text): (u32, String)| {
        let mut issuer = issuer(&format!("{number:06}"), &[("issuer_type", "C")]);
        issuer.issuer_name_1 = Some(text.clone());
        issuer.issuer_sort_key = Some(format!("{text}x{text}"));
        issuer
    };
    let issuers: Vec<Issuer> = (0..).zip(texts).map(with_text).collect();
    let days = [(1, 1, 1), (1969, 12, 31), (2000, 2, 29), (9999, 12, 31)];
    let decimals = [(0, 0), (0, 6), (5, 6), (-5, 1), (450, 2), (999_999_999, 6)];
    let mut issues: Vec<Issue> = Vec::new();
    for (index, (year, month, day)) in days.into_iter().enumerate() {
        for (number, (coefficient, scale)) in decimals.into_iter().enumerate() {
            let mut issue = issue("000000", &format!("{index}{number}"), &[]);
            issue.dated_date = Date::new(year, month, day);
            issue.rate = Decimal::new(coefficient, scale);
            issue.partial_maturity = [None, Some(i32::MIN), Some(-1), Some(i32::MAX)][index];
            issues.push(issue);
        }
    }
    let day = Day {
        issuers,
        issues,
        attributes: Vec::new(),
    };
    day.load(&database).await;
    let load = begin(&database).await;
    assert_same(&read::<Issuer>(&load).await, &written(&day.issuers));
    assert_same(&read::<Issue>(&load).await, &written(&day.issues));
}

#[tokio::test]
async fn rows_come_in_the_order_of_the_files_keys_and_dates_in_theirs_form() {
    let database = TestDatabase::migrated();
    database.execute(&format!(
        "alter database {} set datestyle = 'German'",
        database.name()
    ));
    let database = database.pool();
    let numbers = [
        "#00000", "*00000", "000000", "00000A", "0000A0", "@00000", "A00000", "ZZZZZ@",
    ];
    let with_date = |number: &&str| issuer(number, &[("issuer_update_date", "2024-01-15")]);
    let sorted: Vec<Issuer> = numbers.iter().map(with_date).collect();
    let day = Day {
        issuers: sorted.iter().rev().cloned().collect(),
        ..Day::default()
    };
    day.load(&database).await;
    let load = begin(&database).await;
    assert_same(&read::<Issuer>(&load).await, &written(&sorted));
}

#[tokio::test]
async fn reading_can_end_before_the_last_row_and_the_load_goes_on() {
    let database = TestDatabase::migrated().pool();
    let many: Vec<Issuer> = (0..20_000)
        .map(|number| issuer(&format!("{number:06}"), &[("issuer_name_1", "A NAME")]))
        .collect();
    let day = Day {
        issuers: many,
        ..Day::default()
    };
    day.load(&database).await;
    let load = begin(&database).await;
    let mut master = master_rows::<Issuer>(&load).await;
    assert!(master.next().await.unwrap().is_some());
    master.finish().await;
    load.commit(&[]).await.unwrap();
}
