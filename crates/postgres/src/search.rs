//! Searches for securities.

use cusip_jobs::SearchHit;
use tokio_postgres::Row;

use crate::database::Database;
use crate::error::Error;
use crate::lookup::isin;

impl Database {
    /// Searches for securities by what people type: an identifier, a ticker, or words of issuer, issue,
    /// ticker and underwriter. Returns at most `limit` hits, the best first.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn search(&self, words: &str, limit: u32) -> Result<Vec<SearchHit>, Error> {
        let client = self.client().await?;
        // The protocol cannot send NUL in a string, and no security has one.
        let words = words.replace('\0', " ");
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let query = "with term as materialized (select * from search_terms($1) where length($1) <= 1000)
            select v.cusip, v.domicile_code, v.issuer_name, v.issue_description, v.ticker_symbol,
                v.underwriter, h.match_type, h.rank, h.reason,
                array(
                    select term.term || ' in ' || concat_ws(' and ',
                        case when h.reason = 'issuer words'
                            or issuer_search_document(v.issuer_name, i.issuer_sort_key)
                                @@ term.begins then 'issuer' end,
                        case when issue_search_document(v.issue_description, v.issue_additional_info)
                            @@ term.begins then 'issue' end,
                        case when attribute_search_document(v.ticker_symbol, v.underwriter)
                            @@ term.begins then 'attribute' end)
                    from term
                    where h.reason = 'issuer words' or security_search_document(v.issuer_name, i.issuer_sort_key,
                        v.issue_description, v.issue_additional_info, v.ticker_symbol, v.underwriter)
                        @@ term.begins
                ) as found_in
            from search_hits($1, $2) with ordinality
                as h (issuer_num, issue_num, match_type, rank, reason, place)
            cross join lateral (select * from v_security as v
                where v.issuer_num = h.issuer_num and v.issue_num = h.issue_num offset 0) as v
            join v_issuer as i on i.issuer_num = h.issuer_num
            order by h.place";
        match client.query(query, &[&words, &limit]).await {
            Ok(rows) => Ok(rows.iter().map(hit).collect()),
            Err(error) => Err(self.lookup_error(&client, "search securities", error).await),
        }
    }

    /// Returns whether a search finds misspelled issuer names, for which it needs the extension
    /// `pg_trgm` and an index.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn finds_misspelled_names(&self) -> Result<bool, Error> {
        let client = self.client().await?;
        let query = "select exists (select from pg_extension where extname = 'pg_trgm')
            and to_regclass('issuer_name_idx') is not null";
        match client.query_one(query, &[]).await {
            Ok(row) => Ok(row.get(0)),
            Err(error) => Err(self.lookup_error(&client, "check the search", error).await),
        }
    }
}

fn hit(row: &Row) -> SearchHit {
    let cusip: String = row.get("cusip");
    SearchHit {
        isin: isin(&cusip, row.get("domicile_code")),
        cusip,
        issuer_name: row.get("issuer_name"),
        issue_description: row.get("issue_description"),
        ticker_symbol: row.get("ticker_symbol"),
        underwriter: row.get("underwriter"),
        match_type: row.get("match_type"),
        rank: row.get("rank"),
        reason: row.get("reason"),
        found_in: row.get("found_in"),
    }
}
