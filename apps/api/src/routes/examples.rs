//! Examples of answers. A test of the API compares them with real ones, field by field.

use cusip_jobs::{ChangeKind, FieldChange, JobId, RecordChange, SearchHit};
use cusip_pif::FileKind;
use cusip_postgres::SECURITY_COLUMNS;
use serde_json::{Map, Value, json};

/// What the example has in a security's columns. The others are null, as in most securities.
const SECURITY: [(&str, &str); 22] = [
    ("cusip", "037833100"),
    ("isin", "US0378331005"),
    ("issuer_num", "037833"),
    ("issue_num", "10"),
    ("issue_check", "0"),
    ("issuer_name", "APPLE INC"),
    ("issuer_type", "C"),
    ("issuer_type_desc", "Corporate"),
    ("issuer_status", "A"),
    ("issuer_status_desc", "Active"),
    ("issuer_state_code", "CA"),
    ("issue_description", "COM"),
    ("issue_status", "A"),
    ("issue_status_desc", "Active"),
    ("ticker_symbol", "AAPL"),
    ("currency_code", "USD"),
    ("domicile_code", "US"),
    ("us_cfi_code", "ESVUFR"),
    ("iso_cfi", "ESVUFR"),
    ("depos_eligible", "Y"),
    ("form", "REGISTERED"),
    ("issue_update_date", "2024-01-12"),
];

/// A security that was found.
pub(super) fn security() -> Value {
    in_state([("security", row())])
}

/// What a search found.
pub(super) fn hits() -> Value {
    let hit = SearchHit {
        cusip: "037833100".to_owned(),
        isin: Some("US0378331005".to_owned()),
        issuer_name: Some("APPLE INC".to_owned()),
        issue_description: Some("COM".to_owned()),
        ticker_symbol: Some("AAPL".to_owned()),
        underwriter: None,
        match_type: "issuer".to_owned(),
        rank: 3.5,
        reason: "issuer words".to_owned(),
        found_in: vec!["apple in issuer".to_owned()],
    };
    in_state([("hits", json!([hit]))])
}

/// A page of the list of securities.
pub(super) fn securities() -> Value {
    in_state([("securities", json!([row()])), ("next", json!("037833100"))])
}

/// The results of a look-up.
pub(super) fn results() -> Value {
    let reason = "\"037833109\" is not a CUSIP: its check digit should be 0";
    let results = json!([
        {"id": "037833100", "security": row()},
        {"id": "037833109", "reason": reason},
    ]);
    in_state([("results", results)])
}

/// An issuer with its issues.
pub(super) fn issuer() -> Value {
    let issuer = json!({
        "issuer_num": "037833",
        "issuer_check": "1",
        "issuer_name": "APPLE INC",
        "issuer_additional_info": null,
        "issuer_sort_key": "APPLE INC",
        "issuer_type": "C",
        "issuer_type_desc": "Corporate",
        "issuer_status": "A",
        "issuer_status_desc": "Active",
        "issuer_del_date": null,
        "issuer_transaction": null,
        "issuer_transaction_desc": null,
        "issuer_state_code": "CA",
        "issuer_update_date": "2024-01-12",
    });
    in_state([
        ("issuer", issuer),
        ("issues", json!([row()])),
        ("next", Value::Null),
    ])
}

/// The versions of a security.
pub(super) fn history() -> Value {
    in_state([
        ("cusip", json!("037833100")),
        ("versions", json!([change()])),
    ])
}

/// A page of changes.
pub(super) fn changes() -> Value {
    in_state([("changes", json!([change()])), ("next", Value::Null)])
}

fn change() -> RecordChange {
    RecordChange {
        job: JobId(12),
        date: "2024-01-15".parse().ok(),
        kind: FileKind::Issuer,
        issuer_num: "037833".to_owned(),
        issue_num: None,
        change: ChangeKind::Changed,
        fields: vec![FieldChange {
            name: "issuer_name_1".to_owned(),
            from: Some("APPLE COMPUTER INC".to_owned()),
            to: Some("APPLE INC".to_owned()),
        }],
        until: None,
    }
}

fn row() -> Value {
    let value = |name: &str| SECURITY.iter().find(|(column, _)| *column == name);
    let columns = SECURITY_COLUMNS.iter().map(|(name, _)| {
        let value = value(name).map_or(Value::Null, |(_, value)| json!(value));
        ((*name).to_owned(), value)
    });
    Value::Object(columns.collect())
}

fn in_state<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let state = [("job_id", json!(12)), ("date", json!("2024-01-15"))];
    let fields = state.into_iter().chain(fields);
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Value::Object(fields.collect::<Map<_, _>>())
}
