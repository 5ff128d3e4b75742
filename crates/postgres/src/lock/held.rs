//! The lock as SQL sees it.

/// `CUSIPLD` in ASCII and a version, to recognize the lock in `pg_locks`.
pub(super) const KEY: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

/// Returns the SQL that tests whether a session holds the lock. It does not touch the lock.
pub(crate) fn is_held() -> String {
    format!("exists (select from {})", held())
}

/// Returns the SQL for when the transaction that holds the lock began. It is null if no one holds
/// the lock, or if this role may not see that session.
pub(super) fn held_since() -> String {
    format!(
        "(select xact_start from pg_stat_activity where pid in (select pid from {}))",
        held()
    )
}

/// Returns the SQL of the rows of `pg_locks` with the session that holds the lock.
pub(super) fn held() -> String {
    format!(
        "pg_locks where locktype = 'advisory' and granted and objsubid = 1
             and classid = {} and objid = {}
             and database = (select oid from pg_database where datname = current_database())",
        KEY >> 32,
        KEY & 0xffff_ffff,
    )
}
