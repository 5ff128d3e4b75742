-- Look-ups of programs: the rows of a few securities, with the state that they belong to.

-- Planning this query takes longer than running it. PL/pgSQL plans it once for each session, also behind a transaction
-- pooler, where a program cannot keep a prepared statement. The plan must suit any number of securities, and tables that
-- have grown since it was made; so it never reads a whole table.
--
-- The names in the query are resolved when it is planned, so they have their schema. The columns are those of v_security
-- after its CUSIP, which programs complete with its check digit.
do $$
declare
    columns text;
begin
    select string_agg(format('s.%I', attname), ', ' order by attnum) into columns
    from pg_attribute
    where attrelid = 'v_security'::regclass and attnum > 0 and not attisdropped and attname <> 'cusip';
    execute format(
        $function$
        create function look_up_securities(issuer_nums text[], issue_nums text[])
            returns table (state_job bigint, state_date text, number text, stored text, country text, others text)
            language plpgsql stable
            set plan_cache_mode = force_generic_plan
            set enable_seqscan = off
            set jit = off
        as $body$
        #variable_conflict use_column
        begin
            return query
            with state as materialized (
                select job_id, to_char(load_date, 'YYYY-MM-DD') as load_date
                from %1$I.v_load order by job_id desc limit 1
            )
            select (select job_id from state), (select load_date from state), found.*
            from (
                select * from unnest(look_up_securities.issuer_nums, look_up_securities.issue_nums)
                    with ordinality as asked (issuer_num, issue_num, place)
                order by place
            ) as asked
            left join lateral (
                select s.issuer_num || s.issue_num, s.cusip::text, s.domicile_code::text,
                    (select row_to_json(other)::text from (select %2$s) as other)
                from %1$I.v_security as s
                where s.issuer_num = asked.issuer_num and s.issue_num = asked.issue_num
                offset 0
            ) as found on true
            order by asked.place;
        end
        $body$
        $function$,
        current_schema(), columns);
end
$$;
comment on function look_up_securities(text[], text[]) is
    'For programs: a row for each pair of issuer number and issue number, in their order, with the security as JSON if it exists, and the last load of this state.';
