-- How a query finds securities: search_securities, and the functions behind it.
--
-- These run with the rights of their caller and read only the views and reference tables. Their names are resolved when
-- they are created, so they work under any search_path. Two queries are exceptions, because they are planned for their
-- words and written as text: their parameter home names the schema.
--
-- JIT compilation is off: the planner guesses far too many rows, and compiling takes longer than a search.

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
                or coalesce(issue_description ~ '^(COM|CL|ORD|SHS|CAP STK)\M', false) then 0
            when rate is null and maturity_date is null then 1
            else 2
        end;
comment on function security_order(text, text, text, numeric, date) is
    'The place of a security among those of its issuer, from 0 to 5: active before inactive, then common stock, other equity, debt.';

create function typed_plainly(search_query text)
    returns text
    language sql immutable parallel safe
    return translate(
        normalize(search_query, nfkc), U&'\2018\2019\2010\2011\2012\2013\2014\200B\FEFF', '''''-----');
comment on function typed_plainly(text) is
    'A search query with plain marks and letters in place of typographic quotes and dashes and full-width letters.';

create function without_accents(words text)
    returns text
    language sql immutable parallel safe
    return lower(regexp_replace(normalize(words, nfd), '[\u0300-\u036F]', '', 'g'));
comment on function without_accents(text) is
    'A text in lower case without accents. Names are mostly in ASCII.';

create function search_terms(search_query text)
    returns table (term text, begins tsquery, whole tsquery)
    language sql stable parallel safe
    rows 5
    set jit = off
begin atomic
    with token as (
        select t.place, string_to_array(normalized_words(t.token), ' ') as words
        from regexp_split_to_table(typed_plainly(search_query), '\s+') with ordinality as t (token, place)
        where normalized_words(t.token) <> ''
    ),
    -- Names have & for "and", and punctuation marks are not searched.
    word as (
        select
            w.word,
            row_number() over (order by t.place, w.place) as place,
            case when cardinality(t.words) > 1 then array_to_string(t.words, '') end as closed
        from token t
        cross join lateral unnest(t.words) with ordinality as w (word, place)
        where w.word <> 'and' or (select count(*) from token) = 1
    ),
    phrase as (
        select p.phrase, string_to_array(p.phrase, ' ') as words
        from (select abbreviation as phrase from search_abbreviation union select meaning from search_abbreviation) p
        where p.phrase like '% %'
    ),
    phrase_at as (
        select distinct on (w.place) w.place, w.place + cardinality(p.words) - 1 as last_place, p.phrase
        from word w
        join phrase p on p.words[1] = w.word
        where p.words = array(
            select n.word from word n
            where n.place between w.place and w.place + cardinality(p.words) - 1
            order by n.place)
        order by w.place, cardinality(p.words) desc
    ),
    -- The query in parts: the longest phrase that begins at a word, such as new jersey, or the word.
    part as (
        select p.place, p.phrase as term, null as closed, null as previous, null as next
        from phrase_at p
        where not exists (select from phrase_at o where p.place > o.place and p.place <= o.last_place)
        union all
        select w.place, w.word, w.closed, w.previous, w.next
        from (
            select *,
                lag(coalesce(closed, word)) over (order by place) as previous,
                lead(coalesce(closed, word)) over (order by place) as next
            from word
        ) w
        where not exists (select from phrase_at p where w.place between p.place and p.last_place)
    ),
    -- A beginning such as holdi finds the abbreviation of holdings, and HLDG and HLDGS find each other.
    other_spelling as (
        select p.place, a.meaning as term
        from part p
        join search_abbreviation a on a.abbreviation = p.term
        union
        select p.place, a.abbreviation
        from part p
        join search_abbreviation a on a.meaning = p.term
            or (length(p.term) >= 4 and starts_with(a.meaning, p.term) and a.meaning not like '% %')
        union
        select p.place, b.abbreviation
        from part p
        join search_abbreviation a on a.abbreviation = p.term
        join search_abbreviation b on b.meaning = a.meaning
    ),
    -- Words of at least shortest_beginning letters match by their beginnings; null: only as whole words.
    alternative as (
        select p.place, p.term, 3 as shortest_beginning from part p
        union all
        select p.place, without_accents(p.term), 3 from part p where without_accents(p.term) <> p.term
        union all
        select o.place, o.term, 4 from other_spelling o
        union all
        select p.place, p.closed, 1 from part p where p.closed is not null
        union all
        -- jp morgan is also written jpmorgan,
        select p.place, p.term || p.next, 4 from part p where p.next is not null
        union all
        select p.place, p.previous || p.term, 4 from part p where p.previous is not null
        union all
        -- tmobile t mobile,
        select p.place, left(p.term, 1) || ' ' || substr(p.term, 2), 3
        from part p where length(p.term) >= 5 and p.term not like '% %'
        union all
        -- and stocks stock.
        select p.place, left(p.term, -1), null from part p where p.term like '___%s' and p.term not like '% %'
    )
    select
        p.term,
        (
            select string_agg(a.words, '|')
            from (
                select string_agg(
                    quote_literal(w.word) || case when length(w.word) >= a.shortest_beginning then ':*' else '' end,
                    '&') as words
                from alternative a
                cross join lateral unnest(string_to_array(a.term, ' ')) as w (word)
                where a.place = p.place
                group by a.term, a.shortest_beginning
            ) a
        )::tsquery as begins,
        (
            select string_agg(quote_literal(w.word), '&')
            from unnest(string_to_array(p.term, ' ')) as w (word)
        )::tsquery as whole
    from part p
    order by p.place;
end;
comment on function search_terms(text) is
    'The terms of a search query in their order (a word, or a phrase such as new jersey): begins matches the beginnings of their words and other spellings, whole only the words themselves.';

create function search_by_identifier(search_query text, max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable parallel safe
    rows 10
begin atomic
    with asked as materialized (
        select a.number
        from (select upper(regexp_replace(search_query, '[\s-]', '', 'g')) as number) a
        where a.number ~ '^[0-9A-Z*@#]{5,12}$' and a.number ~ '[0-9]'
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
        select e.issuer_num, e.issue_num, 'issuer', 10,
            case when length(q.number) = 6 then 'issuer number' else 'leading zeros added' end
        from asked q
        join v_issue e on e.issuer_num = lpad(q.number, 6, '0')
        left join v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
        where length(q.number) = 6 or (length(q.number) < 6 and q.number ~ '^[0-9]+$')
        order by security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date), e.issue_num
        limit max_rows
    );
end;
comment on function search_by_identifier(text, integer) is
    'Finds the security of a CUSIP (8 or 9 characters, or fewer if leading zeros were lost) or of an ISIN, and the securities of an issuer number.';

create function search_by_ticker(search_query text, max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable parallel safe
    rows 10
begin atomic
    select a.issuer_num, a.issue_num, 'attribute', 9, 'ticker'
    from v_issue_attribute a
    join v_issue e on e.issuer_num = a.issuer_num and e.issue_num = a.issue_num
    where a.ticker_symbol is not null and ticker_key(a.ticker_symbol) = ticker_key(search_query)
    order by security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date),
        a.issuer_num, a.issue_num
    limit max_rows;
end;
comment on function search_by_ticker(text, integer) is
    'Finds the securities of a ticker symbol, however its separator is written.';

create function all_terms(terms tsquery[])
    returns tsquery
    language sql immutable parallel safe
begin atomic
    select string_agg('(' || t.term::text || ')', '&')::tsquery from unnest(terms) as t (term);
end;
comment on function all_terms(tsquery[]) is
    'Matches what all the terms match; null without terms.';

create function search_by_issuer(query_words text, begins tsquery[], whole tsquery[], max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable parallel safe
    rows 100
    set jit = off
begin atomic
    with query as materialized (
        select all_terms(begins) as begins, all_terms(whole) as whole
    ),
    issuer as materialized (
        select
            i.issuer_num,
            i.issuer_status is distinct from 'A' as is_inactive,
            (case
                when normalized_words(i.issuer_name) = query_words then 8
                else 6
                    + (issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ (select whole from query))::integer
                    + least(0.9, 0.9 * length(query_words) / length(i.issuer_name))
            end)::real as rank
        from v_issuer i
        where issuer_search_document(i.issuer_name, i.issuer_sort_key) @@ (select begins from query)
        order by rank desc nulls last, is_inactive, i.issuer_num
        limit max_rows
    )
    select i.issuer_num, e.issue_num, 'issuer', i.rank, case i.rank when 8 then 'issuer name' else 'issuer words' end
    from (select * from issuer order by rank desc nulls last, is_inactive, issuer_num) i
    cross join lateral (
        select e.issue_num
        from v_issue e
        left join v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
        where e.issuer_num = i.issuer_num
        order by security_order(e.issue_status, a.iso_cfi, e.issue_description, e.rate, e.maturity_date),
            e.maturity_date desc, e.issue_num
        limit max_rows
    ) e
    limit max_rows;
end;
comment on function search_by_issuer(text, tsquery[], tsquery[], integer) is
    'Finds the securities of the issuers whose names have all words of the query. The rank is 8 for the whole name, 7 to 7.9 for whole words, 6 to 6.9 for beginnings and other spellings.';

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

create function search_by_words(query_words text, begins tsquery[], whole tsquery[], max_rows integer, home text)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language plpgsql volatile -- EXPLAIN runs only in volatile functions
    rows 100
    set jit = off
as $$
declare
    places constant text[] := array[
        'issuer_search_document(i.issuer_name, i.issuer_sort_key)',
        'issue_search_document(e.issue_description, e.issue_additional_info)',
        'attribute_search_document(a.ticker_symbol, a.underwriter)'];
    tables constant text[] := array['v_issuer i', 'v_issue e', 'v_issue_attribute a'];
    has_word boolean;
    term tsquery;
    everything tsquery;
    driver tsquery;
    plan json;
    found bigint;
    estimate double precision;
    least_estimate double precision;
begin
    -- The rarest term drives: its index finds the candidates, and they are tested for the other terms. A phrase drives
    -- only if there are no single words, because its words may be in different places.
    has_word := exists (select from unnest(whole) as t (whole) where numnode(t.whole) = 1);
    for number in 1 .. cardinality(begins) loop
        term := begins[number];
        everything := coalesce(everything && term, term);
        continue when has_word and numnode(whole[number]) > 1;
        estimate := 0;
        for place in 1 .. 3 loop
            execute format('explain (format json) select from %1$s.%2$s where %1$s.%3$s @@ %4$L::tsquery',
                home, tables[place], places[place], term) into plan;
            estimate := estimate + (plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision;
        end loop;
        -- The planner guesses a few hundred rows for words that it does not know. Those are counted, because a word that
        -- is nowhere ends the search.
        if estimate < 20000 then
            estimate := 0;
            for place in 1 .. 3 loop
                execute format(
                    'select count(*) from (select from %1$s.%2$s where %1$s.%3$s @@ %4$L::tsquery limit 1000) found',
                    home, tables[place], places[place], term) into found;
                estimate := estimate + found;
            end loop;
            if estimate = 0 then
                return;
            end if;
        end if;
        if least_estimate is null or estimate < least_estimate then
            least_estimate := estimate;
            driver := term;
        end if;
    end loop;
    return query execute format(
        $query$
        with candidate as (
            select c.*
            from (
                select e.issuer_num, e.issue_num
                from %1$s.v_issuer i join %1$s.v_issue e on e.issuer_num = i.issuer_num where %1$s.%2$s @@ %5$L::tsquery
                union all
                select e.issuer_num, e.issue_num from %1$s.v_issue e where %1$s.%3$s @@ %5$L::tsquery
                union all
                select a.issuer_num, a.issue_num from %1$s.v_issue_attribute a where %1$s.%4$s @@ %5$L::tsquery
            ) k
            cross join lateral (
                select e.*, i.issuer_name, i.issuer_sort_key, a.iso_cfi,
                    %1$s.security_search_document(i.issuer_name, i.issuer_sort_key, e.issue_description,
                        e.issue_additional_info, a.ticker_symbol, a.underwriter) as words
                from %1$s.v_issue e
                join %1$s.v_issuer i on i.issuer_num = e.issuer_num
                left join %1$s.v_issue_attribute a on a.issuer_num = e.issuer_num and a.issue_num = e.issue_num
                where e.issuer_num = k.issuer_num and e.issue_num = k.issue_num
                offset 0
            ) c
            where c.words @@ %6$L::tsquery
            limit greatest(100, 3 * $4::bigint)
        )
        select c.issuer_num::text, c.issue_num::text,
            case
                when %1$s.issuer_search_document(c.issuer_name, c.issuer_sort_key) @@ any ($2) then 'issuer'
                when %1$s.issue_search_document(c.issue_description, c.issue_additional_info) @@ any ($2) then 'issue'
                else 'attribute'
            end,
            (case
                when c.name_and_description = $1 then 5
                else 3 + 1.8 * (select avg((c.words @@ t.whole)::integer) from unnest($3) as t (whole))
                    + least(0.1, 0.1 * length($1) / greatest(1, length(c.name_and_description)))
            end)::real as rank,
            'words'
        from (
            select distinct c.*, %1$s.normalized_words(concat_ws(' ', c.issuer_name, c.issue_description)) as name_and_description
            from candidate c
        ) c
        order by rank desc,
            %1$s.security_order(c.issue_status, c.iso_cfi, c.issue_description, c.rate, c.maturity_date),
            c.issuer_num, c.issue_num
        limit $4
        $query$,
        home, places[1], places[2], places[3], driver, everything)
    using query_words, begins, whole, max_rows;
end
$$;
comment on function search_by_words(text, tsquery[], tsquery[], integer, text) is
    'Finds the securities that have all words of the query somewhere: in the issuer, the issue or the attributes. The rank is 5 if the query is name and description, and 3 to 4.9 by the share of whole words.';

create function search_by_similar_name(query_words text, begins tsquery[], max_rows integer, home text, trigrams text)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language plpgsql stable
    rows 100
    set jit = off
as $$
begin
    -- A few securities of each issuer, since it is not known which issuer is meant.
    return query execute format(
        $query$
        select i.issuer_num::text, e.issue_num::text, 'issuer', i.rank, 'similar issuer name'
        from (
            select i.issuer_num, %2$s.similarity(i.issuer_name, $1) as rank
            from %1$s.v_issuer i
            where i.issuer_name operator(%2$s.%%) $1
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
    'Finds the securities of issuers whose names share many trigrams with the query. The rank is the similarity, from 0.3 to 1.';

create function search_hits(search_query text, max_rows integer)
    returns table (issuer_num text, issue_num text, match_type text, rank real, reason text)
    language sql stable
    rows 100
    set jit = off
begin atomic
    with query as materialized (
        select
            quote_ident(n.nspname) as home,
            trigram_schema() as trigrams,
            normalized_words(typed_plainly(search_query)) as words,
            t.begins,
            t.whole
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        cross join (select array_agg(s.begins) as begins, array_agg(s.whole) as whole from search_terms(search_query) s) t
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
        where (select count(*) from exact) < max_rows
    ),
    anywhere as materialized (
        select h.*
        from query q
        cross join lateral search_by_words(q.words, q.begins, q.whole, max_rows, q.home) h
        where (select count(*) from exact) + (select count(*) from named) < max_rows
    ),
    spelled_alike as (
        select h.*
        from query q
        cross join lateral search_by_similar_name(q.words, q.begins, max_rows, q.home, q.trigrams) h
        where q.trigrams is not null
            and not exists (select from exact) and not exists (select from named) and not exists (select from anywhere)
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
            select * from spelled_alike
        ) h
    ),
    best as (
        select distinct on (h.issuer_num, h.issue_num) h.* from hit h order by h.issuer_num, h.issue_num, h.place
    )
    select b.issuer_num, b.issue_num, b.match_type, b.rank, b.reason
    from best b
    order by b.rank desc nulls last, b.place
    limit max_rows;
end;
comment on function search_hits(text, integer) is
    'The keys of the best securities for a query, best first, with the reason: identifier, leading zeros added, issuer number, ticker, issuer name, issuer words, words, or similar issuer name (only if nothing else is found). A query of more than 1,000 characters or 32 words finds nothing.';

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
