-- How a query finds securities: search_securities, and the functions behind it.
--
-- These run with the rights of their caller and read only the views and reference tables. Their names are resolved when
-- they are created, so they work under any search_path. The queries of PL/pgSQL functions are exceptions, because they are
-- planned for their words and written as text: their parameter home names the schema.

create function isin_check_digit(number text)
    returns text
    language sql immutable parallel safe
begin atomic
    with digits as (
        select string_agg(case when c.letter between 'A' and 'Z' then (ascii(c.letter) - 55)::text else c.letter end, '' order by c.place) as text
        from string_to_table(number, null) with ordinality as c (letter, place)
    )
    select ((10 - sum(case when d.place % 2 = 1 then d.digit * 2 / 10 + d.digit * 2 % 10 else d.digit end) % 10) % 10)::text
    from (
        select r.digit::integer, r.place
        from digits, string_to_table(reverse(digits.text), null) with ordinality as r (digit, place)
    ) d;
end;
comment on function isin_check_digit(text) is
    'Check digit of an ISIN, from its first eleven characters (ISO 6166, annex A).';

-- The countries are those of cusip-pif, where their source is given; a test compares the two.
create function isin_cusip(isin text)
    returns text
    language sql immutable parallel safe
    return case
        when isin !~ '^[A-Z]{2}[0-9A-Z]{9}[0-9]$' or right(isin, 1) <> isin_check_digit(left(isin, 11)) then null
        when left(isin, 2) in (
            'AG', 'AI', 'AN', 'AW', 'BM', 'BS', 'BZ', 'CW', 'DM', 'FM', 'GD', 'GY', 'HT', 'KN', 'KY', 'LC', 'MH', 'MS',
            'PA', 'PW', 'SR', 'SX', 'TC', 'VC', 'VG') then substr(isin, 3, 9)
        -- A CINS number begins with a letter.
        when substr(isin, 3, 1) between 'A' and 'Z'
            then case when left(isin, 2) in ('AR', 'BB', 'CL', 'DO', 'JM', 'PH', 'TT', 'VE') then substr(isin, 3, 9) end
        when left(isin, 2) in ('AS', 'CA', 'GU', 'MP', 'PR', 'UM', 'US', 'VI') then substr(isin, 3, 9)
    end;
comment on function isin_cusip(text) is
    'The CUSIP or CINS number inside an ISIN; null if the ISIN is wrong, or ISINs of its country contain none.';

create function security_order(
        issue_status text, iso_cfi text, issue_description text, rate numeric, maturity_date date)
    returns integer
    language sql immutable parallel safe
    return case when issue_status is distinct from 'A' then 3 else 0 end
        + case
            when coalesce(iso_cfi like 'ES%', false)
                or coalesce(issue_description ~ '^(COM|CL|ORD|SHS|CAP STK|(SPON\w* )?AD[RS])\M', false) then 0
            when rate is null and maturity_date is null then 1
            else 2
        end;
comment on function security_order(text, text, text, numeric, date) is
    'The place of a security among those of its issuer, from 0 to 5: active before inactive, then common stock, other equity, debt.';

