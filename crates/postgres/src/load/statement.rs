//! The SQL of a load, made from the layouts.

use std::fmt::Write as _;

use cusip_pif::{CodeList, FieldType, FileKind, Layout};

use super::orphan::OrphanLines;

/// The staging columns after the layout's own: where the record stood in its file.
const PLACE_COLUMNS: &str = "line_number, byte_offset";

pub(super) fn staging(kind: FileKind) -> String {
    format!("pg_temp.staging_{}", kind.layout().table)
}

/// Makes a staging table with the master table's column types and no constraint.
pub(super) fn create_staging(kind: FileKind) -> String {
    let table = kind.layout().table;
    format!(
        "create temporary table staging_{table} on commit drop as
         select {}, 0::bigint as line_number, 0::bigint as byte_offset from {table} with no data",
        columns(kind.layout(), "")
    )
}

pub(super) fn drop_staging(kind: FileKind) -> String {
    format!("drop table {}", staging(kind))
}

pub(super) fn copy(kind: FileKind) -> String {
    let columns = columns(kind.layout(), "");
    format!(
        "copy {} ({columns}, {PLACE_COLUMNS}) from stdin",
        staging(kind)
    )
}

/// Reads the master table's rows in the order of their keys.
pub(super) fn copy_master(kind: FileKind) -> String {
    let layout = kind.layout();
    format!(
        "copy (select {} from {} order by {}) to stdout",
        columns(layout, ""),
        layout.table,
        key(kind, "")
    )
}

/// Asks how many bytes the master table's rows take up.
pub(super) fn master_bytes(kind: FileKind) -> String {
    format!("select pg_relation_size('{}')", kind.layout().table)
}

pub(super) fn is_empty(kind: FileKind) -> String {
    format!("select not exists (select from {})", kind.layout().table)
}

/// Copies rows with their jobs into a master table that is truncated in the same transaction.
pub(super) fn fill(kind: FileKind) -> String {
    format!(
        "copy {} ({}, first_job_id, last_job_id) from stdin with (format binary, freeze)",
        kind.layout().table,
        columns(kind.layout(), "")
    )
}

pub(super) fn analyze_staging(kind: FileKind) -> String {
    format!("analyze {} ({})", staging(kind), key(kind, ""))
}

/// Deletes each staged record whose key comes again on a later line.
pub(super) fn delete_superseded(kind: FileKind) -> String {
    let (staging, key) = (staging(kind), key(kind, ""));
    format!(
        "delete from {staging} as earlier
         using (select {key}, max(line_number) as last_line from {staging}
                group by {key} having count(*) > 1) as repeated
         where {} and earlier.line_number < repeated.last_line",
        keys_equal(kind, "earlier", "repeated")
    )
}

/// Deletes each staged record whose parent is neither in the database nor staged, and returns line
/// number, byte offset, the parent's key and perhaps the record, in file order.
pub(super) fn delete_orphans(
    kind: FileKind,
    parent: FileKind,
    parent_is_staged: bool,
    lines: OrphanLines,
) -> String {
    let not_in = |table: &str| {
        let same = keys_equal(parent, "parent", "orphan");
        format!("not exists (select from {table} as parent where {same})")
    };
    let mut missing = not_in(parent.layout().table);
    if parent_is_staged {
        missing = format!("{missing} and {}", not_in(&staging(parent)));
    }
    let parent_key = (parent.layout().key())
        .map(|field| format!("orphan.{}", field.name))
        .collect::<Vec<_>>()
        .join(" || ' ' || ");
    let line = match lines {
        OrphanLines::Omitted => "null::text".to_owned(),
        OrphanLines::Rebuilt => rebuilt_line(kind.layout()),
    };
    format!(
        "with removed as (
             delete from {} as orphan where {missing}
             returning line_number, byte_offset, {parent_key} as parent_key, {line} as line)
         select line_number, byte_offset, parent_key, line from removed order by byte_offset",
        staging(kind)
    )
}

/// Puts a staged record together as a line of its file.
fn rebuilt_line(layout: &Layout) -> String {
    let values = layout.fields.iter().map(|field| match field.field_type {
        FieldType::Date => format!("coalesce(to_char(orphan.{}, 'YYYY-MM-DD'), '')", field.name),
        _ => format!("coalesce(orphan.{}::text, '')", field.name),
    });
    values.collect::<Vec<_>>().join(" || '|' || ")
}

pub(super) fn count_staged(kind: FileKind) -> String {
    format!("select count(*) from {}", staging(kind))
}

/// Brings the staged records into the master table. Rows that do not differ are not touched.
///
/// The parameter is the job.
pub(super) fn merge(kind: FileKind) -> String {
    let layout = kind.layout();
    let values: Vec<_> = layout
        .fields
        .iter()
        .filter(|field| !field.is_key())
        .collect();
    // Numbers that are equal may differ in their trailing zeros, and every digit that came is kept.
    let compared = |prefix: &str| {
        let named = values.iter().map(|field| match field.field_type {
            FieldType::Decimal { .. } => {
                format!("{prefix}{name}, scale({prefix}{name})", name = field.name)
            }
            _ => format!("{prefix}{}", field.name),
        });
        named.collect::<Vec<_>>().join(", ")
    };
    let mut set = String::new();
    for field in &values {
        write!(set, "{name} = staged.{name}, ", name = field.name)
            .expect("a String takes every write");
    }
    format!(
        "merge into {table} as master using {staging} as staged on {same_key}
         when matched and ({master}) is distinct from ({staged})
             then update set {set}last_job_id = $1
         when not matched
             then insert ({columns}, first_job_id, last_job_id) values ({staged_columns}, $1, $1)",
        table = layout.table,
        staging = staging(kind),
        same_key = keys_equal(kind, "master", "staged"),
        master = compared("master."),
        staged = compared("staged."),
        columns = columns(layout, ""),
        staged_columns = columns(layout, "staged."),
    )
}

/// Enters the codes of a column of the source that the reference table lacks, and returns them.
///
/// The parameter is the description.
pub(super) fn register_codes(source: &str, list: &CodeList) -> String {
    format!(
        "insert into {table} (code, description)
         select distinct {column}, $1 from {source} where {column} is not null
         on conflict (code) do nothing returning code",
        table = list.table,
        column = list.name,
    )
}

/// Asks how many rows the transaction has inserted into and updated in the master table so far.
pub(super) fn written_rows(kind: FileKind) -> String {
    let table = kind.layout().table;
    format!(
        "select pg_stat_get_xact_tuples_inserted('{table}'::regclass),
                pg_stat_get_xact_tuples_updated('{table}'::regclass),
                (select reltuples::bigint from pg_class where oid = '{table}'::regclass)"
    )
}

fn columns(layout: &Layout, prefix: &str) -> String {
    let named = layout
        .fields
        .iter()
        .map(|field| format!("{prefix}{}", field.name));
    named.collect::<Vec<_>>().join(", ")
}

fn key(kind: FileKind, prefix: &str) -> String {
    let named = kind
        .layout()
        .key()
        .map(|field| format!("{prefix}{}", field.name));
    named.collect::<Vec<_>>().join(", ")
}

fn keys_equal(kind: FileKind, left: &str, right: &str) -> String {
    let same = kind
        .layout()
        .key()
        .map(|field| format!("{left}.{name} = {right}.{name}", name = field.name));
    same.collect::<Vec<_>>().join(" and ")
}
