-- Filling the empty master tables straight from the files, for a role that may insert into them but owns nothing.
--
-- Rows are copied three times as fast into a table without keys and indexes, and only a table's owner may take those
-- away and make them again. These functions do just that with the owner's rights and nothing else: only with the three
-- master tables, only while they are empty, and only until the end of the transaction, which cannot be committed
-- before everything is there again. So a role that may execute them can harm no row and leave nothing behind. (As
-- everywhere in PostgreSQL, whoever may create functions or operators in the schema itself is as good as its owner;
-- roles.sql takes that from PUBLIC.)

create table load_filling (
    id bigint generated always as identity,
    table_name text not null,
    what text not null,
    restore text not null,
    constraint load_filling_pkey primary key (id),
    constraint load_filling_what_check check (what in ('key', 'foreign key', 'index'))
);
comment on table load_filling is 'What the load that runs has taken away from the empty master tables, and will make again; nobody ever sees a row of it.';
comment on column load_filling.id is 'Number of the step.';
comment on column load_filling.table_name is 'Master table after whose rows it comes back.';
comment on column load_filling.what is 'key, foreign key or index.';
comment on column load_filling.restore is 'Statement that makes it again, from its definition in the catalog.';

create function refuse_unfinished_filling()
    returns trigger
    language plpgsql security definer
as $$
begin
    if exists (select from load_filling) then
        raise exception 'the keys and indexes of the master tables were taken away and not made again'
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    return null;
end
$$;
comment on function refuse_unfinished_filling() is
    'Refuses to commit what begin_filling has taken away as long as restore_filled has not made all of it again.';
create constraint trigger load_filling_is_finished
    after insert on load_filling deferrable initially deferred
    for each row execute function refuse_unfinished_filling();
comment on trigger load_filling_is_finished on load_filling is 'Looked at when the load is committed.';

-- What is in the table is executed with the owner's rights, so that no grant to anybody, not even by default
-- privileges, may lead there.
create function refuse_others_filling()
    returns trigger
    language plpgsql
as $$
begin
    if not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage') then
        raise exception 'only the functions begin_filling and restore_filled write to load_filling'
            using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
comment on function refuse_others_filling() is 'Lets nobody but their owner change the rows of load_filling.';
create trigger load_filling_is_the_owner_s
    before insert or update or delete or truncate on load_filling
    for each statement execute function refuse_others_filling();
comment on trigger load_filling_is_the_owner_s on load_filling is 'Whatever was granted.';

create function begin_filling(filled_tables text[])
    returns boolean
    language plpgsql security definer
as $$
declare
    master constant regclass[] := array['issuer', 'issue', 'issue_attribute']::regclass[];
    filled constant regclass[] := filled_tables::regclass[];
    is_possible boolean := true;
    master_table regclass;
    step record;
