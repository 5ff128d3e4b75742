//! A database of the earlier service becomes one of ours, and nobody's rows, rights or answers go.

use cusip_pif::{Date, FileKind, PifFileName};
use cusip_postgres::MigrationMode;
use cusip_test_support::{
    TestDatabase, load_as_earlier_service, make_earlier_service, write_synthetic_day,
};
use tempfile::tempdir;

const RELATIONS_OF_READERS: &str = "'v_issuer', 'v_issue', 'v_issue_attribute', 'v_security', \
    'v_security_summary', 'ref_issuer_type', 'ref_issuer_status', 'ref_issuer_transaction', \
    'ref_issue_status', 'ref_issue_transaction', 'ref_govt_stimulus_program', \
    'ref_payment_frequency', 'ref_sale_type', 'ref_offering_amount_code'";

fn loaded() -> TestDatabase {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    let folder = tempdir().unwrap();
    let day = Date::new(2026, 1, 15).unwrap();
    write_synthetic_day(folder.path(), day, 100, 3);
    for kind in FileKind::ALL {
        let file = folder.path().join(PifFileName::new(day, kind).to_string());
        load_as_earlier_service(&database, kind, &file);
    }
    database
}

/// What readers see: all rows of tables and views, and the answers of searches.
fn seen(database: &TestDatabase) -> Vec<String> {
    let layouts = FileKind::ALL.map(|kind| kind.layout());
    let tables = layouts.iter().map(|layout| {
        let columns: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
        format!("select {} from {}", columns.join(", "), layout.table)
    });
    let views = (RELATIONS_OF_READERS.split(", "))
        .map(|view| format!("select * from {}", view.trim_matches('\'')));
    let searches = ["bank", "note", "fund 2031", "goldman"].map(|words| {
        format!(
            "select cusip, issuer_name, issue_description, ticker_symbol, underwriter, match_type
                 from search_securities('{words}')"
        )
    });
    let rows = tables.chain(views).chain(searches).map(|query| {
        let digest = format!(
            "select count(*), md5(string_agg(row::text, chr(10) order by row::text collate \"C\"))
             from ({query}) as row"
        );
        format!("{query}: {:?}", database.query(&digest)[0])
    });
    rows.collect()
}

pub(crate) fn rights(database: &TestDatabase) -> Vec<Vec<String>> {
    database.query(&format!(
        "select relname, pg_get_userbyid(grantee), privilege_type, is_grantable
         from pg_class cross join lateral aclexplode(relacl)
         where relname in ({RELATIONS_OF_READERS}, 'issuer', 'issue', 'issue_attribute')
             and relnamespace = 'public'::regnamespace and grantee <> relowner
         union all
         select attrelid::regclass || '.' || attname, pg_get_userbyid(grantee), privilege_type, is_grantable
         from pg_attribute cross join lateral aclexplode(attacl)
         where attrelid > 16000
         union all
         select proname, case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
             privilege_type, is_grantable
         from pg_proc cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner)))
         where proname = 'search_securities' and grantee <> proowner
         order by 1, 2, 3, 4"
    ))
}

/// Everything of the schema that has a name.
pub(crate) fn schema(database: &TestDatabase) -> Vec<Vec<String>> {
    database.query(
        "select relkind::text || ' ' || relname, attname || ' ' || format_type(atttypid, atttypmod)
             || ' ' || attnotnull || ' ' || coalesce(collname, '')
         from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
         left join pg_collation on pg_collation.oid = attcollation
         where relnamespace = 'public'::regnamespace
         union all
         select conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
         from pg_constraint where connamespace = 'public'::regnamespace
         union all
         select indrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
         join pg_class on pg_class.oid = indexrelid where relnamespace = 'public'::regnamespace
         union all
         select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
         union all
         select relname, pg_get_viewdef(oid) from pg_class
         where relnamespace = 'public'::regnamespace and relkind = 'v'
         union all
         select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal
         union all
         select 'comment', pg_describe_object(classoid, objoid, objsubid) || ': ' || description
         from pg_description where objoid > 16000
         order by 1, 2",
    )
}

#[tokio::test]
async fn rows_views_and_searches_answer_as_before() {
    let database = loaded();
    let before = seen(&database);
    let migrated = database
        .pool()
        .migrate(MigrationMode::Commit)
        .await
        .unwrap();
    let taken_over = migrated.taken_over.unwrap();
    let rows = [
        taken_over.issuers,
        taken_over.issues,
        taken_over.issue_attributes,
    ];
    assert_eq!(rows, [100, 300, 300]);
    assert_eq!(seen(&database), before);
}

#[tokio::test]
async fn schema_is_afterwards_as_in_a_database_that_began_empty() {
    let database = loaded();
    let pool = database.pool();
    assert!(pool.is_of_earlier_service().await.unwrap());
    let migrated = pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(migrated.migrations, pool.migrations().await.unwrap());
    assert_eq!(schema(&database), schema(&TestDatabase::migrated()));
    pool.check_schema().await.unwrap();
    assert!(!pool.is_of_earlier_service().await.unwrap());
}

