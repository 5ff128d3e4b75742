//! Issuers: the properties that all three files have in common.

use cusip_pif::{Date, IssuerNum};

use crate::draw::{Draws, Purpose};
use crate::number;
use crate::options::Options;
use crate::words::{COUNTRIES, Country, STATES, State};

/// An issuer: everything that all three files must agree on.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) index: u32,
    pub(crate) number: IssuerNum,
    pub(crate) body: Body,
    /// The state of a domestic issuer.
    pub(crate) state: Option<&'static State>,
    /// The country of a foreign issuer.
    pub(crate) country: Option<&'static Country>,
    /// How many issues it has had from the beginning.
    pub(crate) issues: u16,
    /// How many of these are equities. They come first.
    pub(crate) equities: u16,
    /// The day on which a sequence of days added the issuer.
    pub(crate) added: Option<Date>,
}

/// The type of an issuer.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    Corporation,
    Fund,
    Trust,
    Municipality(&'static State),
    Treasury,
    Agency,
    Sovereign(&'static Country),
}

impl Profile {
    /// Draws the issuer with this index.
    pub(crate) fn new(options: &Options, index: u32) -> Self {
        let number = number::issuer(options.seed, index, options.issuers);
        Self::draw(options, index, number, options.issues_per_issuer, None)
    }

    /// Draws the issuer that a sequence of days adds next to the one with this index.
    pub(crate) fn added(options: &Options, index: u32, step: u32, date: Date) -> Self {
        let number = number::added_issuer(options.seed, index, options.issuers, step);
        let issues = options.issues_per_issuer.min(1);
        let index = options.issuers * step + index;
        Self::draw(options, index, number, issues, Some(date))
    }

    fn draw(
        options: &Options,
        index: u32,
        number: IssuerNum,
        issues: u16,
        added: Option<Date>,
    ) -> Self {
        let mut draws = Draws::new(options.seed, Purpose::Profile, index.into());
        let first = number.as_bytes()[0];
        let by_letter = COUNTRIES.iter().find(|country| country.letter == first);
        let state = &STATES[draws.below(STATES.len() as u32) as usize];
        let sovereign = &COUNTRIES[draws.below(COUNTRIES.len() as u32) as usize];
        let body = match by_letter {
            Some(country) if draws.percent(10) => Body::Sovereign(country),
            Some(_) => Body::Corporation,
            None => match draws.below(100) {
                0..44 => Body::Corporation,
                44..53 => Body::Fund,
                53..60 => Body::Trust,
                60..97 => Body::Municipality(state),
                97 => Body::Treasury,
                98 => Body::Agency,
                _ => Body::Sovereign(sovereign),
            },
        };
        let (state, country) = match body {
            Body::Treasury | Body::Agency => (None, None),
            Body::Sovereign(country) => (None, Some(country)),
            _ if by_letter.is_some() => (None, by_letter),
            _ => (Some(state), None),
        };
        let equities = match body {
            Body::Corporation => 1 + draws.below(1 + u32::from(issues) / 3) as u16,
            Body::Fund => issues,
            _ => 0,
        };
        Self {
            index,
            number,
            body,
            state,
            country,
            issues,
            equities: equities.min(issues).min(number::MOST_EQUITIES),
            added,
        }
    }

    /// Returns whether the issuer number marks private placements.
    pub(crate) fn is_private(&self) -> bool {
        number::is_private_mark(self.number.as_bytes()[5])
    }
}
