-- History: every version of every record, the state of the tables after any load, and what each load changed.
--
-- The master tables hold the current version of each record. When a row is updated or deleted, a trigger moves the old
-- version to the table's history, in the same transaction, no matter which role changes the row. A version is valid from
-- the job last_job_id until the job until_job_id. Inserts have no trigger, so first loads write no history and get no slower.
--
-- Time is the order of jobs. A job gets its number while it holds the load lock, and keeps the lock until it commits, so
-- numbers ascend in the order of commits.

-- The history has the columns of the master table, and its rows are inserted in the order of until_job_id.
create table issuer_history (
    like issuer including comments,
    until_job_id bigint not null,
    constraint issuer_history_pkey primary key (issuer_num, last_job_id),
    constraint issuer_history_until_check check (until_job_id > last_job_id)
);
create table issue_history (
    like issue including comments,
    until_job_id bigint not null,
    constraint issue_history_pkey primary key (issuer_num, issue_num, last_job_id),
    constraint issue_history_until_check check (until_job_id > last_job_id)
);
create table issue_attribute_history (
    like issue_attribute including comments,
    until_job_id bigint not null,
    constraint issue_attribute_history_pkey primary key (issuer_num, issue_num, last_job_id),
    constraint issue_attribute_history_until_check check (until_job_id > last_job_id)
);
comment on table issuer_history is 'History of issuer: one row per earlier version of a record. Triggers fill it.';
comment on table issue_history is 'History of issue: one row per earlier version of a record. Triggers fill it.';
comment on table issue_attribute_history is 'History of issue_attribute: one row per earlier version of a record. Triggers fill it.';
comment on column issuer_history.last_job_id is 'Job (load_job.id) that began this version.';
comment on column issue_history.last_job_id is 'Job (load_job.id) that began this version.';
comment on column issue_attribute_history.last_job_id is 'Job (load_job.id) that began this version.';
comment on column issuer_history.until_job_id is 'Job (load_job.id) that replaced this version; for a row that was deleted by hand, the number after that of the last load.';
comment on column issue_history.until_job_id is 'Job (load_job.id) that replaced this version; for a row that was deleted by hand, the number after that of the last load.';
comment on column issue_attribute_history.until_job_id is 'Job (load_job.id) that replaced this version; for a row that was deleted by hand, the number after that of the last load.';

create index issuer_history_until_job_id_idx on issuer_history using brin (until_job_id) with (autosummarize = on);
create index issue_history_until_job_id_idx on issue_history using brin (until_job_id) with (autosummarize = on);
create index issue_attribute_history_until_job_id_idx on issue_attribute_history using brin (until_job_id)
    with (autosummarize = on);
create index issue_history_cusip_idx on issue_history (security_cusip(issuer_num, issue_num, issue_check));

-- The triggers write with the rights of the owner, since no other role may change the history. Hence the fixed
-- search_path, and the schema in every name.
create function keep_replaced_versions()
    returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    history constant text := format('%I.%I', tg_table_schema, tg_table_name || '_history');
    columns text;
    old_columns text;
    replaced bigint;
    kept bigint;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum), string_agg(format('o.%I', attname), ', ' order by attnum)
    into columns, old_columns
    from pg_attribute
    where attrelid = history::regclass and attnum > 0 and not attisdropped and attname <> 'until_job_id';
    execute format(
        'insert into %s (%s, until_job_id)
         select %s, n.last_job_id from old_rows o join new_rows n using (%s) where n.last_job_id > o.last_job_id',
        history, columns, old_columns, tg_argv[0]);
    get diagnostics kept = row_count;
    select count(*) into replaced from old_rows;
    if kept < replaced then
        raise exception 'cannot update % of % rows of %: an update must set last_job_id to a later job than before, and keep the key',
                replaced - kept, replaced, tg_table_name
            using errcode = 'integrity_constraint_violation',
                hint = 'insert a row into load_job, and set last_job_id to its id; docs/history.md has an example';
    end if;
    return null;
end
$$;
comment on function keep_replaced_versions() is
    'Trigger of the master tables: moves the replaced versions of updated rows to the history. The argument is the key. Refuses updates that do not advance last_job_id.';

