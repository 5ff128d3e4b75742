//! Names of issuers.

use crate::calendar::push_number;
use crate::draw::{Draws, Purpose};
use crate::profile::{Body, Profile};
use crate::words::{
    AGENCIES, COLLATERAL, COMPANY_ROOTS, COMPANY_SUFFIXES, FOREIGN_ROOTS, FOREIGN_SUFFIXES,
    FUND_STYLES, INDUSTRIES, PLACES, State, TREASURY,
};

/// Buffers for an issuer's name, reused for every issuer.
#[derive(Debug, Default)]
pub(crate) struct Name {
    /// The full name.
    pub(crate) full: String,
    /// The name in the form used for sorting.
    pub(crate) sorted: String,
}

impl Name {
    /// Writes the name of an issuer, which is the same every time.
    pub(crate) fn write(&mut self, seed: u64, issuer: &Profile) {
        self.write_since(0, seed, issuer);
    }

    /// Writes the name that an issuer got with this step of a sequence of days.
    pub(crate) fn write_since(&mut self, step: u32, seed: u64, issuer: &Profile) {
        self.full.clear();
        self.sorted.clear();
        let place = u64::from(step) << 32 | u64::from(issuer.index);
        let mut draws = Draws::new(seed, Purpose::Name, place);
        match issuer.body {
            Body::Corporation => self.write_company(issuer, &mut draws),
            Body::Fund => {
                let tail = if issuer.is_private() {
                    "PRIVATE FD LP"
                } else {
                    "FD"
                };
                let parts = [draws.pick(&COMPANY_ROOTS), draws.pick(&FUND_STYLES), tail];
                self.push(&parts);
            }
            Body::Trust => {
                let parts = [draws.pick(&COMPANY_ROOTS), draws.pick(&COLLATERAL), "TR 20"];
                self.push(&parts);
                push_number(&mut self.full, draws.between(10, 24));
                self.push_serial(&mut draws);
            }
            Body::Municipality(state) => self.write_municipality(state, &mut draws),
            Body::Treasury => self.push(&[draws.pick(&TREASURY)]),
            Body::Agency => self.push(&[draws.pick(&AGENCIES)]),
            Body::Sovereign(country) => self.push(&[country.sovereign]),
        }
        if self.sorted.is_empty() {
            self.sorted.push_str(&self.full);
        }
    }

    fn write_company(&mut self, issuer: &Profile, draws: &mut Draws) {
        let abroad = issuer.country.is_some();
        if !abroad && draws.percent(3) {
            self.push(&["THE"]);
        }
        let start = self.full.len();
        let root = match draws.below(100) {
            0..40 if abroad => draws.pick(&FOREIGN_ROOTS),
            0 => draws.pick(&FOREIGN_ROOTS),
            _ => draws.pick(&COMPANY_ROOTS),
        };
        self.push(&[root]);
        if draws.percent(30) {
            self.push(&[draws.pick(&PLACES)]);
        }
        let (industry, other) = (draws.pick(&INDUSTRIES), draws.pick(&INDUSTRIES));
        self.push(&[industry]);
        if draws.percent(10) && other != industry {
            self.push(&["&", other]);
        }
        self.push(&[match abroad {
            true => draws.pick(&FOREIGN_SUFFIXES),
            false => draws.pick(&COMPANY_SUFFIXES),
        }]);
        if start > 0 {
            self.sorted.push_str(self.full[start..].trim_start());
            self.sorted.push_str(" THE");
        }
    }

    fn write_municipality(&mut self, state: &State, draws: &mut Draws) {
        let place = draws.pick(&PLACES);
        match draws.below(10) {
            0..2 => {
                self.push(&["CITY OF", place, state.short]);
                self.sorted.push_str(place);
                self.sorted.push(' ');
                self.sorted.push_str(state.short);
                self.sorted.push_str(" CITY OF");
            }
            2 => self.push(&[place, "CNTY", state.short]),
            3 => {
                self.push(&[place, state.short, "SCH DIST NO "]);
                push_number(&mut self.full, draws.between(1, 899));
            }
            4 => self.push(&[place, "CNTY", state.short, "UNI SCH DIST"]),
            5 => self.push(&[place, state.short, "WTR & SWR SYS REV"]),
            6 => self.push(&[state.full, "ST HSG FIN AGY MULTIFAMILY HSG REV"]),
            7 => self.push(&[
                place,
                "CNTY",
                state.full,
                "INDEPENDENT SCHOOL DISTRICT BUILDING AUTH",
            ]),
            8 => self.push(&[
                state.full,
                "HEALTH AND EDL FACS AUTH HOSP REV",
                place,
                "REGIONAL MED CTR",
            ]),
            _ => self.push(&[place, state.short, "REDEV AGY TAX ALLOCATION"]),
        }
    }

    fn push_serial(&mut self, draws: &mut Draws) {
        self.full.push('-');
        if draws.percent(50) {
            self.full.push((b'A' + draws.below(6) as u8) as char);
        } else {
            push_number(&mut self.full, draws.between(1, 9));
        }
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            if !self.full.is_empty() {
                self.full.push(' ');
            }
            self.full.push_str(part);
        }
    }
}
