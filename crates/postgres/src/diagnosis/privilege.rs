//! What a role must be granted to load, and what to read.

use cusip_connect::Parameter;
use cusip_pif::{CodeList, FileKind};

use crate::database::Database;
use crate::error::Error;
use crate::schema::HISTORY_TABLE;
use crate::tables::{reference_table_of, table_of};

pub(super) const JOB_LOG: [(&str, &[&str]); 3] = [
    ("load_job", &["select", "insert", "update"]),
    ("load_file", &["select", "insert", "update"]),
    ("load_reject", &["insert"]),
];
pub(super) const VIEWS: [&str; 10] = [
    "v_issuer",
    "v_issue",
    "v_issue_attribute",
    "v_security",
    "v_security_summary",
    "v_load",
    "v_change",
    "issuer_version",
    "issue_version",
    "issue_attribute_version",
];
/// Triggers write them with the rights of the owner.
pub(super) const HISTORY: [&str; 3] =
    ["issuer_history", "issue_history", "issue_attribute_history"];

/// This query and those below return the columns `object`, `privileges`, `statement` and `owner`.
const MISSING_OF_TABLES: &str =
    "select found.object::text, string_agg(privilege, ', ' order by needed.number) as privileges,
        format('grant %s on %s to %I', string_agg(privilege, ', ' order by needed.number),
               found.object, current_user) as statement,
        pg_get_userbyid(class.relowner)::text as owner
     from unnest($1::text[], $2::text[]) with ordinality as needed (name, privilege, number)
     cross join lateral (select to_regclass(needed.name)) as found (object)
     join pg_class as class on class.oid = found.object
     where not has_table_privilege(found.object, privilege)
     group by found.object, class.relowner order by min(needed.number)";

/// A load stages records in temporary tables.
const MISSING_OF_DATABASE: &str = "select format('database %I', datname) as object,
        'temporary' as privileges,
        format('grant temporary on database %I to %I', datname, current_user) as statement,
        pg_get_userbyid(datdba)::text as owner
     from pg_database where datname = current_database()
         and not has_database_privilege(datname, 'temporary')";

/// Writing a row calls the functions that the table's indexes use.
const FUNCTIONS_OF_INDEXES: &str = "select refobjid from pg_depend
     join pg_index on pg_depend.objid = indexrelid
     where classid = 'pg_class'::regclass and refclassid = 'pg_proc'::regclass
         and indrelid = any (select to_regclass(name) from unnest($1::text[]) as master (name))";

const NAMED_FUNCTIONS: &str =
    "select to_regprocedure(signature)::oid from unnest($1::text[]) as named (signature)";

/// The functions of the history and of look-ups; the search, and the functions that it calls in statements
/// that it writes as text.
const FUNCTIONS_OF_READERS: [&str; 15] = [
    "look_up_securities(text[], text[])",
    "resolve_as_of(text)",
    "v_issuer_as_of(text)",
    "v_issue_as_of(text)",
    "v_issue_attribute_as_of(text)",
    "v_security_as_of(text)",
    "security_history(text)",
    "changes(bigint, bigint)",
    "changed_fields(jsonb, jsonb)",
    "search_securities(text)",
    "search_hits(text, integer)",
    "term_assignments(tsquery[], tsquery[], text)",
    "security_search_document(text, text, text, text, text, text)",
    "security_order(text, text, text, numeric, date)",
    "normalized_words(text)",
];

/// Returns the query for the functions that the role may not execute: these, and what they call.
fn missing_of(functions: &str) -> String {
    format!(
        "with recursive called (oid) as (
            {functions}
            union
            select refobjid from called join pg_depend on objid = called.oid
            where classid = 'pg_proc'::regclass and refclassid = 'pg_proc'::regclass
        )
        select format('function %s', oid::regprocedure) as object, 'execute' as privileges,
            format('grant execute on function %s to %I', oid::regprocedure, current_user) as statement,
            pg_get_userbyid(proowner)::text as owner
        from called join pg_proc using (oid) where not has_function_privilege(oid, 'execute') order by oid"
    )
}

/// The purpose of a privilege.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Loads need it.
    Load,
    /// Look-ups of securities and past loads need it.
    Read,
}

/// The privileges that a role lacks on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingPrivileges {
    /// Their purpose.
    pub purpose: Purpose,
    /// The table or view, or another object with its kind, e.g. `database cusip`.
    pub object: String,
    /// The privileges, e.g. `insert, update`.
    pub privileges: String,
    /// The statement that grants them.
    pub statement: String,
    /// The role that can run it, besides superusers.
    pub owner: String,
}

impl Database {
    /// Returns the privileges for loads and look-ups that the connecting role lacks on existing objects.
    ///
    /// # Errors
    ///
    /// The errors of [`Pool::check_server`](cusip_connect::Pool::check_server), and
    /// [`Error::Connection`] if a query fails.
    pub async fn missing_privileges(&self) -> Result<Vec<MissingPrivileges>, Error> {
        let client = self.client().await?;
        let masters: Vec<_> = FileKind::ALL.map(table_of).to_vec();
        let to_load = pairs(needed_by_a_load());
        let to_read = pairs(
            VIEWS
                .into_iter()
                .chain(["search_abbreviation", "load_reject"])
                .map(|name| (name, &["select"][..])),
        );
        let (of_indexes, of_readers) = (
            missing_of(FUNCTIONS_OF_INDEXES),
            missing_of(NAMED_FUNCTIONS),
        );
        let asked: [(Purpose, &str, &[&dyn Parameter]); 5] = [
            (Purpose::Load, MISSING_OF_DATABASE, &[]),
            (Purpose::Load, MISSING_OF_TABLES, &[&to_load.0, &to_load.1]),
            (Purpose::Load, &of_indexes, &[&masters]),
            (Purpose::Read, MISSING_OF_TABLES, &[&to_read.0, &to_read.1]),
            (
                Purpose::Read,
                &of_readers,
                &[&FUNCTIONS_OF_READERS.as_slice()],
            ),
        ];
        let mut missing = Vec::new();
        for (purpose, query, parameters) in asked {
            let rows = client.query(query, parameters).await;
            let rows = rows.map_err(|error| self.statement("ask for privileges", error))?;
            missing.extend(rows.iter().map(|row| MissingPrivileges {
                purpose,
                object: row.get("object"),
                privileges: row.get("privileges"),
                statement: row.get("statement"),
                owner: row.get("owner"),
            }));
        }
        Ok(missing)
    }
}

pub(super) fn needed_by_a_load() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let history = [(HISTORY_TABLE, &["select"][..])];
    let masters = FileKind::ALL.map(|kind| (table_of(kind), &["select", "insert", "update"][..]));
    // A code that is not in any list is added with the first record that uses it.
    let codes = CodeList::ALL
        .iter()
        .map(|list| (reference_table_of(list), &["select", "insert"][..]));
    history
        .into_iter()
        .chain(masters)
        .chain(codes)
        .chain(JOB_LOG)
}

/// Splits tables and their privileges into two lists of equal length.
pub(super) fn pairs<'a>(
    tables: impl Iterator<Item = (&'a str, &'a [&'a str])>,
) -> (Vec<&'a str>, Vec<&'a str>) {
    tables
        .flat_map(|(table, privileges)| privileges.iter().map(move |privilege| (table, *privilege)))
        .unzip()
}
