//! The columns of a security's row.

/// The type of a column's values, each of which may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// A string.
    Text,
    /// A day: in JSON a string such as `2024-01-15`.
    Date,
    /// A decimal number: in JSON a number with every digit that was loaded.
    Number,
}

/// The columns of a security's row in order: those of the view `v_security`, with the ISIN after the CUSIP.
pub const SECURITY_COLUMNS: [(&str, ColumnType); 48] = [
    ("cusip", ColumnType::Text),
    ("isin", ColumnType::Text),
    ("issuer_num", ColumnType::Text),
    ("issue_num", ColumnType::Text),
    ("issue_check", ColumnType::Text),
    ("issuer_name", ColumnType::Text),
    ("issuer_type", ColumnType::Text),
    ("issuer_type_desc", ColumnType::Text),
    ("issuer_status", ColumnType::Text),
    ("issuer_status_desc", ColumnType::Text),
    ("issuer_state_code", ColumnType::Text),
    ("issue_description", ColumnType::Text),
    ("issue_additional_info", ColumnType::Text),
    ("issue_status", ColumnType::Text),
    ("issue_status_desc", ColumnType::Text),
    ("dated_date", ColumnType::Date),
    ("maturity_date", ColumnType::Date),
    ("rate", ColumnType::Number),
    ("govt_stimulus_program", ColumnType::Text),
    ("govt_stimulus_program_desc", ColumnType::Text),
    ("ticker_symbol", ColumnType::Text),
    ("currency_code", ColumnType::Text),
    ("domicile_code", ColumnType::Text),
    ("us_cfi_code", ColumnType::Text),
    ("iso_cfi", ColumnType::Text),
    ("payment_frequency", ColumnType::Text),
    ("payment_frequency_desc", ColumnType::Text),
    ("callable", ColumnType::Text),
    ("putable", ColumnType::Text),
    ("sinking_fund", ColumnType::Text),
    ("taxable", ColumnType::Text),
    ("alternative_min_tax", ColumnType::Text),
    ("bank_q", ColumnType::Text),
    ("depos_eligible", ColumnType::Text),
    ("form", ColumnType::Text),
    ("guarantee", ColumnType::Text),
    ("rate_type", ColumnType::Text),
    ("redemption", ColumnType::Text),
    ("where_traded", ColumnType::Text),
    ("underwriter", ColumnType::Text),
    ("offering_amount", ColumnType::Number),
    ("offering_amount_code", ColumnType::Text),
    ("offering_amount_full", ColumnType::Number),
    ("activity_date", ColumnType::Date),
    ("first_coupon_date", ColumnType::Date),
    ("closing_date", ColumnType::Date),
    ("municipal_sale_date", ColumnType::Date),
    ("issue_update_date", ColumnType::Date),
];

/// The columns that a row has before the others: they are computed from what is stored.
const COMPUTED: usize = 2;

/// Returns the SQL that selects a row from `v_security as security`.
pub(super) fn selected() -> String {
    let others = &SECURITY_COLUMNS[COMPUTED..];
    let others: Vec<_> = others
        .iter()
        .map(|(name, _)| format!("security.{name}"))
        .collect();
    format!(
        "security.issuer_num || security.issue_num as number, security.cusip as stored,
        security.domicile_code as country,
        (select row_to_json(other)::text from (select {}) as other) as others",
        others.join(", ")
    )
}
