//! Codes that are not in any list.

use cusip_pif::{FileKind, GovtStimulusProgram, IssuerType};
use cusip_test_support::TestDatabase;

use crate::day::{begin, issue, issuer, merge, stage, staging};

const SINCE: &str = "Undocumented code, first seen on 2024-01-15";

#[tokio::test]
async fn unknown_codes_are_entered_once_and_returned() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let of_type = |number, code| issuer(number, &[("issuer_type", code)]);
    let load = begin(&pool).await;
    let mut sink = staging(&load).await;
    let records = [
        of_type("000001", "C"),
        of_type("000002", "Q"),
        of_type("000003", "7"),
        of_type("000004", "Q"),
        of_type("000005", ""),
        of_type("000006", "c"),
    ];
    stage(&mut sink, &records).await;
    let mut codes = sink
        .register_codes(FileKind::Issuer, &IssuerType::LIST, SINCE)
        .await
        .unwrap();
    codes.sort_unstable();
    assert_eq!(codes, ["7", "Q", "c"]);
    let again = sink
        .register_codes(FileKind::Issuer, &IssuerType::LIST, "something else")
        .await
        .unwrap();
    assert!(again.is_empty());
    sink.write(FileKind::Issuer, 6).await.unwrap();
    load.commit(&[]).await.unwrap();

    let shown =
        database.query("select issuer_type, issuer_type_desc from v_issuer order by issuer_num");
    let expected = [
        ["C", "Corporate Issuer"],
        ["Q", SINCE],
        ["7", SINCE],
        ["Q", SINCE],
        ["", ""],
        ["c", SINCE],
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn later_load_enters_only_what_is_new_to_it() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let list = &GovtStimulusProgram::LIST;
    let mut entered = Vec::new();
    for [first, second] in [["ARPA-E", "A"], ["ARPA-E", "CHIPS"]] {
        let load = begin(&pool).await;
        merge(&load, &[issuer("000001", &[])]).await;
        let records = [
            issue("000001", "10", &[("govt_stimulus_program", first)]),
            issue("000001", "20", &[("govt_stimulus_program", second)]),
        ];
        let mut sink = staging(&load).await;
        stage(&mut sink, &records).await;
        let new = sink.register_codes(FileKind::Issue, list, SINCE).await;
        entered.push(new.unwrap());
        sink.write(FileKind::Issue, 2).await.unwrap();
        load.commit(&[]).await.unwrap();
    }
    assert_eq!(entered, [["ARPA-E"], ["CHIPS"]]);
}