create function search_by_identifier(search_query text, max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable parallel safe
    rows 10
begin atomic
    with typed as (
        -- CUSIP 037833 10 0
        select regexp_replace(upper(typed_plainly(search_query)), '^\s*(CUSIP|CINS|ISIN)[^0-9A-Z]*', '') as query
    ),
    asked as materialized (
        select a.number
        from (
            -- Quotes of spreadsheets and the end of a sentence: ="037833100", '037833100, #037833100.
            select regexp_replace(query, '^["''=(\[#\s]+|["''.,;:!?)\]\s]+$|[\s-]', '', 'g') as number from typed
        ) a
        where a.number ~ '^[0-9A-Z*@#]{5,12}$' and a.number ~ '[0-9]'
        union
        -- APPLE 037833100
        select t.word
        from typed, regexp_split_to_table(query, '[\s,;:()"''=.\[\]]+') as t (word)
        where t.word ~ '^([0-9A-Z*@#]{9}|[0-9A-Z]{12})$' and t.word ~ '[0-9]'
    ),
    candidate as materialized (
        select a.number as cusip, 'identifier' as reason from asked a where length(a.number) in (8, 9)
        union all
        select isin_cusip(a.number), 'identifier' from asked a where length(a.number) = 12
        union all
        -- Spreadsheets drop leading zeros.
        select lpad(a.number, 9, '0'), 'leading zeros added' from asked a where length(a.number) < 9
        union all
        select lpad(a.number, 8, '0'), 'leading zeros added' from asked a where length(a.number) < 8 and a.number ~ '^[0-9]+$'
    )
    select e.issuer_num, e.issue_num, 'issue', 10, c.reason
    from candidate c
    join v_issue e on e.issuer_num = left(c.cusip, 6) and e.issue_num = substr(c.cusip, 7, 2)
    where substr(c.cusip, 9) in ('', e.issue_check) or (e.issue_check is null and c.reason = 'identifier')
    union all
    (
        select e.issuer_num, e.issue_num, 'issuer', 10, n.reason
        from (
            select a.number, 'issuer number' as reason, 1 as place from asked a where length(a.number) = 6
            union all
            select lpad(a.number, 6, '0'), 'leading zeros added', 1 from asked a where a.number ~ '^[0-9]{5}$'
            union all
            select a.number, 'beginning of a CUSIP', 2 from asked a where length(a.number) in (5, 7)
        ) n
        cross join lateral (
            -- In the order of bytes, [ follows all that a CUSIP consists of.
            select * from v_issue e
            where e.issuer_num >= left(n.number, 6) and e.issuer_num < left(n.number, 6) || '[' offset 0
        ) e
        left join v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
        where starts_with(e.issue_num, substr(n.number, 7))
        order by n.place, security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date),
            e.issuer_num, e.issue_num
        limit max_rows
    );
end;
comment on function search_by_identifier(text, integer) is
    'Finds the security of a CUSIP (8 or 9 characters, or fewer if leading zeros were lost) or of an ISIN, and the securities of an issuer number or of the beginning of a CUSIP (5 or 7 characters).';

create function search_by_ticker(search_query text, max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable parallel safe
    rows 10
begin atomic
    with typed as materialized (
        select ticker_key(t.ticker) as exact, ticker_key(t.listed) as listed
        from (
            -- NASDAQ:AAPL, $AAPL and YUM!; AAPL.O and AAPL US Equity
            select t.ticker,
                regexp_replace(t.ticker, '(\.(A|K|N|O|OB|OQ|P|PK|Z)|\s+U[AFNPQRSVW](\s+EQUITY)?)$', '') as listed
            from (
                select regexp_replace(
                    upper(btrim(typed_plainly(search_query), E' \t\r\n$()"\'!?.,')),
                    '^(AMEX|ARCA|BATS|CBOE|NASDAQ|NYSE|NYSE ?AMERICAN|NYSE ?ARCA|OTC|SYMBOL|TICKER)\s*:\s*', '') as ticker
            ) t
        ) t
    )
    select a.issuer_num, a.issue_num, 'attribute', 9, 'ticker'
    from (select exact as ticker, 1 as place from typed union select listed, 2 from typed where listed <> exact) t
    cross join lateral (
        select * from v_issue_attribute a
        where a.ticker_symbol is not null and ticker_key(a.ticker_symbol) = t.ticker
        offset 0
    ) a
    cross join lateral (
        select * from v_issue e where e.issuer_num = a.issuer_num and e.issue_num = a.issue_num offset 0
    ) e
    order by t.place,
        security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date),
        a.issuer_num, a.issue_num
    limit max_rows;
end;
comment on function search_by_ticker(text, integer) is
    'Finds the securities of a ticker symbol, however its separator is written, and with or without the name or code of an exchange.';

create function all_terms(terms tsquery[])
    returns tsquery
    language sql immutable parallel safe
begin atomic
    select string_agg('(' || t.term::text || ')', '&')::tsquery from unnest(terms) as t (term);
end;
comment on function all_terms(tsquery[]) is
    'Matches what all the terms match; null without terms.';

create function name_without_form(words text)
    returns text
    language sql immutable strict parallel safe
    -- A word for a state or the like may follow: FORD MTR CO DEL, WELLS FARGO CO NEW.
    return regexp_replace(
        words,
        '( (ab|ag|asa|co|companies|company|corp|corporation|cos|group|grp|hldg|hldgs|holding|holdings|inc|incorporated'
        || '|l l c|l p|limited|llc|lp|ltd|n v|nv|p l c|plc|s a|s p a|sa|se|spa))+( \w+| \w \w)?$',
        '');
comment on function name_without_form(text) is
    'The normalized words of an issuer name without those for its legal form at the end: goldman sachs for goldman sachs group inc.';

create function search_by_issuer(query_words text, begins tsquery[], whole tsquery[], max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable parallel safe
    rows 100
    set jit = off
begin atomic
    with whole_words as materialized (
        select i.*, 7 as rank
        from (
            select i.issuer_num, coalesce(i.issuer_name, i.issuer_sort_key) as issuer_name,
                i.issuer_status is distinct from 'A' as is_inactive
            from v_issuer i
            where issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ (select all_terms(whole))
            -- Of words that even more names have, the first are as good as any.
            limit 10000
        ) i
        -- Names of common words are many, so only the shortest are compared with the query.
        order by length(i.issuer_name), i.is_inactive, i.issuer_num
        limit greatest(100, 3 * max_rows::bigint)
    ),
    beginnings as materialized (
        select i.*, 6 as rank
        from (
            select distinct i.issuer_num, coalesce(i.issuer_name, i.issuer_sort_key) as issuer_name,
                i.issuer_status is distinct from 'A' as is_inactive
            from (
                select i.*
                from (
                    select all_terms(begins) as words, '' as beginning
                    union all
                    -- Of one or two letters, only names that begin with them: too much else does.
                    select (quote_literal(query_words) || ':*')::tsquery, query_words where length(query_words) < 3
                ) q
                join v_issuer i on issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ q.words
                where (select count(*) from whole_words) < max_rows
                    and (q.beginning = '' or starts_with(lower(i.issuer_name), q.beginning))
                limit 10000
            ) i
        ) i
        where not exists (select from whole_words w where w.issuer_num = i.issuer_num)
        order by length(i.issuer_name), i.is_inactive, i.issuer_num
        limit greatest(100, 3 * max_rows::bigint)
    ),
    issuer as (
        select i.issuer_num,
            case when i.words = query_words then 8 else i.rank end as rank,
            0.06 * length(query_name) / greatest(length(name_without_form(i.words)), length(query_name))
                + case
                    when length(query_words) < 3 and starts_with(i.words || ' ', query_words || ' ') then 0.04
                    when length(query_words) >= 3 and starts_with(i.words, split_part(query_words, ' ', 1)) then 0.04
                    else 0
                end as likeness
        from (
            select i.*, normalized_words(i.issuer_name) as words, name_without_form(query_words) as query_name
            from (select * from whole_words union all select * from beginnings) i
        ) i
        order by rank desc, likeness desc, i.is_inactive, i.issuer_num
        -- The common stock of other issuers comes before the debt of the first.
        limit greatest(20, max_rows)
    ),
    -- The best are common stock, then names close to the query, then issuers of many securities. Issue numbers of equity
    -- are digits and come first, so they are among the first of an issuer that has very many.
    security as (
        select i.issuer_num, e.issue_num, e.maturity_date,
            (i.rank + 0.15 * (5 - e.place) + i.likeness + 0.04 * ln(count(*) over (partition by i.issuer_num)) / ln(500))::real
                as rank
        from issuer i
        cross join lateral (
            select e.issue_num, e.maturity_date,
                security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date) as place
            from (select * from v_issue e where e.issuer_num = i.issuer_num order by e.issue_num limit 500) e
            left join v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
        ) e
    )
    select s.issuer_num, s.issue_num, 'issuer', s.rank, case when s.rank >= 8 then 'issuer name' else 'issuer words' end
    from security s
    order by s.rank desc, s.issuer_num, s.maturity_date desc, s.issue_num
    limit max_rows;
end;
comment on function search_by_issuer(text, tsquery[], tsquery[], integer) is
    'Finds the securities of the issuers whose names have all words of the query. The rank begins at 8 for the whole name, 7 for whole words, 6 for beginnings and other spellings, and within it common stock comes before other equity and debt, and active securities before others.';

create function security_search_document(
        issuer_name text, issuer_sort_key text, issue_description text, issue_additional_info text, ticker_symbol text,
        underwriter text)
    returns tsvector
    language sql immutable parallel safe
    return search_document(
        coalesce(issuer_name, '') || ' ' || coalesce(issuer_sort_key, '') || ' ' || closed_words(coalesce(issuer_name, ''))
        || ' ' || coalesce(issue_description, '') || ' ' || coalesce(issue_additional_info, '')
        || ' ' || coalesce(ticker_symbol, '') || ' ' || coalesce(underwriter, ''));
comment on function security_search_document(text, text, text, text, text, text) is
    'Search document of a security: that of its issuer, its issue and its attributes in one.';

create function places_of_terms(begins tsquery[], whole tsquery[], home text, ends_at_missing boolean)
    returns table (number integer, place text, share double precision)
    language plpgsql volatile -- EXPLAIN runs only in volatile functions
    rows 10
    set jit = off
    -- The planner thinks that it finds 1,000 rows soon without the words' index, even of a word that is nowhere.
    set enable_seqscan = off
    set enable_indexscan = off
    set enable_indexonlyscan = off
as $$
declare
    places constant text[] := array['issuer', 'issue', 'attribute'];
    tables constant text[] := array['issuer', 'issue', 'issue_attribute'];
    matches constant text[] := array[
        'select from %1$s.v_issuer i where %1$s.issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ %2$L::tsquery',
        'select from %1$s.v_issue e where %1$s.issue_search_document(e.issue_description, e.issue_additional_info) @@ %2$L::tsquery',
        'select from %1$s.v_issue_attribute a where %1$s.attribute_search_document(a.ticker_symbol, a.underwriter) @@ %2$L::tsquery'];
    sizes double precision[];
    plan json;
    found bigint;
    is_missing boolean;
begin
    sizes := array(
        -- -1 before the first ANALYZE.
        select case when c.reltuples > 0 then c.reltuples else 1000000 end
        from unnest(tables) with ordinality as t (name, place)
        join pg_class c on c.oid = (home || '.' || t.name)::regclass
        order by t.place);
    for term in 1 .. cardinality(begins) loop
        number := term;
        is_missing := true;
        for choice in 1 .. 3 loop
            place := places[choice];
            execute 'explain (format json) ' || format(matches[choice], home, whole[term]) into plan;
            share := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision / sizes[choice];
            -- For words that the planner does not know, it guesses up to 0.5 % of the rows. Those are counted.
            if share < 0.0051 then
                execute format('select count(*) from (' || matches[choice] || ' limit 1000) found', home, begins[term])
                into found;
                continue when found = 0;
                share := case when found < 1000 then found / sizes[choice] else 0.0051 end;
            end if;
            is_missing := false;
            return next;
        end loop;
        exit when is_missing and ends_at_missing;
    end loop;
end
$$;
comment on function places_of_terms(tsquery[], tsquery[], text, boolean) is
    'The places where terms are found (issuer, issue, attribute) and about which share of their rows has them; if ends_at_missing, only until a term is nowhere.';

create function term_assignments(begins tsquery[], whole tsquery[], home text)
    returns table (in_issuer tsquery, in_issue tsquery, in_attribute tsquery, anywhere tsquery, phrases_are_apart boolean)
    language sql volatile
    rows 4
    set jit = off
begin atomic
    with recursive found as materialized (
        select p.number, p.place, p.share, begins[p.number] as term, whole[p.number]::text like '%&%' as is_phrase
        from places_of_terms(begins, whole, home, true) p
    ),
    -- The words of a phrase are mostly in one place. They may be apart, too, if other terms find the candidates.
    turn as (
        select t.phrases_are_apart
        from (values (false), (true)) as t (phrases_are_apart)
        where (select count(distinct f.number) from found f) = cardinality(begins)
            and (not t.phrases_are_apart or (select bool_or(f.is_phrase) and not bool_and(f.is_phrase) from found f))
    ),
    -- The rarest terms are assigned, as many as it takes to find few candidates. Each assignment is a query, so there
    -- are at most 16.
    assigned as materialized (
        select *
        from (
            select t.phrases_are_apart, f.number, f.term,
                row_number() over rarest_first as step,
                sum(ln(sum(f.share))) over rarest_first - ln(sum(f.share)) as ln_share_before,
                sum(ln(count(*))) over rarest_first as ln_ways
            from turn t
            join found f on not (t.phrases_are_apart and f.is_phrase)
            group by t.phrases_are_apart, f.number, f.term
            window rarest_first as (partition by t.phrases_are_apart order by sum(f.share), f.number)
        ) o
        where o.ln_ways < ln(16.5) and (o.step = 1 or o.ln_share_before > ln(1e-6))
    ),
    assignment as (
        select t.phrases_are_apart, 0::bigint as step, 0 as issuer_terms,
            null::tsquery as in_issuer, null::tsquery as in_issue, null::tsquery as in_attribute
        from turn t
        union all
        select a.phrases_are_apart, o.step, a.issuer_terms + (f.place = 'issuer')::integer,
            case f.place when 'issuer' then coalesce(a.in_issuer && o.term, o.term) else a.in_issuer end,
            case f.place when 'issue' then coalesce(a.in_issue && o.term, o.term) else a.in_issue end,
            case f.place when 'attribute' then coalesce(a.in_attribute && o.term, o.term) else a.in_attribute end
        from assignment a
        join assigned o on o.phrases_are_apart = a.phrases_are_apart and o.step = a.step + 1
        join found f on f.number = o.number
    )
    select a.in_issuer, a.in_issue, a.in_attribute, o.others, a.phrases_are_apart
    from assignment a
    cross join lateral (
        select all_terms(array_agg(begins[n.number])) as others
        from generate_subscripts(begins, 1) as n (number)
        where n.number not in (select o.number from assigned o where o.phrases_are_apart = a.phrases_are_apart)
    ) o
    where a.step = (select max(o.step) from assigned o where o.phrases_are_apart = a.phrases_are_apart)
    order by a.phrases_are_apart, a.issuer_terms desc, a.in_attribute is not null;
end;
comment on function term_assignments(tsquery[], tsquery[], text) is
    'The ways to find all terms in the places where they are, most terms in the issuer first; none if a term is nowhere. Terms that are not assigned to a place are in anywhere.';

create function securities_with_terms(begins tsquery[], whole tsquery[], max_rows integer, home text)
    returns table (issuer_num text, issue_num text)
    language plpgsql volatile
    rows 100
    set jit = off
as $$
declare
    enough constant bigint := greatest(100, 3 * max_rows::bigint);
    assignment record;
    query text;
    issuers bigint;
    found bigint := 0;
begin
    for assignment in execute format('select * from %s.term_assignments($1, $2, $3)', home) using begins, whole, home loop
        exit when found >= enough or assignment.phrases_are_apart and found >= max_rows;
        -- Most combinations of words are in no issuer, which is found out sooner than reading the issues.
        if assignment.in_issuer::text like '%&%' then
            execute format('select count(*) from %1$s.v_issuer i
                where %1$s.issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ %2$L::tsquery',
                home, assignment.in_issuer) into issuers;
            continue when issuers = 0;
        end if;
        query := 'select e.issuer_num, e.issue_num from %1$s.v_issue e';
        if num_nonnulls(assignment.in_issuer, assignment.anywhere) > 0 then
            query := query || ' join %1$s.v_issuer i on i.issuer_num = e.issuer_num';
        end if;
        if num_nonnulls(assignment.in_attribute, assignment.anywhere) > 0 then
            query := query || case when assignment.in_attribute is null then ' left' else '' end
                || ' join %1$s.v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num';
        end if;
        query := query || ' where true';
        if assignment.in_issuer is not null then
            query := query || ' and %1$s.issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ %2$L::tsquery';
        end if;
        if assignment.in_issue is not null then
            query := query || ' and %1$s.issue_search_document(e.issue_description, e.issue_additional_info) @@ %3$L::tsquery';
        end if;
        if assignment.in_attribute is not null then
            query := query || ' and %1$s.attribute_search_document(a.ticker_symbol, a.underwriter) @@ %4$L::tsquery';
        end if;
        if assignment.anywhere is not null then
            query := query || ' and %1$s.security_search_document(i.issuer_name, i.issuer_sort_key, e.issue_description,
                e.issue_additional_info, a.ticker_symbol, a.underwriter) @@ %5$L::tsquery';
        end if;
        for issuer_num, issue_num in execute format(query, home, assignment.in_issuer, assignment.in_issue,
            assignment.in_attribute, assignment.anywhere)
        loop
            found := found + 1;
            return next;
            exit when found >= enough;
        end loop;
    end loop;
