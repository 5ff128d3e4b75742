//! The SQL of a load, built from the layouts.

use std::fmt::Write as _;

use cusip_pif::{CodeList, Field, FieldType, FileKind, Layout};

use super::orphan::OrphanLines;
use crate::tables::{reference_table_of, table_of};

/// The staging columns after the layout's own: the record's position in its file.
const POSITION_COLUMNS: &str = "line_number, byte_offset";

pub(super) fn staging(kind: FileKind) -> String {
    format!("pg_temp.staging_{}", table_of(kind))
}

/// Creates a staging table with the master table's column types and no constraints.
pub(super) fn create_staging(kind: FileKind) -> String {
    let table = table_of(kind);
    format!(
        "create temporary table staging_{table} on commit drop as
         select {}, 0::bigint as line_number, 0::bigint as byte_offset from {table} with no data",
        columns(kind.layout(), "")
    )
}

pub(super) fn copy(kind: FileKind) -> String {
    let columns = columns(kind.layout(), "");
    format!(
        "copy {} ({columns}, {POSITION_COLUMNS}) from stdin",
        staging(kind)
    )
}

/// Reads the master table's rows in the order of their keys.
pub(super) fn copy_master(kind: FileKind) -> String {
    let layout = kind.layout();
    format!(
        "copy (select {} from {} order by {}) to stdout",
        columns(layout, ""),
        table_of(layout.kind),
        key(kind, "")
    )
}

/// Selects whether the master table is empty, and how many bytes its rows take up.
pub(super) fn master_size(kind: FileKind) -> String {
    let table = table_of(kind);
    format!("select not exists (select from {table}), pg_relation_size('{table}')")
}

pub(super) fn is_empty(kind: FileKind) -> String {
    format!("select not exists (select from {})", table_of(kind))
}

/// The keys, foreign keys and indexes of tables, and the statements that drop and build them.
///
/// The parameters name the tables that are written, and all master tables. Foreign keys
/// from and to other tables are left out: to drop those would lock the other tables.
///
/// `table_number` is the position of the last table that must have its rows first: usually the one
/// with the definition, but the parent for a foreign key of a table that stays empty. `properties`
/// are those that `build` may not restore. A comment that does not exist is formatted as NULL, which
/// removes a comment.
pub(super) const DEFINITIONS: &str = "
    with loaded (tables, masters) as (select $1::text[]::regclass[], $2::text[]::regclass[]),
    index_properties as (
        select indexrelid,
            concat_ws(' ', indisclustered, indisreplident, indisvalid, reltablespace, reloptions,
                (select array_agg(attstattarget order by attnum) from pg_attribute
                 where attrelid = indexrelid)) as properties
        from pg_index join pg_class on pg_class.oid = indexrelid)
    select array_position(tables,
            case when conrelid = any (tables) then conrelid else confrelid end::regclass) as table_number,
        contype::text,
        pg_get_constraintdef(con.oid) as definition,
        format('alter table %s drop constraint %I', conrelid::regclass, conname) as remove,
        format('alter table %1$s add constraint %2$I %3$s; comment on constraint %2$I on %1$s is %4$L',
            conrelid::regclass, conname, pg_get_constraintdef(con.oid),
            obj_description(con.oid, 'pg_constraint'))
        || case when contype <> 'f' then format('; comment on index %s is %L',
            conindid::regclass, obj_description(conindid, 'pg_class')) else '' end as build,
        concat_ws(' ', case when contype <> 'f' then properties end,
            (select string_agg(tgenabled::text, '' order by tgenabled) from pg_trigger
             where tgconstraint = con.oid)) as properties
    from loaded, pg_constraint as con left join index_properties on indexrelid = conindid
    where contype in ('p', 'u', 'x') and conrelid = any (tables)
        or contype = 'f' and conrelid = any (masters) and confrelid = any (masters)
            and (conrelid = any (tables) or confrelid = any (tables))
    union all
    select array_position(tables, indrelid::regclass), '', pg_get_indexdef(indexrelid),
        format('drop index %s', indexrelid::regclass),
        format('%s; comment on index %s is %L', pg_get_indexdef(indexrelid), indexrelid::regclass,
            obj_description(indexrelid, 'pg_class')),
        properties
    from loaded, pg_index join index_properties using (indexrelid)
    where indrelid = any (tables) and not exists (
        select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))";

/// Copies records with their jobs into a master table. `freeze` needs a table that the same
/// subtransaction has truncated.
pub(super) fn bulk_copy(kind: FileKind, freeze: bool) -> String {
    format!(
        "copy {} ({}, first_job_id, last_job_id) from stdin with (format binary, freeze {freeze})",
        table_of(kind),
        columns(kind.layout(), "")
    )
}

