-- Times reads of the history in a loaded database, without JIT, and prints how much space it takes up. The securities are
-- the same ones each time, and the day is the one with most changes. To change the number of securities:
-- psql -v securities=50 -f scripts/bench-history.sql
\set QUIET on
\pset footer off
\if :{?securities} \else \set securities 100 \endif
set jit = off;

select min(load_date) as first_day, max(job_id) as newest,
    (select job_id from v_load order by rows_updated desc, job_id desc limit 1) as day_job
from v_load \gset
select coalesce(max(job_id), 0) as before_job from v_load where job_id < :day_job \gset

create temporary table question (kind integer, name text, query text);
with picked as (
    select cusip from v_issue order by md5(cusip) limit :securities
)
insert into question
select 1, 'one security''s history', format('security_history(%L)', cusip) from picked
union all
select 2, 'one security as of the first day', format('(select * from v_security_as_of(%L) where cusip = %L)', :'first_day', cusip) from picked
union all
select 3, 'all securities as of the first day', format('v_security_as_of(%L)', :'first_day')
union all
select 4, 'the changes of one day', format('changes(%s, %s)', :before_job, :day_job)
union all
select 5, 'changes after the last load', format('changes(%s)', :newest) from generate_series(1, 20);

create temporary table answer (kind integer, name text, found bigint, milliseconds double precision);
do $$
declare
    asked record;
    found bigint;
    started timestamptz;
begin
    for asked in select * from question order by kind, md5(query) loop
        started := clock_timestamp();
        -- The whole rows, so that every column is computed.
        execute format('select count(answer) from %s as answer', asked.query) into found;
        insert into answer
        values (asked.kind, asked.name, found, 1000 * extract(epoch from clock_timestamp() - started));
    end loop;
end
$$;

select name as read, count(*) as reads, round(avg(found), 1) as rows,
    round(percentile_cont(0.5) within group (order by milliseconds)::numeric, 1) as "median ms",
    round(max(milliseconds)::numeric, 1) as slowest
from answer
group by kind, name
order by kind;

select replace(name, '_history', '') as "history of", count as versions,
    pg_size_pretty(pg_total_relation_size(name)) as size, pg_total_relation_size(name) / nullif(count, 0) as "bytes a version"
from (
    select 'issuer_history' as name, count(*) from issuer_history
    union all
    select 'issue_history', count(*) from issue_history
    union all
    select 'issue_attribute_history', count(*) from issue_attribute_history
) kept;
