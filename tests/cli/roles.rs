//! Roles: the grants in `migrations/roles.sql` are enough for loaders and readers.

use cusip_pif::FileKind;
use cusip_test_support::{
    DayFolder, TestDatabase, arguments_as, assert_consistent, assert_strategy, cusip, day,
    load_document, master_rows, table_definitions, write_file,
};
use tempfile::tempdir;

/// Enough for a bulk load into empty tables.
const ISSUERS: u32 = 2_000;
const ROLES: &str = include_str!("../../migrations/roles.sql");

/// Returns roles for one test: all databases of a server, and so all tests, share its roles.
pub(crate) fn roles_of(database: &TestDatabase) -> [(&'static str, String); 3] {
    ["cusip_app", "web_anon", "authenticator"]
        .map(|role| (role, format!("{role}_{}", database.name())))
}

/// Returns the statements of `migrations/roles.sql` for the roles of the test.
pub(crate) fn role_statements(database: &TestDatabase) -> String {
    (roles_of(database).iter()).fold(ROLES.to_owned(), |statements, (role, of_test)| {
        statements.replace(role, of_test)
    })
}

#[test]
fn documented_grants_are_enough_for_loader_and_readers() {
    let database = TestDatabase::empty();
    let name = database.name();
    let owner = format!("owner_{name}");
    // The strictest server: by default, no role may do anything.
    database.execute(&format!(
        "create role {owner} login createrole; alter database {name} owner to {owner};
         alter schema public owner to {owner}; revoke all on database {name} from public;
         revoke all on schema public from public"
    ));
    cusip(arguments_as(&database, &owner, &["migrate"])).assert_done();
    let statements = role_statements(&database);
    let [app, reader, authenticator] = roles_of(&database).map(|(_, role)| role);
    for _ in 0..2 {
        database.execute(&format!(
            "grant connect on database {name} to {owner}; set role {owner}; {statements}"
        ));
    }
    database.execute(&format!("grant connect on database {name} to {app}"));

    let before = table_definitions(&database);
    let folder = tempdir().unwrap();
    cusip_test_support::write_synthetic_day(folder.path(), day(), ISSUERS, 9);
    let folder = folder.path().to_str().unwrap();
    let day = day().to_string();
    let of_day = ["--date", &day, "--file-dir", folder];
    let with = |command: &[&str]| cusip(arguments_as(&database, &app, command));
    let doctor = with(&[&["doctor", "--output", "json"], &of_day[..]].concat());
    doctor.assert_done();
    let checks = doctor.document()["checks"].clone();
    let troubles: Vec<_> = (checks.as_array().unwrap().iter())
        .filter(|check| check["check"] == "privileges" && check["status"] != "ok")
        .collect();
    assert!(troubles.is_empty(), "{troubles:#?}");
    with(&[&["load"], &of_day[..]].concat()).assert_done();
    for kind in FileKind::ALL {
        assert_strategy(&database, kind, "copy");
    }
    assert_eq!(table_definitions(&database), before);
    with(&[&["load", "--force"], &of_day[..]].concat()).assert_done();
    with(&["jobs"]).assert_done();
    with(&["search", "bank"]).assert_done();
    assert_eq!(master_rows(&database), [2_000, 18_000, 18_000]);
    assert_consistent(&database);

    let refused = |role: &str, statement: &str| {
        database.query(&format!(
            "create temporary table told (refused boolean) on commit preserve rows;
             grant insert on told to public;
             do $$ begin set local role {role}; {statement};
                 insert into told values (false);
                 exception when insufficient_privilege then insert into told values (true); end $$;
             select refused from told"
        )) == [["t"]]
    };
    for statement in [
        "delete from issue",
        "truncate issue_attribute",
        "delete from load_file",
        "drop table issuer",
        "update ref_sale_type set description = null",
        "create table public.own ()",
        "perform from issue_history",
        "insert into issue_history select *, 2 from issue",
        "update issuer_history set until_job_id = 9",
        "delete from issue_attribute_history",
        "truncate issue_history",
    ] {
        assert!(refused(&app, statement), "{statement} by the loader");
    }
    for statement in [
        "perform from issuer",
        "perform from load_job",
        "perform from issue_history",
        "create temporary table own ()",
        "update v_issuer set issuer_status = 'D'",
        "insert into ref_sale_type values ('X', '')",
    ] {
        assert!(refused(&reader, statement), "{statement} by a reader");
    }
    assert!(refused(&authenticator, "perform from public.v_security"));
    let read = format!(
        "set role {authenticator}; set role {reader};
         select count(*) from v_security; select count(*) > 0 from ref_sale_type;
         select count(*) >= 0 from search_securities('bank');
         select count(*) from v_security_as_of('job:2'); select job_id from resolve_as_of('{day}');
         select count(*) from changes(1, 2); select count(*) from security_history('037833100')"
    );
    let read = database.query(&read);
    assert_eq!(
        read,
        [["18000"], ["t"], ["t"], ["18000"], ["2"], ["0"], ["0"]]
    );
}

/// Hosted PostgreSQL often grants everything that is created later to the roles of its web API.
#[test]
fn default_privileges_give_readers_nothing_more_than_the_views() {
    let database = TestDatabase::empty();
    let name = database.name();
    let (owner, guest) = (format!("owner_{name}"), format!("guest_{name}"));
    let [app, reader, authenticator] = roles_of(&database).map(|(_, role)| role);
    database.execute(&format!(
        "create role {owner} login; create role {guest}; create role {app} login;
         create role {reader}; create role {authenticator} noinherit login;
         grant {reader} to {authenticator};
         alter database {name} owner to {owner}; alter schema public owner to {owner};
         alter default privileges for role {owner} grant all on tables to {reader}, {guest}, {app};
         alter default privileges for role {owner} grant all on sequences to {reader}, public"
    ));
    let granted = || {
        database.query(&format!(
            "select distinct relname, grantee::regrole, privilege_type
             from pg_class cross join aclexplode(relacl)
             where relnamespace = 'public'::regnamespace and grantee <> relowner
                 and (relname, grantee, privilege_type) <> ('search_abbreviation', 0::oid, 'SELECT')
                 and (grantee = 0 or relname !~ '^(v|ref)_|_version$' or grantee <> '{reader}'::regrole
                     or privilege_type <> 'SELECT')
                 and grantee <> '{app}'::regrole order by 1, 2, 3"
        ))
    };
    cusip(arguments_as(&database, &owner, &["migrate"])).assert_done();
    assert!(granted().is_empty(), "{:?}", granted());

    // A restored backup gets default privileges, too.
    database.execute(&format!(
        "grant all on all tables in schema public to {reader}, {app};
         grant select on load_reject, load_job to {guest}; grant select on issuer to {guest}"
    ));
    let doctor = cusip(arguments_as(
        &database,
        &app,
        &["doctor", "--output", "json"],
    ));
    for (role, says) in [
        (&reader, "truncate"),
        (&reader, "revoke temporary on database"),
        (&guest, "revoke select on load_job, load_reject from"),
    ] {
        let checks = doctor.document()["checks"].clone();
        let warned = checks.as_array().unwrap().iter().any(|check| {
            let text = check.to_string();
            check["status"] == "warning" && text.contains(role) && text.contains(says)
        });
        assert!(warned, "{role}: {says} in {checks:#}");
    }
    let statements = role_statements(&database);
    database.execute(&format!("set role {owner}; {statements}"));
    let deliberate = [["issuer", guest.as_str(), "SELECT"]];
    assert_eq!(granted(), deliberate);
    let rights = database.query(&format!(
        "select has_table_privilege('{app}', 'load_reject', 'delete'),
             has_table_privilege('{app}', 'issuer', 'delete'),
             has_database_privilege('{app}', '{name}', 'temporary'),
             has_database_privilege('{reader}', '{name}', 'temporary')"
    ));
    assert_eq!(rights, [["t", "f", "t", "f"]]);
    let doctor = cusip(arguments_as(
        &database,
        &app,
        &["doctor", "--output", "json"],
    ));
    assert!(
        !doctor.stdout.contains("neither loads nor readers"),
        "{doctor:?}"
    );
}

#[test]
fn owner_without_createrole_grants_to_existing_roles() {
    let database = TestDatabase::empty();
    let name = database.name();
    let owner = format!("owner_{name}");
    let [app, reader, authenticator] = roles_of(&database).map(|(_, role)| role);
    database.execute(&format!(
        "create role {owner} login; alter database {name} owner to {owner};
         alter schema public owner to {owner};
         create role {app} login; create role {reader}; create role {authenticator} noinherit login;
         grant {reader} to {authenticator}"
    ));
    cusip(arguments_as(&database, &owner, &["migrate"])).assert_done();
    let statements = role_statements(&database);
    database.execute(&format!("set role {owner}; {statements}"));
    let rights = format!(
        "select has_table_privilege('{app}', 'issuer', 'insert'),
             has_table_privilege('{reader}', 'v_issuer', 'select'),
             pg_has_role('{authenticator}', '{reader}', 'member')"
    );
    assert_eq!(database.query(&rights), [["t", "t", "t"]]);
}

#[test]
fn owner_who_is_no_superuser_bulk_loads_empty_tables() {
    let database = TestDatabase::empty();
    let name = database.name();
    let owner = format!("owner_{name}");
    database.execute(&format!(
        "create role {owner} login; alter database {name} owner to {owner}"
    ));
    cusip(arguments_as(&database, &owner, &["migrate"])).assert_done();
    let before = table_definitions(&database);
    let folder = DayFolder::write(ISSUERS, 9);
    let load = [&["load"], &folder.arguments()[..]].concat();
    cusip(arguments_as(&database, &owner, &load)).assert_done();
    for kind in FileKind::ALL {
        assert_strategy(&database, kind, "fill");
    }
    assert_eq!(table_definitions(&database), before);
    assert_eq!(master_rows(&database), [2_000, 18_000, 18_000]);
}

#[test]
fn role_that_can_only_read_the_views_can_show_and_search() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[issuer]),
        write_file(
            folder.path(),
            day(),
            FileKind::Issue,
            &["037833|10|0|COM||||||A||||||A|"],
        ),
    ];
    load_document(&database, &files).0.assert_done();
    let reader = format!("reader_of_{}", database.name());
    database.execute(&format!(
        "create role {reader} login;
         grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary to {reader}"
    ));
    for command in [["show", "037833100"], ["search", "apple"]] {
        // A second --user would be refused, so the reader replaces our user.
        let mut arguments = database.arguments();
        *arguments.last_mut().unwrap() = reader.clone();
        let run = cusip(command.map(str::to_owned).into_iter().chain(arguments));
        run.assert_done();
        assert!(run.stdout.contains("037833100"), "{run:?}");
    }
}