create function keep_deleted_versions()
    returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    history constant text := format('%I.%I', tg_table_schema, tg_table_name || '_history');
    columns text;
    last_job bigint;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum) into columns
    from pg_attribute
    where attrelid = history::regclass and attnum > 0 and not attisdropped and attname <> 'until_job_id';
    -- No load deletes rows. They disappear after the last load and before the next one.
    execute format('select max(id) from %I.load_job where status = %L', tg_table_schema, 'succeeded') into last_job;
    execute format(
        'insert into %s (%s, until_job_id) select %2$s, greatest(last_job_id, %s) + 1 from %s',
        history, columns, coalesce(last_job, 0),
        case tg_op when 'DELETE' then 'old_rows' else format('%I.%I', tg_table_schema, tg_table_name) end);
    return null;
end
$$;
comment on function keep_deleted_versions() is
    'Trigger of the master tables: copies the rows that DELETE or TRUNCATE removes to the history.';

create trigger issuer_keep_replaced after update on issuer
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_replaced_versions('issuer_num');
create trigger issue_keep_replaced after update on issue
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_replaced_versions('issuer_num, issue_num');
create trigger issue_attribute_keep_replaced after update on issue_attribute
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_replaced_versions('issuer_num, issue_num');
create trigger issuer_keep_deleted after delete on issuer
    referencing old table as old_rows
    for each statement execute function keep_deleted_versions();
create trigger issue_keep_deleted after delete on issue
    referencing old table as old_rows
    for each statement execute function keep_deleted_versions();
create trigger issue_attribute_keep_deleted after delete on issue_attribute
    referencing old table as old_rows
    for each statement execute function keep_deleted_versions();
create trigger issuer_keep_truncated before truncate on issuer
    for each statement execute function keep_deleted_versions();
create trigger issue_keep_truncated before truncate on issue
    for each statement execute function keep_deleted_versions();
create trigger issue_attribute_keep_truncated before truncate on issue_attribute
    for each statement execute function keep_deleted_versions();

-- Time.

create view v_load as
select
    j.id as job_id,
    (
        select f.load_date
        from load_file f
        where f.job_id <= j.id and f.status = 'succeeded' and f.load_date is not null
        order by f.job_id desc
        limit 1
    ) as load_date,
    j.finished_at as loaded_at,
    (select coalesce(sum(f.rows_inserted), 0)::bigint from load_file f where f.job_id = j.id) as rows_inserted,
    (select coalesce(sum(f.rows_updated), 0)::bigint from load_file f where f.job_id = j.id) as rows_updated,
    j.id >= coalesce((
        select max((p.options ->> 'oldest_job')::bigint)
        from load_job p
        where p.kind = 'prune-history' and p.status = 'succeeded'
    ), 0) as has_history
from load_job j
where j.status = 'succeeded' and j.kind <> 'prune-history' and not j.options @> '{"dry_run": true}';
comment on view v_load is 'Loads that were committed. Each is a point in time: the state of the tables after it.';
comment on column v_load.job_id is 'Number of the load (load_job.id), ascending in the order of commits.';
comment on column v_load.load_date is 'Day of the state: the day that the load brought; for files that were named one by one, and if all files were known, the day of the load before. Null before the first day.';
comment on column v_load.loaded_at is 'When the load was committed, by the database''s clock.';
comment on column v_load.rows_inserted is 'Records that the load inserted.';
comment on column v_load.rows_updated is 'Records that the load changed.';
comment on column v_load.has_history is 'Whether the state after the load can still be shown; false if it was pruned.';

create function raise_no_state(code text, message text, hint text)
    returns bigint
    language plpgsql stable parallel safe
as $$
begin
    raise exception using errcode = code, message = message, hint = hint;
end
$$;
comment on function raise_no_state(text, text, text) is
    'Raises an error. PostgREST answers with the status in the code: PT400, PT404 or PT410.';

