//! Missing privileges.

use cusip_test_support::{TestDatabase, cusip, master_rows};
use serde_json::json;

use super::{arguments_of, assert_as_load, assert_says, delivered, of_day};

#[test]
fn suggested_grants_are_enough_for_a_load() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let role = format!("bare_{}", database.name());
    let name = database.name();
    database.execute(&format!(
        "create role {role} login; revoke temporary on database {name} from public;
         revoke usage on schema public from public;
         revoke execute on all functions in schema public from public"
    ));
    let arguments = arguments_of(&database, &role);
    let options = of_day(folder.path(), &[]);
    let with = |command: &[&'static str]| {
        let given = command.iter().chain(&options).map(ToString::to_string);
        cusip(given.chain(arguments.clone()))
    };
    let hidden = with(&["doctor", "--output", "json"]);
    assert_as_load(&hidden, 5, &with(&["load"]));
    let usage = format!("grant usage on schema public to {role};");
    let says = ["schema public", &*usage];
    assert_says(&hidden, ("database", "schema"), "failed", &says);
    database.execute(&usage);

    let bare = with(&["doctor", "--output", "json"]);
    assert_eq!(bare.document()["ok"], false);
    let document = bare.document();
    let mut grants = Vec::new();
    for check in document["checks"].as_array().unwrap() {
        if check["check"] != "privileges" {
            continue;
        }
        let advice = check["advice"].as_str().unwrap();
        let (who, statement) = advice.split_once(": ").unwrap();
        assert!(who.ends_with(" or a superuser"), "{advice}");
        let is_for_loads = check["detail"].as_str().unwrap().starts_with("a load");
        grants.push((is_for_loads, check["status"].clone(), statement.to_owned()));
    }
    let expected = format!("grant select, insert, update on issuer to {role};");
    assert!(
        grants.contains(&(true, json!("failed"), expected)),
        "{grants:?}"
    );
    let (for_loads, for_others): (Vec<_>, Vec<_>) =
        grants.into_iter().partition(|(for_loads, ..)| *for_loads);
    assert!(for_others.iter().all(|(_, status, _)| status == "warning"));

    for (_, _, statement) in for_loads {
        database.execute(&statement);
    }
    let enough = with(&["doctor", "--output", "json"]);
    assert_as_load(&enough, 0, &with(&["load"]));
    assert_eq!(master_rows(&database), [2, 4, 4]);
    let warned = ("database", "privileges");
    assert_says(&enough, warned, "warning", &["look-ups need", "v_issuer"]);
    for (_, _, statement) in for_others {
        database.execute(&statement);
    }
    let all = with(&["doctor", "--output", "json"]);
    all.assert_done();
    assert_says(&all, warned, "ok", &[]);
    let search = ["search".to_owned(), "a".to_owned()];
    cusip(search.into_iter().chain(arguments.clone()))
        .assert_fails(1, &["no security has all words"]);
}

#[test]
fn missing_privilege_is_named_with_its_table_and_grant() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let role = format!("writer_{}", database.name());
    database.execute(&format!(
        "create role {role} login; grant all on all tables in schema public to {role};
         revoke insert on issue_attribute from {role}"
    ));
    let options = of_day(folder.path(), &[]);
    let with = |command: &[&'static str]| {
        let given = command.iter().chain(&options).map(ToString::to_string);
        cusip(given.chain(arguments_of(&database, &role)))
    };
    let run = with(&["doctor", "--output", "json"]);
    assert_as_load(&run, 1, &with(&["load"]));
    let grant = format!("grant insert on issue_attribute to {role};");
    let says = ["a load needs insert on issue_attribute", &*grant];
    assert_says(&run, ("database", "privileges"), "failed", &says);
}
