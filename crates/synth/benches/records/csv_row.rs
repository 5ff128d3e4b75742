//! Rows for the `csv` crate with serde, with the same fields as our records.
//!
//! This is the fastest use of `csv` that we know: no quoting, one record reused for all rows, UTF-8
//! validated once per row, fields by position instead of header, and borrowed text. The rows are
//! typed but not validated: widths, code lists, identifiers and check digits are not checked.

use std::hint::black_box;

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};
use cusip_pif::{
    Date, Event, Field, Issue, IssueAttribute, Issuer, Reader, Record, RecordRef, ValueVisitor,
};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::data::{BUFFER_BYTES, RECORDS, file, file_without_trailer};

/// A kind of record that the `csv` crate can also read.
pub(crate) trait CsvRecord: Record {
    /// The row, which borrows its text.
    type Row<'a>: Deserialize<'a> + Row;
}

/// A row that can be compared with a record.
pub(crate) trait Row {
    /// Returns the values in file order, as text.
    fn values(&self) -> Vec<Option<String>>;
}

/// Counts the rows of a file, reading each as a typed row.
pub(crate) fn count<R: CsvRecord>(file: &[u8]) -> u64 {
    let mut rows = 0;
    each_row::<R>(file, |row| {
        black_box(&row);
        rows += 1;
    });
    rows
}

/// Counts the rows of a file, splitting each into fields.
pub(crate) fn count_split(file: &[u8]) -> u64 {
    let (mut reader, mut fields, mut rows) = (reader(file), StringRecord::new(), 0);
    while reader.read_record(&mut fields).unwrap() {
        black_box(&fields);
        rows += 1;
    }
    rows
}

/// Panics unless the rows have the same values as our records, field by field.
pub(crate) fn check_values<R: CsvRecord>() {
    let mut ours = Reader::<R, _>::from_reader(file::<R>());
    let mut rows = 0;
    each_row::<R>(file_without_trailer::<R>(), |row| {
        let Some(Event::Record { record, .. }) = ours.next_event().unwrap() else {
            panic!("the synthetic day has a bad record");
        };
        let mut shown = Shown(Vec::new());
        record.visit(&mut shown);
        assert_eq!(row.values(), shown.0);
        rows += 1;
    });
    assert_eq!(rows, RECORDS);
}

fn each_row<R: CsvRecord>(file: &[u8], mut take: impl FnMut(R::Row<'_>)) {
    let (mut reader, mut fields) = (reader(file), StringRecord::new());
    while reader.read_record(&mut fields).unwrap() {
        take(fields.deserialize(None).unwrap());
    }
}

fn reader(file: &[u8]) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(b'|')
        .quoting(false)
        .has_headers(false)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(file)
}

/// The values of a record in file order, as text.
struct Shown(Vec<Option<String>>);

impl Shown {
    fn push(&mut self, value: Option<impl ToString>) {
        self.0.push(value.map(|value| value.to_string()));
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

    fn decimal(&mut self, _: &'static Field, value: Option<cusip_pif::Decimal>) {
        self.push(value);
    }
}

/// Defines the row for a kind of record. Each field is `text`, `date`, `integer` or `decimal`.
macro_rules! define_row {
    ($kind:ident, $row:ident { $($field:ident: $type:ident,)+ }) => {
        define_row!(@struct $row [] $($field: $type,)+);

        impl CsvRecord for $kind {
            type Row<'a> = $row<'a>;
        }

        impl Row for $row<'_> {
            fn values(&self) -> Vec<Option<String>> {
                vec![$(self.$field.map(|value| value.to_string()),)+]
            }
        }
    };
    (@struct $row:ident [$($done:tt)*]) => {
        #[derive(Debug, Deserialize)]
        pub(crate) struct $row<'a> {
            $($done)*
        }
    };
    (@struct $row:ident [$($done:tt)*] $field:ident: text, $($rest:tt)*) => {
        define_row!(@struct $row [$($done)* #[serde(borrow)] $field: Option<&'a str>,] $($rest)*);
    };
    (@struct $row:ident [$($done:tt)*] $field:ident: date, $($rest:tt)*) => {
        define_row!(@struct $row [$($done)* $field: Option<NaiveDate>,] $($rest)*);
    };
    (@struct $row:ident [$($done:tt)*] $field:ident: integer, $($rest:tt)*) => {
        define_row!(@struct $row [$($done)* $field: Option<i32>,] $($rest)*);
    };
    (@struct $row:ident [$($done:tt)*] $field:ident: decimal, $($rest:tt)*) => {
        define_row!(@struct $row [
            $($done)*
            // As text, because serde's default for decimals goes through a float.
            #[serde(with = "rust_decimal::serde::str_option")]
            $field: Option<Decimal>,
        ] $($rest)*);
    };
}

define_row!(
    Issuer,
    IssuerRow {
        issuer_num: text,
        issuer_check: text,
        issuer_name_1: text,
        issuer_name_2: text,
        issuer_name_3: text,
        issuer_adl_1: text,
        issuer_adl_2: text,
        issuer_adl_3: text,
        issuer_adl_4: text,
        issuer_sort_key: text,
        issuer_type: text,
        issuer_status: text,
        issuer_del_date: date,
        issuer_transaction: text,
        issuer_state_code: text,
        issuer_update_date: date,
    }
);

define_row!(
    Issue,
    IssueRow {
        issuer_num: text,
        issue_num: text,
        issue_check: text,
        issue_desc_1: text,
        issue_desc_2: text,
        issue_adl_1: text,
        issue_adl_2: text,
        issue_adl_3: text,
        issue_adl_4: text,
        issue_status: text,
        dated_date: date,
        maturity_date: date,
        partial_maturity: integer,
        rate: decimal,
        govt_stimulus_program: text,
        issue_transaction: text,
        issue_update_date: date,
    }
);

define_row!(
    IssueAttribute,
    IssueAttributeRow {
        issuer_num: text,
        issue_num: text,
        alternative_min_tax: text,
        bank_q: text,
        callable: text,
        activity_date: date,
        first_coupon_date: date,
        init_pub_off: text,
        payment_frequency: text,
        currency_code: text,
        domicile_code: text,
        underwriter: text,
        us_cfi_code: text,
        closing_date: date,
        ticker_symbol: text,
        iso_cfi: text,
        depos_eligible: text,
        pre_refund: text,
        refundable: text,
        remarketed: text,
        sinking_fund: text,
        taxable: text,
        form: text,
        enhancements: text,
        fund_distrb_policy: text,
        fund_inv_policy: text,
        fund_type: text,
        guarantee: text,
        income_type: text,
        insured_by: text,
        ownership_restr: text,
        payment_status: text,
        preferred_type: text,
        putable: text,
        rate_type: text,
        redemption: text,
        source_doc: text,
        sponsoring: text,
        voting_rights: text,
        warrant_assets: text,
        warrant_status: text,
        warrant_type: text,
        where_traded: text,
        auditor: text,
        paying_agent: text,
        tender_agent: text,
        xfer_agent: text,
        bond_counsel: text,
        financial_advisor: text,
        municipal_sale_date: date,
        sale_type: text,
        offering_amount: decimal,
        offering_amount_code: text,
    }
);