end
$$;
comment on function securities_with_terms(tsquery[], tsquery[], integer, text) is
    'Securities that have all terms somewhere, in no particular order: three times as many as wanted, to choose the best from, and some of them several times.';

create function search_by_words(query_words text, begins tsquery[], whole tsquery[], max_rows integer, home text)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql volatile
    rows 100
    set jit = off
begin atomic
    with candidate as (
        select e.*, i.issuer_name, i.issuer_sort_key, a.iso_cfi,
            normalized_words(concat_ws(' ', i.issuer_name, e.issue_description)) as name_and_description,
            security_search_document(i.issuer_name, i.issuer_sort_key, e.issue_description, e.issue_additional_info,
                a.ticker_symbol, a.underwriter) as words
        from (select distinct * from securities_with_terms(begins, whole, max_rows, home)) k
        cross join lateral (
            select * from v_issue e where e.issuer_num = k.issuer_num and e.issue_num = k.issue_num offset 0
        ) e
        join v_issuer i on i.issuer_num = e.issuer_num
        left join v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
    )
    select c.issuer_num, c.issue_num,
        case
            when issuer_search_document(c.issuer_name, c.issuer_sort_key) @@ any (begins) then 'issuer'
            when issue_search_document(c.issue_description, c.issue_additional_info) @@ any (begins) then 'issue'
            else 'attribute'
        end,
        (case
            when c.name_and_description = query_words then 5
            else 3 + 1.8 * (select avg((c.words @@ t.whole)::integer) from unnest(whole) as t (whole))
                + least(0.1, 0.1 * length(query_words) / greatest(1, length(c.name_and_description)))
        end)::real as rank,
        'words'
    from candidate c
    order by rank desc,
        security_order(c.issue_status, c.iso_cfi, c.issue_description, c.rate, c.maturity_date),
        c.issuer_num, c.issue_num
    limit max_rows;
