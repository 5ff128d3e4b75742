-- The master tables: the current state of every issuer, issue and attribute record, with the columns in file order.
--
-- Code columns have no foreign keys to the reference tables: a load inserts every unknown code in its own transaction,
-- and checking each row would cost about a second per million rows. Neither have the job columns, for the same reason.
--
-- Key and code columns are COLLATE "C": that is the order of the files, and it is cheaper to compare.
--
-- A fill factor of 95 leaves room for new row versions on the same page (HOT updates), so that a daily file updates
-- few indexes. With 2 % of the rows changed (docs/performance.md), 19,973 of 20,000 attribute rows and 8,935 of 20,000
-- issues stayed on their page; without the room fewer than one in ten did.

create table issuer (
    issuer_num varchar(6) collate "C" not null,
    issuer_check varchar(1) collate "C",
    issuer_name_1 varchar(30),
    issuer_name_2 varchar(30),
    issuer_name_3 varchar(30),
    issuer_adl_1 varchar(30),
    issuer_adl_2 varchar(30),
    issuer_adl_3 varchar(30),
    issuer_adl_4 varchar(30),
    issuer_sort_key varchar(30),
    issuer_type varchar(1) collate "C",
    issuer_status varchar(1) collate "C",
    issuer_del_date date,
    issuer_transaction varchar(1) collate "C",
    issuer_state_code varchar(2) collate "C",
    issuer_update_date date,
    first_job_id bigint not null,
    last_job_id bigint not null,
    constraint issuer_pkey primary key (issuer_num)
) with (fillfactor = 95);
comment on table issuer is 'Issuers: one row per issuer number with the current record of the issuer file.';
comment on column issuer.issuer_num is 'Issuer file (R), field 1: issuer number, the first six characters of the CUSIP; 0-9, A-Z, *, @, #. Key.';
comment on column issuer.issuer_check is 'Issuer file (R), field 2: check digit of the issuer number; not part of the CUSIP.';
comment on column issuer.issuer_name_1 is 'Issuer file (R), field 3: name, first of three pieces; the name is all of them joined without a separator.';
comment on column issuer.issuer_name_2 is 'Issuer file (R), field 4: name, second piece.';
comment on column issuer.issuer_name_3 is 'Issuer file (R), field 5: name, third piece.';
comment on column issuer.issuer_adl_1 is 'Issuer file (R), field 6: additional information, first of four pieces.';
comment on column issuer.issuer_adl_2 is 'Issuer file (R), field 7: additional information, second piece.';
comment on column issuer.issuer_adl_3 is 'Issuer file (R), field 8: additional information, third piece.';
comment on column issuer.issuer_adl_4 is 'Issuer file (R), field 9: additional information, fourth piece.';
comment on column issuer.issuer_sort_key is 'Issuer file (R), field 10: name as it is sorted.';
comment on column issuer.issuer_type is 'Issuer file (R), field 11: kind of issuer; codes in ref_issuer_type.';
comment on column issuer.issuer_status is 'Issuer file (R), field 12: status; codes in ref_issuer_status.';
comment on column issuer.issuer_del_date is 'Issuer file (R), field 13: date the issuer was suspended or dropped.';
comment on column issuer.issuer_transaction is 'Issuer file (R), field 14: why the record was sent; codes in ref_issuer_transaction.';
comment on column issuer.issuer_state_code is 'Issuer file (R), field 15: state of the issuer, two letters.';
comment on column issuer.issuer_update_date is 'Issuer file (R), field 16: date of the vendor''s last change to the record.';
comment on column issuer.first_job_id is 'Job (load_job.id) that inserted the row.';
comment on column issuer.last_job_id is 'Job (load_job.id) that last changed the row; first_job_id if none has.';

