//! What the earlier service made in its database.

use cusip_pif::{CodeList, FieldType, FileKind};
use tokio_postgres::Client;

/// Where its migrations kept their version, and the only one there was.
pub(super) const VERSION_TABLE: &str = "alembic_version";
pub(super) const VERSION: &str = "001";

pub(super) const SEARCH: &str = "search_securities(text)";

/// The views that our search reads.
pub(super) const SEARCHED_VIEWS: [&str; 4] =
    ["v_issuer", "v_issue", "v_issue_attribute", "v_security"];

/// A column that its triggers filled for the search, in each master table.
pub(super) const SEARCH_COLUMN: &str = "search_vector";

/// The columns of the master tables that had an index of their own.
pub(super) const INDEXED: [&str; 10] = [
    "issuer_status",
    "issuer_type",
    "issuer_state_code",
    "issue_status",
    "maturity_date",
    "dated_date",
    "currency_code",
    "domicile_code",
    "ticker_symbol",
    SEARCH_COLUMN,
];

/// Answers with the functions of our schema that nothing but the master tables' triggers call, by
/// their signatures.
pub(super) const TRIGGER_FUNCTIONS: &str = "select distinct tgfoid::regprocedure::text
    from pg_trigger as kept join pg_proc on pg_proc.oid = tgfoid
    where not tgisinternal and pronamespace = current_schema()::regnamespace
        and tgrelid in (to_regclass('issuer'), to_regclass('issue'), to_regclass('issue_attribute'))
        and not exists (select from pg_trigger as other where other.tgfoid = kept.tgfoid
            and other.tgrelid not in
                (to_regclass('issuer'), to_regclass('issue'), to_regclass('issue_attribute')))";

/// A view with the columns that readers knew.
pub(super) struct View {
    pub(super) name: &'static str,
    pub(super) columns: &'static str,
}

pub(super) const VIEWS: [View; 5] = [
    View {
        name: "v_issuer",
        columns: "issuer_num issuer_check issuer_name issuer_additional_info issuer_sort_key \
            issuer_type issuer_type_desc issuer_status issuer_status_desc issuer_del_date \
            issuer_transaction issuer_transaction_desc issuer_state_code issuer_update_date",
    },
    View {
        name: "v_issue",
        columns: "issuer_num issue_num cusip issue_check issue_description issue_additional_info \
            issue_status issue_status_desc dated_date maturity_date partial_maturity rate \
            govt_stimulus_program govt_stimulus_program_desc issue_transaction \
            issue_transaction_desc issue_update_date",
    },
    View {
        name: "v_issue_attribute",
        columns: "issuer_num issue_num cusip_base alternative_min_tax bank_q callable \
            activity_date first_coupon_date init_pub_off payment_frequency \
            payment_frequency_desc currency_code domicile_code underwriter us_cfi_code \
            closing_date ticker_symbol iso_cfi depos_eligible pre_refund refundable remarketed \
            sinking_fund taxable form enhancements fund_distrb_policy fund_inv_policy fund_type \
            guarantee income_type insured_by ownership_restr payment_status preferred_type \
            putable rate_type redemption source_doc sponsoring voting_rights warrant_assets \
            warrant_status warrant_type where_traded auditor paying_agent tender_agent \
            xfer_agent bond_counsel financial_advisor municipal_sale_date sale_type \
            sale_type_desc offering_amount offering_amount_code offering_amount_code_desc \
            offering_amount_full",
    },
    View {
        name: "v_security",
        columns: "cusip issuer_num issue_num issue_check issuer_name issuer_type \
            issuer_type_desc issuer_status issuer_status_desc issuer_state_code \
            issue_description issue_additional_info issue_status issue_status_desc dated_date \
            maturity_date rate govt_stimulus_program govt_stimulus_program_desc ticker_symbol \
            currency_code domicile_code us_cfi_code iso_cfi payment_frequency \
            payment_frequency_desc callable putable sinking_fund taxable alternative_min_tax \
            bank_q depos_eligible form guarantee rate_type redemption where_traded underwriter \
            offering_amount offering_amount_code offering_amount_full activity_date \
            first_coupon_date closing_date municipal_sale_date issue_update_date",
    },
    View {
        name: "v_security_summary",
        columns: "cusip issuer_name issue_description ticker_symbol issuer_type issue_status rate \
            dated_date maturity_date currency_code where_traded",
    },
];

/// Returns the tables whose rows stay: the master tables and the reference tables.
pub(super) fn kept_tables() -> impl Iterator<Item = &'static str> {
    let masters = FileKind::ALL.into_iter().map(|kind| kind.layout().table);
    masters.chain(CodeList::ALL.into_iter().map(|list| list.table))
}

/// Returns the table that a kind's file was copied into first.
pub(super) fn staging(kind: FileKind) -> String {
    format!("stg_{}", kind.layout().table)
}

/// Returns a kind's columns with their types, as the server writes them.
pub(super) fn columns(kind: FileKind) -> impl Iterator<Item = (&'static str, String)> {
    let typed = move |field_type| match field_type {
        FieldType::IssuerNum => "character varying(6)".to_owned(),
        FieldType::IssueNum => "character varying(2)".to_owned(),
        FieldType::Text { max } | FieldType::Code { max, .. } => {
            format!("character varying({max})")
        }
        FieldType::Date => "date".to_owned(),
        FieldType::Integer => "integer".to_owned(),
        // It rounded what the files say.
        FieldType::Decimal { .. } if matches!(kind, FileKind::Issue) => "numeric(6,3)".to_owned(),
        _ => "numeric(5,1)".to_owned(),
    };
    let fields = kind.layout().fields.iter();
    fields.map(move |field| (field.name, typed(field.field_type)))
}

/// Returns which of its tables are there, those that go included.
pub(super) async fn tables_that_are_there(
    client: &Client,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let names: Vec<_> = (kept_tables().map(str::to_owned))
        .chain(FileKind::ALL.map(staging))
        .chain([VERSION_TABLE.to_owned()])
        .collect();
    let query = "select name from unnest($1::text[]) with ordinality as earlier (name, number)
        where to_regclass(name) is not null order by number";
    let rows = client.query(query, &[&names]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
