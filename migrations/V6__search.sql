-- Search over issuers, issues and attributes.
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
