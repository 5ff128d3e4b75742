//! The attributes of bonds, notes and certificates.

use cusip_pif::{Date, IssueAttributeRef, OfferingAmountCode, SaleType};

use super::offering::offering;
use crate::class::Class;
use crate::draw::Draws;
use crate::firms::{ADVISORS, AGENTS, COUNSELS, INSURERS};
use crate::security::Security;
use crate::terms::Interest;

pub(super) fn fill(record: &mut IssueAttributeRef<'_>, security: &Security, draws: &mut Draws) {
    let cfi = draws.pick(classifications(security.class, security.terms.interest));
    record.iso_cfi = draws.mostly(cfi);
    record.us_cfi_code = draws.pick_at(70, &[cfi]);
    record.first_coupon_date = security.terms.first_coupon;
    record.callable = draws.pick_at(85, &["Y", "N"]);
    record.sinking_fund = draws.pick_at(40, &["N", "N", "N", "Y"]);
    let taxable = !security.class.is_municipal() || draws.percent(8);
    record.taxable = draws.mostly(if taxable { "Y" } else { "N" });
    record.rate_type = match security.terms.interest {
        Interest::Floating => Some("FLOATING"),
        Interest::Zero => Some("ZERO COUPON"),
        _ if draws.one_in(60) => Some("STEP UP"),
        _ => draws.pick_at(90, &["FIXED"]),
    };
    record.closing_date = security
        .terms
        .dated
        .and_then(|dated| days_after(dated, draws));
    record.putable = draws.pick_at(3, &["AT HOLDER'S OPTION", "ON CHANGE OF CONTROL"]);
    record.redemption = draws.pick_at(
        8,
        &[
            "MAKE WHOLE CALL",
            "BULLET",
            "AT PAR FROM 10TH YEAR",
            "EXTRAORDINARY ONLY",
        ],
    );
    record.enhancements =
        draws.pick_at(3, &["LETTER OF CREDIT", "STATE INTERCEPT", "RESERVE FUND"]);
    record.income_type = draws.pick_at(2, &["INTEREST"]);
    record.paying_agent = draws.pick_at(45, &AGENTS);
    if draws.percent(85) {
        let unit = amount_unit(security.class, draws);
        let (amount, unit) = offering(draws, unit);
        (record.offering_amount, record.offering_amount_code) = (amount, Some(unit));
    }
    if security.class.is_municipal() {
        fill_municipal(record, security, draws);
    }
}

fn fill_municipal(record: &mut IssueAttributeRef<'_>, security: &Security, draws: &mut Draws) {
    record.alternative_min_tax = draws.pick_at(90, &["N", "N", "N", "N", "Y"]);
    record.bank_q = draws.pick_at(90, &["N", "N", "Y"]);
    record.pre_refund = draws.pick_at(70, &["N", "N", "N", "N", "N", "Y"]);
    record.refundable = draws.pick_at(50, &["N", "Y"]);
    record.remarketed = draws.pick_at(30, &["N", "N", "N", "Y"]);
    if record.remarketed == Some("Y") {
        record.tender_agent = draws.pick_at(70, &AGENTS);
    }
    record.insured_by = draws.pick_at(10, &INSURERS);
    record.bond_counsel = draws.pick_at(40, &COUNSELS);
    record.financial_advisor = draws.pick_at(30, &ADVISORS);
    record.municipal_sale_date = (security.terms.dated)
        .filter(|dated| dated.day() > 14 && draws.percent(70))
        .and_then(|dated| {
            let day = dated.day() - draws.between(1, 14) as u8;
            Date::new(dated.year(), dated.month(), day)
        });
    record.sale_type = draws
        .pick_at(85, &[SaleType::Competitive, SaleType::Negotiated])
        .map(SaleType::code);
}

fn days_after(date: Date, draws: &mut Draws) -> Option<Date> {
    let day = date.day() + draws.below(6) as u8;
    (day <= 28).then(|| Date::new(date.year(), date.month(), day))?
}

fn amount_unit(class: Class, draws: &mut Draws) -> OfferingAmountCode {
    match class {
        Class::TreasuryBill | Class::TreasuryNote | Class::TreasuryBond => {
            OfferingAmountCode::Billions
        }
        Class::SovereignBond if draws.percent(50) => OfferingAmountCode::Billions,
        Class::GeneralObligation | Class::Revenue | Class::Anticipation if draws.percent(50) => {
            OfferingAmountCode::Thousands
        }
        _ => OfferingAmountCode::Millions,
    }
}

/// Returns the ISO 10962 classifications for securities of this class.
const fn classifications(class: Class, interest: Interest) -> &'static [&'static str] {
    match (class, interest) {
        (Class::Convertible, _) => &["DCFUFR", "DCFUGR"],
        (Class::MediumTerm, Interest::Floating) => &["DTVUFR"],
        (Class::MediumTerm, _) => &["DTFUFR", "DTFUGR"],
        (Class::Certificate, _) => &["DAFSAR", "DAVSAR", "DGFSAR"],
        (Class::GeneralObligation, Interest::Zero) => &["DNZGFR"],
        (Class::Revenue, Interest::Zero) => &["DNZSFR"],
        (Class::GeneralObligation, _) => &["DNFGFR", "DNFGGR"],
        (Class::Revenue, _) => &["DNFSFR", "DNFSGR"],
        (Class::Anticipation, _) => &["DYFGXR"],
        (Class::TreasuryBill, _) => &["DYZTXR"],
        (Class::TreasuryNote | Class::TreasuryBond, _) => &["DBFTFR"],
        (Class::Strip, _) => &["DBZTFR"],
        (_, Interest::Floating) => &["DBVUFR", "DBVUGR"],
        _ => &["DBFUFR", "DBFUFR", "DBFUGR", "DBFSFR"],
    }
}
