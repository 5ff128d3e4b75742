//! What DBAs define on a server: the doctor says whether a load would work, and a load agrees.

use cusip_pif::FileKind;
use cusip_test_support::{
    DayFolder, TestDatabase, arguments_as, assert_strategy, cusip, cusip_on, day, master_rows,
    write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

use super::{assert_as_load, assert_says, delivered, doctor_on, of_day};

const TRIAL: (&str, &str) = ("database", "trial load");
const EVENT: &str = "create function refuse() returns event_trigger language plpgsql
     as $$ begin raise exception 'no changes of objects'; end $$;";

/// Writes a day that is big enough for a bulk load.
fn delivered_many() -> TempDir {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2_000, 9);
    folder
}

#[test]
fn event_trigger_on_drops_changes_only_how_a_day_is_loaded() {
    let (database, folder) = (TestDatabase::migrated(), delivered_many());
    database.execute(&format!(
        "{EVENT} create event trigger refuse on sql_drop execute function refuse()"
    ));
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 0, &load);
    assert_says(&run, TRIAL, "ok", &["rolled back"]);
    assert_strategy(&database, FileKind::Issue, "copy");
    assert_eq!(master_rows(&database), [2_000, 18_000, 18_000]);
}

#[test]
fn event_trigger_on_new_tables_fails_the_trial_like_a_load() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    database.execute(&format!(
        "{EVENT} create event trigger refuse on ddl_command_end execute function refuse()"
    ));
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 1, &load);
    assert_says(&run, TRIAL, "failed", &["no changes of objects"]);
    assert!(load.stderr.contains("no changes of objects"), "{load:?}");
}

#[test]
fn trigger_that_keeps_rows_out_fails_the_trial_like_a_load() {
    for kind in FileKind::ALL {
        let (database, folder) = (TestDatabase::migrated(), delivered());
        let table = cusip_postgres::table_of(kind);
        database.execute(&format!(
            "create function keep_out() returns trigger language plpgsql
                 as $$ begin return null; end $$;
             create trigger guard before insert or update on {table}
                 for each row execute function keep_out()"
        ));
        let options = of_day(folder.path(), &[]);
        let run = doctor_on(&database, &options);
        let load = cusip_on(&database, [&["load"], &options[..]].concat());
        assert_as_load(&run, 1, &load);
        let says = [
            &*format!("0 rows were written to {table} "),
            "disable the trigger guard",
        ];
        assert_says(&run, TRIAL, "failed", &says);
        assert!(load.stderr.contains(says[1]), "{load:?}");
        assert_eq!(master_rows(&database), [0, 0, 0]);
    }
}

#[test]
fn bulk_load_names_the_trigger_that_keeps_rows_out() {
    let (database, folder) = (TestDatabase::migrated(), delivered_many());
    database.execute(
        "create function keep_out() returns trigger language plpgsql as $$ begin
             if new.issue_num = '10' then return null; end if; return new; end $$;
         create trigger guard before insert on issue for each row execute function keep_out()",
    );
    let load = cusip_on(
        &database,
        [&["load"], &of_day(folder.path(), &[])[..]].concat(),
    );
    let says = ["written to issue ", "instead of 18000", "the trigger guard"];
    load.assert_fails(1, &says);
    assert_eq!(master_rows(&database), [0, 0, 0]);
}

#[test]
fn constraint_that_only_made_up_records_break_is_a_warning() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    database.execute("alter table issuer add constraint real check (issuer_num !~ '[*@#]')");
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 0, &load);
    assert_says(&run, TRIAL, "warning", &["constraint \"real\""]);
}

#[test]
fn server_without_statistics_loads_and_counts() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let name = database.name();
    database.execute(&format!("alter database {name} set track_counts = off"));
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 0, &load);
    assert_says(&run, TRIAL, "ok", &[]);
    assert!(load.stdout.contains("10 inserted"), "{load:?}");
}

#[test]
fn renamed_schema_is_loaded_in_bulk_and_merged() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(2_000, 9));
    let owner = format!("owner_{}", database.name());
    let name = database.name();
    database.execute(&format!(
        "create role {owner} login; alter schema public rename to \"Market data\";
         alter schema \"Market data\" owner to {owner};
         set search_path to \"Market data\";
         do $$ declare object regclass; begin
             for object in select oid from pg_class
                 where relnamespace = '\"Market data\"'::regnamespace and relkind in ('r', 'v')
             loop execute format('alter table %s owner to {owner}', object); end loop;
         end $$"
    ));
    let with = |command: &str, changes: &[&str]| {
        let arguments = [&[command], &folder.arguments()[..], changes].concat();
        cusip(arguments_as(&database, &owner, &arguments))
    };
    let hidden = with("load", &[]);
    assert_eq!(hidden.code, 5, "{hidden:?}");
    database.execute(&format!(
        "alter database {name} set search_path to \"Market data\""
    ));
    with("load", &[]).assert_done();
    assert_strategy(&database, FileKind::Issue, "fill");
    database.execute("delete from issue_attribute; delete from issue where issuer_num > 'A'");
    with("load", &[]).assert_done();
    assert_eq!(master_rows(&database), [2_000, 18_000, 18_000]);
    let day = ["doctor", "--date", "2024-01-15", "--file-dir"];
    let path = folder.folder().to_str().unwrap();
    let arguments = [&day[..], &[path]].concat();
    cusip(arguments_as(&database, &owner, &arguments)).assert_done();
}
