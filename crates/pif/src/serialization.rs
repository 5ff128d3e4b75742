//! Values as serde sees them: the same text as in a file.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::code::{
    GovtStimulusProgram, IssueStatus, IssueTransaction, IssuerStatus, IssuerTransaction,
    IssuerType, OfferingAmountCode, PaymentFrequency, SaleType,
};
use crate::code_text::CodeText;
use crate::date::Date;
use crate::decimal::Decimal;
use crate::identifier::{Cusip, IssueNum, IssuerNum};
use crate::kind::FileKind;

/// Reads a value from text.
struct TextVisitor<F>(&'static str, F);

impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for TextVisitor<F> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }

    fn visit_str<D: Error>(self, text: &str) -> Result<T, D> {
        (self.1)(text).map_err(D::custom)
    }
}

/// Serializes types as what a method returns, and deserializes them with a function.
macro_rules! as_text {
    ($($type:ty, $expected:literal, $text:ident, $parse:expr;)+) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let value = self;
                as_text!(@serialize value, serializer, $text)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TextVisitor($expected, $parse))
            }
        }
    )+ };
    (@serialize $value:ident, $serializer:ident, display) => { $serializer.collect_str($value) };
    (@serialize $value:ident, $serializer:ident, $text:ident) => {
        $serializer.serialize_str($value.$text())
    };
}

as_text! {
    IssuerNum, "an issuer number of 6 characters", as_str, str::parse::<IssuerNum>;
    IssueNum, "an issue number of 2 characters", as_str, str::parse::<IssueNum>;
    Cusip, "a CUSIP of 9 characters", display, Cusip::from_9;
    Date, "a date in the form YYYY-MM-DD", display, str::parse::<Date>;
    Decimal, "a decimal number in a string", display, str::parse::<Decimal>;
    CodeText, "a string", as_str, |text: &str| Ok::<_, fmt::Error>(CodeText::from(text));
    FileKind, "issuer, issue or issue_attr", wire_name, str::parse::<FileKind>;
    IssuerType, "a code", code, IssuerType::from_code;
    IssuerStatus, "a code", code, IssuerStatus::from_code;
    IssuerTransaction, "a code", code, IssuerTransaction::from_code;
    IssueStatus, "a code", code, IssueStatus::from_code;
    IssueTransaction, "a code", code, IssueTransaction::from_code;
    OfferingAmountCode, "a code", code, OfferingAmountCode::from_code;
    PaymentFrequency, "a code", code, PaymentFrequency::from_code;
    SaleType, "a code", code, SaleType::from_code;
    GovtStimulusProgram, "a code", code, GovtStimulusProgram::from_code;
}
