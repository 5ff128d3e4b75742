//! A database of the earlier service in which something would be lost or stop working is not taken over.

use cusip_postgres::{Error, MigrationMode};
use cusip_test_support::{TestDatabase, make_earlier_service};

use crate::take_over::{rights, schema};

#[tokio::test]
async fn whatever_the_earlier_service_did_not_make_is_refused_and_nothing_changes() {
    let cases = [
        (
            "update alembic_version set version_num = '002'",
            "alembic_version says (002), where only 001 is known",
        ),
        (
            "insert into alembic_version values ('002')",
            "alembic_version says (001), (002), where only 001 is known",
        ),
        (
            "delete from alembic_version",
            "alembic_version says nothing, where only 001 is known",
        ),
        (
            "drop view v_issuer cascade; alter table issuer alter issuer_sort_key type varchar(60)",
            "the column issuer.issuer_sort_key is character varying(60), not character varying(30)",
        ),
        (
            "alter table issue_attribute add loaded_at timestamptz default now()",
            "the column issue_attribute.loaded_at is not of the earlier service",
        ),
        (
            "alter table issue drop issue_adl_4 cascade",
            "the column issue.issue_adl_4 is missing",
        ),
        (
            "alter table ref_sale_type add rank integer",
            "the column ref_sale_type.rank is not of the earlier service",
        ),
        (
            "alter table stg_issue add note text",
            "the column stg_issue.note is not of the earlier service",
        ),
        (
            "drop table ref_sale_type cascade",
            "ref_sale_type is missing",
        ),
        (
            "create view ours as select * from v_security",
            "view ours is not of the earlier service",
        ),
        (
            "create materialized view ours as select count(*) from issue",
            "materialized view ours is not of the earlier service",
        ),
        (
            "create table holding (issuer_num varchar(6) references issuer)",
            "constraint holding_issuer_num_fkey on table holding is not of the earlier service",
        ),
        (
            "alter table issue add constraint known check (issue_num <> 'ZZ') not valid",
            "constraint known on table issue is not of the earlier service",
        ),
        (
            "create index ours on issue (rate)",
            "the index ours on issue is not of the earlier service",
        ),
        (
            "create unique index ours on issuer (issuer_sort_key, issuer_num)",
            "the index ours on issuer is not of the earlier service",
        ),
        (
            "create index ours on issue (dated_date) where rate > 1",
            "the index ours on issue is not of the earlier service",
        ),
        (
            "alter table issue_attribute drop constraint issue_attribute_pkey",
            "issue_attribute has no primary key (issuer_num, issue_num)",
        ),
        (
            "create function audit() returns trigger language plpgsql as 'begin return null; end';
             create trigger audit after insert on issue execute function audit()",
            "trigger audit on table issue is not of the earlier service",
        ),
        (
            "create policy own on issuer using (true)",
            "policy own on table issuer is not of the earlier service",
        ),
        (
            "alter table issuer enable row level security",
            "issuer has row-level security",
        ),
        (
            "create publication all_of_it for table issue",
            "publication of table issue in publication all_of_it is not of the earlier service",
        ),
        (
            "create statistics ours on issue_status, rate from issue",
            "statistics object ours is not of the earlier service",
        ),
        (
            "create function ours(issue) returns text language sql as 'select $1.issue_num'",
            "function ours(issue) is not of the earlier service",
        ),
        (
            "create function ours() returns bigint language sql as
                'select count(*) from issue where search_vector is null'",
            "the function ours() is not of the earlier service, and reads the column search_vector",
        ),
        (
            "create function search_securities(text, integer) returns bigint language sql as 'select 1'",
            "the function search_securities(text,integer) is not of the earlier service",
        ),
        (
            "create or replace view v_security_summary as select cusip, issuer_name,
                issue_description, ticker_symbol, issuer_type_desc as issuer_type,
                issue_status_desc as issue_status, rate, dated_date, maturity_date, currency_code,
                where_traded, callable from v_security",
            "the column v_security_summary.callable is not of the earlier service",
        ),
        (
            "create rule ours as on insert to issuer do also notify issuer_came",
            "rule ours on table issuer is not of the earlier service",
        ),
        (
            "create table load_job (id integer)",
            "table load_job has the name of one that this program makes; rename it",
        ),
        (
            "create function joined_pieces(text) returns text language sql as 'select $1'",
            "function joined_pieces(text) has the name of one that this program makes",
        ),
        (
            "create table ancestor (issuer_num varchar(6)); alter table issuer inherit ancestor",
            "issuer inherits from ancestor",
        ),
        (
            "alter table issue replica identity full",
            "issue has a replica identity of its own",
        ),
        (
            "alter table issue cluster on issue_pkey",
            "issue is clustered on the index issue_pkey",
        ),
        (
            "alter table issuer alter issuer_type set not null",
            "the column issuer.issuer_type may not be null",
        ),
        (
            "alter table stg_issuer rename to unused; drop view v_issuer cascade;
             alter table issuer alter issuer_sort_key type varchar(30) collate \"C\";
             alter table unused rename to stg_issuer",
            "the column issuer.issuer_sort_key has the collation \"C\"",
        ),
        (
            "create function audit() returns trigger language plpgsql as
                'begin /* not search_vector */ return new; end';
             create trigger audit before insert or update on issue for each row execute function audit()",
            "trigger audit on table issue is not of the earlier service",
        ),
        (
            "alter table issue drop constraint issue_issuer_num_fkey;
             insert into issue (issuer_num, issue_num) values ('ZZZZZY', '10'), ('ZZZZZZ', '10')",
            "2 rows of issue have no row of issuer, the first of them ZZZZZY 10",
        ),
        (
            "create table part () inherits (issuer)",
            "table part is not of the earlier service",
        ),
    ];
    for (change, difference) in cases {
        let database = TestDatabase::empty();
        make_earlier_service(&database);
        database.execute(change);
        let before = (rights(&database), schema(&database));
        let error = (database.pool().migrate(MigrationMode::Commit).await).unwrap_err();
        let Error::NotTakenOver { differences, .. } = &error else {
            panic!("{change}: {error:?}");
        };
        assert!(
            differences
                .iter()
                .any(|found| found.starts_with(difference)),
            "{change}: {differences:#?}"
        );
        assert!(error.to_string().contains(difference), "{error}");
        assert_eq!((rights(&database), schema(&database)), before, "{change}");
    }
}

