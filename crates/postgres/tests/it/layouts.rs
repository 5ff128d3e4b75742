//! Compares the master tables of the migrations with the layouts of the parser crate.

use cusip_pif::{Field, FieldType, FileKind};
use cusip_test_support::TestDatabase;

const JOB_COLUMNS: [&str; 2] = ["first_job_id", "last_job_id"];

struct Column {
    name: String,
    column_type: String,
    not_null: bool,
    collation: String,
}

fn columns(database: &TestDatabase, kind: FileKind) -> Vec<Column> {
    let rows = database.query(&format!(
        "select attname, format_type(atttypid, atttypmod), attnotnull, collname
         from pg_attribute left join pg_collation on pg_collation.oid = attcollation
         where attrelid = '{}'::regclass and attnum > 0 and not attisdropped
         order by attnum",
        cusip_postgres::table_of(kind)
    ));
    let column = |row: Vec<String>| {
        let [name, column_type, not_null, collation] = row.try_into().unwrap();
        Column {
            name,
            column_type,
            not_null: not_null == "t",
            collation,
        }
    };
    rows.into_iter().map(column).collect()
}

fn column_type(field: &Field) -> String {
    match field.field_type {
        FieldType::IssuerNum => "character varying(6)".to_owned(),
        FieldType::IssueNum => "character varying(2)".to_owned(),
        FieldType::Text { max } | FieldType::Code { max, .. } => {
            format!("character varying({max})")
        }
        FieldType::Date => "date".to_owned(),
        FieldType::Integer => "integer".to_owned(),
        FieldType::Decimal { .. } => "numeric".to_owned(),
        other => panic!("no column type is known for {other}"),
    }
}

#[test]
fn master_tables_have_the_layouts_columns_in_order_and_then_the_jobs() {
    let database = TestDatabase::migrated();
    for kind in FileKind::ALL {
        let layout = kind.layout();
        let columns = columns(&database, kind);
        let found: Vec<_> = columns
            .iter()
            .map(|column| (column.name.as_str(), column.column_type.clone()))
            .collect();
        let fields = layout.fields.iter();
        let expected: Vec<_> = fields
            .map(|field| (field.name, column_type(field)))
            .chain(JOB_COLUMNS.map(|name| (name, "bigint".to_owned())))
            .collect();
        assert_eq!(found, expected, "{}", cusip_postgres::table_of(layout.kind));
    }
}

#[test]
fn key_and_code_columns_compare_by_bytes() {
    let database = TestDatabase::migrated();
    for kind in FileKind::ALL {
        for (field, column) in kind.layout().fields.iter().zip(columns(&database, kind)) {
            if field.is_key() || field.code_list().is_some() {
                assert_eq!(column.collation, "C", "{kind} {}", column.name);
            }
        }
    }
}

#[test]
fn keys_and_jobs_alone_are_required() {
    let database = TestDatabase::migrated();
    for kind in FileKind::ALL {
        let columns = columns(&database, kind).into_iter();
        let required: Vec<_> = columns
            .filter_map(|column| column.not_null.then_some(column.name))
            .collect();
        let key = kind.layout().key().map(|field| field.name);
        let expected: Vec<_> = key.chain(JOB_COLUMNS).collect();
        assert_eq!(required, expected, "{kind}");
    }
}

#[test]
fn primary_keys_are_the_layouts_keys() {
    let database = TestDatabase::migrated();
    for kind in FileKind::ALL {
        let layout = kind.layout();
        let found = database.query(&format!(
            "select pg_get_constraintdef(oid) from pg_constraint
             where conrelid = '{}'::regclass and contype = 'p'",
            cusip_postgres::table_of(layout.kind)
        ));
        let key: Vec<_> = layout.key().map(|field| field.name).collect();
        let expected = format!("PRIMARY KEY ({})", key.join(", "));
        assert_eq!(found, [[expected]], "{kind}");
    }
}

#[test]
fn issues_refer_to_issuers_and_attributes_to_issues() {
    let database = TestDatabase::migrated();
    let found = database.query(
        "select conrelid::regclass, pg_get_constraintdef(oid) from pg_constraint
         where contype = 'f' and convalidated and not condeferrable
             and conrelid in ('issuer'::regclass, 'issue'::regclass, 'issue_attribute'::regclass)
         order by conrelid::regclass::text",
    );
    let expected = [
        [
            "issue",
            "FOREIGN KEY (issuer_num) REFERENCES issuer(issuer_num)",
        ],
        [
            "issue_attribute",
            "FOREIGN KEY (issuer_num, issue_num) REFERENCES issue(issuer_num, issue_num)",
        ],
    ];
    assert_eq!(found, expected);
}
