-- What readers use: views with joined names and decoded codes, the functions behind them, and indexes.

-- Functions for values that the files do not contain. Views, indexes and the search call them.
--
-- They have SQL-standard bodies, so their names are resolved when they are created: they work under any search_path
-- (pg_restore and index maintenance use an empty one), and the planner can inline them, so that an expression in a
-- query matches an index. A migration that changes the result of one must also rebuild the indexes that use it.

create function joined_pieces(piece_1 text, piece_2 text, piece_3 text default null, piece_4 text default null)
    returns text
    language sql immutable parallel safe
    return nullif(btrim(coalesce(piece_1, '') || coalesce(piece_2, '') || coalesce(piece_3, '') || coalesce(piece_4, '')), '');
comment on function joined_pieces(text, text, text, text) is
    'Joins the pieces of a text without a separator and trims blanks at both ends; null if nothing is left.';

create function security_cusip(issuer_num text, issue_num text, issue_check text)
    returns text
    language sql immutable parallel safe
    return issuer_num || issue_num || coalesce(issue_check, '');
comment on function security_cusip(text, text, text) is
    'CUSIP of an issue: issuer number, issue number and check digit; eight characters if there is no check digit.';

create function full_offering_amount(offering_amount numeric, offering_amount_code text)
    returns numeric
    language sql immutable parallel safe
    return offering_amount * case offering_amount_code
        when 'K' then 1000
        when 'M' then 1000000
        when 'B' then 1000000000
        else 1
    end;
comment on function full_offering_amount(numeric, text) is
    'Offering amount in currency units: times 1,000, 1,000,000 or 1,000,000,000 for the codes K, M, B; otherwise unchanged.';

-- Views. Readers depend on the columns and their order.
--
-- A code is decoded with a dictionary that a subquery builds once per query from the reference table, and not with a
-- join. With joins, v_security would have eight tables; beside one more the planner would no longer reorder them
-- (join_collapse_limit is 8), and joining a list of CUSIPs to the view would read every security. Reading the whole
-- view is no slower this way, and a query pays only for the descriptions that it selects.

create view v_issuer as
select
    i.issuer_num,
    i.issuer_check,
    joined_pieces(i.issuer_name_1, i.issuer_name_2, i.issuer_name_3) as issuer_name,
    joined_pieces(i.issuer_adl_1, i.issuer_adl_2, i.issuer_adl_3, i.issuer_adl_4) as issuer_additional_info,
    i.issuer_sort_key,
    i.issuer_type,
    (select jsonb_object_agg(code, description) from ref_issuer_type) ->> i.issuer_type as issuer_type_desc,
    i.issuer_status,
    (select jsonb_object_agg(code, description) from ref_issuer_status) ->> i.issuer_status as issuer_status_desc,
    i.issuer_del_date,
    i.issuer_transaction,
    (select jsonb_object_agg(code, description) from ref_issuer_transaction) ->> i.issuer_transaction as issuer_transaction_desc,
    i.issuer_state_code,
    i.issuer_update_date
from issuer i;
comment on view v_issuer is 'Issuers, with joined names and decoded codes.';

create view v_issue as
select
    e.issuer_num,
    e.issue_num,
    security_cusip(e.issuer_num, e.issue_num, e.issue_check) as cusip,
    e.issue_check,
    joined_pieces(e.issue_desc_1, e.issue_desc_2) as issue_description,
    joined_pieces(e.issue_adl_1, e.issue_adl_2, e.issue_adl_3, e.issue_adl_4) as issue_additional_info,
    e.issue_status,
    (select jsonb_object_agg(code, description) from ref_issue_status) ->> e.issue_status as issue_status_desc,
    e.dated_date,
    e.maturity_date,
    e.partial_maturity,
    e.rate,
    e.govt_stimulus_program,
    (select jsonb_object_agg(code, description) from ref_govt_stimulus_program) ->> e.govt_stimulus_program as govt_stimulus_program_desc,
    e.issue_transaction,
    (select jsonb_object_agg(code, description) from ref_issue_transaction) ->> e.issue_transaction as issue_transaction_desc,
    e.issue_update_date
from issue e;
comment on view v_issue is 'Issues, with their CUSIP, joined descriptions and decoded codes.';

