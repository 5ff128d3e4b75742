-- The database's roles: who loads, and who reads through PostgREST. To be run by the tables' owner
-- with psql, after `cusip migrate` and again after each one that adds tables:
--
--   psql --no-psqlrc --set=ON_ERROR_STOP=1 --file=deploy/database/roles.sql
--
-- It changes nothing the second time. Passwords are set if the variables `app_password` and
-- `reader_password` are given; without them the roles can be given passwords later, or `rds_iam`.
\set QUIET on
set client_min_messages = warning;
begin;

select 'create role cusip_app login'
where not exists (select from pg_roles where rolname = 'cusip_app') \gexec
select 'create role web_anon nologin'
where not exists (select from pg_roles where rolname = 'web_anon') \gexec
select 'create role authenticator login noinherit'
where not exists (select from pg_roles where rolname = 'authenticator') \gexec
grant web_anon to authenticator;

\if :{?app_password}
alter role cusip_app password :'app_password';
\endif
\if :{?reader_password}
alter role authenticator password :'reader_password';
\endif

-- Who loads: rows of the tables, never their shape, and nothing is ever deleted.
select format('grant connect, temporary on database %I to cusip_app', current_database()) \gexec
grant select on refinery_schema_history to cusip_app;
grant select, insert, update on issuer, issue, issue_attribute to cusip_app;
grant select, insert on
    ref_issuer_type, ref_issuer_status, ref_issuer_transaction, ref_issue_status,
    ref_issue_transaction, ref_govt_stimulus_program, ref_payment_frequency, ref_sale_type,
    ref_offering_amount_code
    to cusip_app;
grant select, insert, update on load_job, load_file to cusip_app;
grant select, insert on load_reject to cusip_app;

-- Who reads: the views and the reference tables, not the tables behind them.
grant select on
    v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary,
    ref_issuer_type, ref_issuer_status, ref_issuer_transaction, ref_issue_status,
    ref_issue_transaction, ref_govt_stimulus_program, ref_payment_frequency, ref_sale_type,
    ref_offering_amount_code
    to cusip_app, web_anon;
grant execute on function search_securities(text) to cusip_app, web_anon;

commit;
