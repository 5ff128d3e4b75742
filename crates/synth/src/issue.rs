//! Issue records.

use cusip_pif::{
    Cusip, Date, Decimal, GovtStimulusProgram, IssueRef, IssueStatus, IssueTransaction,
};

use crate::calendar::Month;
use crate::change::Change;
use crate::class::Class;
use crate::description::{push_description, push_remarks};
use crate::draw::{Draws, Purpose};
use crate::issuer::digit_text;
use crate::pieces::cut;
use crate::security::Security;

const MUNICIPAL_PROGRAMS: [GovtStimulusProgram; 11] = [
    GovtStimulusProgram::QualifiedZoneAcademyBonds,
    GovtStimulusProgram::BuildAmericaBonds,
    GovtStimulusProgram::RecoveryZoneFacilityBonds,
    GovtStimulusProgram::NewCleanRenewableEnergyBonds,
    GovtStimulusProgram::QualifiedEnergyConservationBonds,
    GovtStimulusProgram::TribalEconomicDevelopmentBonds,
    GovtStimulusProgram::NewIssueBondProgram,
    GovtStimulusProgram::MunicipalLiquidityFacility,
    GovtStimulusProgram::QualifiedSchoolConstructionBonds,
    GovtStimulusProgram::RecoveryZoneEconomicDevelopmentBonds,
    GovtStimulusProgram::CleanRenewableEnergyBonds,
];

const COMPANY_PROGRAMS: [GovtStimulusProgram; 3] = [
    GovtStimulusProgram::TemporaryLiquidityGuarantee,
    GovtStimulusProgram::TroubledAssetRelief,
    GovtStimulusProgram::TermAssetBackedLoanFacility,
];

/// Buffers for the texts of an issue record, reused for every record.
#[derive(Debug, Default)]
pub(crate) struct IssueTexts {
    description: String,
    additional: String,
}

impl IssueTexts {
    /// Generates the record of a security after its changes.
    pub(crate) fn record(
        &mut self,
        seed: u64,
        anchor: Month,
        security: &Security,
        changes: impl Iterator<Item = Change>,
    ) -> IssueRef<'_> {
        let mut record = self.unchanged(seed, anchor, security);
        for mut change in changes {
            if change.step == 0 {
                self::change(&mut record, change.date, &mut change.draws);
            } else {
                advance(&mut record, change.date, &mut change.draws);
            }
        }
        record
    }

    fn unchanged(&mut self, seed: u64, anchor: Month, security: &Security) -> IssueRef<'_> {
        let mut draws = security.draws(seed, Purpose::IssueRecord);
        self.description.clear();
        self.additional.clear();
        if !draws.one_in(256) {
            push_description(&mut self.description, security, &mut draws);
        }
        if draws.percent(6) {
            push_remarks(&mut self.additional, &mut draws);
        }
        let cusip = Cusip::new(security.issuer.number, security.number);
        let [desc_1, desc_2] = cut(&self.description);
        let [adl_1, adl_2, adl_3, adl_4] = cut(&self.additional);
        let updated = security.past_date(anchor, &mut draws);
        let transaction = transaction(security, &mut draws);
        let in_parts = security.class.is_municipal() && draws.percent(6);
        IssueRef {
            issuer_num: security.issuer.number,
            issue_num: security.number,
            issue_check: draws.mostly(digit_text(cusip.check_digit())),
            issue_desc_1: desc_1,
            issue_desc_2: desc_2,
            issue_adl_1: adl_1,
            issue_adl_2: adl_2,
            issue_adl_3: adl_3,
            issue_adl_4: adl_4,
            issue_status: draws.mostly(security.status.code()),
            dated_date: security.terms.dated,
            maturity_date: security.terms.maturity,
            partial_maturity: in_parts.then(|| draws.between(1, 30) as i32),
            rate: security.terms.rate,
            govt_stimulus_program: program(security.class, &mut draws)
                .map(GovtStimulusProgram::code),
            issue_transaction: draws.mostly(transaction.code()),
            issue_update_date: draws.mostly(updated),
        }
    }
}

/// Changes a record as the vendor would on the next day of a sequence.
fn advance(record: &mut IssueRef<'_>, date: Date, draws: &mut Draws) {
    let is_over = [IssueStatus::Suspended, IssueStatus::Matured]
        .map(|status| Some(status.code()))
        .contains(&record.issue_status);
    let is_due = record.maturity_date.is_some_and(|due| due <= date);
    if !is_over && !is_due {
        return change(record, date, draws);
    }
    record.issue_update_date = Some(date);
    if is_over {
        record.issue_transaction = Some(IssueTransaction::DescriptionCorrected.code());
    } else {
        record.issue_status = Some(IssueStatus::Matured.code());
        record.issue_transaction = Some(IssueTransaction::Redeemed.code());
    }
}

/// Changes a record as the vendor would on a later day.
fn change(record: &mut IssueRef<'_>, date: Date, draws: &mut Draws) {
    record.issue_update_date = Some(date);
    let transaction = match draws.below(4) {
        0 => {
            record.issue_status = Some(IssueStatus::Suspended.code());
            IssueTransaction::Redeemed
        }
        1 => {
            let eighths = draws.between(1, 72);
            record.issue_status = Some(IssueStatus::Active.code());
            record.rate = (record.rate).and_then(|_| Decimal::new((125 * eighths).into(), 3));
            IssueTransaction::TentativeNowPermanent
        }
        2 => {
            record.issue_adl_1 = Some("DESCRIPTION CORRECTED");
            IssueTransaction::DescriptionCorrected
        }
        _ => IssueTransaction::DescriptionCorrected,
    };
    record.issue_transaction = Some(transaction.code());
}

fn transaction(security: &Security, draws: &mut Draws) -> IssueTransaction {
    match security.status {
        IssueStatus::Temporary => IssueTransaction::Tentative,
        IssueStatus::Suspended => draws.pick(&[
            IssueTransaction::Redeemed,
            IssueTransaction::Redeemed,
            IssueTransaction::Redeemed,
            IssueTransaction::Withdrawn,
        ]),
        _ if security.added.is_some() => IssueTransaction::New,
        _ => match draws.below(10) {
            0..7 => IssueTransaction::New,
            7..9 => IssueTransaction::DescriptionCorrected,
            _ => IssueTransaction::TentativeNowPermanent,
        },
    }
}

fn program(class: Class, draws: &mut Draws) -> Option<GovtStimulusProgram> {
    match class {
        Class::GeneralObligation | Class::Revenue => match draws.below(100) {
            0..5 => Some(draws.pick(&MUNICIPAL_PROGRAMS)),
            5..12 => Some(GovtStimulusProgram::NotApplicable),
            _ => None,
        },
        Class::Note | Class::MediumTerm | Class::Certificate => draws.pick_at(2, &COMPANY_PROGRAMS),
        _ => None,
    }
}
