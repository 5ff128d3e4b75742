//! The code lists: what the one-character codes in records mean.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use thiserror::Error;

use crate::code_text::CodeText;

/// A list of documented codes.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeList {
    /// The name of the list, which is the name of the field that uses it, such as `issuer_type`.
    pub name: &'static str,
    /// The codes in the order of the vendor's documentation.
    pub codes: &'static [Code],
    documented: u128,
}

impl CodeList {
    /// All lists: three each for the issuer file, the issue file and the attribute file.
    pub const ALL: &'static [&'static Self] = &[
        &IssuerType::LIST,
        &IssuerStatus::LIST,
        &IssuerTransaction::LIST,
        &IssueStatus::LIST,
        &IssueTransaction::LIST,
        &GovtStimulusProgram::LIST,
        &PaymentFrequency::LIST,
        &SaleType::LIST,
        &OfferingAmountCode::LIST,
    ];

    const fn new(name: &'static str, codes: &'static [Code]) -> Self {
        let mut documented = 0;
        let mut index = 0;
        while index < codes.len() {
            let code = codes[index].code.as_bytes();
            assert!(
                code.len() == 1 && code[0].is_ascii(),
                "every documented code is one ASCII character"
            );
            documented |= 1 << code[0];
            index += 1;
        }
        Self {
            name,
            codes,
            documented,
        }
    }

    /// Returns whether the code is in the list.
    #[must_use]
    pub const fn contains(&self, code: &str) -> bool {
        match code.as_bytes() {
            [byte] if byte.is_ascii() => self.documented >> *byte & 1 == 1,
            _ => false,
        }
    }

    /// Returns the meaning of the code, if it is in the list.
    #[must_use]
    pub fn description(&self, code: &str) -> Option<&'static str> {
        let known = self.codes.iter().find(|known| known.code == code)?;
        Some(known.description)
    }
}

/// A documented code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code as in the file: one ASCII character.
    pub code: &'static str,
    /// What the code means.
    pub description: &'static str,
}

/// The error for a code that is not in its list.
///
/// The vendor adds codes without notice, so expect this error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code:?} is not a documented code of {list}")]
pub struct UnknownCode {
    /// The name of the list.
    pub list: &'static str,
    /// The code as received.
    pub code: String,
}

macro_rules! code_list {
    ($(#[$doc:meta])* $list:ident, $name:literal {
        $($code:literal $variant:ident $description:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $list {
            $(#[doc = concat!("`", $code, "`: ", $description, ".")] $variant,)+
        }

        impl $list {
            /// The documented codes.
            pub const LIST: CodeList = CodeList::new($name, &[
                $(Code { code: $code, description: $description },)+
            ]);

            /// Reads a code as in the file.
            ///
            /// # Errors
            ///
            /// [`UnknownCode`], if the code is not in [`LIST`](Self::LIST).
            pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownCode { list: $name, code: code.to_owned() }),
                }
            }

            /// Returns the code as in the file.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }

        impl From<$list> for CodeText {
            fn from(code: $list) -> Self {
                Self::from(code.code())
            }
        }

        #[doc = "Reads a code as in the file, like [`from_code`](Self::from_code)."]
        impl FromStr for $list {
            type Err = UnknownCode;

            fn from_str(code: &str) -> Result<Self, UnknownCode> {
                Self::from_code(code)
            }
        }

        #[doc = "Writes the meaning of the code."]
        impl fmt::Display for $list {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(match self {
                    $(Self::$variant => $description,)+
                })
            }
        }
    };
}

code_list! {
    /// The type of an issuer.
    IssuerType, "issuer_type" {
        "C" Corporate "Corporate Issuer",
        "M" Municipal "Municipal Issuer",
        "G" Government "U.S. Government Issuer",
        "S" Sovereign "Sovereign Issuer",
    }
}

code_list! {
    /// Whether an issuer is active.
    IssuerStatus, "issuer_status" {
        "A" Active "Active",
        "D" Suspended "Suspend",
    }
}

