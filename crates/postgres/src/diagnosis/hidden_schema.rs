//! Tables in a schema where statements do not find them.

use crate::database::Database;
use crate::error::Error;
use crate::schema::HISTORY_TABLE;

/// A schema with this program's tables that is not on the role's search path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HiddenSchema {
    /// The schema's name.
    pub name: String,
    /// The statement that makes the tables visible. The schema's owner or a superuser can run it.
    pub remedy: String,
}

impl Database {
    /// Looks for a schema with this program's tables that is not on the role's search path.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server), and [`Error::Connection`]
    /// if the query fails.
    pub async fn hidden_schema(&self) -> Result<Option<HiddenSchema>, Error> {
        let client = self.client().await?;
        let query = format!(
            "select nspname::text as name,
                 case when has_schema_privilege(space.oid, 'usage')
                     then format('alter role %I set search_path = %s', current_user,
                        case nspname when 'public' then 'public' else quote_ident(nspname) || ', public' end)
                     else format('grant usage on schema %I to %I', nspname, current_user)
                 end as remedy
             from pg_class join pg_namespace as space on space.oid = relnamespace
             where relname = '{HISTORY_TABLE}' and relkind = 'r' and to_regclass('{HISTORY_TABLE}') is null
             order by nspname limit 1"
        );
        let found = client.query_opt(&query, &[]).await.and_then(|row| {
            row.map(|row| {
                Ok(HiddenSchema {
                    name: row.try_get("name")?,
                    remedy: row.try_get("remedy")?,
                })
            })
            .transpose()
        });
        found.map_err(|error| self.statement("look for the tables' schema", error))
    }
}