create function is_as_of(as_of text)
    returns boolean
    language sql immutable parallel safe
    return case
        when as_of ~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,9})?Z)?$'
            then substr(as_of, 9, 2)::integer <= extract(day from
                make_date(substr(as_of, 1, 4)::integer, substr(as_of, 6, 2)::integer, 1) + interval '1 month - 1 day')
        else coalesce(as_of ~ '^job:\d{1,18}$', false)
    end;
comment on function is_as_of(text) is
    'Whether a text is a day (2024-01-15), a time in UTC (2024-01-15T18:00:00Z) or a job (job:7).';

-- Volatile, because the planner calls stable functions with constant arguments to estimate how many rows a condition
-- leaves, even in a branch of CASE that is not taken.
create function no_state(as_of text)
    returns bigint
    language sql volatile
begin atomic
    select case
        when not is_as_of(as_of) then raise_no_state('PT400', format('there is no state as of %L', as_of),
            'write a day (2024-01-15), a time in UTC (2024-01-15T18:00:00Z) or a job (job:7)')
        when exists (select from v_load l where as_of = 'job:' || l.job_id)
            or as_of ~ '^\d' and exists (select from v_load l) and (
                as_of ~ 'T' and as_of::timestamptz >= (select min(l.loaded_at) from v_load l)
                or as_of !~ 'T' and as_of::date >= (select min(l.load_date) from v_load l))
            then raise_no_state('PT410', format(
                'the state as of %s was pruned: history begins with job %s', as_of,
                (select concat_ws(', day ', l.job_id, l.load_date) from v_load l where l.has_history order by l.job_id limit 1)),
            'the states that can be shown have has_history in v_load')
        when as_of ~ '^job:' then raise_no_state('PT404', format(
            'there is no state as of %s: there is no such job, or it loaded nothing', as_of),
            'v_load lists the jobs that made a state')
        when as_of ~ 'T' then raise_no_state('PT404', format(
            'there is no state as of %s: %s', as_of, coalesce(
                'the first load was committed at ' || to_char(
                    (select min(l.loaded_at) from v_load l) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'nothing has been loaded')),
            'v_load lists the states, with their times in loaded_at')
        else raise_no_state('PT404', format(
            'there is no state as of %s: %s', as_of, coalesce(
                'the first day loaded is ' || (select min(l.load_date) from v_load l), 'no day has been loaded')),
            'v_load lists the states, with their days in load_date')
    end;
end;
comment on function no_state(text) is
    'Raises the error of resolve_as_of for what is not a state, or one that does not exist or was pruned.';

-- The planner inlines this into each state, so it has no more than what finds the job.
create function resolve_as_of(as_of text)
    returns table (job_id bigint, load_date date)
    language sql stable
    rows 1
begin atomic
    select case when l.has_history then l.job_id else no_state(as_of) end, l.load_date
    from (values (as_of)) asked
    left join lateral (
        select l.job_id, l.load_date, l.has_history
        from v_load l
        where case
            when not is_as_of(as_of) then false
            when as_of ~ '^job' then l.job_id = substr(as_of, 5)::bigint
            when as_of ~ 'T' then l.loaded_at <= as_of::timestamptz
            else l.load_date <= as_of::date
        end
        order by l.job_id desc
        limit 1
    ) l on true;
end;
comment on function resolve_as_of(text) is
    'The job and the day of the state as of a day (2024-01-15), a time (2024-01-15T18:00:00Z) or a job (job:7): the last load of that day or an earlier one, the last load committed by then, or that load. Raises an error if there is no such state.';

-- Versions and states.

create view issuer_version as
    select i.*, null::bigint as until_job_id from issuer i union all select h.* from issuer_history h;
create view issue_version as
    select e.*, null::bigint as until_job_id from issue e union all select h.* from issue_history h;
create view issue_attribute_version as
    select a.*, null::bigint as until_job_id from issue_attribute a union all select h.* from issue_attribute_history h;
alter view issuer_version rename column last_job_id to from_job_id;
alter view issue_version rename column last_job_id to from_job_id;
alter view issue_attribute_version rename column last_job_id to from_job_id;
comment on view issuer_version is 'All versions of the issuers, the current ones included.';
comment on view issue_version is 'All versions of the issues, the current ones included.';
comment on view issue_attribute_version is 'All versions of the issue attributes, the current ones included.';

do $$
declare
    version record;
begin
    for version in
        select view_column.attrelid::regclass as view_name, view_column.attname as column_name,
            case view_column.attname
                when 'until_job_id' then 'Job that replaced this version; null if it is the current one.'
                else col_description(history_column.attrelid, history_column.attnum)
            end as comment
        from unnest(array['issuer', 'issue', 'issue_attribute']) as master
        join pg_attribute view_column on view_column.attrelid = (master || '_version')::regclass
        join pg_attribute history_column on history_column.attrelid = (master || '_history')::regclass
            and history_column.attnum = view_column.attnum
        where view_column.attnum > 0
    loop
        execute format('comment on column %s.%I is %L', version.view_name, version.column_name, version.comment);
    end loop;
end
$$;

-- The states have the columns of the views, because the functions are made from the views' definitions: in place of a
-- master table, they read the versions that were valid. The planner inlines them, so conditions use the indexes.
do $$
declare
    view_name text;
    definition text;
begin
    foreach view_name in array array['v_issuer', 'v_issue', 'v_issue_attribute', 'v_security'] loop
        definition := regexp_replace(
            rtrim(pg_get_viewdef(view_name::regclass), ';'),
            '\m(FROM|JOIN) (\(*)(issuer|issue|issue_attribute) ([a-z])\M',
            '\1 \2(select * from \3_version where from_job_id <= (select job_id from resolve_as_of(as_of))
                and (until_job_id is null or until_job_id > (select job_id from resolve_as_of(as_of)))) \4',
            'g');
        execute format(
            'create function %I(as_of text) returns setof %I language sql stable begin atomic %s; end',
            view_name || '_as_of', view_name, definition);
    end loop;
