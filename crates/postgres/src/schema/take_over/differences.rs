//! What a database has that the earlier service did not make, or lacks that it made.
//!
//! Whatever is not known would be lost or would stop working, so each such thing is named and the
//! take-over is refused.

use std::collections::BTreeMap;

use cusip_pif::{CodeList, FileKind};
use tokio_postgres::Client;
use tokio_postgres::Error as StatementError;

use super::earlier;

const COLUMNS: &str = "select relname::text, attname::text, format_type(atttypid, atttypmod)
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where pg_class.oid in (select to_regclass(name) from unnest($1::text[]) as earlier (name))
        and attnum > 0 and not attisdropped
    order by relname, attnum";

/// Parameters: the relations that we know, and those among them that are views.
const RELATIONS: &str = "select case
        when relkind <> case when relname = any($2) then 'v' else 'r' end
            then format('%s is not a %s', relname, case when relname = any($2) then 'view' else 'plain table' end)
        when relnamespace is distinct from current_schema()::regnamespace
            then format('%s is in the schema %s, but this program would make its tables in %s',
                        relname, relnamespace::regnamespace, current_schema())
        when pg_get_userbyid(relowner) <> current_user
            then format('%s belongs to the role %s, not to %s; migrate as its owner',
                        relname, pg_get_userbyid(relowner), current_user)
        when relrowsecurity then format('%s has row-level security', relname)
    end
    from pg_class
    where oid in (select to_regclass(name) from unnest($1::text[]) as earlier (name))
    order by relname";

/// Parameters: the relations that we know, the master tables, and the search's signature.
const DEPENDENTS: &str = "with known as (
        select to_regclass(name)::oid as oid from unnest($1::text[]) as earlier (name)),
    types as (
        select type.oid from pg_type as type join known on type.typrelid = known.oid
        union select type.typarray from pg_type as type join known on type.typrelid = known.oid),
    dependents as (
        select distinct classid, objid from pg_depend where deptype in ('n', 'a', 'i') and (
            refclassid = 'pg_class'::regclass and refobjid in (select oid from known)
            or refclassid = 'pg_type'::regclass and refobjid in (select oid from types)))
    select distinct coalesce(
        (select pg_describe_object('pg_class'::regclass, ev_class, 0) from pg_rewrite
            where classid = 'pg_rewrite'::regclass and oid = objid and rulename = '_RETURN'),
        pg_describe_object(classid, objid, 0)) || ' is not of the earlier service'
    from dependents where case classid
        when 'pg_class'::regclass then objid not in (select oid from known where oid is not null)
            and (select relkind from pg_class where oid = objid) not in ('i', 't')
        when 'pg_type'::regclass then false
        when 'pg_rewrite'::regclass then not exists (
            select from pg_rewrite join known on ev_class = known.oid
            where pg_rewrite.oid = objid and rulename = '_RETURN')
        when 'pg_constraint'::regclass then not exists (
            select from pg_constraint where oid = objid and (contype in ('p', 'u', 'n')
                or contype = 'f' and conrelid in (select oid from known)
                    and confrelid in (select oid from known)))
        when 'pg_trigger'::regclass then exists (
            select from pg_trigger join pg_proc on pg_proc.oid = tgfoid
            where pg_trigger.oid = objid and not tgisinternal and not (
                tgrelid in (select to_regclass(name) from unnest($2::text[]) as master (name))
                and tgtype = 23
                and (prosrc ~* 'new\\.search_vector\\s*:?=' or prosrc like 'tsvector_update_trigger%')))
        when 'pg_proc'::regclass then objid is distinct from to_regprocedure($3)::oid
        else true end
    order by 1";