/// Selects whether the role may analyze a table: it owns the table or, since PostgreSQL 17, has MAINTAIN.
pub(super) const MAY_ANALYZE: &str = "
    select case when current_setting('server_version_num')::int >= 170000
        then has_table_privilege(oid, 'maintain') else pg_has_role(relowner, 'usage') end
    from pg_class where oid = $1::text::regclass";

/// Skips the table if a vacuum holds it, which updates the statistics, too.
pub(super) fn analyze_master(kind: FileKind) -> String {
    format!("analyze (skip_locked) {}", table_of(kind))
}

pub(super) fn analyze_staging(kind: FileKind) -> String {
    format!("analyze {} ({})", staging(kind), key(kind, ""))
}

/// Deletes each staged record whose key is repeated on a later line.
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

/// Deletes each staged record whose parent is neither in the database nor staged. Returns line number,
/// byte offset, the parent's key and, if asked for, the rebuilt line, in file order.
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
    let mut missing = not_in(table_of(parent));
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

/// Rebuilds the line of a staged record.
fn rebuilt_line(layout: &Layout) -> String {
    let values = layout.fields.iter().map(|field| match field.field_type {
        FieldType::Date => format!("coalesce(to_char(orphan.{}, 'YYYY-MM-DD'), '')", field.name),
        _ => format!("coalesce(orphan.{}::text, '')", field.name),
    });
    values.collect::<Vec<_>>().join(" || '|' || ")
}

/// Counts the staged records that are new, that differ from their row, and that equal it.
pub(super) fn compare(kind: FileKind) -> String {
    let (key, differs) = (key(kind, "master."), differs(kind));
    format!(
        "select count(*) filter (where ({key}) is null),
             count(*) filter (where ({key}) is not null and {differs}),
             count(*) filter (where ({key}) is not null and not {differs})
         from {staging} as staged left join {table} as master on {same_key}",
        staging = staging(kind),
        table = table_of(kind),
        same_key = keys_equal(kind, "master", "staged"),
    )
}

/// Updates the rows that differ from their staged record. The parameter is the job.
pub(super) fn update(kind: FileKind) -> String {
    let mut set = String::new();
    for field in values(kind) {
        write!(set, "{name} = staged.{name}, ", name = field.name)
            .expect("a String takes every write");
    }
    format!(
        "update {table} as master set {set}last_job_id = $1
         from {staging} as staged where {same_key} and {differs}",
        table = table_of(kind),
        staging = staging(kind),
        same_key = keys_equal(kind, "master", "staged"),
        differs = differs(kind),
    )
}

/// Inserts the staged records that have no row. The parameter is the job.
pub(super) fn insert(kind: FileKind) -> String {
    let layout = kind.layout();
    format!(
        "insert into {table} ({columns}, first_job_id, last_job_id)
         select {staged_columns}, $1, $1 from {staging} as staged
         where not exists (select from {table} as master where {same_key})",
        table = table_of(layout.kind),
        columns = columns(layout, ""),
        staged_columns = columns(layout, "staged."),
        staging = staging(kind),
        same_key = keys_equal(kind, "master", "staged"),
    )
}

/// Tests whether a row differs from its staged record. Equal numbers may differ in trailing zeros, and
/// every digit of the file is kept.
fn differs(kind: FileKind) -> String {
    let compared = |prefix: &str| {
        let named = values(kind).map(|field| match field.field_type {
            FieldType::Decimal { .. } => {
                format!("{prefix}{name}, scale({prefix}{name})", name = field.name)
            }
            _ => format!("{prefix}{}", field.name),
        });
        named.collect::<Vec<_>>().join(", ")
    };
    format!(
        "({}) is distinct from ({})",
        compared("master."),
        compared("staged.")
    )
}

fn values(kind: FileKind) -> impl Iterator<Item = &'static Field> {
    (kind.layout().fields.iter()).filter(|field| !field.is_key())
}

/// Inserts the codes of a column of these records that the reference table lacks, and returns them.
///
/// The parameter is the description.
pub(super) fn register_codes(records: &str, list: &CodeList) -> String {
    format!(
        "insert into {table} (code, description)
         select distinct {column}, $1 from {records} where {column} is not null
         on conflict (code) do nothing returning code",
        table = reference_table_of(list),
        column = list.name,
    )
}

/// Counts the codes of a column of these records that the reference table lacks.
pub(super) fn missing_codes(records: &str, list: &CodeList) -> String {
    format!(
        "select count(distinct {column}) from {records} where {column} is not null
             and not exists (select from {table} where code = {column})",
        table = reference_table_of(list),
        column = list.name,
    )
}

fn columns(layout: &Layout, prefix: &str) -> String {
    let named = layout
        .fields
        .iter()
        .map(|field| format!("{prefix}{}", field.name));
    named.collect::<Vec<_>>().join(", ")
}

pub(super) fn key(kind: FileKind, prefix: &str) -> String {
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
