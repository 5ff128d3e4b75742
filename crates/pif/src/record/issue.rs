//! The issue record, `CED{mm-dd}E.PIP`.

use super::define::define_record;
use super::sealed::Parse;
use super::{Record, RecordKey, RecordRef, ValueVisitor};
use crate::code::{GovtStimulusProgram, IssueStatus, IssueTransaction, UnknownCode};
use crate::date::Date;
use crate::decimal::Decimal;
use crate::fault::{CheckDigits, Findings, Rule};
use crate::field::FieldParser;
use crate::identifier::{Cusip, IssueNum, IssuerNum};
use crate::kind::FileKind;
use crate::layout::{Field, FieldType, Layout};

define_record! {
    /// A security (file E): 17 fields, of which issuer and issue number are the key. Owns its text.
    owned Issue;
    /// A security (file E): 17 fields, of which issuer and issue number are the key. Borrows its text.
    borrowed IssueRef;
    kind Issue, table "issue", key (issuer_num, issue_num), check check_issue;
    fields {
        /// The issuer's number, first part of the key.
        1 issuer_num: issuer_num,
        /// The issue's number, second part of the key.
        2 issue_num: issue_num,
        /// The check digit over the eight characters of issuer and issue number.
        3 issue_check: text(1),
        /// The description, first piece. The pieces join without a separator.
        4 issue_desc_1: text(30),
        /// The description, second piece.
        5 issue_desc_2: text(30),
        /// Additional information, first piece. The pieces join without a separator.
        6 issue_adl_1: text(30),
        /// Additional information, second piece.
        7 issue_adl_2: text(30),
        /// Additional information, third piece.
        8 issue_adl_3: text(30),
        /// Additional information, fourth piece.
        9 issue_adl_4: text(30),
        /// Where the issue stands in its life.
        10 issue_status: code(1, IssueStatus),
        /// The day from which interest accrues.
        11 dated_date: date,
        /// The day on which the issue falls due.
        12 maturity_date: date,
        /// The number of the part, where an issue matures in parts.
        13 partial_maturity: integer,
        /// The coupon rate in per cent a year, usually with three decimals.
        14 rate: decimal(9, 6),
        /// The government programme under which the issue was made.
        15 govt_stimulus_program: code(10, GovtStimulusProgram),
        /// What last happened to the issue.
        16 issue_transaction: code(1, IssueTransaction),
        /// The day on which the record was last changed.
        17 issue_update_date: date,
    }
}

fn check_issue(issue: &IssueRef<'_>, check_digits: CheckDigits, findings: &mut Findings) {
    let field = &LAYOUT_FIELDS[2];
    let Some(found) = issue.issue_check else {
        return;
    };
    if findings.has_fault_up_to(field) {
        return;
    }
    let expected = Cusip::new(issue.issuer_num, issue.issue_num).check_digit();
    if found.as_bytes().first() != Some(&(expected as u8)) {
        let rule = Rule::CheckDigit { expected };
        match check_digits {
            CheckDigits::Reject => findings.fault(field, found, rule),
            CheckDigits::Warn => findings.warn(field, found, rule),
        }
    }
}
