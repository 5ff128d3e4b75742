//! Compares the reference tables of the migrations with the code lists of the parser crate.

use cusip_pif::{CodeList, FieldType, FileKind};
use cusip_test_support::TestDatabase;

#[test]
fn there_is_a_reference_table_for_each_code_list_and_no_other() {
    let database = TestDatabase::migrated();
    let found = database.query(
        r"select relname from pg_class
          where relname like 'ref\_%' and relkind = 'r' order by relname",
    );
    let mut expected: Vec<_> = CodeList::ALL
        .iter()
        .map(|list| cusip_postgres::reference_table_of(list))
        .collect();
    expected.sort_unstable();
    assert_eq!(found.concat(), expected);
}

#[test]
fn reference_tables_hold_the_documented_codes_and_nothing_more() {
    let database = TestDatabase::migrated();
    for list in CodeList::ALL {
        let found = database.query(&format!(
            "select code, description from {} order by code",
            cusip_postgres::reference_table_of(list)
        ));
        let mut expected: Vec<_> = list
            .codes
            .iter()
            .map(|code| [code.code, code.description])
            .collect();
        expected.sort_unstable();
        assert_eq!(
            found,
            expected,
            "{}",
            cusip_postgres::reference_table_of(list)
        );
    }
}

#[test]
fn reference_tables_take_every_code_that_a_file_can_bring() {
    let database = TestDatabase::migrated();
    let fields = FileKind::ALL.map(|kind| kind.layout().fields);
    for field in fields.into_iter().flatten() {
        let FieldType::Code { max, list } = field.field_type else {
            continue;
        };
        let found = database.query(&format!(
            "select format_type(atttypid, atttypmod), collname
             from pg_attribute join pg_collation on pg_collation.oid = attcollation
             where attrelid = '{}'::regclass and attname = 'code'",
            cusip_postgres::reference_table_of(list)
        ));
        let expected = format!("character varying({max})");
        assert_eq!(
            found,
            [[expected.as_str(), "C"]],
            "{}",
            cusip_postgres::reference_table_of(list)
        );
    }
}