end;
comment on function search_by_words(text, tsquery[], tsquery[], integer, text) is
    'Finds the securities that have all words of the query somewhere: in the issuer, the issue or the attributes. The rank is 5 if the query is name and description, and 3 to 4.9 by the share of whole words.';

create function search_by_some_words(
        terms text[], begins tsquery[], whole tsquery[], max_rows integer, home text)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language plpgsql volatile
    rows 100
    set jit = off
as $$
declare
    by_share integer[];
    small_words constant text[] := array['a', 'an', 'and', 'at', 'by', 'de', 'for', 'in', 'of', 'on', 'the', 'to'];
    kept integer[];
    likeness real;
begin
    execute format(
        'select array_agg(number order by share desc) from (
            select number, sum(share) as share from %s.places_of_terms($1, $2, $3, false) group by number) term', home)
    into by_share using begins, whole, home;
    kept := array(select number from unnest(by_share) as n (number) where terms[number] <> all (small_words));
    if cardinality(kept) = cardinality(terms) then
        -- The most common term goes first, unless too little would be left: of bny mellon, mellon stays.
        kept := case
            when cardinality(kept) = 2 and 0.8 * length(terms[kept[2]]) < 0.3 * length(concat(variadic terms)) then kept[1:1]
            else kept[2:]
        end;
    end if;
    while cardinality(kept) > 0 loop
        likeness := 0.8 * (select sum(length(terms[number])) from unnest(kept) as n (number)) / length(concat(variadic terms));
        exit when likeness < 0.3;
        return query execute format(
            $query$
            with query as (
                select string_agg($1[number], ' ' order by number) as words, array_agg($2[number]) as begins,
                    array_agg($3[number]) as whole
                from unnest($4) as n (number)
            ),
            named as materialized (
                select h.* from query q cross join lateral %1$s.search_by_issuer(q.words, q.begins, q.whole, $5) h
            ),
            anywhere as (
                select h.*
                from query q
                cross join lateral %1$s.search_by_words(q.words, q.begins, q.whole, $5, $6) h
                where not exists (select from named)
            )
            select h.issuer_num, h.issue_num, h.match_type, ($7 + h.rank / 1000)::real, 'some words'
            from (select * from named union all select * from anywhere) h
            $query$, home)
        using terms, begins, whole, kept, max_rows, home, likeness;
        exit when found;
        kept := kept[2:];
    end loop;