begin
    if filled is null or not filled <@ master or filled = '{}' then
        raise exception 'only the tables issuer, issue and issue_attribute can be filled, not %', filled_tables
            using errcode = 'invalid_parameter_value';
    end if;
    -- An older snapshot would not see the rows that somebody else has committed since, and TRUNCATE would remove them.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'tables are filled in transactions of the level READ COMMITTED only'
            using errcode = 'invalid_transaction_state';
    end if;
    lock table issuer, issue, issue_attribute in access exclusive mode nowait;

    -- What would not come back as it was, and what needs more than the tables themselves.
    select bool_and(
        class.relkind = 'r' and pg_has_role(class.relowner, 'usage') and not class.relrowsecurity
        and not exists (
            select from pg_constraint
            where contype = 'f' and confrelid = class.oid and conrelid <> all (master))
        and not exists (
            select from pg_index join pg_class as index on index.oid = indexrelid
            where indrelid = class.oid
                and (indisclustered or indisreplident or not indisvalid or index.reltablespace <> 0
                    -- A constraint's definition has no storage parameters, and no definition has statistics targets.
                    or index.reloptions is not null and exists (
                        select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
                    or exists (select from pg_attribute where attrelid = indexrelid and attstattarget >= 0)))
        and not exists (select from pg_trigger where tgrelid = class.oid and tgisinternal and tgenabled <> 'O')
        -- What tells of repeated keys and of orphans.
        and exists (
            select from pg_constraint where conrelid = class.oid and contype = 'p'
                and conkey = case class.oid when 'issuer'::regclass then '{1}' else '{1,2}' end::smallint[])
        and (class.oid = 'issuer'::regclass or exists (
            select from pg_constraint where conrelid = class.oid and contype = 'f' and convalidated
                and confrelid = case class.oid when 'issue'::regclass then 'issuer' else 'issue' end::regclass
                and conkey = case class.oid when 'issue'::regclass then '{1}' else '{1,2}' end::smallint[])))
    into is_possible
    from pg_class as class where class.oid = any (filled);
    foreach master_table in array filled loop
        exit when not is_possible;
        execute format('select not exists (select from %s)', master_table) into is_possible;
    end loop;
    if not is_possible then
        return false;
    end if;

    -- Foreign keys first: they stand on the keys. One of a table that stays empty comes back with the table that it
    -- refers to.
    for step in
        select * from (
            select case when conrelid = any (filled) then conrelid else confrelid end::regclass as after_table,
                'foreign key' as what,
                format('alter table %s drop constraint %I', conrelid::regclass, conname) as remove,
                format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
                || coalesce(format('; comment on constraint %I on %s is ', conname, conrelid::regclass)
                    || quote_literal(obj_description(oid, 'pg_constraint')), '') as restore
            from pg_constraint
            where contype = 'f' and (conrelid = any (filled) or confrelid = any (filled))
            union all
            select conrelid::regclass, 'key',
                format('alter table %s drop constraint %I', conrelid::regclass, conname),
                format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
                || coalesce(format('; comment on constraint %I on %s is ', conname, conrelid::regclass)
                    || quote_literal(obj_description(oid, 'pg_constraint')), '')
                || coalesce(format('; comment on index %s is ', conindid::regclass)
                    || quote_literal(obj_description(conindid, 'pg_class')), '')
            from pg_constraint
            where contype in ('p', 'u', 'x') and conrelid = any (filled)
            union all
            select indrelid::regclass, 'index',
                format('drop index %s', indexrelid::regclass),
                pg_get_indexdef(indexrelid)
                || coalesce(format('; comment on index %s is ', indexrelid::regclass)
                    || quote_literal(obj_description(indexrelid, 'pg_class')), '')
            from pg_index
            where indrelid = any (filled)
                and not exists (
                    select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
            ) as on_tables
        order by what = 'foreign key' desc, what = 'key' desc, remove
    loop
        execute step.remove;
        insert into load_filling (table_name, what, restore) values (step.after_table, step.what, step.restore);
    end loop;
    foreach master_table in array filled loop
        execute format('truncate %s', master_table);
    end loop;
    return true;
end
$$;
comment on function begin_filling(text[]) is
    'Takes keys, foreign keys and indexes away from those of the tables issuer, issue and issue_attribute that are named, and truncates them, so that COPY with FREEZE can fill them. False, and nothing done, if one has rows or something on it that would not come back as it was. Fails at once (lock_not_available) while somebody reads the tables; nobody else reads or writes them from then on until the transaction ends.';

create function restore_filled(filled_table text, wanted text)
    returns void
    language plpgsql security definer
as $$
declare
    statement text;
begin
    for statement in
        select restore from load_filling where table_name = filled_table and what = wanted order by id
    loop
        execute statement;
    end loop;
    delete from load_filling where table_name = filled_table and what = wanted;
end
$$;
comment on function restore_filled(text, text) is
    'Makes again what begin_filling has taken away from a table: its keys, foreign keys or indexes. Fails (unique_violation, foreign_key_violation) if the rows do not keep to them.';

create function analyze_loaded(filled_table text)
    returns void
    language plpgsql security definer
as $$
begin
    if filled_table in ('issuer', 'issue', 'issue_attribute') then
        -- Vacuum may hold the table for long, and renews the figures in its time too.
        execute 'analyze (skip_locked) ' || filled_table;
    end if;
end
$$;
comment on function analyze_loaded(text) is
    'Renews the planner''s figures about one of the tables issuer, issue and issue_attribute, unless vacuum or the like holds it.';

-- With the owner's rights no name may lead to what somebody else has put into another schema.
do $$
declare
    fixed regprocedure;
begin
    foreach fixed in array array['refuse_unfinished_filling()', 'refuse_others_filling()', 'begin_filling(text[])',
        'restore_filled(text, text)', 'analyze_loaded(text)']::regprocedure[]
    loop
        execute format('alter function %s set search_path = %I, pg_temp', fixed, current_schema());
        execute format('revoke execute on function %s from public', fixed);
    end loop;
end
$$;