create table issue (
    issuer_num varchar(6) collate "C" not null,
    issue_num varchar(2) collate "C" not null,
    issue_check varchar(1) collate "C",
    issue_desc_1 varchar(30),
    issue_desc_2 varchar(30),
    issue_adl_1 varchar(30),
    issue_adl_2 varchar(30),
    issue_adl_3 varchar(30),
    issue_adl_4 varchar(30),
    issue_status varchar(1) collate "C",
    dated_date date,
    maturity_date date,
    partial_maturity integer,
    rate numeric,
    govt_stimulus_program varchar(10) collate "C",
    issue_transaction varchar(1) collate "C",
    issue_update_date date,
    first_job_id bigint not null,
    last_job_id bigint not null,
    constraint issue_pkey primary key (issuer_num, issue_num),
    constraint issue_issuer_fkey foreign key (issuer_num) references issuer (issuer_num)
) with (fillfactor = 95);
comment on table issue is 'Issues (securities): one row per issuer and issue number with the current record of the issue file.';
comment on column issue.issuer_num is 'Issue file (E), field 1: issuer number, the first six characters of the CUSIP. Key, with issue_num.';
comment on column issue.issue_num is 'Issue file (E), field 2: issue number, characters seven and eight of the CUSIP; 0-9, A-Z, *, @, #. Key, with issuer_num.';
comment on column issue.issue_check is 'Issue file (E), field 3: check digit of issuer_num and issue_num, the ninth character of the CUSIP.';
comment on column issue.issue_desc_1 is 'Issue file (E), field 4: description, first of two pieces; the description is both joined without a separator.';
comment on column issue.issue_desc_2 is 'Issue file (E), field 5: description, second piece.';
comment on column issue.issue_adl_1 is 'Issue file (E), field 6: additional information, first of four pieces.';
comment on column issue.issue_adl_2 is 'Issue file (E), field 7: additional information, second piece.';
comment on column issue.issue_adl_3 is 'Issue file (E), field 8: additional information, third piece.';
comment on column issue.issue_adl_4 is 'Issue file (E), field 9: additional information, fourth piece.';
comment on column issue.issue_status is 'Issue file (E), field 10: status; codes in ref_issue_status.';
comment on column issue.dated_date is 'Issue file (E), field 11: date from which interest accrues.';
comment on column issue.maturity_date is 'Issue file (E), field 12: date the issue matures.';
comment on column issue.partial_maturity is 'Issue file (E), field 13: partial maturity, a whole number.';
comment on column issue.rate is 'Issue file (E), field 14: interest rate in percent a year, with every digit of the file.';
comment on column issue.govt_stimulus_program is 'Issue file (E), field 15: government stimulus program; codes in ref_govt_stimulus_program.';
comment on column issue.issue_transaction is 'Issue file (E), field 16: why the record was sent; codes in ref_issue_transaction.';
comment on column issue.issue_update_date is 'Issue file (E), field 17: date of the vendor''s last change to the record.';
comment on column issue.first_job_id is 'Job (load_job.id) that inserted the row.';
comment on column issue.last_job_id is 'Job (load_job.id) that last changed the row; first_job_id if none has.';

