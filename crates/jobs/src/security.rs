//! Securities, as look-ups and searches return them.

use serde::Serialize;
use serde_json::{Map, Value};

/// A security as the database stores it: each record with its codes decoded.
///
/// The maps hold the columns of the views `v_issuer`, `v_issue` and `v_issue_attribute` in order.
#[derive(Debug, Clone, Serialize)]
pub struct Security {
    /// The CUSIP, of nine characters.
    pub cusip: String,
    /// The issuer.
    pub issuer: Map<String, Value>,
    /// The issue.
    pub issue: Map<String, Value>,
    /// The issue's attributes, if it has any.
    pub issue_attribute: Option<Map<String, Value>>,
}

/// A security that a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchHit {
    /// The CUSIP, of nine characters unless the file had no check digit.
    pub cusip: String,
    /// The ISIN, if the country of domicile is known and its ISINs contain this CUSIP.
    pub isin: Option<String>,
    /// The issuer's name.
    pub issuer_name: Option<String>,
    /// The issue's description.
    pub issue_description: Option<String>,
    /// The ticker symbol.
    pub ticker_symbol: Option<String>,
    /// The underwriter.
    pub underwriter: Option<String>,
    /// The best place in which a word was found: `issuer`, `issue` or `attribute`.
    pub match_type: String,
    /// How well it matches; higher is better.
    pub rank: f32,
    /// Why it was found: `identifier`, `leading zeros added`, `issuer number`,
    /// `beginning of a CUSIP`, `ticker`, `issuer name`, `issuer words`, `words`; or, only if nothing has all words, `similar issuer name`
    /// or `some words`.
    pub reason: String,
    /// Where each word was found, such as `water in issuer and issue`.
    pub found_in: Vec<String>,
}
