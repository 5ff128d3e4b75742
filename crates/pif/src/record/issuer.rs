//! The issuer record (`CED{mm-dd}R.PIP`).

use alloc::string::String;

use super::define::define_record;
use super::sealed::{Parse, Sealed};
use super::{Record, RecordKey, RecordRef, ToRecordRef, ValueVisitor};
use crate::code::{IssuerStatus, IssuerTransaction, IssuerType, UnknownCode};
use crate::code_text::CodeText;
use crate::date::Date;
use crate::fault::{CheckDigits, Rule};
use crate::field::FieldParser;
use crate::identifier::{IssuerNum, check_digit};
use crate::kind::FileKind;
use crate::layout::{Field, FieldType, Layout};

define_record! {
    /// An issuer (file R), owned. It has 16 fields; the issuer number is the key.
    owned Issuer;
    /// An issuer (file R), borrowed. It has 16 fields; the issuer number is the key.
    borrowed IssuerRef;
    kind Issuer, key (issuer_num), check check_issuer;
    fields {
        /// The issuer number, which is the key.
        1 issuer_num: issuer_num,
        /// The check digit of the issuer number. The vendor does not document how it is computed.
        2 issuer_check: text(1),
        /// The issuer's name, part 1. Join the parts without a separator.
        3 issuer_name_1: text(30),
        /// The issuer's name, part 2.
        4 issuer_name_2: text(30),
        /// The issuer's name, part 3.
        5 issuer_name_3: text(30),
        /// Additional information, part 1. Join the parts without a separator.
        6 issuer_adl_1: text(30),
        /// Additional information, part 2.
        7 issuer_adl_2: text(30),
        /// Additional information, part 3.
        8 issuer_adl_3: text(30),
        /// Additional information, part 4.
        9 issuer_adl_4: text(30),
        /// The name in the form used for sorting.
        10 issuer_sort_key: text(30),
        /// The type of issuer.
        11 issuer_type: code(1, IssuerType),
        /// Whether the issuer is active.
        12 issuer_status: code(1, IssuerStatus),
        /// The date the issuer was suspended.
        13 issuer_del_date: date,
        /// The last transaction of the issuer.
        14 issuer_transaction: code(1, IssuerTransaction),
        /// The two-letter code of the issuer's state.
        15 issuer_state_code: text(2),
        /// The date the record was last changed.
        16 issuer_update_date: date,
    }
}

fn check_issuer(issuer: &IssuerRef<'_>, _: CheckDigits, fields: &mut FieldParser<'_, '_>) {
    let Some(found) = issuer.issuer_check else {
        return;
    };
    let expected = check_digit(issuer.issuer_num.as_bytes())
        .expect("an issuer number has only characters with a value");
    if found.as_bytes().first() != Some(&(expected as u8)) {
        fields.warn(1, Rule::IssuerCheckDigit { expected });
    }
}