/// Parameters: the master tables, the reference tables, and the columns that had an index.
const INDEXES: &str = "with known as (
        select relname::text, oid, relname = any($1) as is_master from pg_class
        where oid in (select to_regclass(name) from unnest($1::text[] || $2::text[]) as earlier (name)))
    select format('the index %s on %s is not of the earlier service; drop it and make it again afterwards',
                  indexrelid::regclass, known.relname)
    from known join pg_index on indrelid = known.oid
    cross join lateral (
        select array_agg(attname::text order by number) as columns
        from unnest(indkey::int2[]) with ordinality as place (attnum, number)
        join pg_attribute on attrelid = indrelid and pg_attribute.attnum = place.attnum) as indexed
    where not (indisprimary or indisunique and not is_master and columns = '{code}'
        or not indisunique and cardinality(columns) = 1 and columns <@ $3::text[]
            and indpred is null and indexprs is null)
    order by 1";

/// Properties that tables made anew would not have. Parameter: the master tables.
const PROPERTIES: &str = "with master as (
        select pg_class.* from pg_class
        where oid in (select to_regclass(name) from unnest($1::text[]) as earlier (name)))
    select format('%s inherits from %s', inhrelid::regclass, inhparent::regclass)
    from pg_inherits join master on inhrelid = master.oid
    union all
    select format('%s has a replica identity of its own', relname) from master where relreplident <> 'd'
    union all
    select format('%s is clustered on the index %s', relname, indexrelid::regclass)
    from pg_index join master on indrelid = master.oid where indisclustered
    union all
    select format('the column %s.%s has the collation %s', relname, attname, attcollation::regcollation)
    from pg_attribute join master on attrelid = master.oid join pg_type on pg_type.oid = atttypid
    where attnum > 0 and not attisdropped and attcollation <> typcollation
    union all
    select format('the column %s.%s may not be null', relname, attname)
    from pg_attribute join master on attrelid = master.oid
    where attnum > 0 and not attisdropped and attnotnull and not exists (
        select from pg_constraint where conrelid = master.oid and contype = 'p' and attnum = any (conkey))
    order by 1";

/// Those who were given the search and could call it no longer, since it reads the views as its caller.
/// Parameters: the search's signature, and the views that it reads.
const SEARCHERS: &str = "select format('the role %s may execute %s, which will read %s as its caller, and may not read them',
        grantee_role, $1::text, string_agg(name, ', ' order by name))
    from pg_proc cross join lateral aclexplode(proacl)
    cross join lateral (select pg_get_userbyid(grantee)) as called (grantee_role)
    cross join unnest($2::text[]) as view (name)
    where pg_proc.oid = to_regprocedure($1::text) and grantee not in (0, proowner)
        and to_regclass(name) is not null and not has_table_privilege(grantee, to_regclass(name), 'select')
    group by grantee_role order by 1";

/// Rows without their parents, where no foreign key has kept them out. The tables have to have their
/// columns.
const ORPHANS: &str = "select format('%s rows of issue have no row of issuer, the first of them %s', count(*), min(issuer_num || ' ' || issue_num))
    from issue where not exists (select from issuer where issuer.issuer_num = issue.issuer_num)
        and not exists (select from pg_constraint where contype = 'f' and convalidated
            and conrelid = 'issue'::regclass and confrelid = 'issuer'::regclass)
    having count(*) > 0
    union all
    select format('%s rows of issue_attribute have no row of issue, the first of them %s', count(*), min(issuer_num || ' ' || issue_num))
    from issue_attribute where not exists (select from issue
            where (issue.issuer_num, issue.issue_num) = (issue_attribute.issuer_num, issue_attribute.issue_num))
        and not exists (select from pg_constraint where contype = 'f' and convalidated
            and conrelid = 'issue_attribute'::regclass and confrelid = 'issue'::regclass)
    having count(*) > 0";

/// Parameters: tables and their keys, in one text each.
const KEYS: &str = "select format('%s has no primary key (%s)', name, key)
    from unnest($1::text[], $2::text[]) as expected (name, key)
    where to_regclass(name) is not null and not exists (
        select from pg_constraint where conrelid = to_regclass(name) and contype = 'p'
            and key = (select string_agg(attname, ', ' order by number)
                from unnest(conkey) with ordinality as place (attnum, number)
                join pg_attribute on attrelid = conrelid and pg_attribute.attnum = place.attnum))";

