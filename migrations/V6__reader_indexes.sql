-- Indexes for readers' filters.
--
-- Where nearly every row holds one value, the index leaves that value out: no query would use it for the value, and
-- building those entries costs as much as the useful ones. A query for any other value implies the predicate.

create index issuer_issuer_type_idx on issuer (issuer_type) where issuer_type <> 'C';
create index issuer_issuer_status_idx on issuer (issuer_status) where issuer_status <> 'A';
create index issuer_issuer_state_code_idx on issuer (issuer_state_code);

-- Readers look securities up by the joined CUSIP, which the primary key cannot answer; this is what it costs to spare
-- them a scan of every issue: half a second and 41 MB per million issues.
create index issue_cusip_idx on issue (security_cusip(issuer_num, issue_num, issue_check));
create index issue_issue_status_idx on issue (issue_status) where issue_status <> 'A';
create index issue_dated_date_idx on issue (dated_date);
create index issue_maturity_date_idx on issue (maturity_date);

create index issue_attribute_currency_code_idx on issue_attribute (currency_code) where currency_code <> 'USD';
create index issue_attribute_domicile_code_idx on issue_attribute (domicile_code) where domicile_code <> 'US';
create index issue_attribute_ticker_symbol_idx on issue_attribute (ticker_symbol) where ticker_symbol is not null;
