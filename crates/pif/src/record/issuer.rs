//! The issuer record, `CED{mm-dd}R.PIP`.

use super::define::define_record;
use super::sealed::Parse;
use super::{Record, RecordKey, RecordRef, ValueVisitor};
use crate::code::{IssuerStatus, IssuerTransaction, IssuerType, UnknownCode};
use crate::date::Date;
use crate::fault::{CheckDigits, Findings, Rule};
use crate::field::FieldParser;
use crate::identifier::{IssuerNum, check_digit};
use crate::kind::FileKind;
use crate::layout::{Field, FieldType, Layout};

define_record! {
    /// An issuer (file R): 16 fields, of which the issuer number is the key. Owns its text.
    owned Issuer;
    /// An issuer (file R): 16 fields, of which the issuer number is the key. Borrows its text.
    borrowed IssuerRef;
    kind Issuer, table "issuer", key (issuer_num), check check_issuer;
    fields {
        /// The issuer's number, the key.
        1 issuer_num: issuer_num,
        /// The issuer number's check digit. The vendor does not document how it is computed.
        2 issuer_check: text(1),
        /// The issuer's name, first piece. The pieces join without a separator.
        3 issuer_name_1: text(30),
        /// The issuer's name, second piece.
        4 issuer_name_2: text(30),
        /// The issuer's name, third piece.
        5 issuer_name_3: text(30),
        /// Additional information, first piece. The pieces join without a separator.
        6 issuer_adl_1: text(30),
        /// Additional information, second piece.
        7 issuer_adl_2: text(30),
        /// Additional information, third piece.
        8 issuer_adl_3: text(30),
        /// Additional information, fourth piece.
        9 issuer_adl_4: text(30),
        /// The name in the form by which issuers are sorted.
        10 issuer_sort_key: text(30),
        /// What kind of body the issuer is.
        11 issuer_type: code(1, IssuerType),
        /// Whether the issuer is active.
        12 issuer_status: code(1, IssuerStatus),
        /// The day from which the issuer is suspended.
        13 issuer_del_date: date,
        /// What last happened to the issuer.
        14 issuer_transaction: code(1, IssuerTransaction),
        /// The state the issuer is in, two letters.
        15 issuer_state_code: text(2),
        /// The day on which the record was last changed.
        16 issuer_update_date: date,
    }
}

fn check_issuer(issuer: &IssuerRef<'_>, _: CheckDigits, findings: &mut Findings) {
    let Some(found) = issuer.issuer_check else {
        return;
    };
    let expected = check_digit(issuer.issuer_num.as_bytes())
        .expect("an issuer number holds only characters that count");
    if found.as_bytes().first() != Some(&(expected as u8)) {
        findings.warn(
            &LAYOUT_FIELDS[1],
            found,
            Rule::IssuerCheckDigit { expected },
        );
    }
}
