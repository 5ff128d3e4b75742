//! The items of answers.

use std::vec;

use arrow_schema::Fields;
use cusip_jobs::{ChangeCursor, SearchHit};
use cusip_pif::Cusip;
use cusip_postgres::{Changes, Error, SecurityRow, SecurityRows};
use serde_json::{Map, Value, json};

use super::columns;
use crate::lookups::{Unidentified, security_cusip};

/// Items that come one by one.
pub(crate) trait Items: Send + 'static {
    /// Returns the next item as a JSON object.
    fn next(&mut self) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Returns the columns of the table that the items make.
    fn columns(&self) -> &'static Fields;

    /// Returns the rows of that table for an item.
    fn records(&self, item: Map<String, Value>) -> Vec<Map<String, Value>> {
        vec![item]
    }

    /// Returns the cursor of the next page, which is `None` after the last one; or `None` if these items
    /// have no pages.
    fn next_page(&self) -> Option<Option<String>> {
        None
    }
}

/// Securities, in pages.
#[derive(Debug)]
pub(crate) struct Listed {
    rows: SecurityRows,
    page: Page,
    last: Option<Cusip>,
}

impl Listed {
    /// Takes rows of one more security than the page may hold.
    pub(crate) fn new(rows: SecurityRows, limit: Option<u32>) -> Self {
        Self {
            rows,
            page: Page::new(limit),
            last: None,
        }
    }
}

impl Items for Listed {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        let Some(row) = self.rows.next().await?.flatten() else {
            return Ok(None);
        };
        if !self.page.has_room() {
            // After the end of the rows, their connection can be used again.
            self.rows.next().await?;
            return Ok(None);
        }
        self.last = Some(row.cusip());
        Ok(Some(row.json().to_owned()))
    }

    fn columns(&self) -> &'static Fields {
        columns::securities()
    }

    fn next_page(&self) -> Option<Option<String>> {
        let last = self.last.filter(|_| self.page.is_exceeded);
        Some(last.map(|cusip| cusip.to_string()))
    }
}

/// One security.
#[derive(Debug)]
pub(crate) struct OneSecurity {
    row: Option<SecurityRow>,
}

impl OneSecurity {
    pub(crate) fn new(row: SecurityRow) -> Self {
        Self { row: Some(row) }
    }
}

impl Items for OneSecurity {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        Ok(self.row.take().map(|row| row.json().to_owned()))
    }

    fn columns(&self) -> &'static Fields {
        columns::securities()
    }
}

/// The result for each identifier of a list, in its order.
#[derive(Debug)]
pub(crate) struct LookedUp {
    asked: vec::IntoIter<(String, Result<Cusip, Unidentified>)>,
    rows: Option<SecurityRows>,
}

impl LookedUp {
    /// Reads the identifiers. The CUSIPs are those to look up.
    pub(crate) fn parse(identifiers: Vec<String>) -> (Self, Vec<Cusip>) {
        let parsed = identifiers.into_iter().map(|text| {
            let cusip = security_cusip(&text);
            (text, cusip)
        });
        let asked: Vec<_> = parsed.collect();
        let cusips = asked.iter().filter_map(|(_, cusip)| cusip.as_ref().ok());
        let cusips = cusips.copied().collect();
        let results = Self {
            asked: asked.into_iter(),
            rows: None,
        };
        (results, cusips)
    }

    /// Adds the rows of the CUSIPs.
    pub(crate) fn with(mut self, rows: SecurityRows) -> Self {
        self.rows = Some(rows);
        self
    }
}

