//! Bulk loads of empty master tables.

use cusip_pif::FileKind;
use cusip_postgres::{Database, LoadStrategy};
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, begin, issue, issuer, merge};

/// What keeps the tables from being prepared for a bulk load.
pub(crate) const OBSTACLES: [&str; 14] = [
    "create table own (issuer_num varchar(6) collate \"C\" references issuer)",
    "create view own as select issuer_num, issuer_name_1 from issuer group by issuer_num",
    "alter table issue_attribute enable row level security",
    "alter table issue cluster on issue_pkey",
    "alter table issue replica identity using index issue_pkey",
    "alter index issuer_pkey set (fillfactor = 70)",
    "alter index issue_search_idx alter column 1 set statistics 10",
    "alter table issue disable trigger all",
    "alter table issue drop constraint issue_issuer_fkey",
    "alter table issue drop constraint issue_issuer_fkey;
     alter table issue add foreign key (issuer_num) references issuer not valid",
    "alter table issuer drop constraint issuer_pkey cascade;
     alter table issuer add primary key (issuer_num, issuer_name_1)",
    "create function refuse() returns event_trigger language plpgsql
         as $$ begin raise exception 'nothing is dropped here'; end $$;
     create event trigger refuse on sql_drop execute function refuse()",
    "create function refuse() returns event_trigger language plpgsql
         as $$ begin raise exception 'no new indexes'; end $$;
     create event trigger refuse on ddl_command_end when tag in ('CREATE INDEX')
         execute function refuse()",
    "create function refuse() returns trigger language plpgsql
         as $$ begin raise exception 'never truncated'; end $$;
     create trigger refuse before truncate on issue execute function refuse()",
];

/// Returns everything that is defined on the master tables.
pub(crate) fn structure(database: &TestDatabase) -> Vec<Vec<String>> {
    database.query(
        "select conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
         from pg_constraint
         where conrelid = any (array['issuer', 'issue', 'issue_attribute']::regclass[])
         union all
         select indexrelid::regclass::text, pg_get_indexdef(indexrelid),
             obj_description(indexrelid, 'pg_class')
         from pg_index where indrelid = any (array['issuer', 'issue', 'issue_attribute']::regclass[])
         order by 1, 2",
    )
}

/// Returns a pool for a role that owns the tables and is not a superuser.
fn owner(database: &TestDatabase) -> Database {
    let name = database.name();
    let role = format!("owner_{name}");
    database.execute(&format!(
        "create role {role} login; grant all on schema public to {role};
         grant all on all tables in schema public to {role};
         alter table issuer owner to {role}; alter table issue owner to {role};
         alter table issue_attribute owner to {role}"
    ));
    as_role(database, &role)
}

pub(crate) fn as_role(database: &TestDatabase, role: &str) -> Database {
    let mut config = database.config();
    config.user(role);
    Database::new(config)
}

fn one_security() -> Day {
    Day {
        issuers: vec![issuer("037833", &[("issuer_name_1", "APPLE INC")])],
        issues: vec![issue("037833", "10", &[])],
        attributes: vec![attribute("037833", "10", &[])],
    }
}

/// Begins a bulk load, returns whether that was possible, and rolls back.
async fn applies(database: &Database) -> bool {
    let load = begin(database).await;
    let sink = load.begin(LoadStrategy::Bulk, &FileKind::ALL).await;
    let applies = sink.unwrap().is_some();
    load.roll_back().await;
    applies
}

#[tokio::test]
async fn owner_gets_keys_indexes_and_comments_back_as_they_were() {
    let database = TestDatabase::migrated();
    database.execute(
        "comment on index issue_pkey is 'The key''s index';
         comment on constraint issue_issuer_fkey on issue is 'To the issuer';
         create index \"Analyst's index\" on issue (lower(issue_desc_1)) where issue_status <> 'A';
         comment on index \"Analyst's index\" is 'Own';
         alter index issuer_search_idx set (fastupdate = off)",
    );
    let before = structure(&database);
    one_security().bulk_load(&owner(&database)).await;
    assert_eq!(structure(&database), before);
    assert_eq!(
        database.query("select count(*) from issue_attribute"),
        [["1"]]
    );
}

#[tokio::test]
async fn abandoned_bulk_load_leaves_everything_as_it_was() {
    let database = TestDatabase::migrated();
    let before = structure(&database);
    let load = begin(&database.pool()).await;
    let sink = load.begin(LoadStrategy::Bulk, &FileKind::ALL).await;
    assert!(sink.unwrap().is_some());
    load.start_over().await.unwrap();
    load.commit(&[]).await.unwrap();
    assert_eq!(structure(&database), before);
}

#[tokio::test]
async fn tables_with_rows_get_no_bulk_load() {
    let database = TestDatabase::migrated();
    database.execute(
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('037833', 1, 1)",
    );
    assert!(!applies(&database.pool()).await);
    assert_eq!(database.query("select count(*) from issuer"), [["1"]]);
}

#[tokio::test]
async fn role_that_does_not_own_the_tables_gets_no_bulk_load() {
    let database = TestDatabase::migrated();
    let role = format!("loader_{}", database.name());
    database.execute(&format!(
        "create role {role} login; grant all on all tables in schema public to {role}"
    ));
    assert!(!applies(&as_role(&database, &role)).await);
}

#[tokio::test]
async fn staging_loads_tables_that_cannot_be_prepared() {
    for obstacle in OBSTACLES {
        let database = TestDatabase::migrated();
        database.execute(obstacle);
        let before = structure(&database);
        let load = begin(&database.pool()).await;
        let sink = load.begin(LoadStrategy::Bulk, &FileKind::ALL).await;
        assert!(sink.unwrap().is_none(), "{obstacle}");
        load.start_over().await.unwrap();
        let day = one_security();
        merge(&load, &day.issuers).await;
        merge(&load, &day.issues).await;
        load.commit(&[]).await.unwrap();
        assert_eq!(structure(&database), before, "{obstacle}");
        assert_eq!(database.query("select count(*) from issue"), [["1"]]);
    }
}
