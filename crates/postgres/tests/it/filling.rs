//! The functions by which a load fills empty master tables with their owner's rights.

use cusip_test_support::TestDatabase;
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;

const BEGIN: &str = "select begin_filling(array['issuer', 'issue'])";

/// Returns the definitions of everything that stands on the master tables.
fn structure(database: &TestDatabase) -> Vec<Vec<String>> {
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

fn refusal(database: &TestDatabase, statements: &str) -> SqlState {
    Runtime::new().unwrap().block_on(async {
        let client = database.client().await;
        let error = client.batch_execute(statements).await.unwrap_err();
        error.code().expect("the server has refused").clone()
    })
}

#[test]
fn what_was_taken_away_from_the_tables_is_back_or_nothing_can_be_committed() {
    let database = TestDatabase::migrated();
    database.execute(
        "comment on index issue_pkey is 'The key''s index';
         comment on constraint issue_issuer_fkey on issue is 'To the issuer'",
    );
    let before = structure(&database);
    let everything = "select restore_filled(filled, wanted)
        from unnest(array['issuer', 'issue']) as filled,
            unnest(array['key', 'foreign key', 'index']) with ordinality as needed (wanted, number)
        order by number";
    let unfinished = [
        String::new(),
        "; select restore_filled('issuer', 'key')".to_owned(),
        format!("; {everything}; delete from load_filling; select begin_filling(array['issuer'])"),
    ];
    for rest in unfinished {
        let code = refusal(&database, &format!("begin; {BEGIN} {rest}; commit"));
        assert_eq!(code, SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, "{rest}");
        assert_eq!(structure(&database), before);
    }
    database.execute(&format!("begin; {BEGIN}; {everything}; commit"));
    assert_eq!(structure(&database), before);
    let left = database.query("select count(*) from load_filling");
    assert_eq!(left, [["0"]]);
}

#[test]
fn nothing_but_empty_master_tables_can_be_filled() {
    let database = TestDatabase::migrated();
    for other in [
        "array['load_job']",
        "array['issue', 'load_reject']",
        "array['pg_class']",
        "array[]::text[]",
        "null",
    ] {
        let code = refusal(&database, &format!("select begin_filling({other})"));
        assert_eq!(code, SqlState::INVALID_PARAMETER_VALUE, "{other}");
    }
    let before = structure(&database);
    database.execute(
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('037833', 1, 1)",
    );
    assert_eq!(database.query(BEGIN), [["f"]]);
    assert_eq!(structure(&database), before);
    assert_eq!(database.query("select count(*) from issuer"), [["1"]]);
}

#[test]
fn rows_that_a_transaction_cannot_see_are_not_removed() {
    let database = TestDatabase::migrated();
    for level in ["repeatable read", "serializable"] {
        let statements = format!("begin isolation level {level}; {BEGIN}");
        let code = refusal(&database, &statements);
        assert_eq!(code, SqlState::INVALID_TRANSACTION_STATE, "{level}");
    }
}

#[test]
fn nobody_but_the_owner_s_functions_says_what_is_made_again() {
    let database = TestDatabase::migrated();
    let role = format!("loader_{}", database.name());
    database.execute(&format!(
        "create role {role}; grant all on all tables in schema public to {role};
         grant execute on function begin_filling(text[]), restore_filled(text, text) to {role}"
    ));
    for statement in [
        "insert into load_filling (table_name, what, restore) values ('issue', 'key', 'create table mine ()')",
        "update load_filling set restore = 'create table mine ()'",
        "delete from load_filling",
        "truncate load_filling",
    ] {
        let code = refusal(&database, &format!("set role {role}; {statement}"));
        assert_eq!(code, SqlState::INSUFFICIENT_PRIVILEGE, "{statement}");
    }
    let filled = format!(
        "set role {role}; begin; {BEGIN};
         select count(restore_filled(filled, wanted))
         from (values ('issuer', 'key'), ('issue', 'key'), ('issuer', 'foreign key'), ('issue', 'foreign key'),
             ('issuer', 'index'), ('issue', 'index')) as needed (filled, wanted);
         commit"
    );
    assert_eq!(database.query(&filled), [["t"], ["6"]]);
}

#[test]
fn tables_with_something_on_them_that_would_not_come_back_are_not_filled() {
    for special in [
        "alter index issuer_pkey set (fillfactor = 70)",
        "alter index issue_search_idx alter column 1 set statistics 10",
        "alter table issue disable trigger all",
        "alter table issue drop constraint issue_issuer_fkey",
        "alter table issue drop constraint issue_issuer_fkey;
             alter table issue add foreign key (issuer_num) references issuer not valid",
        "alter table issuer drop constraint issuer_pkey cascade;
             alter table issuer add primary key (issuer_num, issuer_name_1)",
    ] {
        let database = TestDatabase::migrated();
        database.execute(special);
        assert_eq!(database.query(BEGIN), [["f"]], "{special}");
    }
    let database = TestDatabase::migrated();
    database.execute("alter index issuer_search_idx set (fastupdate = off)");
    let begun = database.query(&format!("begin; {BEGIN}; rollback"));
    assert_eq!(begun, [["t"]]);
}

#[test]
fn functions_with_the_owner_s_rights_take_no_name_from_another_schema() {
    let database = TestDatabase::migrated();
    let found = database.query(
        "create temporary table issue (own int);
         create temporary table load_filling (table_name text, what text, restore text);
         create schema mine; create table mine.issue (own int); set search_path = mine, public;
         begin; select public.begin_filling(array['issue', 'issue_attribute']);
         select count(*) > 0 from public.load_filling; rollback",
    );
    assert_eq!(found, [["t"], ["t"]]);
    let path = database.query(
        "select count(*), count(*) filter (where proconfig = array['search_path=public, pg_temp'])
         from pg_proc where (prosecdef or proname = 'refuse_others_filling') and pronamespace = 'public'::regnamespace",
    );
    assert_eq!(path, [["5", "5"]]);
}