/// Parameters: the search's signature, and the master tables.
const FUNCTIONS: &str = "select format('the function %s is not of the earlier service, and reads the column search_vector, which goes',
                  oid::regprocedure)
    from pg_proc
    where pronamespace = current_schema()::regnamespace and prosrc like '%search_vector%'
        and oid is distinct from to_regprocedure($1)
        and not exists (select from pg_trigger where tgfoid = pg_proc.oid
            and tgrelid in (select to_regclass(name) from unnest($2::text[]) as master (name)))
    union all
    select format('the function %s is not of the earlier service, which had %s alone', oid::regprocedure, $1)
    from pg_proc where pronamespace = current_schema()::regnamespace and proname = 'search_securities'
        and oid is distinct from to_regprocedure($1)
    union all
    select format('the function %s belongs to the role %s, not to %s; migrate as its owner',
                  oid::regprocedure, pg_get_userbyid(proowner), current_user)
    from pg_proc where oid = to_regprocedure($1) and pg_get_userbyid(proowner) <> current_user
    order by 1";

/// Parameters: the tables and the functions that the migrations make beside the earlier service's.
const TAKEN_NAMES: &str = "select pg_describe_object(classid, oid, 0)
        || ' has the name of one that this program makes; rename it'
    from (
        select 'pg_class'::regclass as classid, oid, relname as name, relnamespace as schema
        from pg_class where relname = any ($1::text[])
        union all
        select 'pg_proc'::regclass, oid, proname, pronamespace
        from pg_proc where proname = any ($2::text[])) as taken
    where schema = current_schema()::regnamespace
    order by classid, name";

const NEW_TABLES: [&str; 4] = ["load_file", "load_filling", "load_job", "load_reject"];
const NEW_FUNCTIONS: [&str; 11] = [
    "analyze_loaded",
    "attribute_search_document",
    "begin_filling",
    "full_offering_amount",
    "issue_search_document",
    "issuer_search_document",
    "joined_pieces",
    "refuse_others_filling",
    "refuse_unfinished_filling",
    "restore_filled",
    "security_cusip",
];

/// Returns each difference in a sentence; none if the database is as the earlier service made it.
pub(super) async fn find(client: &Client) -> Result<Vec<String>, StatementError> {
    let masters = FileKind::ALL.map(|kind| kind.layout().table).to_vec();
    let references: Vec<_> = CodeList::ALL.iter().map(|list| list.table).collect();
    let views: Vec<_> = earlier::VIEWS.iter().map(|view| view.name).collect();
    let relations: Vec<_> = (Expected::all().into_iter().map(|table| table.name))
        .chain([earlier::VERSION_TABLE.to_owned()])
        .collect();
    let indexed = earlier::INDEXED.to_vec();
    let (tables, keys) = keys();
    let asked: [(&str, &[&(dyn tokio_postgres::types::ToSql + Sync)]); 8] = [
        (RELATIONS, &[&relations, &views]),
        (KEYS, &[&tables, &keys]),
        (PROPERTIES, &[&masters]),
        (
            SEARCHERS,
            &[&earlier::SEARCH, &earlier::SEARCHED_VIEWS.as_slice()],
        ),
        (INDEXES, &[&masters, &references, &indexed]),
        (DEPENDENTS, &[&relations, &masters, &earlier::SEARCH]),
        (FUNCTIONS, &[&earlier::SEARCH, &masters]),
        (
            TAKEN_NAMES,
            &[&NEW_TABLES.as_slice(), &NEW_FUNCTIONS.as_slice()],
        ),
    ];
    let mut differences = version(client).await?;
    differences.extend(columns(client).await?);
    for (query, parameters) in asked {
        differences.extend(sentences(client, query, parameters).await?);
    }
    if differences.is_empty() {
        differences = sentences(client, ORPHANS, &[]).await?;
    }
    Ok(differences)
}

