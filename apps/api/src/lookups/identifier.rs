//! The identifiers that requests contain.

use cusip_pif::{Cusip, Identifier, IssuerNum};

use crate::problem::{Code, Problem};
use crate::shortened::shortened;

/// Why a string does not identify what was asked for.
#[derive(Debug)]
pub(crate) struct Unidentified(pub(crate) String);

/// Reads the identifier of a security.
pub(crate) fn security_cusip(text: &str) -> Result<Cusip, Unidentified> {
    match shortened(text).parse() {
        Ok(Identifier::Security(cusip)) => Ok(cusip),
        Ok(Identifier::Issuer(issuer)) => Err(Unidentified(format!(
            "{issuer} is an issuer number; GET /issuers/{issuer} has its securities"
        ))),
        Err(error) => Err(Unidentified(error.to_string())),
    }
}

/// Reads the number of an issuer.
pub(crate) fn issuer_num(text: &str) -> Result<IssuerNum, Unidentified> {
    match shortened(text).parse() {
        Ok(Identifier::Issuer(issuer)) => Ok(issuer),
        Ok(Identifier::Security(cusip)) => Err(Unidentified(format!(
            "{cusip} is a security; its issuer is GET /issuers/{}",
            cusip.issuer_num()
        ))),
        Err(_) => Err(Unidentified(format!(
            "{:?} is not an issuer number: expected 6 characters from 0-9, A-Z, *, @, #",
            shortened(text)
        ))),
    }
}

impl From<Unidentified> for Problem {
    fn from(Unidentified(detail): Unidentified) -> Self {
        Self::new(Code::InvalidIdentifier, detail)
    }
}
