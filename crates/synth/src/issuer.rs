//! Issuer records.

use cusip_pif::{Date, IssuerRef, IssuerStatus, IssuerTransaction, IssuerType, check_digit};

use crate::calendar::{Month, push_american, push_number};
use crate::change::Change;
use crate::draw::{Draws, Purpose};
use crate::name::Name;
use crate::pieces::cut;
use crate::profile::{Body, Profile};
use crate::words::{COMPANY_ROOTS, INDUSTRIES, STATES};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Buffers for the texts of an issuer record, reused for every record.
#[derive(Debug, Default)]
pub(crate) struct IssuerTexts {
    name: Name,
    additional: String,
    later: LaterName,
}

/// The name of an issuer after a change.
#[derive(Debug, Default)]
struct LaterName {
    name: Name,
    former: String,
}

impl IssuerTexts {
    /// Generates the record of an issuer after its changes.
    pub(crate) fn record(
        &mut self,
        seed: u64,
        anchor: Month,
        issuer: &Profile,
        changes: impl Iterator<Item = Change>,
    ) -> IssuerRef<'_> {
        let Self {
            name,
            additional,
            later,
        } = self;
        let mut record = unchanged(seed, anchor, issuer, name, additional);
        let (mut before_last, mut renamed) = (0, 0);
        for mut change in changes {
            if change.step == 0 {
                self::change(&mut record, change.date, &mut change.draws);
            } else if advance(&mut record, change.date, &mut change.draws) {
                (before_last, renamed) = (renamed, change.step);
            }
        }
        if renamed > 0 {
            later.write([before_last, renamed], seed, issuer);
            later.fill(&mut record);
        }
        record
    }
}

impl LaterName {
    /// Writes the name since the later of the steps, and the former one since the other.
    fn write(&mut self, [former, later]: [u32; 2], seed: u64, issuer: &Profile) {
        self.name.write_since(former, seed, issuer);
        self.former.clear();
        self.former.push_str("FORMERLY ");
        self.former.push_str(&self.name.full);
        self.name.write_since(later, seed, issuer);
    }

    fn fill<'t>(&'t self, record: &mut IssuerRef<'t>) {
        [
            record.issuer_name_1,
            record.issuer_name_2,
            record.issuer_name_3,
        ] = cut(&self.name.full);
        [
            record.issuer_adl_1,
            record.issuer_adl_2,
            record.issuer_adl_3,
            record.issuer_adl_4,
        ] = cut(&self.former);
        [record.issuer_sort_key] = cut(&self.name.sorted);
    }
}

fn unchanged<'t>(
    seed: u64,
    anchor: Month,
    issuer: &Profile,
    name: &'t mut Name,
    additional: &'t mut String,
) -> IssuerRef<'t> {
    let mut draws = Draws::new(seed, Purpose::IssuerRecord, issuer.index.into());
    name.write(seed, issuer);
    additional.clear();
    let succeeds = matches!(issuer.body, Body::Corporation | Body::Fund | Body::Trust);
    if succeeds && draws.percent(14) {
        write_additional(additional, anchor, &mut draws);
    }
    let suspended = draws.percent(6) && issuer.added.is_none();
    let status = if suspended {
        IssuerStatus::Suspended
    } else {
        IssuerStatus::Active
    };
    let transaction = if suspended {
        draws.pick(&[
            IssuerTransaction::Merged,
            IssuerTransaction::Merged,
            IssuerTransaction::Liquidated,
            IssuerTransaction::Withdrawn,
        ])
    } else if issuer.added.is_some() {
        IssuerTransaction::New
    } else {
        draws.pick(&[
            IssuerTransaction::New,
            IssuerTransaction::New,
            IssuerTransaction::New,
            IssuerTransaction::New,
            IssuerTransaction::New,
            IssuerTransaction::NewAfterNameChange,
            IssuerTransaction::DescriptionCorrected,
            IssuerTransaction::NameChanged,
        ])
    };
    let updated = (anchor - 1 - draws.below(180) as i32).day(draws.between(1, 28));
    let updated = issuer.added.unwrap_or(updated);
    let [name_1, name_2, name_3] = draws.mostly(()).map_or([None; 3], |()| cut(&name.full));
    let [adl_1, adl_2, adl_3, adl_4] = cut(additional);
    let [sort_key] = draws.mostly(()).map_or([None], |()| cut(&name.sorted));
    IssuerRef {
        issuer_num: issuer.number,
        issuer_check: draws.mostly(issuer_check(issuer)),
        issuer_name_1: name_1,
        issuer_name_2: name_2,
        issuer_name_3: name_3,
        issuer_adl_1: adl_1,
        issuer_adl_2: adl_2,
        issuer_adl_3: adl_3,
        issuer_adl_4: adl_4,
        issuer_sort_key: sort_key,
        issuer_type: draws.mostly(issuer_type(issuer.body).code()),
        issuer_status: draws.mostly(status.code()),
        issuer_del_date: suspended.then_some(updated),
        issuer_transaction: draws.mostly(transaction.code()),
        issuer_state_code: issuer.state.map(|state| state.code),
        issuer_update_date: draws.mostly(updated),
    }
}