code_list! {
    /// The last transaction of an issuer.
    IssuerTransaction, "issuer_transaction" {
        "A" New "New Issuer",
        "B" NewAfterNameChange "New Issuer - Company Name Change",
        "L" DescriptionCorrected "Description Correction Not Requiring New Number",
        "N" NameChanged "Company Name Change Not Requiring New Number",
        "R" Merged "Suspend Drop: Merged, Name Changed, Assets Acquired, Re-Domiciled",
        "T" Liquidated "Suspend Drop: Bankrupt, Liquidated, Authority Discontinued",
        "W" Withdrawn "Immediate Drop: Registration Withdrawn",
    }
}

code_list! {
    /// The status of an issue.
    IssueStatus, "issue_status" {
        "A" Active "Active",
        "T" Temporary "Temporary Add - Rate/Maturity Not Final",
        "D" Suspended "Suspend",
        "X" PresumedInactive "Issue Presumed Inactive",
        "Z" Matured "Issue Matured",
    }
}

code_list! {
    /// The last transaction of an issue.
    IssueTransaction, "issue_transaction" {
        "A" New "New Issue",
        "D" Tentative "Tentative Add - Coupon Rate Not Yet Available",
        "L" DescriptionCorrected "Description Correction Not Requiring New Number",
        "M" TentativeNowPermanent "Tentative Add Now Permanent",
        "S" Redeemed "Suspend Drop: Called, Expired, Exchanged, Redeemed",
        "W" Withdrawn "Immediate Drop: Registration Withdrawn",
    }
}

code_list! {
    /// The government stimulus program under which a security was issued.
    GovtStimulusProgram, "govt_stimulus_program" {
        "A" QualifiedZoneAcademyBonds "Qualified Zone Academy Bonds (QZAB)",
        "B" BuildAmericaBonds "Build America Bonds",
        "C" RecoveryZoneFacilityBonds "Recovery Zone Facility Bonds",
        "D" NewCleanRenewableEnergyBonds "New Clean Renewable Energy Bonds (New CREB)",
        "E" QualifiedEnergyConservationBonds "Qualified Energy Conservation Bonds",
        "F" TemporaryLiquidityGuarantee "FDIC TLGP",
        "G" TribalEconomicDevelopmentBonds "Tribal Economic Development Bonds",
        "H" NewIssueBondProgram "New Issue Bond Program NIBP - US Treasury HFA",
        "M" MunicipalLiquidityFacility "Municipal Liquidity Facility",
        "N" NotApplicable "N/A",
        "P" TroubledAssetRelief "TARP",
        "Q" QualifiedSchoolConstructionBonds "Qualified School Construction Bonds",
        "R" RecoveryZoneEconomicDevelopmentBonds "Recovery Zone Economic Development Bonds",
        "T" TermAssetBackedLoanFacility "TALF",
        "V" CleanRenewableEnergyBonds "Clean Renewable Energy Bonds (CREB)",
    }
}

code_list! {
    /// How often interest is paid.
    PaymentFrequency, "payment_frequency" {
        "1" Daily "Daily",
        "2" Weekly "Weekly",
        "3" Monthly "Monthly",
        "4" Quarterly "Quarterly",
        "5" SemiAnnually "Semi-Annually",
        "6" Annually "Annually",
        "7" AtMaturity "At Maturity",
        "8" ZeroCoupon "Zero Coupon / Capital Appreciation Bonds",
        "9" SemiMonthly "Semi-Monthly",
        "Z" NotApplicable "Not Applicable",
    }
}

code_list! {
    /// How a municipal issue was sold.
    SaleType, "sale_type" {
        "C" Competitive "Competitive",
        "G" Negotiated "Negotiated",
    }
}

code_list! {
    /// The unit of an offering amount.
    OfferingAmountCode, "offering_amount_code" {
        "K" Thousands "Thousands",
        "M" Millions "Millions",
        "B" Billions "Billions",
    }
}