end
$$;
comment on function v_issuer_as_of(text) is
    'v_issuer as of a day (2024-01-15), a time (2024-01-15T18:00:00Z) or a job (job:7), as resolve_as_of understands them.';
comment on function v_issue_as_of(text) is
    'v_issue as of a day (2024-01-15), a time (2024-01-15T18:00:00Z) or a job (job:7), as resolve_as_of understands them.';
comment on function v_issue_attribute_as_of(text) is
    'v_issue_attribute as of a day (2024-01-15), a time (2024-01-15T18:00:00Z) or a job (job:7), as resolve_as_of understands them.';
comment on function v_security_as_of(text) is
    'v_security as of a day (2024-01-15), a time (2024-01-15T18:00:00Z) or a job (job:7), as resolve_as_of understands them.';

-- Changes.

-- One branch for each way in which a version can begin. Conditions on the job reach the history's index through
-- until_job_id, and conditions on the key the primary keys.
do $$
declare
    master text;
    wire_name text;
    same_key text;
    key_columns text;
    names text;
    old_values text;
    new_values text;
    all_values text;
    branches text[];
begin
    foreach master in array array['issuer', 'issue', 'issue_attribute'] loop
        wire_name := case master when 'issue_attribute' then 'issue_attr' else master end;
        same_key := 'o.issuer_num = n.issuer_num';
        key_columns := '%1$s.issuer_num, null::varchar(2) collate "C" as issue_num';
        if master <> 'issuer' then
            same_key := same_key || ' and o.issue_num = n.issue_num';
            key_columns := '%1$s.issuer_num, %1$s.issue_num';
        end if;
        -- Numbers that differ in trailing zeros are equal, but not the same in the file.
        select
            string_agg(quote_literal(f.name), ', ' order by f.number),
            string_agg(format('case when o.%1$s is distinct from n.%1$s then o.%2$I::text end', f.compared, f.name), ', ' order by f.number),
            string_agg(format('case when o.%1$s is distinct from n.%1$s then n.%2$I::text end', f.compared, f.name), ', ' order by f.number),
            string_agg(format('n.%I::text', f.name), ', ' order by f.number)
        into names, old_values, new_values, all_values
        from (
            select attname as name, attnum as number,
                quote_ident(attname) || case when atttypid = 'numeric'::regtype then '::text' else '' end as compared
            from pg_attribute
            where attrelid = master::regclass and attnum > 0 and not attisdropped
                and attname not in ('issuer_num', 'issue_num', 'first_job_id', 'last_job_id')
        ) f;
        branches := branches || format(
            'select o.until_job_id as job_id, %1$L as kind, %2$s,
                 case when n.issuer_num is null then ''deleted'' else ''changed'' end as change,
                 jsonb_strip_nulls(jsonb_object(array[%3$s], array[%4$s])) as old_values,
                 case when n.issuer_num is not null
                     then jsonb_strip_nulls(jsonb_object(array[%3$s], array[%5$s])) end as new_values,
                 n.until_job_id
             from %6$I o
             left join %6$I n on %7$s and n.from_job_id = o.until_job_id
             where o.until_job_id is not null',
            wire_name, format(key_columns, 'o'), names, old_values, new_values, master || '_version', same_key);
        branches := branches || format(
            'select n.first_job_id, %1$L, %2$s, ''inserted'', null,
                 jsonb_strip_nulls(jsonb_object(array[%3$s], array[%4$s])), n.until_job_id
             from %5$I n
             where n.first_job_id = n.from_job_id
                 and not exists (select from %5$I o where %6$s and o.until_job_id = n.from_job_id)',
            wire_name, format(key_columns, 'n'), names, all_values, master || '_version', same_key);
        branches := branches || format(
            'select n.from_job_id, %1$L, %2$s, ''oldest'', null,
                 jsonb_strip_nulls(jsonb_object(array[%3$s], array[%4$s])), n.until_job_id
             from %5$I n
             where n.first_job_id < n.from_job_id
                 and not exists (select from %5$I o where %6$s and o.until_job_id = n.from_job_id)',
            wire_name, format(key_columns, 'n'), names, all_values, master || '_version', same_key);
    end loop;
    execute 'create view v_change as ' || array_to_string(branches, ' union all ');