end
$$;
comment on function search_by_some_words(text[], tsquery[], tsquery[], integer, text) is
    'Finds securities without some words of the query: without those that are nowhere and words such as of and the, and then without the most common ones. The rank is 0.3 to 0.8, by the share of letters.';

create function search_by_similar_name(query_words text, begins tsquery[], max_rows integer, home text, trigrams text)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language plpgsql stable
    rows 100
    set jit = off
    set pg_trgm.word_similarity_threshold = 0.5
as $$
begin
    -- A few securities of each issuer, since it is not known which issuer is meant.
    return query execute format(
        $query$
        select i.issuer_num::text, e.issue_num::text, 'issuer', i.rank, 'similar issuer name'
        from (
            select i.issuer_num,
                case
                    when $1 like '%% %%' then %2$s.similarity(i.issuer_name, $1)
                    else greatest(%2$s.similarity(i.issuer_name, $1), 0.8 * %2$s.word_similarity($1, i.issuer_name))
                end::real as rank
            from %1$s.v_issuer i
            where i.issuer_name operator(%2$s.%%) $1
                or ($1 not like '%% %%' and $1 operator(%2$s.<%%) i.issuer_name)
            order by rank desc, i.issuer_num
            limit 20
        ) i
        cross join lateral (
            select e.issue_num,
                (
                    select count(*) from unnest($2) as t (begins)
                    where %1$s.issue_search_document(e.issue_description, e.issue_additional_info) @@ t.begins
                ) as words,
                %1$s.security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date) as place
            from %1$s.v_issue e
            left join %1$s.v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
            where e.issuer_num = i.issuer_num
            order by words desc, place, e.issue_num
            limit 3
        ) e
        order by i.rank desc, i.issuer_num, e.words desc, e.place, e.issue_num
        limit $3
        $query$,
        home, trigrams)
    using query_words, begins, max_rows;
