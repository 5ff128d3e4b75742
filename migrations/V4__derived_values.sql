-- The facts that the files do not state, each said once; views, indexes and the search use these functions.
--
-- The bodies are SQL-standard ones: their names are bound when the function is made, so they mean the same under any
-- search_path (pg_restore and index maintenance run with an empty one), and the planner can still inline them, which
-- is what lets a query's expression match an index's. They are immutable: a function that an index uses must never
-- be replaced by one that answers differently, unless the same migration rebuilds the index.

create function joined_pieces(piece_1 text, piece_2 text, piece_3 text default null, piece_4 text default null)
    returns text
    language sql immutable parallel safe
    return nullif(btrim(coalesce(piece_1, '') || coalesce(piece_2, '') || coalesce(piece_3, '') || coalesce(piece_4, '')), '');
comment on function joined_pieces(text, text, text, text) is
    'A text that the files cut into pieces: joined without a separator, blanks trimmed at both ends; null when nothing is left.';

create function security_cusip(issuer_num text, issue_num text, issue_check text)
    returns text
    language sql immutable parallel safe
    return issuer_num || issue_num || coalesce(issue_check, '');
comment on function security_cusip(text, text, text) is
    'The CUSIP of an issue: issuer number, issue number and check digit; eight characters where the check digit is absent.';

create function full_offering_amount(offering_amount numeric, offering_amount_code text)
    returns numeric
    language sql immutable parallel safe
    return offering_amount * case offering_amount_code
        when 'K' then 1000
        when 'M' then 1000000
        when 'B' then 1000000000
        else 1
    end;
comment on function full_offering_amount(numeric, text) is
    'An offering amount in currency units: times 1,000, 1,000,000 or 1,000,000,000 for the codes K, M, B, as it stands otherwise.';