create table issue_attribute (
    issuer_num varchar(6) collate "C" not null,
    issue_num varchar(2) collate "C" not null,
    alternative_min_tax varchar(1),
    bank_q varchar(1),
    callable varchar(1),
    activity_date date,
    first_coupon_date date,
    init_pub_off varchar(1),
    payment_frequency varchar(1) collate "C",
    currency_code varchar(3) collate "C",
    domicile_code varchar(2) collate "C",
    underwriter varchar(60),
    us_cfi_code varchar(6) collate "C",
    closing_date date,
    ticker_symbol varchar(10) collate "C",
    iso_cfi varchar(6) collate "C",
    depos_eligible varchar(1),
    pre_refund varchar(1),
    refundable varchar(1),
    remarketed varchar(1),
    sinking_fund varchar(1),
    taxable varchar(1),
    form varchar(50),
    enhancements varchar(50),
    fund_distrb_policy varchar(50),
    fund_inv_policy varchar(50),
    fund_type varchar(50),
    guarantee varchar(50),
    income_type varchar(50),
    insured_by varchar(50),
    ownership_restr varchar(50),
    payment_status varchar(50),
    preferred_type varchar(50),
    putable varchar(50),
    rate_type varchar(50),
    redemption varchar(50),
    source_doc varchar(50),
    sponsoring varchar(50),
    voting_rights varchar(50),
    warrant_assets varchar(50),
    warrant_status varchar(50),
    warrant_type varchar(50),
    where_traded varchar(50),
    auditor varchar(60),
    paying_agent varchar(60),
    tender_agent varchar(60),
    xfer_agent varchar(60),
    bond_counsel varchar(60),
    financial_advisor varchar(60),
    municipal_sale_date date,
    sale_type varchar(1) collate "C",
    offering_amount numeric,
    offering_amount_code varchar(1) collate "C",
    first_job_id bigint not null,
    last_job_id bigint not null,
    constraint issue_attribute_pkey primary key (issuer_num, issue_num),
    constraint issue_attribute_issue_fkey foreign key (issuer_num, issue_num)
        references issue (issuer_num, issue_num)
) with (fillfactor = 95);
comment on table issue_attribute is 'Attributes of an issue: at most one row per issue with the current record of the issue attribute file.';
comment on column issue_attribute.issuer_num is 'Issue attribute file (A), field 1: issuer number, the first six characters of the CUSIP. Key, with issue_num.';
comment on column issue_attribute.issue_num is 'Issue attribute file (A), field 2: issue number, characters seven and eight of the CUSIP. Key, with issuer_num.';
comment on column issue_attribute.alternative_min_tax is 'Issue attribute file (A), field 3: whether the income is subject to the alternative minimum tax.';
comment on column issue_attribute.bank_q is 'Issue attribute file (A), field 4: whether the issue is bank qualified.';
comment on column issue_attribute.callable is 'Issue attribute file (A), field 5: whether the issuer may call the issue before it matures.';
comment on column issue_attribute.activity_date is 'Issue attribute file (A), field 6: date of the last activity on the record.';
comment on column issue_attribute.first_coupon_date is 'Issue attribute file (A), field 7: date of the first coupon payment.';
comment on column issue_attribute.init_pub_off is 'Issue attribute file (A), field 8: whether the issue is an initial public offering.';
comment on column issue_attribute.payment_frequency is 'Issue attribute file (A), field 9: how often interest or dividends are paid; codes in ref_payment_frequency.';
comment on column issue_attribute.currency_code is 'Issue attribute file (A), field 10: currency, ISO 4217.';
comment on column issue_attribute.domicile_code is 'Issue attribute file (A), field 11: country of domicile, ISO 3166.';
comment on column issue_attribute.underwriter is 'Issue attribute file (A), field 12: name of the underwriter.';
comment on column issue_attribute.us_cfi_code is 'Issue attribute file (A), field 13: classification of the instrument, United States form of the CFI code.';
comment on column issue_attribute.closing_date is 'Issue attribute file (A), field 14: date the offering closes.';
comment on column issue_attribute.ticker_symbol is 'Issue attribute file (A), field 15: ticker symbol.';
comment on column issue_attribute.iso_cfi is 'Issue attribute file (A), field 16: classification of the instrument, CFI code of ISO 10962.';
comment on column issue_attribute.depos_eligible is 'Issue attribute file (A), field 17: whether the issue is eligible for deposit with a depository.';
comment on column issue_attribute.pre_refund is 'Issue attribute file (A), field 18: whether the issue is pre-refunded.';
comment on column issue_attribute.refundable is 'Issue attribute file (A), field 19: whether the issue may be refunded.';
comment on column issue_attribute.remarketed is 'Issue attribute file (A), field 20: whether the issue has been remarketed.';
comment on column issue_attribute.sinking_fund is 'Issue attribute file (A), field 21: whether the issue has a sinking fund.';
comment on column issue_attribute.taxable is 'Issue attribute file (A), field 22: whether the income is taxable.';
comment on column issue_attribute.form is 'Issue attribute file (A), field 23: form of the security, such as registered or bearer.';
comment on column issue_attribute.enhancements is 'Issue attribute file (A), field 24: credit enhancements.';
comment on column issue_attribute.fund_distrb_policy is 'Issue attribute file (A), field 25: distribution policy of a fund.';
comment on column issue_attribute.fund_inv_policy is 'Issue attribute file (A), field 26: investment policy of a fund.';
comment on column issue_attribute.fund_type is 'Issue attribute file (A), field 27: type of a fund.';
comment on column issue_attribute.guarantee is 'Issue attribute file (A), field 28: guarantee of the issue.';
comment on column issue_attribute.income_type is 'Issue attribute file (A), field 29: type of income the issue pays.';
comment on column issue_attribute.insured_by is 'Issue attribute file (A), field 30: insurer of the issue.';
comment on column issue_attribute.ownership_restr is 'Issue attribute file (A), field 31: restrictions on ownership.';
comment on column issue_attribute.payment_status is 'Issue attribute file (A), field 32: payment status, such as fully or partly paid.';
comment on column issue_attribute.preferred_type is 'Issue attribute file (A), field 33: type of a preferred share.';
comment on column issue_attribute.putable is 'Issue attribute file (A), field 34: whether and how the holder may put the issue.';
comment on column issue_attribute.rate_type is 'Issue attribute file (A), field 35: type of the interest rate, such as fixed or variable.';
comment on column issue_attribute.redemption is 'Issue attribute file (A), field 36: terms of redemption.';
comment on column issue_attribute.source_doc is 'Issue attribute file (A), field 37: source document of the record.';
comment on column issue_attribute.sponsoring is 'Issue attribute file (A), field 38: sponsor of the issue.';
comment on column issue_attribute.voting_rights is 'Issue attribute file (A), field 39: voting rights of a share.';
comment on column issue_attribute.warrant_assets is 'Issue attribute file (A), field 40: assets that a warrant is for.';
comment on column issue_attribute.warrant_status is 'Issue attribute file (A), field 41: status of a warrant.';
comment on column issue_attribute.warrant_type is 'Issue attribute file (A), field 42: type of a warrant.';
comment on column issue_attribute.where_traded is 'Issue attribute file (A), field 43: market where the issue is traded.';
comment on column issue_attribute.auditor is 'Issue attribute file (A), field 44: name of the auditor.';
comment on column issue_attribute.paying_agent is 'Issue attribute file (A), field 45: name of the paying agent.';
comment on column issue_attribute.tender_agent is 'Issue attribute file (A), field 46: name of the tender agent.';
comment on column issue_attribute.xfer_agent is 'Issue attribute file (A), field 47: name of the transfer agent.';
comment on column issue_attribute.bond_counsel is 'Issue attribute file (A), field 48: name of the bond counsel.';
comment on column issue_attribute.financial_advisor is 'Issue attribute file (A), field 49: name of the financial advisor.';
comment on column issue_attribute.municipal_sale_date is 'Issue attribute file (A), field 50: date a municipal issue was sold.';
comment on column issue_attribute.sale_type is 'Issue attribute file (A), field 51: how a municipal issue was sold; codes in ref_sale_type.';
comment on column issue_attribute.offering_amount is 'Issue attribute file (A), field 52: offering amount in units of offering_amount_code, with every digit of the file.';
comment on column issue_attribute.offering_amount_code is 'Issue attribute file (A), field 53: unit of offering_amount; codes in ref_offering_amount_code.';
comment on column issue_attribute.first_job_id is 'Job (load_job.id) that inserted the row.';
comment on column issue_attribute.last_job_id is 'Job (load_job.id) that last changed the row; first_job_id if none has.';