#[tokio::test]
async fn second_run_changes_nothing() {
    let database = loaded();
    let pool = database.pool();
    pool.migrate(MigrationMode::Commit).await.unwrap();
    let state = || {
        let rows = database.query("select xmin, ctid, * from issue order by ctid");
        let jobs = database.query("select * from load_job");
        (rows, jobs, rights(&database), schema(&database))
    };
    let before = state();
    let again = pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!((again.migrations, again.taken_over), (vec![], None));
    assert_eq!(state(), before);
}

#[tokio::test]
async fn dry_run_tells_the_rows_and_changes_nothing() {
    let database = loaded();
    let before = (seen(&database), rights(&database), schema(&database));
    let pool = database.pool();
    let tried = pool.migrate(MigrationMode::DryRun).await.unwrap();
    assert_eq!(tried.taken_over.unwrap().issues, 300);
    let after = (seen(&database), rights(&database), schema(&database));
    assert_eq!(after, before);
    assert!(pool.is_of_earlier_service().await.unwrap());
}

#[tokio::test]
async fn rights_stay_and_no_others_come() {
    let database = loaded();
    let role = format!("analyst_{}", database.name());
    database.execute(&format!(
        "create role {role}; create role \"Odd \"\"{role}\";
         grant select on issuer to {role} with grant option;
         grant select (cusip, issuer_name) on v_security to \"Odd \"\"{role}\";
         grant select, references (issuer_num) on issue to public;
         grant select (search_vector) on issue to {role};
         revoke select on v_security_summary from web_anon;
         alter default privileges in schema public grant all on tables to {role};
         alter default privileges revoke execute on functions from public"
    ));
    let mut before = rights(&database);
    before.retain(|right| !right[0].ends_with("search_vector"));
    database
        .pool()
        .migrate(MigrationMode::Commit)
        .await
        .unwrap();
    assert_eq!(rights(&database), before);
    // Readers run what the views and the search call.
    let found = database.query(
        "set role web_anon; select count(*) > 0 from search_securities('bank');
         select count(*) from v_security where cusip is not null; select count(*) from v_issuer",
    );
    assert_eq!(found, [["t"], ["300"], ["100"]]);
    let may = "select has_table_privilege('web_anon', 'load_job', 'select'),
        has_table_privilege('web_anon', 'issue', 'insert'),
        has_function_privilege('web_anon', 'begin_filling(text[])', 'execute')";
    assert_eq!(database.query(may), [["f", "f", "f"]]);
}

#[tokio::test]
async fn codes_and_descriptions_of_ones_own_stay() {
    let database = loaded();
    database.execute(
        "insert into ref_issuer_type values ('X', 'Our own'), ('Y', null);
         update ref_issuer_type set description = 'Company' where code = 'C';
         update issuer set issuer_type = 'X' where issuer_num = (select min(issuer_num) from issuer)",
    );
    database
        .pool()
        .migrate(MigrationMode::Commit)
        .await
        .unwrap();
    let codes =
        "select code, description from ref_issuer_type where code in ('C', 'X', 'Y') order by code";
    let expected = [
        ["C", "Company"],
        ["X", "Our own"],
        ["Y", "Undocumented, taken over from the earlier service"],
    ];
    assert_eq!(database.query(codes), expected);
    let shown = "select issuer_type_desc from v_issuer order by issuer_num limit 1";
    assert_eq!(database.query(shown), [["Our own"]]);
}

#[tokio::test]
async fn rows_are_of_the_job_that_brought_them() {
    let database = loaded();
    database
        .pool()
        .migrate(MigrationMode::Commit)
        .await
        .unwrap();
    let jobs = "select kind, status, options from load_job";
    let expected = [["take-over", "succeeded", "{\"earlier_version\": \"001\"}"]];
    assert_eq!(database.query(jobs), expected);
    let strangers = "select count(*) from issue
        where first_job_id <> (select id from load_job) or last_job_id <> first_job_id";
    assert_eq!(database.query(strangers), [["0"]]);
}

#[tokio::test]
async fn earlier_service_with_nothing_loaded_and_nothing_for_readers_is_taken_over() {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    database.execute(
        "drop function search_securities(text); drop view v_security_summary;
         drop table stg_issuer; alter table ref_sale_type drop column description cascade",
    );
    let migrated = database
        .pool()
        .migrate(MigrationMode::Commit)
        .await
        .unwrap();
    assert_eq!(migrated.taken_over.unwrap().issuers, 0);
    assert_eq!(schema(&database), schema(&TestDatabase::migrated()));
    let sale_types = "select description from ref_sale_type where code = 'C'";
    assert_eq!(database.query(sale_types), [["Competitive"]]);
}

#[tokio::test]
async fn version_table_of_another_program_is_left_alone() {
    let database = TestDatabase::empty();
    database.execute("create table alembic_version (version_num text)");
    let pool = database.pool();
    assert!(!pool.is_of_earlier_service().await.unwrap());
    let migrated = pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(migrated.taken_over, None);
    assert_eq!(
        database.query("select count(*) from alembic_version"),
        [["0"]]
    );
}
