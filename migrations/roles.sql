-- The roles that load and read, and their rights. Run it after `cusip migrate`, as the owner of the tables, who needs
-- CREATEROLE only if the roles do not exist yet. Run it again after a release that adds tables or functions; it can be
-- run any number of times.
--
--   psql --file migrations/roles.sql "host=… dbname=cusip user=cusip_owner"
--
-- It takes away all other rights that these roles and PUBLIC have on the tables and views, and the rights of any other
-- role on the job log, which contains lines of the files. Only the owner of the database can keep readers from creating
-- temporary tables: if that is another role, it must revoke TEMPORARY from PUBLIC.
--
-- It sets no passwords: use `\password cusip_app` in psql, or a secret that AWS manages.

begin;

do $$
declare
    granted record;
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
    if pg_has_role((select datdba from pg_database where datname = current_database()), 'usage') then
        execute format('revoke temporary on database %I from public, web_anon, authenticator', current_database());
    end if;
    execute format('grant temporary on database %I to cusip_app', current_database());
    execute format('grant usage on schema %I to cusip_app, web_anon', current_schema());
    -- In databases created before PostgreSQL 15, every role can create objects in the schema public, even functions that
    -- other roles, including the owner, would call by mistake.
    if has_schema_privilege('public', current_schema(), 'create') then
        execute format('revoke create on schema %I from public', current_schema());
    end if;
    -- Default privileges and earlier grants may allow more than what follows.
    for granted in
        select distinct relation.oid::regclass as name,
            case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as grantee
        from pg_class as relation cross join lateral aclexplode(relation.relacl) as acl
        where relation.relnamespace = current_schema()::regnamespace and relation.relkind in ('r', 'v', 'S')
            and relation.relname ~ '^((issuer|issue|issue_attribute)(_history|_version)?|refinery_schema_history|search_abbreviation|(ref|load|v)_\w+)$'
            and acl.grantee <> relation.relowner
            and (relation.relname ~ '^load_' or acl.grantee = 0
                or pg_get_userbyid(acl.grantee) in ('cusip_app', 'web_anon', 'authenticator'))
    loop
        execute format('revoke all on %s from %s cascade', granted.name, granted.grantee);
    end loop;
end
$$;

-- The loader never deletes records. It stages them in temporary tables. Because it does not own the master tables,
-- its loads always stage; docs/performance.md says how long a first load takes then. Triggers write the history, with
-- the rights of the owner: only the owner can change the history, and so prune it.
grant select, insert, update on issuer, issue, issue_attribute to cusip_app;
grant select, insert on ref_issuer_type, ref_issuer_status, ref_issuer_transaction, ref_issue_status,
    ref_issue_transaction, ref_govt_stimulus_program, ref_payment_frequency, ref_sale_type,
    ref_offering_amount_code to cusip_app;
grant select, insert, update on load_job, load_file to cusip_app;
-- `cusip jobs prune` deletes old rejects.
grant select, insert, delete on load_reject to cusip_app;
grant select on refinery_schema_history to cusip_app;
grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary,
    v_load, v_change, issuer_version, issue_version, issue_attribute_version to cusip_app;
grant execute on function search_securities(text), search_hits(text, integer), resolve_as_of(text), v_issuer_as_of(text),
    v_issue_as_of(text), v_issue_attribute_as_of(text), v_security_as_of(text), security_history(text),
    changes(bigint, bigint), changed_fields(jsonb, jsonb), look_up_securities(text[], text[]) to cusip_app;

-- Readers see views, reference tables, the history and the search, and nothing else. The functions that these call are
-- executable by PUBLIC.
grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary,
    ref_issuer_type, ref_issuer_status, ref_issuer_transaction, ref_issue_status, ref_issue_transaction,
    ref_govt_stimulus_program, ref_payment_frequency, ref_sale_type, ref_offering_amount_code,
    v_load, v_change, issuer_version, issue_version, issue_attribute_version to web_anon;
grant execute on function search_securities(text), search_hits(text, integer), resolve_as_of(text), v_issuer_as_of(text),
    v_issue_as_of(text), v_issue_attribute_as_of(text), v_security_as_of(text), security_history(text),
    changes(bigint, bigint), changed_fields(jsonb, jsonb), look_up_securities(text[], text[]) to web_anon;
-- The search runs with the rights of its caller.
grant select on search_abbreviation to public;

-- PostgREST logs in as authenticator, which can only become a reader. Only the creator of web_anon can grant it.
do $$
begin
    if not pg_has_role('authenticator', 'web_anon', 'member') then
        grant web_anon to authenticator;
    end if;
end
$$;

commit;
