//! The identifiers that a record's key implies, as columns before those of its layout.

use cusip_pif::{Cusip, Date, Decimal, Field, FileKind, RecordRef, ValueVisitor};

/// Returns the names of a kind's identifiers, as in Parquet files.
pub(super) const fn names(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Issuer => &[],
        FileKind::Issue => &["cusip"],
        FileKind::IssueAttribute => &["cusip", "isin"],
    }
}

/// Returns the identifiers of a record, in the order of their names.
pub(super) fn values(kind: FileKind, record: &impl RecordRef) -> Vec<Option<String>> {
    let key = record.key();
    let cusip = (key.issue_num).map(|issue_num| Cusip::new(key.issuer_num, issue_num));
    let mut values = Vec::with_capacity(names(kind).len());
    if let Some(cusip) = cusip {
        values.push(Some(cusip.to_string()));
    }
    if kind == FileKind::IssueAttribute {
        let mut country = Country(None);
        record.visit(&mut country);
        let isin = cusip.zip(country.0);
        values.push(isin.and_then(|(cusip, country)| cusip.to_isin(&country)));
    }
    values
}

/// Finds the country that an ISIN would begin with.
struct Country(Option<String>);

impl ValueVisitor for Country {
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        if field.name == "domicile_code" {
            self.0 = value.map(str::to_owned);
        }
    }

    fn date(&mut self, _: &'static Field, _: Option<Date>) {}

    fn integer(&mut self, _: &'static Field, _: Option<i32>) {}

    fn decimal(&mut self, _: &'static Field, _: Option<Decimal>) {}
}
