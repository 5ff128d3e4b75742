//! Descriptions of issues, and remarks about them.

use std::fmt::Write;

use cusip_pif::Date;

use crate::calendar::{push_american, push_number};
use crate::class::Class;
use crate::draw::Draws;
use crate::security::Security;
use crate::terms::Interest;

const REVENUE_PURPOSES: [&str; 8] = [
    "ARPT",
    "ELEC SYS",
    "HOSP IMPT",
    "LEASE",
    "SALES TAX",
    "TOLL RD",
    "UNIV AUXILIARY FACS",
    "WTR & SWR SYS",
];

const REMARKS: [&str; 10] = [
    "UNREFUNDED BALANCE",
    "ESCROWED TO MATURITY",
    "EXCHANGED FOR UNRESTRICTED SECURITIES",
    "REG S",
    "144A",
    "BOOK ENTRY ONLY",
    "PARTIALLY REFUNDED",
    "INSURED BY COMMONWEALTH GUARANTY CORP",
    "SUBJECT TO EXTRAORDINARY REDEMPTION",
    "SÉRIE ÉMISE À L'ÉTRANGER",
];

/// Appends the description of a security, such as `SR NT 4.750% 2031`.
pub(crate) fn push_description(text: &mut String, security: &Security, draws: &mut Draws) {
    text.push_str(draws.pick(openings(security.class)));
    match security.class {
        Class::Common | Class::Depositary | Class::Unit => {}
        Class::LetteredShares | Class::FundShares => text.push(capital(security.index)),
        Class::Preferred => {
            text.push(capital(security.index));
            push_rate(text, security);
        }
        Class::Certificate => {
            text.push(capital(security.index));
            text.push('-');
            push_number(text, draws.between(1, 9));
            push_rate(text, security);
        }
        Class::GeneralObligation | Class::Revenue => push_series(text, security, draws),
        Class::Warrant | Class::Right | Class::TreasuryBill | Class::Strip => {
            push_maturity(text, security.terms.maturity);
        }
        Class::MediumTerm => {
            push_note(text, security, draws);
            if draws.percent(20) {
                text.push_str(" TRANCHE # TR ");
                push_number(text, draws.between(1, 999));
            }
        }
        Class::Note
        | Class::Convertible
        | Class::PrivateNote
        | Class::Anticipation
        | Class::TreasuryNote
        | Class::TreasuryBond
        | Class::AgencyNote
        | Class::SovereignBond => push_note(text, security, draws),
    }
}

/// Appends one to four remarks, sometimes enough to fill four fields.
pub(crate) fn push_remarks(text: &mut String, draws: &mut Draws) {
    let remarks = draws.between(1, 4);
    for _ in 0..remarks {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(draws.pick(&REMARKS));
    }
}

const fn openings(class: Class) -> &'static [&'static str] {
    match class {
        Class::Common => &[
            "COM",
            "COM",
            "COM",
            "COM",
            "COM",
            "COM NEW",
            "SHS",
            "ORD SHS",
            "COM PAR $0.01",
        ],
        Class::LetteredShares => &["CL ", "COM CL ", "SHS CL ", "SHS NON VTG CL "],
        Class::Preferred => &[
            "PFD SER ",
            "CUM PFD SER ",
            "CONV PFD SER ",
            "DEP SHS REPSTG 1/40TH PERP PFD SER ",
        ],
        Class::Depositary => &["SPONSORED ADR", "SPON ADR REP A", "ADR REPSTG 10 ORD SHS"],
        Class::Warrant => &["WT EXP ", "WT CL A EXP "],
        Class::Right => &["RT EXP "],
        Class::Unit => &[
            "UNIT 1 COM & 1/2 WT",
            "UNIT 1 CL A & 1 WT EXP 5 YRS AFTER BUSINESS COMBINATION",
        ],
        Class::FundShares => &["CL ", "INSTL CL ", "INVESTOR CL ", "ETF SHS SER "],
        Class::Note => &["SR NT", "SR NT", "NT", "SUB NT", "DEB"],
        Class::Convertible => &["CONV SR NT", "NOTE CV"],
        Class::MediumTerm => &["MTN", "MTN SER B", "MEDIUM TERM NTS BOOK ENTRY"],
        Class::PrivateNote => &["SR SECD NT 144A", "GTD SR NT SER A"],
        Class::Certificate => &["CTF CL ", "MTG PASSTHRU CTF CL ", "ASSET BACKED NT CL "],
        Class::GeneralObligation => &["GO BDS", "GO BDS", "GO REF BDS", "GO UNLTD TAX BDS"],
        Class::Revenue => &["REV BDS", "REV REF BDS", ""],
        Class::Anticipation => &["TAX ANTIC NTS", "BD ANTIC NTS"],
        Class::TreasuryBill => &["BILL "],
        Class::TreasuryNote => &["NT", "NT", "NT", "INFL INDEXED NT"],
        Class::TreasuryBond => &["BD"],
        Class::Strip => &["STRIPPED PRIN PMT "],
        Class::AgencyNote => &["CONS BD", "MTN", "DEB"],
        Class::SovereignBond => &["BD", "GLOBAL BD", "NT", "OBLIGACIÓN DEL ESTADO"],
    }
}

/// Appends rate and maturity, such as ` 4.750% 2031` or ` 4.750% 06/15/2031`.
fn push_note(text: &mut String, security: &Security, draws: &mut Draws) {
    push_rate(text, security);
    if let Some(maturity) = security.terms.maturity {
        text.push(' ');
        if draws.percent(50) {
            push_american(text, maturity);
        } else {
            push_number(text, maturity.year().into());
        }
    }
}

/// Appends the series of a municipal issue, such as ` SER 2019A`, and often purpose and rate.
fn push_series(text: &mut String, security: &Security, draws: &mut Draws) {
    if security.class == Class::Revenue && (text.is_empty() || draws.percent(30)) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(draws.pick(&REVENUE_PURPOSES));
    }
    if let Some(dated) = security.terms.dated {
        text.push_str(" SER ");
        push_number(text, dated.year().into());
        text.push(capital(draws.below(4) as u16));
    }
    if draws.percent(40) {
        push_note(text, security, draws);
    }
}

fn push_rate(text: &mut String, security: &Security) {
    match security.terms.interest {
        Interest::Floating => text.push_str(" FLTG RATE"),
        Interest::Zero => text.push_str(" CAP APPREC"),
        Interest::None | Interest::Fixed => {
            if let Some(rate) = security.terms.rate {
                write!(text, " {rate}%").expect("a String takes every write");
            }
        }
    }
}

fn push_maturity(text: &mut String, maturity: Option<Date>) {
    match maturity {
        Some(maturity) => push_american(text, maturity),
        None => text.push_str("ON DEMAND"),
    }
}

const fn capital(index: u16) -> char {
    (b'A' + (index % 26) as u8) as char
}
