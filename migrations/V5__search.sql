-- Full-text search over issuers, issues and attributes.
--
-- The documents are expressions with GIN indexes, not stored columns: loads write less, and rows stay narrow. A query
-- must call the same function as the index; the planner inlines both. The indexes have pending lists (fastupdate), with
-- which a load inserts about twice as fast; a full list slows a search by a few milliseconds.

create function issuer_search_document(issuer_name text, issuer_sort_key text)
    returns tsvector
    language sql immutable parallel safe
    return to_tsvector('pg_catalog.english', coalesce(issuer_name, '') || ' ' || coalesce(issuer_sort_key, ''));
comment on function issuer_search_document(text, text) is
    'Search document of an issuer: its name and sort key, with English stems.';

create function issue_search_document(issue_description text, issue_additional_info text)
    returns tsvector
    language sql immutable parallel safe
    return to_tsvector('pg_catalog.english', coalesce(issue_description, '') || ' ' || coalesce(issue_additional_info, ''));
comment on function issue_search_document(text, text) is
    'Search document of an issue: its description and additional information, with English stems.';

-- Tickers are not English words: the English configuration would drop ON, IT, ALL and NOW.
create function attribute_search_document(ticker_symbol text, underwriter text)
    returns tsvector
    language sql immutable parallel safe
    return coalesce(to_tsvector('pg_catalog.simple', ticker_symbol), '')
        || coalesce(to_tsvector('pg_catalog.english', underwriter), '');
comment on function attribute_search_document(text, text) is
    'Search document of issue attributes: the ticker symbol unchanged, and the underwriter with English stems.';

create index issuer_search_idx on issuer using gin (
    issuer_search_document(joined_pieces(issuer_name_1, issuer_name_2, issuer_name_3), issuer_sort_key));
create index issue_search_idx on issue using gin (
    issue_search_document(
        joined_pieces(issue_desc_1, issue_desc_2),
        joined_pieces(issue_adl_1, issue_adl_2, issue_adl_3, issue_adl_4)));
create index issue_attribute_search_idx on issue_attribute using gin (
    attribute_search_document(ticker_symbol, underwriter));

-- It reads only the views, so every role that can read those can search. The query is planned before the words are
-- known, so its shape must not depend on the planner's guess of how many rows match: it scans the GIN indexes first and
-- then looks up each match by its key (OFFSET 0 keeps the lateral subqueries from becoming hash joins over whole
-- tables). JIT compilation is off for the same reason: the guess is high, and compiling takes longer than a search.
create function search_securities(search_query text)
    returns table (
        cusip varchar(9),
        issuer_name text,
        issue_description text,
        ticker_symbol varchar(10),
        underwriter varchar(60),
        match_type text,
        rank real
    )
    language sql stable parallel safe
    rows 100
    set jit = off
    set client_min_messages = warning
begin atomic
    with question as materialized (
        select
            plainto_tsquery('pg_catalog.english', asked.words) as words,
            plainto_tsquery('pg_catalog.english', asked.words)
                || plainto_tsquery('pg_catalog.simple', asked.words) as attribute_words
        -- No document has more than 200 characters, and the parser fails on queries of many thousand words.
        from (select case when length(search_query) <= 1000 then search_query end as words) asked
    ),
    issuer_match as materialized (
        select
            i.issuer_num,
            ts_rank(issuer_search_document(i.issuer_name, i.issuer_sort_key), (select words from question)) as rank
        from v_issuer i
        where issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ (select words from question)
    ),
    issue_match as materialized (
        select
            e.issuer_num,
            e.issue_num,
            ts_rank(
                issue_search_document(e.issue_description, e.issue_additional_info),
                (select words from question)) as rank
        from v_issue e
        where issue_search_document(e.issue_description, e.issue_additional_info) @@ (select words from question)
            and not exists (select from issuer_match better where better.issuer_num = e.issuer_num)
    ),
    attribute_match as (
        select
            a.issuer_num,
            a.issue_num,
            ts_rank(
                attribute_search_document(a.ticker_symbol, a.underwriter),
                (select attribute_words from question)) as rank
        from v_issue_attribute a
        where attribute_search_document(a.ticker_symbol, a.underwriter) @@ (select attribute_words from question)
            and not exists (select from issuer_match better where better.issuer_num = a.issuer_num)
            and not exists (
                select from issue_match better
                where better.issuer_num = a.issuer_num and better.issue_num = a.issue_num)
    ),
    found as (
        select s.cusip, s.issuer_name, s.issue_description, s.ticker_symbol, s.underwriter,
            'issuer' as match_type, m.rank
        from issuer_match m
        cross join lateral (
            select v.cusip, v.issuer_name, v.issue_description, v.ticker_symbol, v.underwriter
            from v_security v
            where v.issuer_num = m.issuer_num
            offset 0
        ) s
        union all
        select s.cusip, s.issuer_name, s.issue_description, s.ticker_symbol, s.underwriter,
            m.match_type, m.rank
        from (
            select issuer_num, issue_num, 'issue' as match_type, rank from issue_match
            union all
            select issuer_num, issue_num, 'attribute' as match_type, rank from attribute_match
        ) m
        cross join lateral (
            select v.cusip, v.issuer_name, v.issue_description, v.ticker_symbol, v.underwriter
            from v_security v
            where v.issuer_num = m.issuer_num and v.issue_num = m.issue_num
            offset 0
        ) s
    )
    select f.cusip, f.issuer_name, f.issue_description, f.ticker_symbol, f.underwriter, f.match_type, f.rank
    from found f
    order by f.rank desc, f.cusip;
end;
comment on function search_securities(text) is
    'Finds securities whose issuer (name, sort key), issue (descriptions) or attribute (ticker, underwriter) contains all words of the query. Returns one row each, with the first of these places that matches; best rank first. A query without words, or of more than 1,000 characters, finds nothing.';
