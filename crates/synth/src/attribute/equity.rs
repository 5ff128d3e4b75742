//! The attributes of stocks, fund shares, warrants and rights.

use cusip_pif::{IssueAttributeRef, OfferingAmountCode};

use super::offering::offering;
use crate::class::Class;
use crate::draw::Draws;
use crate::firms::{AGENTS, AUDITORS};
use crate::security::Security;

pub(super) fn fill(record: &mut IssueAttributeRef<'_>, security: &Security, draws: &mut Draws) {
    let cfi = draws.pick(classifications(security.class));
    record.iso_cfi = draws.mostly(cfi);
    record.us_cfi_code = draws.pick_at(80, &[cfi]);
    record.init_pub_off = draws.pick_at(30, &["Y", "N", "N", "N"]);
    record.payment_status = draws.pick_at(20, &["FULLY PAID", "FULLY PAID", "PARTLY PAID"]);
    record.where_traded = draws.pick_at(
        40,
        &[
            "NEW YORK STOCK EXCHANGE",
            "NASDAQ",
            "OTC",
            "BOLSA MEXICANA DE VALORES",
            "TSX",
        ],
    );
    record.xfer_agent = draws.pick_at(40, &AGENTS);
    record.auditor = draws.pick_at(10, &AUDITORS);
    if draws.percent(25) {
        let unit = draws.pick(&[OfferingAmountCode::Millions, OfferingAmountCode::Thousands]);
        let (amount, unit) = offering(draws, unit);
        (record.offering_amount, record.offering_amount_code) = (amount, Some(unit));
    }
    match security.class {
        Class::FundShares => fill_fund(record, draws),
        Class::Warrant | Class::Right => fill_warrant(record, draws),
        Class::Preferred => {
            record.preferred_type = draws.pick_at(
                90,
                &[
                    "CUMULATIVE",
                    "NON-CUMULATIVE",
                    "CONVERTIBLE",
                    "PERPETUAL",
                    "ADJUSTABLE RATE",
                ],
            );
            record.callable = draws.pick_at(80, &["Y", "Y", "N"]);
            record.redemption = draws.pick_at(40, &["REDEEMABLE AT ISSUER'S OPTION", "NONE"]);
            record.voting_rights = draws.pick_at(30, &["NON-VOTING", "VOTING ON DEFAULT"]);
        }
        Class::Depositary => {
            record.sponsoring = draws.pick_at(80, &["SPONSORED", "SPONSORED", "UNSPONSORED"]);
            record.voting_rights = draws.pick_at(20, &["THROUGH DEPOSITARY"]);
        }
        _ => {
            record.voting_rights = draws.pick_at(
                40,
                &["VOTING", "VOTING", "NON-VOTING", "10 VOTES PER SHARE"],
            );
        }
    }
}

fn fill_fund(record: &mut IssueAttributeRef<'_>, draws: &mut Draws) {
    record.fund_type = draws.pick_at(
        80,
        &[
            "OPEN END",
            "OPEN END",
            "CLOSED END",
            "UNIT INVESTMENT TRUST",
        ],
    );
    record.fund_distrb_policy =
        draws.pick_at(50, &["INCOME DISTRIBUTED", "INCOME REINVESTED", "GROWTH"]);
    record.fund_inv_policy = draws.pick_at(
        50,
        &["EQUITIES", "BONDS", "MIXED", "MONEY MARKET", "REAL ESTATE"],
    );
    record.income_type = draws.pick_at(20, &["DIVIDEND", "TAX EXEMPT INTEREST", "MIXED"]);
}

fn fill_warrant(record: &mut IssueAttributeRef<'_>, draws: &mut Draws) {
    record.warrant_type = draws.pick_at(80, &["CALL", "CALL", "PUT"]);
    record.warrant_assets =
        draws.pick_at(70, &["COMMON STOCK", "CLASS A SHARES", "BASKET", "DEBT"]);
    record.warrant_status = draws.pick_at(50, &["TRADITIONAL", "NAKED", "COVERED"]);
}

/// Returns the ISO 10962 classifications for securities of this class.
const fn classifications(class: Class) -> &'static [&'static str] {
    match class {
        Class::Preferred => &["EPNRFR", "EPNRAR", "EPRRFR", "EPNNFR"],
        Class::Depositary => &["EDSNDR", "EDSRDR"],
        Class::Warrant => &["RWSTCA", "RWSNCA", "RWSCCE"],
        Class::Right => &["RSSXXR"],
        Class::FundShares => &["CIOGES", "CIOIBS", "CEOGES", "CICIES"],
        Class::Unit => &["MCCXXR"],
        _ => &["ESVUFR", "ESVUFR", "ESVUFR", "ESNUFR", "ESVTPR"],
    }
}
