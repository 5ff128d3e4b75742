//! What is known of a security before any record of it is written.

use cusip_pif::{Date, IssueNum, IssueStatus};

use crate::calendar::Month;
use crate::draw::{Draws, Purpose};
use crate::number::{self, Marks};
use crate::options::Options;
use crate::profile::{Body, Profile};
use crate::terms::{Interest, LONGEST_AGE, Terms};

/// A security: what the issue and the attribute file have to agree on.
#[derive(Clone, Copy)]
pub(crate) struct Security {
    pub(crate) issuer: Profile,
    pub(crate) number: IssueNum,
    /// The issue's index within its issuer.
    pub(crate) index: u16,
    pub(crate) class: Class,
    pub(crate) status: IssueStatus,
    pub(crate) terms: Terms,
}

/// What kind of security it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Common,
    LetteredShares,
    Preferred,
    Depositary,
    Warrant,
    Right,
    Unit,
    FundShares,
    Note,
    Convertible,
    MediumTerm,
    PrivateNote,
    Certificate,
    GeneralObligation,
    Revenue,
    Anticipation,
    TreasuryBill,
    TreasuryNote,
    TreasuryBond,
    Strip,
    AgencyNote,
    SovereignBond,
}

impl Security {
    /// Draws the security of an issuer with this index.
    pub(crate) fn new(options: &Options, anchor: Month, issuer: &Profile, index: u16) -> Self {
        let (equities, issues) = (issuer.equities, options.issues_per_issuer);
        let debts = issues - equities;
        let place = place(issuer, index);
        let mut draws = Draws::new(options.seed, Purpose::Security, place);
        let marks = match issuer.body {
            Body::Corporation | Body::Fund => Marks::OneIn(4),
            _ => Marks::Never,
        };
        let number = number::issue(options.seed, issuer.index, index, equities, debts, marks);
        let is_private = issuer.is_private() || number::is_private_mark(number.as_bytes()[1]);
        let class = Class::draw(issuer, index, is_private, &mut draws);
        let mut terms = Terms::draw(class, anchor, &mut draws);
        let matured = terms.maturity.is_some_and(|date| date < anchor.day(1));
        let status = match draws.below(100) {
            _ if matured && class.is_debt() => IssueStatus::Matured,
            0..4 => IssueStatus::Suspended,
            4..7 => IssueStatus::PresumedInactive,
            7 if class.is_debt() => IssueStatus::Temporary,
            _ => IssueStatus::Active,
        };
        if status == IssueStatus::Temporary {
            terms.rate = None;
        }
        Self {
            issuer: *issuer,
            number,
            index,
            class,
            status,
            terms,
        }
    }

    /// Draws a day on which a record of the security was changed: in its life, before the anchor.
    pub(crate) fn past_date(&self, anchor: Month, draws: &mut Draws) -> Date {
        let months = draws.below(self.terms.age.min(LONGEST_AGE) as u32) as i32;
        let date = (anchor - 1 - months).day(draws.between(1, 28));
        self.terms.dated.map_or(date, |dated| date.max(dated))
    }

    /// Starts the draws of one of the security's records.
    pub(crate) fn draws(&self, seed: u64, purpose: Purpose) -> Draws {
        Draws::new(seed, purpose, place(&self.issuer, self.index))
    }
}

fn place(issuer: &Profile, index: u16) -> u64 {
    u64::from(issuer.index) << 16 | u64::from(index)
}

impl Class {
    fn draw(issuer: &Profile, index: u16, is_private: bool, draws: &mut Draws) -> Self {
        let is_equity = index < issuer.equities;
        match issuer.body {
            Body::Corporation if index == 0 => match issuer.country {
                Some(_) if draws.percent(50) => Self::Depositary,
                _ => Self::Common,
            },
            Body::Corporation if is_equity => draws.pick(&[
                Self::LetteredShares,
                Self::LetteredShares,
                Self::Preferred,
                Self::Preferred,
                Self::Preferred,
                Self::Warrant,
                Self::Right,
                Self::Unit,
            ]),
            Body::Fund if is_equity => Self::FundShares,
            Body::Corporation | Body::Fund if is_private => Self::PrivateNote,
            Body::Corporation | Body::Fund => match draws.below(20) {
                0..10 => Self::Note,
                10..12 => Self::Convertible,
                12..19 => Self::MediumTerm,
                _ => Self::PrivateNote,
            },
            Body::Trust => Self::Certificate,
            Body::Municipality(_) => match draws.below(10) {
                0..4 => Self::GeneralObligation,
                4..9 => Self::Revenue,
                _ => Self::Anticipation,
            },
            Body::Treasury => draws.pick(&[
                Self::TreasuryBill,
                Self::TreasuryNote,
                Self::TreasuryNote,
                Self::TreasuryBond,
                Self::Strip,
            ]),
            Body::Agency => Self::AgencyNote,
            Body::Sovereign(_) => Self::SovereignBond,
        }
    }

    /// Tells whether it is a bond, a note or the like.
    pub(crate) const fn is_debt(self) -> bool {
        !matches!(
            self,
            Self::Common
                | Self::LetteredShares
                | Self::Preferred
                | Self::Depositary
                | Self::Warrant
                | Self::Right
                | Self::Unit
                | Self::FundShares
        )
    }

    /// Tells whether it is debt of a state, a city or the like.
    pub(crate) const fn is_municipal(self) -> bool {
        matches!(
            self,
            Self::GeneralObligation | Self::Revenue | Self::Anticipation
        )
    }

    /// Draws for how many months a security of the class runs.
    pub(crate) fn months(self, draws: &mut Draws) -> i32 {
        let years = |draws: &mut Draws, low, high| 12 * draws.between(low, high) as i32;
        match self {
            Self::Right => draws.pick(&[1, 2]),
            Self::TreasuryBill => draws.pick(&[1, 3, 6, 12]),
            Self::Anticipation => draws.pick(&[6, 9, 12]),
            Self::TreasuryNote => draws.pick(&[24, 36, 60, 84, 120]),
            Self::TreasuryBond => draws.pick(&[240, 360]),
            Self::Warrant | Self::Convertible => years(draws, 3, 7),
            Self::MediumTerm => years(draws, 1, 10),
            Self::PrivateNote | Self::AgencyNote => years(draws, 2, 15),
            Self::SovereignBond | Self::Certificate => years(draws, 5, 30),
            _ => years(draws, 1, 30),
        }
    }

    /// Draws how interest is determined in a security of the class.
    pub(crate) fn interest(self, draws: &mut Draws) -> Interest {
        match self {
            Self::TreasuryBill | Self::Strip => Interest::Zero,
            Self::Preferred => Interest::Fixed,
            Self::GeneralObligation | Self::Revenue if draws.percent(4) => Interest::Zero,
            Self::Note | Self::MediumTerm | Self::Certificate | Self::AgencyNote
                if draws.percent(6) =>
            {
                Interest::Floating
            }
            _ if self.is_debt() => Interest::Fixed,
            _ => Interest::None,
        }
    }
}
