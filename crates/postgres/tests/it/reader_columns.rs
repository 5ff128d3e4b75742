//! What readers select from: names and order as they were before this program.

use cusip_test_support::TestDatabase;

const V_ISSUER: &str = "issuer_num, issuer_check, issuer_name, issuer_additional_info, \
    issuer_sort_key, issuer_type, issuer_type_desc, issuer_status, issuer_status_desc, \
    issuer_del_date, issuer_transaction, issuer_transaction_desc, issuer_state_code, \
    issuer_update_date";

const V_ISSUE: &str = "issuer_num, issue_num, cusip, issue_check, issue_description, \
    issue_additional_info, issue_status, issue_status_desc, dated_date, maturity_date, \
    partial_maturity, rate, govt_stimulus_program, govt_stimulus_program_desc, issue_transaction, \
    issue_transaction_desc, issue_update_date";

const V_ISSUE_ATTRIBUTE: &str = "issuer_num, issue_num, cusip_base, alternative_min_tax, bank_q, \
    callable, activity_date, first_coupon_date, init_pub_off, payment_frequency, \
    payment_frequency_desc, currency_code, domicile_code, underwriter, us_cfi_code, closing_date, \
    ticker_symbol, iso_cfi, depos_eligible, pre_refund, refundable, remarketed, sinking_fund, \
    taxable, form, enhancements, fund_distrb_policy, fund_inv_policy, fund_type, guarantee, \
    income_type, insured_by, ownership_restr, payment_status, preferred_type, putable, rate_type, \
    redemption, source_doc, sponsoring, voting_rights, warrant_assets, warrant_status, \
    warrant_type, where_traded, auditor, paying_agent, tender_agent, xfer_agent, bond_counsel, \
    financial_advisor, municipal_sale_date, sale_type, sale_type_desc, offering_amount, \
    offering_amount_code, offering_amount_code_desc, offering_amount_full";

const V_SECURITY: &str = "cusip, issuer_num, issue_num, issue_check, issuer_name, issuer_type, \
    issuer_type_desc, issuer_status, issuer_status_desc, issuer_state_code, issue_description, \
    issue_additional_info, issue_status, issue_status_desc, dated_date, maturity_date, rate, \
    govt_stimulus_program, govt_stimulus_program_desc, ticker_symbol, currency_code, \
    domicile_code, us_cfi_code, iso_cfi, payment_frequency, payment_frequency_desc, callable, \
    putable, sinking_fund, taxable, alternative_min_tax, bank_q, depos_eligible, form, guarantee, \
    rate_type, redemption, where_traded, underwriter, offering_amount, offering_amount_code, \
    offering_amount_full, activity_date, first_coupon_date, closing_date, municipal_sale_date, \
    issue_update_date";

const V_SECURITY_SUMMARY: &str = "cusip, issuer_name, issue_description, ticker_symbol, \
    issuer_type, issue_status, rate, dated_date, maturity_date, currency_code, where_traded";

const VIEWS: [(&str, &str); 5] = [
    ("v_issue", V_ISSUE),
    ("v_issue_attribute", V_ISSUE_ATTRIBUTE),
    ("v_issuer", V_ISSUER),
    ("v_security", V_SECURITY),
    ("v_security_summary", V_SECURITY_SUMMARY),
];

#[test]
fn views_have_the_columns_that_readers_know() {
    let database = TestDatabase::migrated();
    let found = database.query(
        "select relname, string_agg(attname, ', ' order by attnum)
         from pg_class join pg_attribute on attrelid = pg_class.oid
         where relkind = 'v' and relnamespace = 'public'::regnamespace
             and relname not in ('v_load', 'v_change') and relname not like '%\\_version'
         group by relname order by relname collate \"C\"",
    );
    assert_eq!(found, VIEWS.map(|(view, columns)| [view, columns]));
}

/// The functions return rows of the views.
#[test]
fn states_have_the_columns_of_the_views() {
    let database = TestDatabase::migrated();
    let found = database.query(
        "select proname, pg_get_function_arguments(oid), prorettype::regtype
         from pg_proc where proname like 'v\\_%\\_as\\_of' order by proname collate \"C\"",
    );
    let of = ["v_issue", "v_issue_attribute", "v_issuer", "v_security"];
    let mut expected = of.map(|view| [format!("{view}_as_of"), "as_of text".into(), view.into()]);
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn search_takes_and_returns_what_readers_know() {
    let database = TestDatabase::migrated();
    let found = database.query(
        "select pg_get_function_arguments(oid), pg_get_function_result(oid)
         from pg_proc where proname = 'search_securities'",
    );
    // The catalog keeps no lengths for the columns of a function.
    let columns = "TABLE(cusip character varying, issuer_name text, issue_description text, \
        ticker_symbol character varying, underwriter character varying, match_type text, \
        rank real)";
    assert_eq!(found, [["search_query text", columns]]);
}
