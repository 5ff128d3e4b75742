//! What other roles may do with the tables, beyond what loaders and readers need.

use super::privilege::{HISTORY, JOB_LOG, VIEWS, needed_by_a_load, pairs};
use crate::database::Database;
use crate::error::Error;

/// Rights on a table that a load does not need, and rights to read the job log without writing it. One
/// row for each role and set of rights.
const EXCESSIVE: &str = "with granted as (
        select relation.oid, relation.relowner, acl.grantee, lower(acl.privilege_type) as privilege,
            checked.name = any ($3::text[]) as is_private
        from (select distinct unnest($1::text[]) as name) as checked
        join pg_class as relation on relation.oid = to_regclass(checked.name)
        cross join lateral aclexplode(relation.relacl) as acl
        left join pg_roles as role on role.oid = acl.grantee
        where acl.grantee <> relation.relowner and role.rolsuper is not true
            and role.rolname is distinct from current_user
    ), needed as (
        select to_regclass(name)::oid as oid, privilege
        from unnest($1::text[], $2::text[]) as needed (name, privilege)
    ), excessive as (
        select oid, relowner, grantee, string_agg(privilege, ', ' order by privilege)
            filter (where is_excessive or is_private and not can_load) as privileges
        from (select granted.*, needed.oid is null as is_excessive,
                bool_or(privilege = 'insert') over (partition by granted.oid, grantee)
                    and not bool_or(needed.oid is null) over (partition by granted.oid, grantee) as can_load
            from granted left join needed using (oid, privilege)) as judged
        group by oid, relowner, grantee
    ), by_role as (
        select case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end as role,
            privileges, pg_get_userbyid(relowner)::text as owner,
            string_agg(oid::regclass::text, ', ' order by oid::regclass::text) as object
        from excessive where privileges is not null group by grantee, privileges, relowner
    )
    select role, privileges, object, owner,
        format('revoke %s on %s from %s', privileges, object, role) as statement
    from by_role order by role, object";

/// Roles that read the views, do not load, and can create temporary tables.
const TEMPORARY: &str = "select quote_ident(reader.rolname) as role, 'temporary' as privileges,
        format('database %I', datname) as object, pg_get_userbyid(datdba)::text as owner,
        format('revoke temporary on database %I from public, %I', datname, reader.rolname) as statement
     from pg_database cross join pg_roles as reader
     where datname = current_database() and not reader.rolsuper and reader.oid <> datdba
        and reader.rolname <> current_user and has_database_privilege(reader.oid, datname, 'temporary')
        and reader.oid in (select grantee from aclexplode(
            (select relacl from pg_class where oid = to_regclass('v_security')
                and relowner <> reader.oid)))
        and not (has_table_privilege(reader.oid, to_regclass('load_job'), 'insert')
            and not has_table_privilege(reader.oid, to_regclass('load_job'), 'truncate'))
     order by reader.rolname";

/// Privileges of a role that neither loads nor look-ups need.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExcessivePrivileges {
    /// The role, or `public` for all of them.
    pub role: String,
    /// The privileges, e.g. `delete, truncate`.
    pub privileges: String,
    /// The tables and views, or another object with its kind, e.g. `database cusip`.
    pub object: String,
    /// The statement that revokes them.
    pub statement: String,
    /// The role that can run it, besides superusers.
    pub owner: String,
}

impl Database {
    /// Returns what other roles may do with the tables beyond what loads and look-ups need: change
    /// records, or read the job log, which contains lines of the files.
    ///
    /// Superusers, owners and the connecting role are left out.
    ///
    /// # Errors
    ///
    /// Same as [`missing_privileges`](Self::missing_privileges).
    pub async fn excessive_privileges(&self) -> Result<Vec<ExcessivePrivileges>, Error> {
        let client = self.client().await?;
        let views = VIEWS.map(|name| (name, &["select"][..]));
        // `cusip jobs` reads and prunes them.
        let others = [
            ("load_reject", &["select", "delete"][..]),
            ("search_abbreviation", &["select"][..]),
        ];
        let history = HISTORY.map(|name| (name, &["select"][..]));
        let known = needed_by_a_load().chain(views).chain(history).chain(others);
        let (names, privileges) = pairs(known);
        let private: Vec<_> = JOB_LOG.iter().map(|(name, _)| *name).collect();
        let mut rows = (client
            .query(EXCESSIVE, &[&names, &privileges, &private])
            .await)
            .map_err(|error| self.statement("ask for privileges", error))?;
        let temporary = client.query(TEMPORARY, &[]).await;
        rows.extend(temporary.map_err(|error| self.statement("ask for privileges", error))?);
        let excessive = |row: &tokio_postgres::Row| ExcessivePrivileges {
            role: row.get("role"),
            privileges: row.get("privileges"),
            object: row.get("object"),
            statement: row.get("statement"),
            owner: row.get("owner"),
        };
        Ok(rows.iter().map(excessive).collect())
    }
}
