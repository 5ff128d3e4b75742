//! The attributes that all securities have, and changes to them.

use cusip_pif::{Date, IssueAttributeRef, OfferingAmountCode, PaymentFrequency};

use super::offering::offering;
use super::{debt, equity};
use crate::calendar::Month;
use crate::change::Change;
use crate::class::Class;
use crate::draw::{Draws, Purpose};
use crate::firms::{AGENTS, UNDERWRITERS};
use crate::name::Name;
use crate::security::Security;

/// Repeated entries are more likely.
const FORMS: [&str; 8] = [
    "BOOK ENTRY",
    "BOOK ENTRY",
    "BOOK ENTRY",
    "BOOK ENTRY",
    "BOOK ENTRY",
    "BOOK ENTRY",
    "REGISTERED",
    "BEARER",
];

const TICKER_LETTERS: usize = 3;
const LETTERS: u32 = 26;

/// Buffers for the texts of an attribute record, reused for every record.
#[derive(Debug, Default)]
pub(crate) struct AttributeTexts {
    name: Name,
    ticker: String,
    later_ticker: String,
}

impl AttributeTexts {
    /// Generates the record of a security after its changes.
    pub(crate) fn record(
        &mut self,
        seed: u64,
        anchor: Month,
        security: &Security,
        changes: impl Iterator<Item = Change>,
    ) -> IssueAttributeRef<'_> {
        let mut draws = security.draws(seed, Purpose::AttributeRecord);
        self.write_ticker(seed, security, &mut draws);
        self.later_ticker.clear();
        let mut record = unchanged(anchor, security, &self.ticker, draws);
        for mut change in changes {
            if change.step > 0 && record.ticker_symbol.is_some() && change.draws.one_in(4) {
                record.activity_date = Some(change.date);
                self.later_ticker.clear();
                let letters = (0..TICKER_LETTERS).map(|_| letter(change.draws.below(LETTERS)));
                self.later_ticker.extend(letters);
                push_suffix(&mut self.later_ticker, security);
            } else {
                self::change(&mut record, change.date, &mut change.draws);
            }
        }
        if !self.later_ticker.is_empty() {
            record.ticker_symbol = Some(&self.later_ticker);
        }
        record
    }

    /// Writes a ticker symbol for the classes that have one: letters of the issuer's name, and a letter
    /// for securities other than common stock.
    fn write_ticker(&mut self, seed: u64, security: &Security, draws: &mut Draws) {
        self.ticker.clear();
        let chances = match security.class {
            Class::Common | Class::FundShares => 90,
            Class::LetteredShares | Class::Depositary | Class::Warrant | Class::Unit => 60,
            Class::Preferred => 20,
            _ => 0,
        };
        if !draws.percent(chances) {
            return;
        }
        self.name.write(seed, &security.issuer);
        let letters = self
            .name
            .full
            .split(' ')
            .flat_map(|word| word.chars().take(2));
        let letters = letters
            .filter(char::is_ascii_uppercase)
            .take(TICKER_LETTERS);
        self.ticker.extend(letters);
        push_suffix(&mut self.ticker, security);
    }
}