impl Items for LookedUp {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        let Some((id, cusip)) = self.asked.next() else {
            if let Some(rows) = &mut self.rows {
                rows.next().await?;
            }
            return Ok(None);
        };
        let reason = match cusip {
            Err(Unidentified(reason)) => reason,
            Ok(cusip) => {
                let row = match &mut self.rows {
                    Some(rows) => rows.next().await?.flatten(),
                    None => None,
                };
                if let Some(row) = row {
                    let id = Value::String(id);
                    return Ok(Some(format!("{{\"id\":{id},\"security\":{}}}", row.json())));
                }
                not_found(&id, cusip)
            }
        };
        Ok(Some(json!({"id": id, "reason": reason}).to_string()))
    }

    fn columns(&self) -> &'static Fields {
        columns::results()
    }

    fn records(&self, mut item: Map<String, Value>) -> Vec<Map<String, Value>> {
        if let Some(Value::Object(security)) = item.shift_remove("security") {
            item.extend(security);
        }
        vec![item]
    }
}

/// What a search found.
#[derive(Debug)]
pub(crate) struct Hits(pub(crate) vec::IntoIter<SearchHit>);

impl Items for Hits {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        Ok(self.0.next().map(|hit| json!(hit).to_string()))
    }

    fn columns(&self) -> &'static Fields {
        columns::hits()
    }
}

/// What loads changed, in pages.
#[derive(Debug)]
pub(crate) struct Changed {
    changes: Changes,
    first: Option<String>,
    page: Page,
    has_pages: bool,
    last: Option<ChangeCursor>,
}

impl Changed {
    /// Takes one more change than the page may hold.
    pub(crate) fn page(changes: Changes, limit: Option<u32>) -> Self {
        Self {
            changes,
            first: None,
            page: Page::new(limit),
            has_pages: true,
            last: None,
        }
    }

    /// Takes all changes, or returns `None` if there are none.
    pub(crate) async fn all(changes: Changes) -> Result<Option<Self>, Error> {
        let mut all = Self {
            has_pages: false,
            ..Self::page(changes, None)
        };
        all.first = all.next().await?;
        Ok(all.first.is_some().then_some(all))
    }
}

impl Items for Changed {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(change) = self.changes.next().await? else {
            return Ok(None);
        };
        if !self.page.has_room() {
            self.changes.next().await?;
            return Ok(None);
        }
        self.last = self.has_pages.then(|| ChangeCursor::of(&change));
        Ok(Some(json!(change).to_string()))
    }

    fn columns(&self) -> &'static Fields {
        columns::changes()
    }

    /// A table has a row for each field that changed.
    fn records(&self, mut item: Map<String, Value>) -> Vec<Map<String, Value>> {
        let fields = item.shift_remove("fields");
        let fields = fields.as_ref().and_then(Value::as_array);
        let fields = fields.into_iter().flatten().filter_map(Value::as_object);
        let record = |field: &Map<String, Value>| {
            let mut record = item.clone();
            record.extend(field.clone());
            record
        };
        let records: Vec<_> = fields.map(record).collect();
        if records.is_empty() {
            vec![item]
        } else {
            records
        }
    }

    fn next_page(&self) -> Option<Option<String>> {
        let last = self.last.as_ref().filter(|_| self.page.is_exceeded);
        self.has_pages.then(|| last.map(ToString::to_string))
    }
}

/// How many more items a page may hold.
#[derive(Debug)]
struct Page {
    room: Option<u32>,
    is_exceeded: bool,
}

impl Page {
    const fn new(limit: Option<u32>) -> Self {
        Self {
            room: limit,
            is_exceeded: false,
        }
    }

    /// Takes the place of one item, if the page has room for it.
    fn has_room(&mut self) -> bool {
        match &mut self.room {
            None => true,
            Some(0) => {
                self.is_exceeded = true;
                false
            }
            Some(room) => {
                *room -= 1;
                true
            }
        }
    }
}

/// Returns why there is no security, in the words of all paths.
pub(crate) fn not_found(id: &str, cusip: Cusip) -> String {
    let unknown = format!("there is no security with the CUSIP {cusip}");
    match Cusip::with_leading_zeros(id) {
        Some(restored) => format!("{unknown}; if leading zeros were lost, it is {restored}"),
        None => unknown,
    }
}