end
$$;
comment on view v_change is 'Changes of records: one row for each version, with what is different from the version before. Readers call changes and security_history.';
comment on column v_change.job_id is 'Job (v_load.job_id) that made the change; for a row that was deleted by hand, the number after that of the last load.';
comment on column v_change.kind is 'Kind of the record: issuer, issue or issue_attr.';
comment on column v_change.issuer_num is 'Issuer number of the record.';
comment on column v_change.issue_num is 'Issue number of the record; null for an issuer.';
comment on column v_change.change is 'inserted, changed, deleted (by hand), or oldest: the oldest version of the record that was not pruned.';
comment on column v_change.old_values is 'Values before the change, as strings by column name, without those that are null; of a changed record only those that changed. Null for inserted and oldest.';
comment on column v_change.new_values is 'Values after the change, in the same form. Null for deleted.';
comment on column v_change.until_job_id is 'Job that replaced this version; null if it is the current one, and for deleted.';

create function has_changes(from_job bigint, to_job bigint)
    returns boolean
    language sql stable
    return (
        select case
            when from_job is null or from_job < 0 then raise_no_state('PT400', format('there are no changes after job %L', from_job),
                'give the number of the last load that you have processed, or 0 for all changes') > 0
            when from_job > newest then raise_no_state('PT404', format(
                'the newest load is job %s, so nothing can follow on job %s', newest, from_job),
                'a database that was restored from a backup may be behind: copy everything again, from 0') > 0
            when to_job > newest then raise_no_state('PT404', format('the newest load is job %s, and job %s is after it', newest, to_job),
                'leave to_job out for all changes up to the newest load') > 0
            when to_job < from_job then raise_no_state('PT400', format('the changes cannot end with job %s, before they begin', to_job),
                format('give a to_job from %s', from_job)) > 0
            when from_job < oldest and not is_whole then raise_no_state('PT410', format(
                'the changes after job %s were pruned: history begins with job %s; read the state as of job:%2$s instead, and the changes after it',
                from_job, oldest), 'the loads whose changes can be shown have has_history in v_load') > 0
            else exists (select from v_load l where l.job_id > from_job and l.job_id <= coalesce(to_job, newest))
        end
        from (
            select coalesce((select max(l.job_id) from v_load l), 0) as newest,
                (select l.job_id from v_load l where l.has_history order by l.job_id limit 1) as oldest,
                (select l.has_history from v_load l order by l.job_id limit 1) as is_whole
        ) known
    );
