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
    for other in ["'load_job'", "'issue', 'load_reject'", "'pg_class'", ""] {
        let statement = format!("select begin_filling(array[{other}]::text[])");
        let code = refusal(&database, &statement);
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
         from pg_proc where prosecdef and pronamespace = 'public'::regnamespace",
    );
    assert_eq!(path, [["4", "4"]]);
}