end
$$;
comment on function search_by_similar_name(text, tsquery[], integer, text, text) is
    'Finds the securities of issuers whose names or a word of them if the query is one, share many trigrams with the query. The rank is the similarity, from 0.3 to 1.';

create function search_hits(search_query text, max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable
    rows 100
    set jit = off
    set max_parallel_workers_per_gather = 0 -- Starting workers takes longer than most searches.
    set work_mem = '64MB' -- With less, bitmaps of common words become lossy, and words are made of every row again.
begin atomic
    with query as materialized (
        select
            quote_ident(n.nspname) as home,
            trigram_schema() as trigrams,
            normalized_words(typed_plainly(search_query)) as words,
            t.terms,
            t.begins,
            t.whole
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        cross join (select array_agg(s.term) as terms, array_agg(s.begins) as begins, array_agg(s.whole) as whole from search_terms(search_query) s) t
        -- No name with its description has more than 200 characters.
        where c.oid = 'v_security'::regclass and length(search_query) <= 1000 and cardinality(t.begins) <= 32
    ),
    exact as materialized (
        select h.* from query cross join lateral search_by_identifier(search_query, max_rows) h
        union all
        select h.* from query cross join lateral search_by_ticker(search_query, max_rows) h
    ),
    named as materialized (
        select h.*
        from query q
        cross join lateral search_by_issuer(q.words, q.begins, q.whole, max_rows) h
        where not exists (select from exact where reason in ('identifier', 'issuer number'))
            and (select count(*) from exact) < max_rows
    ),
    anywhere as materialized (
        select h.*
        from query q
        cross join lateral search_by_words(q.words, q.begins, q.whole, max_rows, q.home) h
        where not exists (select from exact where reason in ('identifier', 'issuer number'))
            and (select count(*) from exact) + (select count(*) from named) < max_rows
            -- Several words that are a ticker together, such as BRK B, are nothing else.
            and (cardinality(q.begins) = 1 or not exists (select from exact))
    ),
    guess as (
        select h.issuer_num, h.issue_num, h.match_type, h.rank, h.reason
        from query q
        cross join lateral (
            select s.*, 1 as source, row_number() over () as number
            from search_by_similar_name(q.words, q.begins, max_rows, q.home, q.trigrams) s
            where q.trigrams is not null
            union all
            select s.*, 2, row_number() over ()
            from search_by_some_words(q.terms, q.begins, q.whole, max_rows, q.home) s
        ) h
        where not exists (select from exact) and not exists (select from named) and not exists (select from anywhere)
            -- Everything is similar to one or two letters.
            and q.words ~ '\w{3}'
        order by h.rank desc, h.source, h.number
    ),
    hit as (
        select *, row_number() over () as place
        from (
            select * from exact
            union all
            select * from named
            union all
            select * from anywhere
            union all
            select * from guess
        ) h
    ),
    best as (
        select distinct on (h.issuer_num, h.issue_num) h.* from hit h order by h.issuer_num, h.issue_num, h.rank desc nulls last, h.place
    )
    select b.issuer_num, b.issue_num, b.match_type, b.rank, b.reason
    from best b
    order by b.rank desc nulls last, b.place
    limit max_rows;
end;
comment on function search_hits(text, integer) is
    'The keys of the best securities for a query, best first, with the reason: identifier, leading zeros added, issuer number, beginning of a CUSIP, ticker, issuer name, issuer words, words; similar issuer name or some words only if nothing else is found. A query of more than 1,000 characters or 32 words finds nothing.';

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
    language sql stable
    rows 100
    set jit = off
begin atomic
    select v.cusip, v.issuer_name, v.issue_description, v.ticker_symbol, v.underwriter, h.match_type, h.rank
    from search_hits(search_query, 100) with ordinality as h (issuer_num, issue_num, match_type, rank, reason, place)
    cross join lateral (
        select * from v_security v where v.issuer_num = h.issuer_num and v.issue_num = h.issue_num offset 0
    ) v
    order by h.place;
end;
comment on function search_securities(text) is
    'Finds the 100 best securities for what a person types: an identifier, a ticker, or words of issuer, issue, ticker and underwriter. Best rank first. match_type is the best place where a word was found: issuer, issue or attribute.';

-- Default privileges may have granted rights on all of this as it was created, even to read rejected lines or to change
-- records through a view. Only the owner keeps them; roles.sql grants what loaders and readers need.
do $$
declare
    granted record;
begin
    for granted in
        select distinct relation.oid::regclass as name,
            case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as grantee
        from pg_class as relation cross join lateral aclexplode(relation.relacl) as acl
        where relation.relnamespace = current_schema()::regnamespace and relation.relkind in ('r', 'v', 'S')
            and relation.relname ~ '^(issuer|issue|issue_attribute|refinery_schema_history|search_abbreviation|(ref|load|v)_\w+)$'
            and acl.grantee <> relation.relowner
    loop
        execute format('revoke all on %s from %s cascade', granted.name, granted.grantee);
    end loop;
end
$$;

-- Every role that searches reads the abbreviations.
grant select on search_abbreviation to public;