#[tokio::test]
async fn who_may_search_has_to_be_able_to_read_what_the_search_will_read() {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    let role = format!("searcher_{}", database.name());
    database.execute(&format!(
        "create role {role}; grant select on issuer, issue, issue_attribute to {role};
         grant select on v_issuer, v_issue to {role};
         grant execute on function search_securities(text) to {role}"
    ));
    let error = (database.pool().migrate(MigrationMode::Commit).await).unwrap_err();
    let told = format!(
        "- the role {role} may execute search_securities(text), which will read \
         v_issue_attribute, v_security as its caller, and may not read them"
    );
    assert!(error.to_string().contains(&told), "{error}");
    database.execute(&format!(
        "grant select on v_issue_attribute, v_security to {role}"
    ));
    let taken_over = database.pool().migrate(MigrationMode::Commit).await;
    assert!(taken_over.unwrap().taken_over.is_some());
    let found = database.query(&format!(
        "set role {role}; select count(*) >= 0 from search_securities('bank')"
    ));
    assert_eq!(found, [["t"]]);
}

#[tokio::test]
async fn every_name_that_the_migrations_take_is_looked_at() {
    let earlier = TestDatabase::empty();
    make_earlier_service(&earlier);
    let names = "select format('create table %I ()', relname) from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
                and relname <> 'refinery_schema_history'
        union select format('create function %I() returns integer language sql as ''select 1''', proname)
            from pg_proc where pronamespace = 'public'::regnamespace";
    let known = earlier.query(names);
    let mut expected = TestDatabase::migrated().query(names);
    expected.retain(|name| !known.contains(name));
    assert!(expected.len() > 8, "{expected:?}");
    for name in expected {
        let database = TestDatabase::empty();
        make_earlier_service(&database);
        database.execute(&name[0]);
        let error = (database.pool().migrate(MigrationMode::Commit).await).unwrap_err();
        let Error::NotTakenOver { differences, .. } = &error else {
            panic!("{name:?}: {error:?}");
        };
        assert_eq!(differences.len(), 1, "{differences:?}");
    }
}

#[tokio::test]
async fn all_differences_are_told_at_once() {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    database.execute(
        "update alembic_version set version_num = '7'; create index ours on issue (rate);
         alter table issuer add note text; create view ours_too as select * from v_issuer",
    );
    let error = (database.pool().migrate(MigrationMode::Commit).await).unwrap_err();
    let Error::NotTakenOver { differences, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(differences.len(), 4, "{differences:#?}");
}

#[tokio::test]
async fn only_the_owner_may_take_over() {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    let role = format!("stranger_{}", database.name());
    database.execute(&format!(
        "create role {role} login superuser; grant all on schema public to {role}"
    ));
    let mut config = database.config();
    config.user(&role);
    let stranger = cusip_postgres::Database::new(config);
    let error = stranger.migrate(MigrationMode::Commit).await.unwrap_err();
    let told = error.to_string();
    assert!(told.contains("issuer belongs to the role"), "{told}");
    assert!(told.contains("migrate as its owner"), "{told}");
}
