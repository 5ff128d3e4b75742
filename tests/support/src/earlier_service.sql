-- What the earlier service's only migration made besides the tables, which the tests make from the layouts.
create index on issuer (issuer_status);
create index on issuer (issuer_type);
create index on issuer (issuer_state_code);
create index on issuer using gin (search_vector);
create index on issue (issue_status);
create index on issue (maturity_date);
create index on issue (dated_date);
create index on issue using gin (search_vector);
create index on issue_attribute (currency_code);
create index on issue_attribute (domicile_code);
create index on issue_attribute (ticker_symbol);
create index on issue_attribute using gin (search_vector);

create function update_issuer_search() returns trigger language plpgsql as $$ begin
    new.search_vector := to_tsvector('english',
        concat_ws(' ', new.issuer_name_1, new.issuer_name_2, new.issuer_name_3, new.issuer_sort_key));
    return new;
end $$;
create function update_issue_search() returns trigger language plpgsql as $$ begin
    new.search_vector := to_tsvector('english',
        concat_ws(' ', new.issue_desc_1, new.issue_desc_2, new.issue_adl_1, new.issue_adl_2));
    return new;
end $$;
create function update_issue_attribute_search() returns trigger language plpgsql as $$ begin
    new.search_vector := to_tsvector('english', concat_ws(' ', new.ticker_symbol, new.underwriter));
    return new;
end $$;
create trigger issuer_search before insert or update on issuer
    for each row execute function update_issuer_search();
create trigger issue_search before insert or update on issue
    for each row execute function update_issue_search();
create trigger issue_attribute_search before insert or update on issue_attribute
    for each row execute function update_issue_attribute_search();

create view v_issuer as
select i.issuer_num, i.issuer_check,
    nullif(trim(concat(i.issuer_name_1, i.issuer_name_2, i.issuer_name_3)), '') as issuer_name,
    nullif(trim(concat(i.issuer_adl_1, i.issuer_adl_2, i.issuer_adl_3, i.issuer_adl_4)), '') as issuer_additional_info,
    i.issuer_sort_key, i.issuer_type, t.description as issuer_type_desc, i.issuer_status,
    s.description as issuer_status_desc, i.issuer_del_date, i.issuer_transaction,
    x.description as issuer_transaction_desc, i.issuer_state_code, i.issuer_update_date
from issuer i
left join ref_issuer_type t on t.code = i.issuer_type
left join ref_issuer_status s on s.code = i.issuer_status
left join ref_issuer_transaction x on x.code = i.issuer_transaction;

create view v_issue as
select e.issuer_num, e.issue_num, concat(e.issuer_num, e.issue_num, e.issue_check) as cusip, e.issue_check,
    nullif(trim(concat(e.issue_desc_1, e.issue_desc_2)), '') as issue_description,
    nullif(trim(concat(e.issue_adl_1, e.issue_adl_2, e.issue_adl_3, e.issue_adl_4)), '') as issue_additional_info,
    e.issue_status, s.description as issue_status_desc, e.dated_date, e.maturity_date, e.partial_maturity,
    e.rate, e.govt_stimulus_program, g.description as govt_stimulus_program_desc, e.issue_transaction,
    x.description as issue_transaction_desc, e.issue_update_date
from issue e
left join ref_issue_status s on s.code = e.issue_status
left join ref_govt_stimulus_program g on g.code = e.govt_stimulus_program
left join ref_issue_transaction x on x.code = e.issue_transaction;