async fn sentences(
    client: &Client,
    query: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<String>, StatementError> {
    let rows = client.query(query, parameters).await?;
    let sentences = rows.iter().filter_map(|row| row.get(0));
    Ok(sentences.collect())
}

async fn version(client: &Client) -> Result<Vec<String>, StatementError> {
    let table = earlier::VERSION_TABLE;
    let rows = client
        .query(&format!("select {table}::text from {table}"), &[])
        .await?;
    let versions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if versions == [format!("({})", earlier::VERSION)] {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{table} says {}, where only {} is known",
        if versions.is_empty() {
            "nothing".to_owned()
        } else {
            versions.join(", ")
        },
        earlier::VERSION
    )])
}

/// A table or view with what it may have: columns, and their types where those matter.
struct Expected {
    name: String,
    columns: BTreeMap<&'static str, Option<String>>,
    /// Whether it has to be there, with all of the columns but [`OPTIONAL`].
    is_needed: bool,
}

/// Columns that carry nothing which is not known without them.
const OPTIONAL: [&str; 2] = [earlier::SEARCH_COLUMN, "description"];

impl Expected {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for kind in FileKind::ALL {
            let columns = || earlier::columns(kind).map(|(name, typed)| (name, Some(typed)));
            let search = [(earlier::SEARCH_COLUMN, Some("tsvector".to_owned()))];
            all.push(Self {
                name: kind.layout().table.to_owned(),
                columns: columns().chain(search).collect(),
                is_needed: true,
            });
            all.push(Self {
                name: earlier::staging(kind),
                columns: columns().collect(),
                is_needed: false,
            });
        }
        all.extend(CodeList::ALL.map(|list| Self {
            name: list.table.to_owned(),
            columns: [("code", None), ("description", None)].into(),
            is_needed: true,
        }));
        all.extend(earlier::VIEWS.map(|view| {
            Self {
                name: view.name.to_owned(),
                columns: (view.columns.split_whitespace())
                    .map(|column| (column, None))
                    .collect(),
                is_needed: false,
            }
        }));
        all
    }
}

async fn columns(client: &Client) -> Result<Vec<String>, StatementError> {
    let all = Expected::all();
    let names: Vec<_> = all.iter().map(|table| &*table.name).collect();
    let mut found = BTreeMap::<String, BTreeMap<String, String>>::new();
    for row in client.query(COLUMNS, &[&names]).await? {
        let columns = found.entry(row.get(0)).or_default();
        columns.insert(row.get(1), row.get(2));
    }
    let mut differences = Vec::new();
    for Expected {
        name,
        columns,
        is_needed,
    } in all
    {
        let Some(found) = found.get(&name) else {
            if is_needed {
                differences.push(format!("{name} is missing"));
            }
            continue;
        };
        for (column, typed) in found {
            match columns.get(&**column) {
                Some(Some(expected)) if expected != typed => differences.push(format!(
                    "the column {name}.{column} is {typed}, not {expected}"
                )),
                Some(_) => {}
                None => differences.push(format!(
                    "the column {name}.{column} is not of the earlier service"
                )),
            }
        }
        let missing = columns.keys().filter(|&column| {
            is_needed && !OPTIONAL.contains(column) && !found.contains_key(*column)
        });
        differences.extend(missing.map(|column| format!("the column {name}.{column} is missing")));
    }
    Ok(differences)
}

/// Returns the tables and their keys, as parameters.
fn keys() -> (Vec<&'static str>, Vec<String>) {
    let masters = FileKind::ALL.map(|kind| {
        let layout = kind.layout();
        let key: Vec<_> = layout.key().map(|field| field.name).collect();
        (layout.table, key.join(", "))
    });
    let references = CodeList::ALL.map(|list| (list.table, "code".to_owned()));
    masters.into_iter().chain(references).unzip()
}
