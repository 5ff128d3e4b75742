//! Who may do what with the tables, the views and the search.

use tokio_postgres::Client;
use tokio_postgres::Error as StatementError;

use super::earlier;

/// Answers with a statement for each right that somebody else than the owner has. Parameters: the
/// relations, and a column that goes.
const GRANTS: &str = "with kept as (
        select oid, relname, relowner, relacl from pg_class
        where oid in (select to_regclass(name) from unnest($1::text[]) as earlier (name)))
    select format('grant %s on %I to %s', privilege_type, relname, grantee_name(grantee, is_grantable))
    from kept cross join lateral aclexplode(relacl) where grantee <> relowner
    union all
    select format('grant %s (%I) on %I to %s', privilege_type, attname, relname,
                  grantee_name(grantee, is_grantable))
    from kept join pg_attribute on attrelid = oid and not attisdropped and attname <> $2
    cross join lateral aclexplode(attacl) where grantee <> relowner
    union all
    select format('grant execute on function %s to %s', oid::regprocedure,
                  grantee_name(grantee, is_grantable))
    from pg_proc cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where oid = to_regprocedure($3) and grantee <> proowner";

/// Answers with a statement for everybody who has been given rights on what the migrations made, by
/// default or by the owner's default privileges. Parameters as for [`GRANTS`].
const REVOKES: &str = "select distinct format('revoke all on %I from %s', relname, grantee_name(grantee, false))
    from pg_class cross join lateral aclexplode(relacl)
    where oid in (select to_regclass(name) from unnest($1::text[]) as ours (name))
        and grantee <> relowner and $2::text is not null
    union all
    select format('revoke all on function %s from %s', oid::regprocedure, grantee_name(grantee, false))
    from pg_proc cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where oid = to_regprocedure($3) and grantee <> proowner";

/// Answers with a statement for each function that readers of the views and callers of the search
/// may not execute: whoever reads a view runs its functions. What runs with the owner's rights is for
/// loads, never for readers. Parameters: the views, the search, and the functions that are not ours.
const HELPERS: &str = "with reader as (
        select grantee from pg_class cross join lateral aclexplode(relacl)
        where oid in (select to_regclass(name) from unnest($1::text[]) as view (name))
        union
        select grantee from pg_proc cross join lateral aclexplode(proacl) where oid = to_regprocedure($2))
    select format('grant execute on function %s to %s', helper.oid::regprocedure, grantee_name(grantee, false))
    from reader cross join pg_proc as helper
    where helper.pronamespace = current_schema()::regnamespace and helper.oid <> all($3::oid[])
        and helper.oid is distinct from to_regprocedure($2)
        and not helper.prosecdef
        and not has_function_privilege(grantee_role(grantee), helper.oid, 'execute')";

/// What was granted, as the statements that grant it.
#[derive(Debug)]
pub(super) struct Rights {
    grants: Vec<String>,
    searched: bool,
    functions_before: Vec<u32>,
}

impl Rights {
    pub(super) async fn read(client: &Client) -> Result<Self, StatementError> {
        let functions = "select array(select oid from pg_proc where pronamespace = current_schema()::regnamespace)";
        let searched = "select to_regprocedure($1) is not null";
        Ok(Self {
            grants: statements(client, GRANTS).await?,
            searched: (client.query_one(searched, &[&earlier::SEARCH]).await?).get(0),
            functions_before: client.query_one(functions, &[]).await?.get(0),
        })
    }

    /// Grants it on what the migrations have made.
    pub(super) async fn grant(self, client: &Client) -> Result<(), StatementError> {
        let mut all = statements(client, REVOKES).await?;
        if !self.searched {
            all.retain(|statement| !statement.starts_with("revoke all on function"));
        }
        all.extend(self.grants);
        client.batch_execute(&all.join(";")).await?;
        let views: Vec<_> = earlier::VIEWS.iter().map(|view| view.name).collect();
        let helpers = named(HELPERS);
        let rows = client
            .query(
                &helpers,
                &[&views, &earlier::SEARCH, &self.functions_before],
            )
            .await?;
        let helpers: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        client.batch_execute(&helpers.join(";")).await
    }
}

async fn statements(client: &Client, query: &str) -> Result<Vec<String>, StatementError> {
    let views = earlier::VIEWS.iter().map(|view| view.name);
    let relations: Vec<_> = earlier::kept_tables().chain(views).collect();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&relations, &earlier::SEARCH_COLUMN, &earlier::SEARCH];
    let rows = client.query(&named(query), &parameters).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Puts the SQL of a grantee's name in: nobody's number is everybody's, and a role's name is quoted.
fn named(query: &str) -> String {
    let name = "case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end";
    let role = "case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end";
    let passed_on =
        format!("{name} || case when is_grantable then ' with grant option' else '' end");
    query
        .replace("grantee_name(grantee, is_grantable)", &passed_on)
        .replace("grantee_name(grantee, false)", name)
        .replace("grantee_role(grantee)", role)
}
