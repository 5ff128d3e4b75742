//! Issuer records.

use cusip_pif::{Date, IssuerRef, IssuerStatus, IssuerTransaction, IssuerType, check_digit};

use crate::calendar::{Month, push_american, push_number};
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
}

impl IssuerTexts {
    /// Generates the record of an issuer.
    pub(crate) fn record(&mut self, seed: u64, anchor: Month, issuer: &Profile) -> IssuerRef<'_> {
        let mut draws = Draws::new(seed, Purpose::IssuerRecord, issuer.index.into());
        self.name.write(seed, issuer);
        self.additional.clear();
        let succeeds = matches!(issuer.body, Body::Corporation | Body::Fund | Body::Trust);
        if succeeds && draws.percent(14) {
            self.write_additional(anchor, &mut draws);
        }
        let suspended = draws.percent(6);
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
        let [name_1, name_2, name_3] = draws
            .mostly(())
            .map_or([None; 3], |()| cut(&self.name.full));
        let [adl_1, adl_2, adl_3, adl_4] = cut(&self.additional);
        let [sort_key] = draws.mostly(()).map_or([None], |()| cut(&self.name.sorted));
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
    fn write_additional(&mut self, anchor: Month, draws: &mut Draws) {
        let text = &mut self.additional;
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
}

/// Changes a record as the vendor would on a later day.
pub(crate) fn change(record: &mut IssuerRef<'_>, date: Date, draws: &mut Draws) {
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