/// Writes one to four sentences, sometimes enough to fill all four fields.
fn write_additional(text: &mut String, anchor: Month, draws: &mut Draws) {
    text.push_str("FORMERLY ");
    text.push_str(draws.pick(&COMPANY_ROOTS));
    text.push(' ');
    text.push_str(draws.pick(&INDUSTRIES));
    text.push_str(" CO");
    if draws.percent(60) {
        text.push_str(" TO ");
        push_american(
            text,
            (anchor - 1 - draws.below(300) as i32).day(draws.between(1, 28)),
        );
    }
    if draws.percent(40) {
        text.push_str(" REORGANIZED UNDER THE LAWS OF ");
        text.push_str(STATES[draws.below(STATES.len() as u32) as usize].full);
    }
    if draws.percent(40) {
        text.push_str(" SEE ALSO SUCCESSOR ISSUER ");
        push_number(text, draws.between(100_000, 989_999));
    }
}

/// Changes a record as the vendor would on the next day of a sequence. Returns whether the issuer gets
/// another name.
fn advance(record: &mut IssuerRef<'_>, date: Date, draws: &mut Draws) -> bool {
    let is_suspended = record.issuer_status == Some(IssuerStatus::Suspended.code());
    let is_renamed = !is_suspended && draws.one_in(4);
    if is_suspended || is_renamed {
        record.issuer_update_date = Some(date);
        let transaction = match is_renamed {
            true => IssuerTransaction::NameChanged,
            false => IssuerTransaction::DescriptionCorrected,
        };
        record.issuer_transaction = Some(transaction.code());
    } else {
        change(record, date, draws);
    }
    is_renamed
}

/// Changes a record as the vendor would on a later day.
fn change(record: &mut IssuerRef<'_>, date: Date, draws: &mut Draws) {
    record.issuer_update_date = Some(date);
    let transaction = match draws.below(4) {
        0 => {
            record.issuer_status = Some(IssuerStatus::Suspended.code());
            record.issuer_del_date = Some(date);
            IssuerTransaction::Merged
        }
        1 => {
            [record.issuer_adl_1, record.issuer_adl_2] = cut("FORMERLY LISTED UNDER ANOTHER NAME");
            IssuerTransaction::NameChanged
        }
        _ => IssuerTransaction::DescriptionCorrected,
    };
    record.issuer_transaction = Some(transaction.code());
}

const fn issuer_type(body: Body) -> IssuerType {
    match body {
        Body::Corporation | Body::Fund | Body::Trust => IssuerType::Corporate,
        Body::Municipality(_) => IssuerType::Municipal,
        Body::Treasury | Body::Agency => IssuerType::Government,
        Body::Sovereign(_) => IssuerType::Sovereign,
    }
}

fn issuer_check(issuer: &Profile) -> &'static str {
    let digit = check_digit(issuer.number.as_bytes());
    digit_text(digit.expect("an issuer number has only characters with a value"))
}

/// Returns a check digit as static text.
pub(crate) fn digit_text(digit: char) -> &'static str {
    DIGITS[digit.to_digit(10).expect("a check digit is a digit") as usize]
}
