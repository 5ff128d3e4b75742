//! Securities: the properties that their records have in common.

use cusip_pif::{Date, IssueNum, IssueStatus};

use crate::calendar::Month;
use crate::class::Class;
use crate::draw::{Draws, Purpose};
use crate::number::{self, Marks};
use crate::profile::{Body, Profile};
use crate::terms::{LONGEST_AGE, Terms};

/// A security: everything that its issue and attribute records must agree on.
#[derive(Clone, Copy)]
pub(crate) struct Security {
    pub(crate) issuer: Profile,
    pub(crate) number: IssueNum,
    /// The issue's index within its issuer.
    pub(crate) index: u16,
    pub(crate) class: Class,
    pub(crate) status: IssueStatus,
    pub(crate) terms: Terms,
    /// The day on which a sequence of days added the security.
    pub(crate) added: Option<Date>,
}

impl Security {
    /// Draws an issuer's security with this index, perhaps one that was added on a day.
    pub(crate) fn new(
        seed: u64,
        anchor: Month,
        issuer: &Profile,
        index: u16,
        added: Option<Date>,
    ) -> Self {
        let equities = issuer.equities;
        let debts = issuer.issues - equities;
        let place = place(issuer, index);
        let mut draws = Draws::new(seed, Purpose::Security, place);
        let marks = match issuer.body {
            Body::Corporation | Body::Fund => Marks::OneIn(4),
            _ => Marks::Never,
        };
        let number = number::issue(seed, issuer.index, index, equities, debts, marks);
        let is_private = issuer.is_private() || number::is_private_mark(number.as_bytes()[1]);
        let class = Class::draw(issuer, index, is_private, &mut draws);
        let mut terms = Terms::draw(class, anchor, added, &mut draws);
        let matured = terms.maturity.is_some_and(|date| date < anchor.day(1));
        let status = match draws.below(100) {
            chance if added.is_some() => match class.is_debt() && chance < 10 {
                true => IssueStatus::Temporary,
                false => IssueStatus::Active,
            },
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
            added,
        }
    }

    /// Draws a date when a record of the security changed: after it was issued, before the anchor; or
    /// when it was added.
    pub(crate) fn past_date(&self, anchor: Month, draws: &mut Draws) -> Date {
        if let Some(added) = self.added {
            return added;
        }
        let months = draws.below(self.terms.age.min(LONGEST_AGE) as u32) as i32;
        let date = (anchor - 1 - months).day(draws.between(1, 28));
        self.terms.dated.map_or(date, |dated| date.max(dated))
    }

    /// Starts the draws for one of the records of the security.
    pub(crate) fn draws(&self, seed: u64, purpose: Purpose) -> Draws {
        Draws::new(seed, purpose, place(&self.issuer, self.index))
    }
}

fn place(issuer: &Profile, index: u16) -> u64 {
    u64::from(issuer.index) << 16 | u64::from(index)
}
