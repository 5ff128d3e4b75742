//! Loads into tables that are published to a subscriber by logical replication.

use cusip_pif::Issuer;
use cusip_test_support::{TestDatabase, TestServer};
use tempfile::TempDir;

use crate::day::{Day, attribute, begin, issue, issuer, merge};

/// Enough new rows to build indexes afterwards.
const MANY: u32 = 10_000;

/// A publisher and a subscriber to some of its tables, each on a server of its own.
struct Replication {
    publisher: TestDatabase,
    subscriber: TestDatabase,
    _server: TestServer,
    _folder: TempDir,
}

impl Replication {
    fn of(tables: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("wal_level", "logical"),
            ("max_wal_senders", "4"),
            ("max_replication_slots", "4"),
        ];
        let server = TestServer::start_with(&folder.path().join("publisher"), &settings);
        let publisher = server.database();
        let subscriber = TestDatabase::migrated();
        publisher.execute(&format!("create publication masters for table {tables}"));
        let connection = (publisher.arguments().chunks(2))
            .map(|option| format!("{}={}", option[0].trim_start_matches('-'), option[1]))
            .collect::<Vec<_>>()
            .join(" ");
        subscriber.execute(&format!(
            "create subscription masters connection '{connection}' publication masters
             with (copy_data = false)"
        ));
        Self {
            publisher,
            subscriber,
            _server: server,
            _folder: folder,
        }
    }

    /// Waits until the subscriber gives this answer to the query.
    async fn await_answer(&self, query: &str, expected: &str) {
        for _ in 0..600 {
            if self.subscriber.query(query) == [[expected]] {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(self.subscriber.query(query), [[expected]], "{query}");
    }
}

impl Drop for Replication {
    fn drop(&mut self) {
        self.subscriber.execute("drop subscription masters");
    }
}

fn one_security() -> Day {
    Day {
        issuers: vec![issuer("037833", &[("issuer_name_1", "APPLE INC")])],
        issues: vec![issue("037833", "10", &[])],
        attributes: vec![attribute("037833", "10", &[])],
    }
}

#[tokio::test]
async fn subscriber_of_all_tables_receives_a_bulk_load() {
    let replication = Replication::of("issuer, issue, issue_attribute");
    one_security()
        .bulk_load(&replication.publisher.pool())
        .await;
    let query = "select count(*) from issue_attribute";
    replication.await_answer(query, "1").await;
}

#[tokio::test]
async fn subscriber_of_one_table_receives_a_bulk_load_and_keeps_its_own_rows() {
    let replication = Replication::of("issuer");
    replication.subscriber.execute(
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('OWN001', 1, 1);
         insert into issue (issuer_num, issue_num, first_job_id, last_job_id)
             values ('OWN001', '10', 1, 1)",
    );
    one_security()
        .bulk_load(&replication.publisher.pool())
        .await;
    replication
        .await_answer("select count(*) from issuer", "2")
        .await;
    let own = replication.subscriber.query("select count(*) from issue");
    assert_eq!(own, [["1"]]);
}

#[tokio::test]
async fn subscriber_receives_new_and_changed_rows_of_a_load_that_builds_indexes_afterwards() {
    let replication = Replication::of("issuer, issue, issue_attribute");
    let database = replication.publisher.pool();
    one_security().load(&database).await;
    let mut issuers: Vec<Issuer> = (0..MANY)
        .map(|number| issuer(&format!("{number:06}"), &[]))
        .collect();
    issuers.push(issuer("037833", &[("issuer_name_1", "CHANGED")]));
    let load = begin(&database).await;
    let written = merge(&load, &issuers).await;
    assert_eq!((written.inserted, written.updated), (u64::from(MANY), 1));
    load.commit(&[]).await.unwrap();
    let changed = "select issuer_name_1 from issuer where issuer_num = '037833'";
    replication.await_answer(changed, "CHANGED").await;
    let all = "select count(*) from issuer";
    replication.await_answer(all, &(MANY + 1).to_string()).await;
}
