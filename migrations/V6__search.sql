-- What the search compares: the words of issuers, issues and attributes, and those of a query.
--
-- One rule makes words of a text, in the documents and in the query: lower case, no accents, each punctuation mark a
-- blank. No word is dropped and none is stemmed; the words of a query match by their beginnings. The documents are
-- expressions with GIN indexes, not stored columns: loads write less, and rows stay narrow. A query must call the same
-- function as the index; the planner inlines both. The indexes have pending lists (fastupdate), with which a load
-- inserts about twice as fast; a full list slows a search by a few milliseconds.

-- In PL/pgSQL, so that expressions with it stay short: a search is planned in a third of the time. The common marks are
-- replaced one by one, which takes a third of the time of translate() or a regular expression.
create function plain_words(words text)
    returns text
    language plpgsql immutable strict parallel safe
as $$
begin
    if octet_length(words) <> length(words) then
        words := lower(regexp_replace(normalize(words, nfkd), '[\u0300-\u036F]', '', 'g'));
    end if;
    words := replace(replace(replace(replace(replace(replace(replace(lower(words collate "C"),
        '.', ' '), ',', ' '), '&', ' '), '''', ' '), '-', ' '), '/', ' '), '%', ' ');
    if words ~ '[!-/:-@\[-`{-~]' then
        return regexp_replace(words, '[!-/:-@\[-`{-~]', ' ', 'g');
    end if;
    return words;
end
$$;
comment on function plain_words(text) is
    'The words of a text as the search compares them: in lower case, without accents, with a blank in place of each punctuation mark.';

create function normalized_words(words text)
    returns text
    language sql immutable parallel safe
    return btrim(regexp_replace(plain_words(words), '\s+', ' ', 'g'));
comment on function normalized_words(text) is
    'The words of a text as the search compares them, with one blank between two words.';

create function search_document(words text)
    returns tsvector
    language sql immutable parallel safe
    return array_to_tsvector(array_remove(string_to_array(plain_words(words), ' '), ''));
comment on function search_document(text) is
    'Search document of a text: its words, without positions.';

create function closed_words(words text)
    returns text
    language sql immutable parallel safe
    return case when words ~ '\w[&''.*/-]\w' then regexp_replace(words, '(\w)[&''.*/-]+(?=\w)', '\1', 'g') else '' end;
comment on function closed_words(text) is
    'A text without the punctuation marks inside its words, if there are any: ATT INC for AT&T INC.';

create function issuer_search_document(issuer_name text, issuer_sort_key text)
    returns tsvector
    language sql immutable parallel safe
    return search_document(
        coalesce(issuer_name, '') || ' ' || coalesce(issuer_sort_key, '') || ' ' || closed_words(coalesce(issuer_name, '')));
comment on function issuer_search_document(text, text) is
    'Search document of an issuer: its name, with and without the marks inside words, and its sort key.';

create function issue_search_document(issue_description text, issue_additional_info text)
    returns tsvector
    language sql immutable parallel safe
    return search_document(coalesce(issue_description, '') || ' ' || coalesce(issue_additional_info, ''));
comment on function issue_search_document(text, text) is
    'Search document of an issue: its description and additional information.';

create function attribute_search_document(ticker_symbol text, underwriter text)
    returns tsvector
    language sql immutable parallel safe
    return search_document(nullif(coalesce(ticker_symbol, '') || ' ' || coalesce(underwriter, ''), ' '));
comment on function attribute_search_document(text, text) is
    'Search document of issue attributes: the ticker symbol and the underwriter; null without both.';

create function ticker_key(ticker_symbol text)
    returns text
    language sql immutable parallel safe
    return translate(upper(ticker_symbol), './-& ', '');
comment on function ticker_key(text) is
    'A ticker symbol without its separators, which are written in different ways: BRK/B, BRK.B, BRK-B, BRK B.';

create index issuer_search_idx on issuer using gin (
    issuer_search_document(joined_pieces(issuer_name_1, issuer_name_2, issuer_name_3), issuer_sort_key));
create index issue_search_idx on issue using gin (
    issue_search_document(
        joined_pieces(issue_desc_1, issue_desc_2),
        joined_pieces(issue_adl_1, issue_adl_2, issue_adl_3, issue_adl_4)));
create index issue_attribute_search_idx on issue_attribute using gin (
    attribute_search_document(ticker_symbol, underwriter));
create index issue_attribute_ticker_idx on issue_attribute (ticker_key(ticker_symbol))
    where ticker_symbol is not null;

-- Trigrams find misspelled names. The extension comes with PostgreSQL and is trusted, so every role that may create
-- objects in a database may create it. Where that is not allowed, the search works without misspellings.
do $$
begin
    create extension if not exists pg_trgm;
exception
    when insufficient_privilege or undefined_file or feature_not_supported then
        raise notice 'the search will not find misspelled names, because the extension pg_trgm could not be created: %',
            sqlerrm;
end
$$;

create function trigram_schema()
    returns text
    language sql stable parallel safe
begin atomic
    select quote_ident(n.nspname)
    from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm'
        and not exists (
            select from pg_proc f
            where f.pronamespace = n.oid and f.proname in ('similarity', 'similarity_op')
                and not has_function_privilege(f.oid, 'execute'));
end;
comment on function trigram_schema() is
    'The schema of the extension pg_trgm, as an identifier; null if the extension does not exist or may not be used.';

do $$
begin
    if trigram_schema() is not null then
        execute format(
            'create index issuer_name_idx on issuer
                using gin (joined_pieces(issuer_name_1, issuer_name_2, issuer_name_3) %s.gin_trgm_ops)',
            trigram_schema());
    end if;
end
$$;

-- The words of a query. JIT compilation is off here and in V7: the planner guesses far too many rows, and compiling takes
-- longer than a search.

create function typed_plainly(search_query text)
    returns text
    language sql immutable parallel safe
    return translate(
        normalize(search_query, nfkc), U&'\2018\2019\2010\2011\2012\2013\2014\200B\FEFF', '''''-----');
comment on function typed_plainly(text) is
    'A search query with plain marks in place of typographic quotes and dashes.';

create function search_terms(search_query text)
    returns table (term text, begins tsquery, whole tsquery)
    language sql stable parallel safe
    rows 5
    set jit = off
begin atomic
    with token as (
        select t.place, string_to_array(normalized_words(t.token), ' ') as words
        -- Initials belong together: j p morgan is read as j.p morgan.
        from regexp_split_to_table(
            regexp_replace(typed_plainly(search_query), '\m([[:alpha:]])\s+(?=[[:alpha:]]\M)', '\1.', 'g'),
            '\s+') with ordinality as t (token, place)
        where normalized_words(t.token) <> ''
    ),
    -- Names have & for "and", and punctuation marks are not searched.
    word as (
        select
            w.word,
            row_number() over (order by t.place, w.place) as place,
            case when cardinality(t.words) > 1 then array_to_string(t.words, '') end as closed,
            (select n.words[1] from token n where n.place > t.place order by n.place limit 1) as next_token
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
        select p.place, p.last_place, p.phrase as term, array[]::text[] as joined, null as next
        from phrase_at p
        where not exists (select from phrase_at o where p.place > o.place and p.place <= o.last_place)
        union all
        -- jp morgan is also written jpmorgan, and s&p 500 is written sp500 and s p500.
        select w.place, w.place, w.word, array_remove(
            array[
                w.closed, w.closed || w.next_token,
                w.word || w.next, w.word || w.next_closed, w.previous || w.word, w.previous_closed || w.word,
                case when w.previous ~ '^[a-z]{2}$' and w.word ~ '^[0-9]' then right(w.previous, 1) || w.word end],
            null), w.next
        from (
            select *,
                lag(word) over neighbors as previous,
                lag(closed) over neighbors as previous_closed,
                lead(word) over neighbors as next,
                lead(closed) over neighbors as next_closed
            from word
            window neighbors as (order by place)
        ) w
        where not exists (select from phrase_at p where w.place between p.place and p.last_place)
    ),
    -- The words of a phrase have spellings of their own, as in N JERSEY.
    spelled as (
        select p.place, 0 as number, p.term, p.joined, p.next from part p
        union all
        select p.place, w.place, w.word, '{}', null
        from part p
        join word w on w.place between p.place and p.last_place
        where p.last_place > p.place
    ),
    -- A beginning such as holdi finds the abbreviation of holdings, and HLDG and HLDGS find each other.
    other_spelling as (
        select s.place, s.number, a.meaning as term
        from spelled s
        join search_abbreviation a on a.abbreviation = s.term
        union
        select s.place, s.number, a.abbreviation
        from spelled s
        join search_abbreviation a on a.meaning in (s.term, regexp_replace(s.term, '(...)s$', '\1'))
            or (length(s.term) >= 4 and starts_with(a.meaning, s.term) and a.meaning not like '% %')
        union
        select s.place, s.number, b.abbreviation
        from spelled s
        join search_abbreviation a on a.abbreviation = s.term
        join search_abbreviation b on b.meaning = a.meaning
    ),
    -- Words of at least shortest_beginning letters match by their beginnings; null: only as whole words.
    alternative as (
        select s.place, s.number, s.term, 3 as shortest_beginning from spelled s
        union
        select o.place, o.number, o.term, 4 from other_spelling o
        union
        select s.place, s.number, j.word, 4 from spelled s cross join lateral unnest(s.joined) as j (word)
        union
        -- tmobile is also written t mobile, sp s p, sp 500 s p500, and russell2000 russell 2000,
        select s.place, s.number, left(s.term, 1) || ' ' || substr(s.term, 2), 3
        from spelled s where (length(s.term) >= 5 or s.term ~ '^[a-z]{2}$') and s.term not like '% %'
        union
        select s.place, s.number, left(s.term, 1) || ' ' || substr(s.term, 2) || s.next, 3
        from spelled s where s.term ~ '^[a-z]{2}$' and s.next is not null
        union
        select s.place, s.number, d.words, 3
        from spelled s
        cross join lateral (values
            (regexp_replace(s.term, '^([a-z]+)([0-9]+)$', '\1 \2')),
            (regexp_replace(s.term, '^([a-z])([a-z])([0-9]+)$', '\1 \2 \3'))) as d (words)
        where s.term ~ '^[a-z]+[0-9]+$'
        union
        -- and stocks stock.
        select s.place, s.number, left(s.term, -1), null from spelled s where s.term like '___%s' and s.term not like '% %'
    ),
    -- The longest beginning of each spelling, since it finds what the others find.
    spelling as (
        select a.place, a.number, '(' || string_agg(w.words, '|') || ')' as words
        from (
            select place, number, term, coalesce(min(shortest_beginning), 1000) as shortest_beginning
            from alternative
            group by place, number, term
        ) a
        cross join lateral (
            select string_agg(
                quote_literal(w.word)
                    || case when length(w.word) >= a.shortest_beginning and w.number = w.count then ':*' else '' end,
                '&') as words
            from (
                select word, row_number() over () as number, count(*) over () as count
                from string_to_table(a.term, ' ') as w (word)
            ) w
        ) w
        group by a.place, a.number
    )
    select
        p.term,
        concat_ws('|',
            (select s.words from spelling s where s.place = p.place and s.number = 0),
            (select string_agg(s.words, '&') from spelling s where s.place = p.place and s.number > 0))::tsquery as begins,
        (
            select string_agg(w.words, '|')
            from (
                select string_agg(quote_literal(t.word), '&') as words from string_to_table(p.term, ' ') as t (word)
                union all
                select quote_literal(j.word) from unnest(p.joined) as j (word)
            ) w
        )::tsquery as whole
    from part p
    order by p.place;
end;
comment on function search_terms(text) is
    'The terms of a search query in their order (a word, or a phrase such as new jersey): begins matches the beginnings of their words and other spellings, whole only the words themselves, also without the blank between two words.';
