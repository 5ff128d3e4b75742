//! The classes of securities.

use crate::draw::Draws;
use crate::profile::{Body, Profile};

/// The class of a security.
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

impl Class {
    /// Draws the class of the issuer's security with this index.
    pub(crate) fn draw(issuer: &Profile, index: u16, is_private: bool, draws: &mut Draws) -> Self {
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

    /// Returns whether the security is a bond, a note or similar.
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

    /// Returns whether the security is debt of a state, a city or similar.
    pub(crate) const fn is_municipal(self) -> bool {
        matches!(
            self,
            Self::GeneralObligation | Self::Revenue | Self::Anticipation
        )
    }
}
