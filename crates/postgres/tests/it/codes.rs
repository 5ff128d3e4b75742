//! Codes that no list has.

use cusip_pif::{FileKind, GovtStimulusProgram, IssuerType};
use cusip_test_support::TestDatabase;

use crate::day::{begin, issue, issuer, merge, stage};

const SINCE: &str = "Undocumented code, first seen on 2024-01-15";

#[tokio::test]
async fn unknown_codes_are_entered_once_and_returned() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let of_type = |number, code| issuer(number, &[("issuer_type", code)]);
    let mut load = begin(&pool).await;
    let records = [
        of_type("000001", "C"),
        of_type("000002", "Q"),
        of_type("000003", "7"),
        of_type("000004", "Q"),
        of_type("000005", ""),
        of_type("000006", "c"),
    ];
    stage(&mut load, &records).await;
    let entered = load
        .register_codes(FileKind::Issuer, &IssuerType::LIST, SINCE)
        .await
        .unwrap();
    let mut codes: Vec<_> = entered.iter().map(|code| code.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["7", "Q", "c"]);
    assert!(entered.iter().all(|code| code.list == "issuer_type"));
    let again = load
        .register_codes(FileKind::Issuer, &IssuerType::LIST, "something else")
        .await
        .unwrap();
    assert_eq!(again, []);
    load.merge(FileKind::Issuer).await.unwrap();
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
        let mut load = begin(&pool).await;
        merge(&mut load, &[issuer("000001", &[])]).await;
        let records = [
            issue("000001", "10", &[("govt_stimulus_program", first)]),
            issue("000001", "20", &[("govt_stimulus_program", second)]),
        ];
        stage(&mut load, &records).await;
        let new = load.register_codes(FileKind::Issue, list, SINCE).await;
        entered.push(
            new.unwrap()
                .into_iter()
                .map(|code| code.code)
                .collect::<Vec<_>>(),
        );
        load.merge(FileKind::Issue).await.unwrap();
        load.commit(&[]).await.unwrap();
    }
    assert_eq!(entered, [["ARPA-E"], ["CHIPS"]]);
}
