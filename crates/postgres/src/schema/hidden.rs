//! Tables in a schema where statements do not find them.

use cusip_connect::Client;

/// A schema with this program's tables that is not on the role's search path.
pub(super) struct HiddenSchema {
    pub(super) name: String,
    /// The statement that makes the tables visible. The schema's owner or a superuser can run it.
    pub(super) remedy: String,
}

/// Looks for a schema that has the history of migrations but is not on the search path. Finds none if a
/// schema on the search path has one, too.
pub(super) async fn find(
    client: &Client,
    history_table: &str,
) -> Result<Option<HiddenSchema>, tokio_postgres::Error> {
    let query = "select nspname::text,
            case when has_schema_privilege(space.oid, 'usage')
                then format('alter role %I set search_path = %s', current_user,
                    case nspname when 'public' then 'public' else quote_ident(nspname) || ', public' end)
                else format('grant usage on schema %I to %I', nspname, current_user)
            end
        from pg_class join pg_namespace as space on space.oid = relnamespace
        where relname = $1 and relkind = 'r' and to_regclass($1) is null
        order by nspname limit 1";
    let row = client.query_opt(query, &[&history_table]).await?;
    row.map(|row| {
        Ok(HiddenSchema {
            name: row.try_get(0)?,
            remedy: row.try_get(1)?,
        })
    })
    .transpose()
}
