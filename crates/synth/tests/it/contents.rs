//! The content looks like that of real files.

use std::collections::HashSet;

use cusip_pif::{
    CodeList, Date, Decimal, Field, FileKind, Layout, Record, RecordRef, ValueVisitor,
};

use crate::{day, options};

/// Counts the records with a value in each field, and collects the codes.
struct Coverage {
    layout: &'static Layout,
    records: usize,
    filled: Vec<usize>,
    codes: HashSet<(&'static str, String)>,
}

impl Coverage {
    fn of<R: Record>(records: impl Iterator<Item = R>) -> Self {
        let layout = R::LAYOUT;
        let mut coverage = Self {
            layout,
            records: 0,
            filled: vec![0; layout.fields.len()],
            codes: HashSet::new(),
        };
        for record in records {
            coverage.records += 1;
            record.as_record_ref().visit(&mut coverage);
        }
        coverage
    }

    fn count<T>(&mut self, field: &'static Field, value: Option<T>) {
        self.filled[field.ordinal - 1] += usize::from(value.is_some());
    }
}

impl ValueVisitor for Coverage {
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        self.count(field, value);
        if let (Some(list), Some(code)) = (field.code_list(), value) {
            self.codes.insert((list.name, code.to_owned()));
        }
    }

    fn date(&mut self, field: &'static Field, value: Option<Date>) {
        self.count(field, value);
    }

    fn integer(&mut self, field: &'static Field, value: Option<i32>) {
        self.count(field, value);
    }

    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>) {
        self.count(field, value);
    }
}

fn coverage() -> [Coverage; 3] {
    let day = day(options());
    [
        Coverage::of(day.issuers()),
        Coverage::of(day.issues()),
        Coverage::of(day.issue_attributes()),
    ]
}

#[test]
fn every_field_has_a_value_in_some_records_and_is_empty_in_others() {
    let mut problems = Vec::new();
    for coverage in coverage() {
        for (field, &filled) in coverage.layout.fields.iter().zip(&coverage.filled) {
            let holds = match field.is_key() {
                true => filled == coverage.records,
                false => 0 < filled && filled < coverage.records,
            };
            if !holds {
                problems.push(format!("{}: {filled} of {}", field.name, coverage.records));
            }
        }
    }
    assert_eq!(problems, [""; 0]);
}

#[test]
fn every_documented_code_occurs() {
    let found: HashSet<_> = coverage()
        .into_iter()
        .flat_map(|coverage| coverage.codes)
        .collect();
    let documented: HashSet<_> = (CodeList::ALL.iter())
        .flat_map(|list| {
            list.codes
                .iter()
                .map(|code| (list.name, code.code.to_owned()))
        })
        .collect();
    assert_eq!(found, documented);
}

#[test]
fn a_bond_is_dated_before_its_first_coupon_and_that_before_its_maturity() {
    let day = day(options());
    let (mut coupons, mut maturities) = (0, 0);
    for (issue, attribute) in day.issues().zip(day.issue_attributes()) {
        let coupon = attribute.first_coupon_date;
        if let (Some(dated), Some(coupon)) = (issue.dated_date, coupon) {
            assert!(dated < coupon, "{issue:?}");
            coupons += 1;
        }
        if let (Some(start), Some(maturity)) = (coupon.or(issue.dated_date), issue.maturity_date) {
            assert!(start < maturity, "{issue:?}");
            maturities += 1;
        }
    }
    assert!(
        coupons > 5_000 && maturities > 5_000,
        "{coupons}, {maturities}"
    );
}

#[test]
fn nothing_was_updated_after_the_day() {
    let day = day(options().with_changed_per_mille(300));
    let date = options().date;
    assert!(
        day.issuers()
            .all(|issuer| issuer.issuer_update_date <= Some(date))
    );
    assert!(
        day.issues()
            .all(|issue| issue.issue_update_date <= Some(date))
    );
    assert!(
        day.issue_attributes()
            .all(|record| record.activity_date <= Some(date))
    );
}

#[test]
fn nothing_was_updated_before_it_was_dated() {
    let day = day(options());
    for (issue, attribute) in day.issues().zip(day.issue_attributes()) {
        let dated = issue.dated_date;
        for updated in [issue.issue_update_date, attribute.activity_date]
            .into_iter()
            .flatten()
        {
            assert!(dated <= Some(updated), "{issue:?}");
        }
    }
}

#[test]
fn most_rates_have_three_decimal_places_and_some_up_to_six() {
    let mut by_scale = [0; 7];
    for rate in day(options()).issues().filter_map(|issue| issue.rate) {
        by_scale[usize::from(rate.scale())] += 1;
    }
    assert!(
        by_scale[4] > 0 && by_scale[5] > 0 && by_scale[6] > 0,
        "{by_scale:?}"
    );
    assert!(
        by_scale[3] > 9 * (by_scale[4] + by_scale[5] + by_scale[6]),
        "{by_scale:?}"
    );
}

#[test]
fn long_names_are_split_into_parts_with_their_blanks() {
    let issuers: Vec<_> = day(options()).issuers().collect();
    let pieces = |piece: &Option<String>| piece.clone().unwrap_or_default();
    let mut blank_at_end = 0;
    for issuer in &issuers {
        let first = pieces(&issuer.issuer_name_1);
        if issuer.issuer_name_2.is_some() {
            assert_eq!(first.chars().count(), 30, "{issuer:?}");
            blank_at_end += usize::from(first.ends_with(' '));
        }
        let name = first + &pieces(&issuer.issuer_name_2) + &pieces(&issuer.issuer_name_3);
        assert_eq!(name.trim(), name, "{issuer:?}");
        assert!(!name.contains("  "), "{issuer:?}");
    }
    assert!(blank_at_end > 0);
}

#[test]
fn some_names_have_letters_outside_ascii() {
    let day = day(options());
    let names = day.issuers().filter_map(|issuer| issuer.issuer_name_1);
    let letters: HashSet<char> = names
        .flat_map(|name| name.chars().collect::<Vec<_>>())
        .collect();
    assert!(
        "ÉÑÜ".chars().all(|letter| letters.contains(&letter)),
        "{letters:?}"
    );
}

#[test]
fn records_are_as_long_as_in_practice() {
    let day = day(options());
    let average = |kind| crate::file(&day, kind).len() as u64 / day.records(kind);
    let issue = average(FileKind::Issue);
    let attribute = average(FileKind::IssueAttribute);
    assert!((75..=100).contains(&issue), "{issue}");
    assert!((150..=200).contains(&attribute), "{attribute}");
}
