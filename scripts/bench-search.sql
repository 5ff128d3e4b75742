-- Times searches in a loaded database: 20 hits for each of 200 queries of each kind. The queries are made of the
-- securities in it, the same ones each time. To change the number, and to see the slowest queries of each kind:
-- psql -v queries=50 -v slowest=3 -f scripts/bench-search.sql
\set QUIET on
\pset footer off
\if :{?queries} \else \set queries 200 \endif

-- Securities whose issuers and descriptions have several words, in no particular order.
create temporary table picked as
select row_number() over (order by md5(v.cusip)) as number, v.cusip, v.issuer_name, v.issue_description, v.underwriter,
    string_to_array(normalized_words(v.issuer_name), ' ') as name,
    string_to_array(normalized_words(v.issue_description), ' ') as description
from (select cusip from v_issue order by md5(cusip) limit 20 * :queries) p
join v_security v on v.cusip = p.cusip
where v.issue_description is not null;
create index on picked (number);
analyze picked;

create temporary table issuer_word as
select word, ndoc, md5(word) as shuffled
from ts_stat('select issuer_search_document(issuer_name, null) from v_issuer')
where length(word) >= 3;

create temporary table question (kind integer, name text, query text);
insert into question values (1, 'nothing', '1');

insert into question
select 1, 'CUSIP', cusip from (select cusip from picked order by number limit :queries) p;
insert into question
select 2, 'ticker', ticker_symbol
from (select distinct ticker_symbol, md5(ticker_symbol) from issue_attribute where ticker_symbol is not null order by 2 limit :queries) p;
insert into question
select 3, 'a rare word of a name', word
from (select word from issuer_word where ndoc <= (select count(*) from issuer) / 1000 order by shuffled limit :queries) p;
insert into question
select 4, 'a common word of a name', word from (select word from issuer_word order by ndoc desc limit 100) p
union all
select 4, 'a common word of a name', unnest(array['BANK', 'TRUST', 'REV', 'WATER', 'SCHOOL']);
insert into question
select 5, 'three words of a name', concat_ws(' ', name[1], name[2], name[3])
from (select name from picked where cardinality(name) >= 3 order by number limit :queries) p;
insert into question
select 6, 'a word of a name and two of the description', concat_ws(' ', lower(name[1]), description[1], description[cardinality(description)])
from (select * from picked where cardinality(description) >= 3 order by number desc limit :queries) p;
insert into question
select 7, 'name and description', issuer_name || ' ' || issue_description
from (select * from picked order by number desc limit :queries) p;
insert into question
select 8, 'words of name, description and underwriter', concat_ws(' ', name[1 + cardinality(name) / 2], description[1], split_part(underwriter, ' ', 1))
from (select * from picked where underwriter is not null order by number limit :queries) p;
insert into question
select 9, 'words of different securities', concat_ws(' ', o.name[1], p.name[1], p.description[1], p.description[cardinality(p.description)])
from (select * from picked where cardinality(description) >= 2 order by number limit :queries) p
join picked o on o.number = p.number + :queries;
insert into question
select 10, 'a misspelled name', overlay(issuer_name placing substr(issuer_name, 4, 1) || substr(issuer_name, 3, 1) from 3 for 2)
from (select * from picked where substr(issuer_name, 3, 2) ~ '^[A-Z]{2}$' and substr(issuer_name, 3, 1) <> substr(issuer_name, 4, 1) order by number limit :queries) p;
delete from question where name = 'nothing';

create temporary table answer (kind integer, name text, query text, hits integer, milliseconds double precision);
do $$
declare
    asked record;
    found integer;
    started timestamptz;
begin
    for asked in select * from question order by md5(query) loop
        started := clock_timestamp();
        select count(*) into found from search_hits(asked.query, 20);
        insert into answer
        values (asked.kind, asked.name, asked.query, found, 1000 * extract(epoch from clock_timestamp() - started));
    end loop;
end
$$;

select name as query, count(*) as queries,
    round(percentile_cont(0.5) within group (order by milliseconds)::numeric, 1) as "median ms",
    round(percentile_cont(0.99) within group (order by milliseconds)::numeric, 1) as "99th percentile",
    round(max(milliseconds)::numeric, 1) as slowest,
    count(*) filter (where hits > 0) as "found something"
from answer
group by kind, name
order by kind;

\if :{?slowest}
select name, query, hits, round(milliseconds::numeric, 1) as ms from (
    select *, row_number() over (partition by kind order by milliseconds desc) as place from answer
) a where place <= :slowest order by kind, place;
\endif