create view v_issue_attribute as
select
    a.issuer_num,
    a.issue_num,
    a.issuer_num || a.issue_num as cusip_base,
    a.alternative_min_tax,
    a.bank_q,
    a.callable,
    a.activity_date,
    a.first_coupon_date,
    a.init_pub_off,
    a.payment_frequency,
    (select jsonb_object_agg(code, description) from ref_payment_frequency) ->> a.payment_frequency as payment_frequency_desc,
    a.currency_code,
    a.domicile_code,
    a.underwriter,
    a.us_cfi_code,
    a.closing_date,
    a.ticker_symbol,
    a.iso_cfi,
    a.depos_eligible,
    a.pre_refund,
    a.refundable,
    a.remarketed,
    a.sinking_fund,
    a.taxable,
    a.form,
    a.enhancements,
    a.fund_distrb_policy,
    a.fund_inv_policy,
    a.fund_type,
    a.guarantee,
    a.income_type,
    a.insured_by,
    a.ownership_restr,
    a.payment_status,
    a.preferred_type,
    a.putable,
    a.rate_type,
    a.redemption,
    a.source_doc,
    a.sponsoring,
    a.voting_rights,
    a.warrant_assets,
    a.warrant_status,
    a.warrant_type,
    a.where_traded,
    a.auditor,
    a.paying_agent,
    a.tender_agent,
    a.xfer_agent,
    a.bond_counsel,
    a.financial_advisor,
    a.municipal_sale_date,
    a.sale_type,
    (select jsonb_object_agg(code, description) from ref_sale_type) ->> a.sale_type as sale_type_desc,
    a.offering_amount,
    a.offering_amount_code,
    (select jsonb_object_agg(code, description) from ref_offering_amount_code) ->> a.offering_amount_code as offering_amount_code_desc,
    full_offering_amount(a.offering_amount, a.offering_amount_code) as offering_amount_full
from issue_attribute a;
comment on view v_issue_attribute is 'Issue attributes, with decoded codes and the offering amount in currency units.';

create view v_security as
select
    security_cusip(e.issuer_num, e.issue_num, e.issue_check) as cusip,
    e.issuer_num,
    e.issue_num,
    e.issue_check,
    joined_pieces(i.issuer_name_1, i.issuer_name_2, i.issuer_name_3) as issuer_name,
    i.issuer_type,
    (select jsonb_object_agg(code, description) from ref_issuer_type) ->> i.issuer_type as issuer_type_desc,
    i.issuer_status,
    (select jsonb_object_agg(code, description) from ref_issuer_status) ->> i.issuer_status as issuer_status_desc,
    i.issuer_state_code,
    joined_pieces(e.issue_desc_1, e.issue_desc_2) as issue_description,
    joined_pieces(e.issue_adl_1, e.issue_adl_2, e.issue_adl_3, e.issue_adl_4) as issue_additional_info,
    e.issue_status,
    (select jsonb_object_agg(code, description) from ref_issue_status) ->> e.issue_status as issue_status_desc,
    e.dated_date,
    e.maturity_date,
    e.rate,
    e.govt_stimulus_program,
    (select jsonb_object_agg(code, description) from ref_govt_stimulus_program) ->> e.govt_stimulus_program as govt_stimulus_program_desc,
    a.ticker_symbol,
    a.currency_code,
    a.domicile_code,
    a.us_cfi_code,
    a.iso_cfi,
    a.payment_frequency,
    (select jsonb_object_agg(code, description) from ref_payment_frequency) ->> a.payment_frequency as payment_frequency_desc,
    a.callable,
    a.putable,
    a.sinking_fund,
    a.taxable,
    a.alternative_min_tax,
    a.bank_q,
    a.depos_eligible,
    a.form,
    a.guarantee,
    a.rate_type,
    a.redemption,
    a.where_traded,
    a.underwriter,
    a.offering_amount,
    a.offering_amount_code,
    full_offering_amount(a.offering_amount, a.offering_amount_code) as offering_amount_full,
    a.activity_date,
    a.first_coupon_date,
    a.closing_date,
    a.municipal_sale_date,
    e.issue_update_date
from issue e
join issuer i on i.issuer_num = e.issuer_num
left join issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num;
comment on view v_security is 'Securities: each issue with its issuer and, if it has any, its attributes. Look up by cusip, or by issuer_num and issue_num.';

create view v_security_summary as
select
    cusip,
    issuer_name,
    issue_description,
    ticker_symbol,
    issuer_type_desc as issuer_type,
    issue_status_desc as issue_status,
    rate,
    dated_date,
    maturity_date,
    currency_code,
    where_traded
from v_security;
comment on view v_security_summary is 'Securities in a few columns, with descriptions in place of codes.';

-- Copies the comments of table columns to the view columns of the same name. If several tables have the column, the
-- comment comes from the view's own table.
do $$
declare
    shared record;
begin
    for shared in
        select reader.oid::regclass as view_name, view_column.attname as column_name, described.comment
        from pg_class reader
        join pg_attribute view_column on view_column.attrelid = reader.oid
        cross join lateral (
            select col_description(master.oid, table_column.attnum) as comment
            from pg_class master
            join pg_attribute table_column on table_column.attrelid = master.oid
            where master.oid = any (array['issuer', 'issue', 'issue_attribute']::regclass[])
                and table_column.attname = view_column.attname
            order by 'v_' || master.relname = reader.relname desc, master.relname = 'issue' desc
            limit 1
        ) described
        where reader.oid = any (array['v_issuer', 'v_issue', 'v_issue_attribute', 'v_security',
                                      'v_security_summary']::regclass[])
    loop
        execute format('comment on column %s.%I is %L', shared.view_name, shared.column_name, shared.comment);
    end loop;
