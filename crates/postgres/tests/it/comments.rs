//! The schema's documentation in the database itself.

use cusip_test_support::TestDatabase;

const OBJECTS: &str = "
    select relname::text as name, obj_description(oid, 'pg_class') as comment
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
        and relname <> 'refinery_schema_history'
    union all
    select relname || '.' || attname, col_description(attrelid, attnum)
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
        and relname <> 'refinery_schema_history' and attnum > 0 and not attisdropped
    union all
    select oid::regprocedure::text, obj_description(oid, 'pg_proc')
    from pg_proc
    where pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')";

#[test]
fn tables_views_columns_and_functions_have_comments() {
    let database = TestDatabase::migrated();
    let without = format!(
        "select name from ({OBJECTS}) as object where coalesce(btrim(comment), '') = '' order by 1"
    );
    assert_eq!(database.query(&without).concat(), [""; 0]);

    let looked_at = format!(
        "select name from ({OBJECTS}) as object
         where name in ('issue', 'issue.rate', 'v_issue', 'v_issue.cusip', 'load_job.id',
                        'ref_sale_type.code', 'search_securities(text)')"
    );
    assert_eq!(database.query(&looked_at).len(), 7);
}