create view v_issue_attribute as
select a.issuer_num, a.issue_num, concat(a.issuer_num, a.issue_num) as cusip_base, a.alternative_min_tax,
    a.bank_q, a.callable, a.activity_date, a.first_coupon_date, a.init_pub_off, a.payment_frequency,
    p.description as payment_frequency_desc, a.currency_code, a.domicile_code, a.underwriter, a.us_cfi_code,
    a.closing_date, a.ticker_symbol, a.iso_cfi, a.depos_eligible, a.pre_refund, a.refundable, a.remarketed,
    a.sinking_fund, a.taxable, a.form, a.enhancements, a.fund_distrb_policy, a.fund_inv_policy, a.fund_type,
    a.guarantee, a.income_type, a.insured_by, a.ownership_restr, a.payment_status, a.preferred_type, a.putable,
    a.rate_type, a.redemption, a.source_doc, a.sponsoring, a.voting_rights, a.warrant_assets, a.warrant_status,
    a.warrant_type, a.where_traded, a.auditor, a.paying_agent, a.tender_agent, a.xfer_agent, a.bond_counsel,
    a.financial_advisor, a.municipal_sale_date, a.sale_type, y.description as sale_type_desc, a.offering_amount,
    a.offering_amount_code, o.description as offering_amount_code_desc,
    a.offering_amount * case a.offering_amount_code
        when 'K' then 1000 when 'M' then 1000000 when 'B' then 1000000000 else 1 end as offering_amount_full
from issue_attribute a
left join ref_payment_frequency p on p.code = a.payment_frequency
left join ref_sale_type y on y.code = a.sale_type
left join ref_offering_amount_code o on o.code = a.offering_amount_code;

create view v_security as
select e.cusip, e.issuer_num, e.issue_num, e.issue_check, i.issuer_name, i.issuer_type, i.issuer_type_desc,
    i.issuer_status, i.issuer_status_desc, i.issuer_state_code, e.issue_description, e.issue_additional_info,
    e.issue_status, e.issue_status_desc, e.dated_date, e.maturity_date, e.rate, e.govt_stimulus_program,
    e.govt_stimulus_program_desc, a.ticker_symbol, a.currency_code, a.domicile_code, a.us_cfi_code, a.iso_cfi,
    a.payment_frequency, a.payment_frequency_desc, a.callable, a.putable, a.sinking_fund, a.taxable,
    a.alternative_min_tax, a.bank_q, a.depos_eligible, a.form, a.guarantee, a.rate_type, a.redemption,
    a.where_traded, a.underwriter, a.offering_amount, a.offering_amount_code, a.offering_amount_full,
    a.activity_date, a.first_coupon_date, a.closing_date, a.municipal_sale_date, e.issue_update_date
from v_issue e
join v_issuer i using (issuer_num)
left join v_issue_attribute a using (issuer_num, issue_num);

create view v_security_summary as
select cusip, issuer_name, issue_description, ticker_symbol, issuer_type_desc as issuer_type,
    issue_status_desc as issue_status, rate, dated_date, maturity_date, currency_code, where_traded
from v_security;

create function search_securities(search_query text)
    returns table (cusip varchar(9), issuer_name text, issue_description text, ticker_symbol varchar(10),
                   underwriter varchar(60), match_type text, rank real)
    language plpgsql stable as $$
declare words tsquery := plainto_tsquery('english', search_query);
begin
    return query
    select s.cusip::varchar(9), s.issuer_name, s.issue_description, s.ticker_symbol, s.underwriter,
        case when i.search_vector @@ words then 'issuer' when e.search_vector @@ words then 'issue' else 'attribute' end,
        greatest(ts_rank(i.search_vector, words), ts_rank(e.search_vector, words),
                 coalesce(ts_rank(a.search_vector, words), 0))
    from issue e
    join issuer i on i.issuer_num = e.issuer_num
    left join issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
    join v_security s on s.issuer_num = e.issuer_num and s.issue_num = e.issue_num
    where i.search_vector @@ words or e.search_vector @@ words or a.search_vector @@ words
    order by 7 desc, 1;
end $$;

create table alembic_version (version_num varchar(32) not null constraint alembic_version_pkc primary key);
insert into alembic_version values ('001');

-- Roles are of the whole server, where another test may make them at the same time.
do $$ begin create role web_anon; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
    create role authenticator noinherit login;
exception when duplicate_object or unique_violation then null;
end $$;
grant web_anon to authenticator;
grant usage on schema public to web_anon;
grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary, ref_issuer_type,
    ref_issuer_status, ref_issuer_transaction, ref_issue_status, ref_issue_transaction, ref_govt_stimulus_program,
    ref_payment_frequency, ref_sale_type, ref_offering_amount_code to web_anon;
revoke execute on function search_securities(text) from public;
grant execute on function search_securities(text) to web_anon;