comment on function has_changes(bigint, bigint) is
    'Whether there is a load after from_job, up to and including to_job. Raises an error if there are no such jobs, or if changes of theirs were pruned.';

-- Without a load in the range, the first condition keeps the tables from being read: for a consumer that is up to date,
-- an answer takes milliseconds. The other conditions are not constant, so that the planner cannot prove that there is
-- nothing in a wrong range, and leave out the first one.
create function changes(from_job bigint, to_job bigint default null)
    returns setof v_change
    language sql stable
    rows 10000
begin atomic
    select *
    from v_change c
    where (select has_changes(from_job, to_job))
        and c.job_id > (select from_job)
        and c.job_id <= coalesce(to_job, (select max(l.job_id) from v_load l))
        -- Follows from the condition on job_id, and has an index.
        and (c.until_job_id is null or c.until_job_id > (select from_job))
        and c.change <> 'oldest';
end;
comment on function changes(bigint, bigint) is
    'What the loads after from_job changed, up to and including to_job; up to the last load if to_job is not given. In a feed, order by job_id.';

create function is_cusip(cusip text)
    returns boolean
    language sql stable parallel safe
    return case
        when cusip is null or cusip ~ '^[0-9A-Z*@#]{8}[0-9]?$' then true
        else raise_no_state('PT400', format('%L is not a CUSIP', cusip),
            'a CUSIP has eight or nine characters, which are digits, capital letters, *, @ or #') > 0
    end;
comment on function is_cusip(text) is
    'Returns true for null and for a CUSIP with or without its check digit, which is not verified. Raises an error for anything else.';

create function security_history(cusip text)
    returns table (
        job_id bigint,
        load_date date,
        kind text,
        change text,
        old_values jsonb,
        new_values jsonb,
        until_job_id bigint
    )
    language sql stable
    rows 10
begin atomic
    select c.job_id,
        (select l.load_date from v_load l where l.job_id <= c.job_id order by l.job_id desc limit 1),
        c.kind, c.change, c.old_values, c.new_values, c.until_job_id
    from v_change c
    where (select is_cusip(cusip))
        and c.issuer_num = left(cusip, 6) and (c.issue_num = substr(cusip, 7, 2) or c.kind = 'issuer')
    order by c.job_id desc, array_position(array['issue', 'issue_attr', 'issuer'], c.kind);
end;
comment on function security_history(text) is
    'The versions of a security (its issuer, its issue and its attributes), newest first, with what changed. The CUSIP has eight or nine characters.';

create function changed_fields(old_values jsonb, new_values jsonb)
    returns table (field text, old_value text, new_value text)
    language sql immutable parallel safe
    rows 3
begin atomic
    select coalesce(o.key, n.key), o.value, n.value
    from jsonb_each_text(coalesce(old_values, '{}')) o
    full join jsonb_each_text(coalesce(new_values, '{}')) n on n.key = o.key;
end;
comment on function changed_fields(jsonb, jsonb) is
    'One row for each field of a change, from its old_values and new_values.';

-- What was replaced before this migration is not known.
insert into load_job (kind, status, finished_at, program, program_version, options)
select 'prune-history', 'succeeded', clock_timestamp(), 'cli', 'V8', jsonb_build_object('oldest_job', max(job_id))
from v_load
having count(*) > 0;

-- As at the end of V7: only the owner has rights, whatever default privileges have granted.
do $$
declare
    granted record;
begin
    for granted in
        select distinct relation.oid::regclass as name,
            case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as grantee
        from pg_class as relation cross join lateral aclexplode(relation.relacl) as acl
        where relation.relnamespace = current_schema()::regnamespace and relation.relkind in ('r', 'v')
            and relation.relname ~ '^((issuer|issue|issue_attribute)_(history|version)|v_load|v_change)$'
            and acl.grantee <> relation.relowner
    loop
        execute format('revoke all on %s from %s cascade', granted.name, granted.grantee);
    end loop;
end
$$;
