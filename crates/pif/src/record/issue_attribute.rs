//! The issue attribute record (`CED{mm-dd}A.PIP`).

use alloc::string::String;

use super::define::define_record;
use super::sealed::{Parse, Sealed};
use super::{Record, RecordKey, RecordRef, ToRecordRef, ValueVisitor};
use crate::code::{OfferingAmountCode, PaymentFrequency, SaleType, UnknownCode};
use crate::code_text::CodeText;
use crate::date::Date;
use crate::decimal::Decimal;
use crate::fault::CheckDigits;
use crate::field::FieldParser;
use crate::identifier::{IssueNum, IssuerNum};
use crate::kind::FileKind;
use crate::layout::{Field, FieldType, Layout};

define_record! {
    /// Further details of a security (file A), owned. It has 53 fields; issuer and issue number are the
    /// key.
    owned IssueAttribute;
    /// Further details of a security (file A), borrowed. It has 53 fields; issuer and issue number are
    /// the key.
    borrowed IssueAttributeRef;
    kind IssueAttribute, key (issuer_num, issue_num), check check_nothing;
    fields {
        /// The issuer number, the first part of the key.
        1 issuer_num: issuer_num,
        /// The issue number, the second part of the key.
        2 issue_num: issue_num,
        /// Whether the interest is subject to the alternative minimum tax.
        3 alternative_min_tax: text(1),
        /// Whether the issue is bank qualified.
        4 bank_q: text(1),
        /// Whether the issuer may call the issue.
        5 callable: text(1),
        /// The date of the last activity on the record.
        6 activity_date: date,
        /// The date of the first interest payment.
        7 first_coupon_date: date,
        /// Whether this is an initial public offering.
        8 init_pub_off: text(1),
        /// How often interest is paid.
        9 payment_frequency: code(1, PaymentFrequency),
        /// The currency, ISO 4217.
        10 currency_code: text(3),
        /// The country of domicile, ISO 3166.
        11 domicile_code: text(2),
        /// The underwriter.
        12 underwriter: text(60),
        /// The classification (CFI) as used in the United States.
        13 us_cfi_code: text(6),
        /// The date the offering closed.
        14 closing_date: date,
        /// The ticker symbol.
        15 ticker_symbol: text(10),
        /// The classification of financial instruments, ISO 10962.
        16 iso_cfi: text(6),
        /// Whether the issue is eligible for deposit at a depository.
        17 depos_eligible: text(1),
        /// Whether the issue is pre-refunded.
        18 pre_refund: text(1),
        /// Whether the issue may be refunded.
        19 refundable: text(1),
        /// Whether the issue is remarketed.
        20 remarketed: text(1),
        /// Whether there is a sinking fund.
        21 sinking_fund: text(1),
        /// Whether the interest is taxable.
        22 taxable: text(1),
        /// The form in which the issue is held, such as book entry.
        23 form: text(50),
        /// Credit enhancements.
        24 enhancements: text(50),
        /// How a fund distributes its income.
        25 fund_distrb_policy: text(50),
        /// What a fund invests in.
        26 fund_inv_policy: text(50),
        /// The type of a fund.
        27 fund_type: text(50),
        /// Who guarantees the issue, or how.
        28 guarantee: text(50),
        /// The type of income.
        29 income_type: text(50),
        /// Who insures the issue.
        30 insured_by: text(50),
        /// Restrictions on ownership.
        31 ownership_restr: text(50),
        /// Whether the issue is paid up.
        32 payment_status: text(50),
        /// The type of preferred stock.
        33 preferred_type: text(50),
        /// Whether, and how, the holder may put the issue.
        34 putable: text(50),
        /// The type of interest rate, such as fixed.
        35 rate_type: text(50),
        /// How the issue is redeemed.
        36 redemption: text(50),
        /// The document that is the source of the record.
        37 source_doc: text(50),
        /// Who sponsors the issue.
        38 sponsoring: text(50),
        /// The voting rights.
        39 voting_rights: text(50),
        /// The assets that a warrant buys.
        40 warrant_assets: text(50),
        /// The status of a warrant.
        41 warrant_status: text(50),
        /// The type of a warrant.
        42 warrant_type: text(50),
        /// Where the issue is traded.
        43 where_traded: text(50),
        /// The auditor.
        44 auditor: text(60),
        /// The paying agent.
        45 paying_agent: text(60),
        /// The tender agent.
        46 tender_agent: text(60),
        /// The transfer agent.
        47 xfer_agent: text(60),
        /// The bond counsel.
        48 bond_counsel: text(60),
        /// The financial advisor.
        49 financial_advisor: text(60),
        /// The date a municipal issue was sold.
        50 municipal_sale_date: date,
        /// How a municipal issue was sold.
        51 sale_type: code(1, SaleType),
        /// The amount offered, in the unit of field 53, usually with one decimal place.
        52 offering_amount: decimal(12, 3),
        /// The unit of the offering amount.
        53 offering_amount_code: code(1, OfferingAmountCode),
    }
}

fn check_nothing(_: &IssueAttributeRef<'_>, _: CheckDigits, _: &mut FieldParser<'_, '_>) {}
