//! What the readers' views show of the records.

use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, issue, issuer};

#[tokio::test]
async fn issuer_name_keeps_the_blank_between_its_pieces() {
    let database = TestDatabase::migrated();
    let named = |number, pieces: [&str; 3]| {
        let [first, second, third] = pieces;
        issuer(
            number,
            &[
                ("issuer_name_1", first),
                ("issuer_name_2", second),
                ("issuer_name_3", third),
                ("issuer_adl_1", "FORMERLY "),
                ("issuer_adl_4", "ACME"),
            ],
        )
    };
    let issuers = vec![
        named("000001", ["INTERNATIONAL BUSINESS ", "MACHINES CO", "RP"]),
        named("000002", [" ACME  HOLDINGS ", "", " INC  "]),
        named("000003", ["", "", ""]),
        named("000004", [" ", "", ""]),
    ];
    let day = Day {
        issuers,
        ..Day::default()
    };
    day.load(&database.pool()).await;
    let found = database.query(
        "select coalesce(issuer_name, 'NULL'), issuer_additional_info
         from v_issuer order by issuer_num",
    );
    let expected = [
        ["INTERNATIONAL BUSINESS MACHINES CORP", "FORMERLY ACME"],
        ["ACME  HOLDINGS  INC", "FORMERLY ACME"],
        ["NULL", "FORMERLY ACME"],
        ["NULL", "FORMERLY ACME"],
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn codes_are_shown_with_their_descriptions() {
    let database = TestDatabase::migrated();
    load_one_security(&database).await;
    let issuers = database.query(
        "select issuer_type, issuer_type_desc, issuer_status, issuer_status_desc,
            issuer_transaction, issuer_transaction_desc
         from v_issuer",
    );
    let expected = [
        "M",
        "Municipal Issuer",
        "D",
        "Suspend",
        "N",
        "Company Name Change Not Requiring New Number",
    ];
    assert_eq!(issuers, [expected]);
    let issues = database.query(
        "select cusip, issue_description, issue_additional_info, issue_status, issue_status_desc,
            govt_stimulus_program, govt_stimulus_program_desc, issue_transaction,
            issue_transaction_desc
         from v_issue",
    );
    let expected = [
        "037833100",
        "GO BDS SER A",
        "CALLABLE",
        "X",
        "Issue Presumed Inactive",
        "B",
        "Build America Bonds",
        "M",
        "Tentative Add Now Permanent",
    ];
    assert_eq!(issues, [expected]);
    let attributes = database.query(
        "select cusip_base, payment_frequency, payment_frequency_desc, sale_type, sale_type_desc,
            offering_amount_code, offering_amount_code_desc
         from v_issue_attribute",
    );
    let expected = [
        "03783310",
        "5",
        "Semi-Annually",
        "C",
        "Competitive",
        "M",
        "Millions",
    ];
    assert_eq!(attributes, [expected]);
}

#[tokio::test]
async fn security_joins_issue_issuer_and_attributes() {
    let database = TestDatabase::migrated();
    load_one_security(&database).await;
    let securities = database.query(
        "select cusip, issuer_name, issuer_type_desc, issuer_status_desc, issue_description,
            issue_additional_info, issue_status_desc, rate, maturity_date,
            govt_stimulus_program_desc, ticker_symbol, payment_frequency_desc, offering_amount,
            offering_amount_full, municipal_sale_date
         from v_security",
    );
    let expected = [
        "037833100",
        "CITY OF X",
        "Municipal Issuer",
        "Suspend",
        "GO BDS SER A",
        "CALLABLE",
        "Issue Presumed Inactive",
        "4.8125",
        "2031-02-28",
        "Build America Bonds",
        "CITYX",
        "Semi-Annually",
        "2.5",
        "2500000.0",
        "2021-01-04",
    ];
    assert_eq!(securities, [expected]);
    let summaries = database.query("select * from v_security_summary");
    let expected = [
        "037833100",
        "CITY OF X",
        "GO BDS SER A",
        "CITYX",
        "Municipal Issuer",
        "Issue Presumed Inactive",
        "4.8125",
        "2021-01-31",
        "2031-02-28",
        "USD",
        "NYSE",
    ];
    assert_eq!(summaries, [expected]);
}

#[tokio::test]
async fn security_without_attributes_is_shown_all_the_same() {
    let database = TestDatabase::migrated();
    let day = Day {
        issuers: vec![issuer("037833", &[])],
        issues: vec![issue("037833", "10", &[])],
        attributes: Vec::new(),
    };
    day.load(&database.pool()).await;
    let securities = "select cusip, ticker_symbol is null and offering_amount_full is null,
            issuer_name is null and issue_description is null and issue_status_desc is null
        from v_security";
    assert_eq!(database.query(securities), [["03783310", "t", "t"]]);
    let summaries = "select cusip, ticker_symbol is null from v_security_summary";
    assert_eq!(database.query(summaries), [["03783310", "t"]]);
}

#[tokio::test]
async fn full_offering_amount_follows_its_unit() {
    let database = TestDatabase::migrated();
    let amounts = [
        ("10", "1.5", "K"),
        ("11", "1.5", "M"),
        ("12", "1.5", "B"),
        ("13", "1.5", ""),
        ("14", "1.5", "Q"),
        ("15", "", "M"),
    ];
    let day = Day {
        issuers: vec![issuer("037833", &[])],
        issues: amounts
            .map(|(issue_num, _, _)| issue("037833", issue_num, &[]))
            .to_vec(),
        attributes: amounts
            .map(|(issue_num, amount, code)| {
                let fields = [("offering_amount", amount), ("offering_amount_code", code)];
                attribute("037833", issue_num, &fields)
            })
            .to_vec(),
    };
    day.load(&database.pool()).await;
    for view in ["v_issue_attribute", "v_security"] {
        let found = database.query(&format!(
            "select trim_scale(offering_amount_full) from {view} order by issue_num"
        ));
        let expected = ["1500", "1500000", "1500000000", "1.5", "1.5", ""];
        assert_eq!(found.concat(), expected, "{view}");
    }
}

async fn load_one_security(database: &TestDatabase) {
    let issuer_fields = [
        ("issuer_name_1", "CITY OF "),
        ("issuer_name_2", "X"),
        ("issuer_type", "M"),
        ("issuer_status", "D"),
        ("issuer_transaction", "N"),
    ];
    let issue_fields = [
        ("issue_check", "0"),
        ("issue_desc_1", "GO BDS "),
        ("issue_desc_2", "SER A"),
        ("issue_adl_2", "CALL"),
        ("issue_adl_3", "ABLE"),
        ("issue_status", "X"),
        ("dated_date", "2021-01-31"),
        ("maturity_date", "2031-02-28"),
        ("rate", "4.8125"),
        ("govt_stimulus_program", "B"),
        ("issue_transaction", "M"),
    ];
    let attribute_fields = [
        ("payment_frequency", "5"),
        ("currency_code", "USD"),
        ("ticker_symbol", "CITYX"),
        ("where_traded", "NYSE"),
        ("municipal_sale_date", "2021-01-04"),
        ("sale_type", "C"),
        ("offering_amount", "2.5"),
        ("offering_amount_code", "M"),
    ];
    let day = Day {
        issuers: vec![issuer("037833", &issuer_fields)],
        issues: vec![issue("037833", "10", &issue_fields)],
        attributes: vec![attribute("037833", "10", &attribute_fields)],
    };
    day.load(&database.pool()).await;
}
