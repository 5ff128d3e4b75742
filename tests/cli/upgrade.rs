//! The recipe of docs/upgrade.md moves a database of the earlier service.

use std::path::Path;

use cusip_pif::{FileKind, PifFileName};
use cusip_test_support::{
    TestDatabase, TwoDays, arguments_as, assert_consistent, content_digests, cusip, cusip_on, day,
    load_as_earlier_service, make_earlier_service, master_rows,
};

use crate::roles::{role_statements, roles_of};

const UPGRADE: &str = include_str!("../../docs/upgrade.md");

/// The SQL blocks of the recipe, in order.
struct Recipe {
    set_aside: String,
    copy_rows: String,
    drop_old: String,
}

impl Recipe {
    fn read() -> Self {
        let blocks: Vec<_> = (UPGRADE.split("```sql\n").skip(1))
            .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
            .collect();
        let [set_aside, copy_rows, drop_old] =
            <[String; 3]>::try_from(blocks).expect("docs/upgrade.md has three blocks of SQL");
        Self {
            set_aside,
            copy_rows,
            drop_old,
        }
    }
}

/// A database that the earlier service made and loaded, owned by a role that is no superuser.
struct Earlier {
    database: TestDatabase,
    owner: String,
}

impl Earlier {
    fn loaded_from(folder: &Path) -> Self {
        let database = TestDatabase::empty();
        let name = database.name();
        let owner = format!("owner_{name}");
        database.execute(&format!(
            "create role {owner} login createrole; alter database {name} owner to {owner};
             alter database {name} set role = {owner}"
        ));
        make_earlier_service(&database);
        for kind in FileKind::ALL {
            let file = folder.join(PifFileName::new(day(), kind).to_string());
            load_as_earlier_service(&database, kind, &file);
        }
        Self { database, owner }
    }

    /// Follows the recipe up to the point where the new tables exist.
    fn set_aside_and_migrate(&self, recipe: &Recipe) {
        self.database.execute(&recipe.set_aside);
        cusip(arguments_as(&self.database, &self.owner, &["migrate"])).assert_done();
        self.database.execute(&role_statements(&self.database));
    }

    /// Loads the second day, follows the rest of the recipe, and checks what readers see.
    fn load_next_day_and_drop_old(&self, recipe: &Recipe, days: &TwoDays) {
        let database = &self.database;
        cusip_on(database, days.load_second()).assert_done();
        database.execute(&recipe.drop_old);
        let [_, reader, _] = roles_of(database).map(|(_, role)| role);
        let securities = master_rows(database)[1].to_string();
        let seen = database.query(&format!(
            "set role {reader}; select count(*) from v_security;
             select count(*) > 0 from v_issuer where issuer_type_desc is not null;
             select count(*) >= 0 from search_securities('bank')"
        ));
        assert_eq!(seen, [[securities.as_str()], ["t"], ["t"]]);
        let left = "select proname from pg_proc where proname like 'update\\_%' and pronamespace = 'public'::regnamespace
            union all select nspname from pg_namespace where nspname = 'earlier'";
        assert!(database.query(left).is_empty());
    }
}

#[test]
fn copied_rows_can_be_read_and_the_next_day_loads() {
    let days = TwoDays::write();
    let earlier = Earlier::loaded_from(days.first_folder());
    let database = &earlier.database;
    let rows = master_rows(database);
    let content = content_digests(database);
    let recipe = Recipe::read();

    earlier.set_aside_and_migrate(&recipe);
    assert_eq!(master_rows(database), [0, 0, 0]);
    database.execute(&recipe.copy_rows);
    assert_eq!(master_rows(database), rows);
    assert_eq!(content_digests(database), content);
    let jobs = cusip_on(database, ["jobs"]);
    jobs.assert_done();
    assert!(jobs.stdout.contains("succeeded"), "{jobs:?}");

    earlier.load_next_day_and_drop_old(&recipe, &days);
    assert_eq!(master_rows(database), rows);
}

#[test]
fn latest_full_files_fill_the_new_tables_instead() {
    let days = TwoDays::write();
    let earlier = Earlier::loaded_from(days.first_folder());
    let database = &earlier.database;
    let rows = master_rows(database);
    let recipe = Recipe::read();

    earlier.set_aside_and_migrate(&recipe);
    days.load_first(database);
    assert_eq!(master_rows(database), rows);
    earlier.load_next_day_and_drop_old(&recipe, &days);
    assert_consistent(database);
}

#[test]
fn migration_beside_the_old_tables_fails_and_changes_nothing() {
    let days = TwoDays::write();
    let earlier = Earlier::loaded_from(days.first_folder());
    let rows = master_rows(&earlier.database);
    let run = cusip(arguments_as(
        &earlier.database,
        &earlier.owner,
        &["migrate"],
    ));
    run.assert_fails(1, &["already exists"]);
    assert_eq!(master_rows(&earlier.database), rows);
}
