//! The issue record (`CED{mm-dd}E.PIP`).

use alloc::string::String;

use super::define::define_record;
use super::sealed::{Parse, Sealed};
use super::{Record, RecordKey, RecordRef, ToRecordRef, ValueVisitor};
use crate::code::{GovtStimulusProgram, IssueStatus, IssueTransaction, UnknownCode};
use crate::code_text::CodeText;
use crate::date::Date;
use crate::decimal::Decimal;
use crate::fault::{CheckDigits, Rule};
use crate::field::FieldParser;
use crate::identifier::{Cusip, IssueNum, IssuerNum};
use crate::kind::FileKind;
use crate::layout::{Field, FieldType, Layout};

define_record! {
    /// A security (file E), owned. It has 17 fields; issuer and issue number are the key.
    owned Issue;
    /// A security (file E), borrowed. It has 17 fields; issuer and issue number are the key.
    borrowed IssueRef;
    kind Issue, key (issuer_num, issue_num), check check_issue;
    fields {
        /// The issuer number, the first part of the key.
        1 issuer_num: issuer_num,
        /// The issue number, the second part of the key.
        2 issue_num: issue_num,
        /// The check digit of issuer and issue number together.
        3 issue_check: text(1),
        /// The description, part 1. Join the parts without a separator.
        4 issue_desc_1: text(30),
        /// The description, part 2.
        5 issue_desc_2: text(30),
        /// Additional information, part 1. Join the parts without a separator.
        6 issue_adl_1: text(30),
        /// Additional information, part 2.
        7 issue_adl_2: text(30),
        /// Additional information, part 3.
        8 issue_adl_3: text(30),
        /// Additional information, part 4.
        9 issue_adl_4: text(30),
        /// The status of the issue.
        10 issue_status: code(1, IssueStatus),
        /// The date from which interest accrues.
        11 dated_date: date,
        /// The maturity date.
        12 maturity_date: date,
        /// The number of the part, if the issue matures in parts.
        13 partial_maturity: integer,
        /// The coupon rate in percent a year, usually with three decimal places.
        14 rate: decimal(9, 6),
        /// The government stimulus program under which the security was issued.
        15 govt_stimulus_program: code(10, GovtStimulusProgram),
        /// The last transaction of the issue.
        16 issue_transaction: code(1, IssueTransaction),
        /// The date the record was last changed.
        17 issue_update_date: date,
    }
}

fn check_issue(issue: &IssueRef<'_>, check_digits: CheckDigits, fields: &mut FieldParser<'_, '_>) {
    let index = 2;
    let Some(found) = issue.issue_check else {
        return;
    };
    if fields.findings.has_fault_up_to(&LAYOUT_FIELDS[index]) {
        return;
    }
    let expected = Cusip::new(issue.issuer_num, issue.issue_num).check_digit();
    if found.as_bytes().first() != Some(&(expected as u8)) {
        let rule = Rule::CheckDigit { expected };
        match check_digits {
            CheckDigits::Reject => fields.fault(index, rule),
            CheckDigits::Warn => fields.warn(index, rule),
        }
    }
}
