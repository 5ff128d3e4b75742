-- Roles and their rights: who loads, who reads, who does neither. Run it after `cusip migrate`, as the role that
-- migrates (the owner of the tables), who needs CREATEROLE only where the roles are not there yet; run it again after
-- a release whose migrations add tables or functions. It can be run any number of times.
--
--   psql --file migrations/roles.sql "host=… dbname=cusip user=cusip_owner"
--
-- No passwords are set here: `\password cusip_app` in psql, or a secret that AWS manages.

do $$
begin
    if to_regrole('cusip_app') is null then
        create role cusip_app login;
    end if;
    if to_regrole('web_anon') is null then
        create role web_anon nologin;
    end if;
    if to_regrole('authenticator') is null then
        create role authenticator noinherit login;
    end if;
    execute format('grant temporary on database %I to cusip_app', current_database());
    execute format('grant usage on schema %I to cusip_app, web_anon', current_schema());
    -- Databases made before PostgreSQL 15 let everybody create in the schema public, and so functions and operators
    -- that others would call unawares, the tables' owner included.
    if has_schema_privilege('public', current_schema(), 'create') then
        execute format('revoke create on schema %I from public', current_schema());
    end if;
end
$$;

-- The loader: it writes and never deletes. Staged records are in temporary tables.
grant select, insert, update on issuer, issue, issue_attribute to cusip_app;
grant select, insert on ref_issuer_type, ref_issuer_status, ref_issuer_transaction, ref_issue_status,
    ref_issue_transaction, ref_govt_stimulus_program, ref_payment_frequency, ref_sale_type,
    ref_offering_amount_code to cusip_app;
grant select, insert, update on load_job, load_file to cusip_app;
grant select, insert on load_reject to cusip_app;
grant select on refinery_schema_history to cusip_app;
grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary to cusip_app;
grant execute on function search_securities(text) to cusip_app;
-- With the owner's rights, but nothing that could harm a row: V11__filling.sql says why. Without these a first load is
-- staged, which takes more than twice as long.
grant execute on function begin_filling(text[]), restore_filled(text, text), analyze_loaded(text) to cusip_app;

-- Readers: views, reference tables and the search, nothing else. The search and the views call small functions that
-- everybody may execute by default.
grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary,
    ref_issuer_type, ref_issuer_status, ref_issuer_transaction, ref_issue_status, ref_issue_transaction,
    ref_govt_stimulus_program, ref_payment_frequency, ref_sale_type, ref_offering_amount_code to web_anon;
grant execute on function search_securities(text) to web_anon;

-- PostgREST logs in as authenticator, which may do nothing but become a reader. Only who made the role can grant it.
do $$
begin
    if not pg_has_role('authenticator', 'web_anon', 'member') then
        grant web_anon to authenticator;
    end if;
end
$$;