end
$$;

comment on column v_issuer.issuer_name is 'Issuer name: the three pieces joined, without blanks at the ends.';
comment on column v_issuer.issuer_additional_info is 'Additional information about the issuer: the four pieces joined, without blanks at the ends.';
comment on column v_issuer.issuer_type_desc is 'Description of issuer_type, from ref_issuer_type.';
comment on column v_issuer.issuer_status_desc is 'Description of issuer_status, from ref_issuer_status.';
comment on column v_issuer.issuer_transaction_desc is 'Description of issuer_transaction, from ref_issuer_transaction.';
comment on column v_issue.cusip is 'CUSIP: issuer_num, issue_num and issue_check joined.';
comment on column v_issue.issue_description is 'Issue description: the two pieces joined, without blanks at the ends.';
comment on column v_issue.issue_additional_info is 'Additional information about the issue: the four pieces joined, without blanks at the ends.';
comment on column v_issue.issue_status_desc is 'Description of issue_status, from ref_issue_status.';
comment on column v_issue.govt_stimulus_program_desc is 'Description of govt_stimulus_program, from ref_govt_stimulus_program.';
comment on column v_issue.issue_transaction_desc is 'Description of issue_transaction, from ref_issue_transaction.';
comment on column v_issue_attribute.cusip_base is 'CUSIP without its check digit: issuer_num and issue_num joined.';
comment on column v_issue_attribute.payment_frequency_desc is 'Description of payment_frequency, from ref_payment_frequency.';
comment on column v_issue_attribute.sale_type_desc is 'Description of sale_type, from ref_sale_type.';
comment on column v_issue_attribute.offering_amount_code_desc is 'Description of offering_amount_code, from ref_offering_amount_code.';
comment on column v_issue_attribute.offering_amount_full is 'Offering amount in currency units: times 1,000, 1,000,000 or 1,000,000,000 for the codes K, M, B.';
comment on column v_security.cusip is 'CUSIP: issuer_num, issue_num and issue_check joined.';
comment on column v_security.issuer_name is 'Issuer name: the three pieces joined, without blanks at the ends.';
comment on column v_security.issuer_type_desc is 'Description of issuer_type, from ref_issuer_type.';
comment on column v_security.issuer_status_desc is 'Description of issuer_status, from ref_issuer_status.';
comment on column v_security.issue_description is 'Issue description: the two pieces joined, without blanks at the ends.';
comment on column v_security.issue_additional_info is 'Additional information about the issue: the four pieces joined, without blanks at the ends.';
comment on column v_security.issue_status_desc is 'Description of issue_status, from ref_issue_status.';
comment on column v_security.govt_stimulus_program_desc is 'Description of govt_stimulus_program, from ref_govt_stimulus_program.';
comment on column v_security.payment_frequency_desc is 'Description of payment_frequency, from ref_payment_frequency.';
comment on column v_security.offering_amount_full is 'Offering amount in currency units: times 1,000, 1,000,000 or 1,000,000,000 for the codes K, M, B.';
comment on column v_security_summary.cusip is 'CUSIP: issuer_num, issue_num and issue_check joined.';
comment on column v_security_summary.issuer_name is 'Issuer name: the three pieces joined, without blanks at the ends.';
comment on column v_security_summary.issue_description is 'Issue description: the two pieces joined, without blanks at the ends.';
comment on column v_security_summary.issuer_type is 'Description of issuer_type, from ref_issuer_type.';
comment on column v_security_summary.issue_status is 'Description of issue_status, from ref_issue_status.';

-- Indexes for the filters that readers use.
--
-- If nearly every row has the same value, the index omits that value: no query would use the index for it, and its
-- entries would cost as much to build as the others. A query for any other value still matches the index.

create index issuer_issuer_type_idx on issuer (issuer_type) where issuer_type <> 'C';
create index issuer_issuer_status_idx on issuer (issuer_status) where issuer_status <> 'A';
create index issuer_issuer_state_code_idx on issuer (issuer_state_code);

-- For look-ups by the joined CUSIP, which the primary key does not support. It costs half a second of a first load and
-- 41 MB per million issues.
create index issue_cusip_idx on issue (security_cusip(issuer_num, issue_num, issue_check));
create index issue_issue_status_idx on issue (issue_status) where issue_status <> 'A';
create index issue_dated_date_idx on issue (dated_date);
create index issue_maturity_date_idx on issue (maturity_date);

create index issue_attribute_currency_code_idx on issue_attribute (currency_code) where currency_code <> 'USD';
create index issue_attribute_domicile_code_idx on issue_attribute (domicile_code) where domicile_code <> 'US';
create index issue_attribute_ticker_symbol_idx on issue_attribute (ticker_symbol) where ticker_symbol is not null;
