//! The queries in docs/sql.md, docs/history.md and docs/operations.md. Those in docs/upgrade.md are run by
//! tests/cli/upgrade.rs.
//!
//! In the first two, a block of queries is fenced as `sql`, and runs as a reader; one marked `sql as owner` runs
//! as the owner of the tables. A block of text right after it is the result of its last query, as psql prints
//! it.

use cusip_test_support::{TestDatabase, TestServer, assert_generated_part, open_folder};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::commands::{connection, run};
use crate::documents::{Fence, blocks, fences, repository};

const PAGE: &str = "docs/sql.md";
/// Its queries run on the same database.
const HISTORY: &str = "docs/history.md";
/// Its statements run as the owner.
const OPERATIONS: &str = "docs/operations.md";
const ROLES: &str = include_str!("../../migrations/roles.sql");
const AS_OWNER: &str = "as owner";
/// The page creates this reader.
const BECOME_READER: &str = "set role analyst";
const MARKER: &str = "<!-- The rest is generated from the comments in migrations/. To change it, change them and run the tests with UPDATE_DOCS=1. -->\n";

/// A block of queries, and the table that the page shows for it.
struct Example {
    queries: Fence,
    shown: Option<Vec<Vec<String>>>,
}

fn examples() -> Vec<Example> {
    let mut fences = (fences(PAGE).into_iter()).chain(fences(HISTORY)).peekable();
    let mut examples = Vec::new();
    while let Some(fence) = fences.next() {
        if fence.language == "sql" {
            let result = fences.next_if(|next| next.language == "text");
            examples.push(Example {
                shown: result.map(|result| parse(&result.text)),
                queries: fence,
            });
        }
    }
    examples
}

/// Parses what psql prints: the names of the columns, a line, and the rows.
fn parse(printed: &str) -> Vec<Vec<String>> {
    let lines = printed.lines().filter(|line| !line.starts_with("--"));
    lines
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// Runs queries, and returns the names of the columns and the rows of the last one.
async fn table(client: &Client, fence: &Fence) -> Vec<Vec<String>> {
    let place = &fence.place;
    let answer = client.simple_query(&fence.text).await;
    let mut table = Vec::new();
    for message in answer.unwrap_or_else(|error| panic!("{place}: {error:?}")) {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                table = vec![
                    columns
                        .iter()
                        .map(|column| column.name().to_owned())
                        .collect(),
                ];
            }
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|cell| row.get(cell).unwrap_or_default().to_owned());
                table.push(cells.collect());
            }
            _ => {}
        }
    }
    table
}

/// A server of its own, because roles belong to a server, and not to a database.
#[test]
fn queries_return_to_a_reader_what_the_page_shows() {
    let folder = open_folder();
    let server = TestServer::start(&folder.path().join("server"));
    let database = server.database();
    database.execute(ROLES);
    let commands = blocks(PAGE, Some("Try it"));
    run(&commands, folder.path(), connection(&database));

    let examples = examples();
    let runtime = Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let client = database.client().await;
        for Example { queries, shown } in &examples {
            let place = &queries.place;
            let is_for_readers = queries.remark.is_empty();
            assert!(is_for_readers || queries.remark == AS_OWNER, "{place}");
            if is_for_readers {
                let reader = client.batch_execute(BECOME_READER).await;
                reader.expect("an earlier block creates the reader");
            }
            let found = table(&client, queries).await;
            client.batch_execute("reset role").await.expect("it may");
            assert!(!is_for_readers || found.len() > 1, "{place} finds nothing");
            if let Some(shown) = shown {
                assert_eq!(&found, shown, "{place}");
            }
        }
        let of_operators = fences(OPERATIONS).into_iter();
        for fence in of_operators.filter(|fence| fence.language == "sql") {
            table(&client, &fence).await;
        }
    });
    let with_result = examples.iter().filter(|example| example.shown.is_some());
    assert!(with_result.count() >= 10);
}

#[test]
fn tables_of_columns_are_those_of_the_views() {
    let columns = TestDatabase::migrated().query(
        "select c.relname, a.attname, replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'),
             replace(col_description(c.oid, a.attnum), '|', '\\|')
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
         where c.oid = any (array['v_security', 'v_security_summary', 'v_issuer', 'v_issue', 'v_issue_attribute']::regclass[])
         order by array_position(array['v_security', 'v_security_summary', 'v_issuer', 'v_issue', 'v_issue_attribute'],
             c.relname::text), a.attnum",
    );
    let mut tables = String::new();
    let mut current = "";
    for column in &columns {
        let [view, name, column_type, meaning] = column.as_slice() else {
            panic!("four values were selected: {column:?}");
        };
        if view != current {
            current = view;
            let heading = format!("\n### {view}\n| column | type | meaning |\n|---|---|---|\n");
            tables.push_str(&heading);
        }
        assert!(!meaning.is_empty(), "{view}.{name} has no comment");
        tables.push_str(&format!("| `{name}` | {column_type} | {meaning} |\n"));
    }
    assert_generated_part(&repository().join(PAGE), MARKER, &tables);
}