fn unchanged<'t>(
    anchor: Month,
    security: &Security,
    ticker: &'t str,
    mut draws: Draws,
) -> IssueAttributeRef<'t> {
    let mut record = IssueAttributeRef {
        ticker_symbol: (!ticker.is_empty()).then_some(ticker),
        ..empty(security)
    };
    let country = security.issuer.country;
    let activity = security.past_date(anchor, &mut draws);
    record.activity_date = draws.mostly(activity);
    record.domicile_code = draws.mostly(country.map_or("US", |country| country.code));
    let currency = match country {
        Some(country) if draws.percent(60) => country.currency,
        _ => "USD",
    };
    record.currency_code = draws.mostly(currency);
    record.payment_frequency = security.terms.frequency.map(PaymentFrequency::code);
    record.depos_eligible = draws.pick_at(70, &["Y", "Y", "Y", "Y", "N"]);
    record.form = draws.pick_at(50, &FORMS);
    record.underwriter = draws.pick_at(40, &UNDERWRITERS);
    record.guarantee = draws.pick_at(2, &["PARENT COMPANY", "U S GOVERNMENT", "BANK LETTER"]);
    record.ownership_restr = match security.class == Class::PrivateNote {
        true => draws.pick_at(80, &["QUALIFIED INSTITUTIONAL BUYERS ONLY"]),
        false => draws.pick_at(1, &["FOREIGN OWNERSHIP LIMITED", "ACCREDITED INVESTORS"]),
    };
    record.source_doc = draws.pick_at(
        15,
        &[
            "PROSPECTUS",
            "OFFERING MEMORANDUM",
            "OFFICIAL STATEMENT",
            "PRICING SUPPLEMENT",
        ],
    );
    if security.class.is_debt() {
        debt::fill(&mut record, security, &mut draws);
    } else {
        equity::fill(&mut record, security, &mut draws);
    }
    record
}

/// Appends what follows the letters of the issuer's name in a ticker symbol.
fn push_suffix(ticker: &mut String, security: &Security) {
    let letter = letter(u32::from(security.index) % LETTERS);
    match security.class {
        Class::FundShares => ticker.extend([letter, 'X']),
        Class::LetteredShares => ticker.extend(['.', letter]),
        Class::Preferred => ticker.extend(['-', 'P', letter]),
        Class::Depositary => ticker.push('Y'),
        Class::Warrant => ticker.push('W'),
        Class::Unit => ticker.push('U'),
        _ => {}
    }
}

const fn letter(index: u32) -> char {
    (b'A' + index as u8) as char
}

/// Changes a record as the vendor would on a later day.
fn change(record: &mut IssueAttributeRef<'_>, date: Date, draws: &mut Draws) {
    record.activity_date = Some(date);
    match draws.below(4) {
        0 => record.paying_agent = Some(draws.pick(&AGENTS)),
        1 => {
            let (amount, unit) = offering(draws, OfferingAmountCode::Millions);
            (record.offering_amount, record.offering_amount_code) = (amount, Some(unit));
        }
        2 => {
            record.callable = match record.callable {
                Some("Y") => Some("N"),
                _ => Some("Y"),
            }
        }
        _ => {}
    }
}

fn empty(security: &Security) -> IssueAttributeRef<'static> {
    IssueAttributeRef {
        issuer_num: security.issuer.number,
        issue_num: security.number,
        alternative_min_tax: None,
        bank_q: None,
        callable: None,
        activity_date: None,
        first_coupon_date: None,
        init_pub_off: None,
        payment_frequency: None,
        currency_code: None,
        domicile_code: None,
        underwriter: None,
        us_cfi_code: None,
        closing_date: None,
        ticker_symbol: None,
        iso_cfi: None,
        depos_eligible: None,
        pre_refund: None,
        refundable: None,
        remarketed: None,
        sinking_fund: None,
        taxable: None,
        form: None,
        enhancements: None,
        fund_distrb_policy: None,
        fund_inv_policy: None,
        fund_type: None,
        guarantee: None,
        income_type: None,
        insured_by: None,
        ownership_restr: None,
        payment_status: None,
        preferred_type: None,
        putable: None,
        rate_type: None,
        redemption: None,
        source_doc: None,
        sponsoring: None,
        voting_rights: None,
        warrant_assets: None,
        warrant_status: None,
        warrant_type: None,
        where_traded: None,
        auditor: None,
        paying_agent: None,
        tender_agent: None,
        xfer_agent: None,
        bond_counsel: None,
        financial_advisor: None,
        municipal_sale_date: None,
        sale_type: None,
        offering_amount: None,
        offering_amount_code: None,
    }
}
