//! A database that the earlier service created and loaded.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cusip_pif::{CodeList, FieldType, FileKind};

use crate::database::TestDatabase;

const ALL_BUT_TABLES: &str = include_str!("earlier_service.sql");

/// Creates the tables of the earlier service in an empty database, with a part of what was on them.
pub fn make_earlier_service(database: &TestDatabase) {
    let mut statements = String::new();
    for list in CodeList::ALL {
        let table = cusip_postgres::reference_table_of(list);
        write_in(
            &mut statements,
            format_args!(
                "create table {table} (code varchar(10) primary key, description varchar(200));"
            ),
        );
        for code in list.codes {
            let (code, description) = (code.code, code.description.replace('\'', "''"));
            write_in(
                &mut statements,
                format_args!("insert into {table} values ('{code}', '{description}');"),
            );
        }
    }
    for kind in FileKind::ALL {
        statements.push_str(&tables(kind));
    }
    database.execute(&statements);
    database.execute(ALL_BUT_TABLES);
}

/// Loads a file like the earlier service: copies it into a staging table, then upserts each row.
///
/// # Panics
///
/// If the file does not exist or the server refuses it.
pub fn load_as_earlier_service(database: &TestDatabase, kind: FileKind, file: &Path) {
    let content = fs::read_to_string(file).expect("the file is there");
    let records: String = (content.lines())
        .filter(|line| !line.is_empty() && !line.starts_with("999999") && *line != "\u{1a}")
        .flat_map(|line| [line, "\n"])
        .collect();
    let layout = kind.layout();
    let columns: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
    let updates: Vec<_> = (layout.fields.iter().filter(|field| !field.is_key()))
        .map(|field| format!("{name} = excluded.{name}", name = field.name))
        .collect();
    let (table, columns, updates) = (
        cusip_postgres::table_of(layout.kind),
        columns.join(", "),
        updates.join(", "),
    );
    database.execute(&format!("truncate stg_{table}"));
    database.copy_in(
        &format!(
            "copy stg_{table} from stdin with (format csv, delimiter '|', null '', quote E'\\x01')"
        ),
        &records,
    );
    database.execute(&format!(
        "insert into {table} ({columns}) select {columns} from stg_{table}
         on conflict ({}) do update set {updates}",
        key(kind)
    ));
}

fn tables(kind: FileKind) -> String {
    let layout = kind.layout();
    let columns: Vec<_> = (layout.fields.iter())
        .map(|field| {
            let typed = match field.field_type {
                FieldType::IssuerNum => "varchar(6)".to_owned(),
                FieldType::IssueNum => "varchar(2)".to_owned(),
                FieldType::Text { max } | FieldType::Code { max, .. } => format!("varchar({max})"),
                FieldType::Date => "date".to_owned(),
                FieldType::Integer => "integer".to_owned(),
                _ if field.name == "rate" => "decimal(6,3)".to_owned(),
                _ => "decimal(5,1)".to_owned(),
            };
            format!("{} {typed}", field.name)
        })
        .collect();
    let references: String = (layout.fields.iter())
        .filter_map(|field| Some((field.name, field.code_list()?)))
        .map(|(column, list)| (column, cusip_postgres::reference_table_of(list)))
        .map(|(column, table)| format!(", foreign key ({column}) references {table}"))
        .collect();
    let parent = match kind {
        FileKind::Issuer => "",
        FileKind::Issue => ", foreign key (issuer_num) references issuer",
        FileKind::IssueAttribute => ", foreign key (issuer_num, issue_num) references issue",
    };
    let table = cusip_postgres::table_of(layout.kind);
    format!(
        "create table stg_{table} ({});
         create table {table} (like stg_{table}, search_vector tsvector, primary key ({}){parent}{references});",
        columns.join(", "),
        key(kind)
    )
}

fn key(kind: FileKind) -> String {
    let key: Vec<_> = kind.layout().key().map(|field| field.name).collect();
    key.join(", ")
}

fn write_in(statements: &mut String, statement: std::fmt::Arguments<'_>) {
    statements
        .write_fmt(statement)
        .expect("a String takes every write");
}
