//! Checks the server and the session: version, encryption, encoding, limits, schema.

use cusip_connect::{HostAddresses, ServerState, SslMode, Verification};
use cusip_postgres::Database;

use super::SECTION;
use crate::command::doctor::report::{Finding, Report, with_time_limit};
use crate::exit::ExitStatus;

const ENCODING: &str = "UTF8";

/// The results that later checks need.
pub(super) struct SessionResults {
    /// How many seconds the server's clock is ahead of this machine's, if known.
    pub(super) clock_ahead_seconds: Option<f64>,
    /// Whether the tables exist and are up to date.
    pub(super) has_schema: bool,
    /// Whether the server says that it accepts writes.
    pub(super) can_write: bool,
}

/// A database that accepts connections, and its hosts.
pub(super) struct Session<'a> {
    pub(super) database: &'a Database,
    pub(super) hosts: &'a [HostAddresses],
}

/// Adds a check for each property of the server and the session, from its version to the schema.
pub(super) async fn check(session: &Session<'_>, report: &mut Report<'_>) -> SessionResults {
    let database = session.database;
    let state = with_time_limit(ExitStatus::Database, database.pool().server_state()).await;
    let server = match &state {
        Ok(state) => Finding::ok(identity(state)),
        Err(finding) => finding.clone(),
    };
    report.add(SECTION, "server", server);
    let encryption = with_time_limit(ExitStatus::Database, database.pool().encryption()).await;
    let is_local = session.hosts.iter().all(HostAddresses::is_local);
    let encryption = encryption.map(|found| {
        let protocol = found.protocol.as_deref();
        encryption_finding(found.mode, protocol, found.verification, is_local)
    });
    report.add(
        SECTION,
        "encryption",
        encryption.unwrap_or_else(|finding| finding),
    );
    let Ok(state) = state else {
        for check in ["encoding", "writing"] {
            report.add(
                SECTION,
                check,
                Finding::skipped("the server does not report it"),
            );
        }
        let schema = schema(database).await;
        let has_schema = schema.is_ok();
        report.add(SECTION, "schema", schema);
        return SessionResults {
            clock_ahead_seconds: None,
            has_schema,
            can_write: true,
        };
    };
    report.add(SECTION, "encoding", encoding(&state));
    report.add(SECTION, "writing", writing(&state));
    for (name, value) in &state.limits {
        report.add(SECTION, "limits", limit(name, value));
    }
    let schema = schema(database).await;
    let has_schema = schema.is_ok();
    report.add(SECTION, "schema", schema);
    SessionResults {
        clock_ahead_seconds: Some(state.clock_ahead_seconds),
        has_schema,
        can_write: !state.is_replica && !state.is_read_only,
    }
}

fn identity(state: &ServerState) -> String {
    let superuser = if state.is_superuser {
        ", a superuser"
    } else {
        ""
    };
    let ServerState {
        version,
        database,
        user,
        ..
    } = state;
    format!("PostgreSQL {version}, {database} as {user}{superuser}")
}

fn encryption_finding(
    mode: SslMode,
    protocol: Option<&str>,
    verification: Verification,
    is_local: bool,
) -> Finding {
    let Some(protocol) = protocol else {
        let detail = format!("plain text (sslmode={mode})");
        if is_local {
            return Finding::ok(format!("{detail}, within this machine"));
        }
        return Finding::warning(
            format!("{detail}: others on the network can read the data, and perhaps the password"),
            "set --sslmode (CUSIP_DB_SSLMODE) to verify-full, with --sslrootcert (CUSIP_DB_SSLROOTCERT), or at least to require",
        );
    };
    let detail = format!("{protocol} (sslmode={mode}), {verification}");
    if is_local || verification != Verification::Nothing {
        return Finding::ok(detail);
    }
    Finding::warning(
        format!("{detail}: another server could pose as this one"),
        "set --sslmode (CUSIP_DB_SSLMODE) to verify-full, and --sslrootcert (CUSIP_DB_SSLROOTCERT) to the file with the authority's certificates",
    )
}

fn encoding(state: &ServerState) -> Finding {
    let encoding = &state.encoding;
    if encoding == ENCODING {
        return Finding::ok(encoding);
    }
    Finding::failed(
        ExitStatus::Database,
        format!("the database stores text as {encoding}, which cannot represent every name"),
        "create a new database with `create database … encoding 'UTF8' template template0`, and migrate it",
    )
}

fn writing(state: &ServerState) -> Finding {
    let user = &state.user;
    if state.is_replica {
        Finding::failed(
            ExitStatus::Database,
            "the server is a replica, which is read-only",
            "connect to the primary (on RDS, Aurora and Patroni: the writer's address)",
        )
    } else if state.is_read_only {
        Finding::failed(
            ExitStatus::Database,
            "transactions are read-only (default_transaction_read_only is on)",
            format!(
                "if this is the address of a standby, connect to the primary; otherwise: alter role {user} set default_transaction_read_only = off; (or `alter database`, if it was set there)"
            ),
        )
    } else {
        Finding::ok("the server accepts writes")
    }
}

fn limit(name: &str, value: &str) -> Finding {
    let consequence = match name {
        "temp_file_limit" => "sorting a large day may need more",
        "statement_timeout" => "loads replace it for long statements, but it applies to all others",
        "idle_in_transaction_session_timeout" => "a load on a busy machine may be idle for longer",
        _ => "a load that takes longer is aborted",
    };
    let advice = "raise or reset it where it was set: with `alter role`, `alter database`, or in the server's configuration";
    Finding::warning(format!("{name} is {value}: {consequence}"), advice)
}

async fn schema(database: &Database) -> Finding {
    if let Err(finding) = with_time_limit(ExitStatus::Database, database.check_schema()).await {
        return finding.or_advice("see the privileges below");
    }
    match with_time_limit(ExitStatus::Database, database.migrations()).await {
        Ok(migrations) => Finding::ok(match migrations.last() {
            Some(newest) => format!("up to date: V{} {}", newest.version, newest.name),
            None => "up to date".to_owned(),
        }),
        Err(finding) => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_server_without_encryption_or_verification_is_a_warning() {
        let text = |protocol, verification, is_local| {
            let mode = SslMode::Prefer;
            let finding = encryption_finding(mode, protocol, verification, is_local);
            serde_json::to_value(finding).unwrap()
        };
        let nothing = Verification::Nothing;
        let plain = text(None, nothing, false);
        assert_eq!(plain["status"], "warning");
        assert!(plain["detail"].as_str().unwrap().contains("plain text"));
        let unverified = text(Some("TLSv1.3"), nothing, false);
        assert_eq!(unverified["status"], "warning");
        let detail = unverified["detail"].as_str().unwrap();
        assert!(detail.contains("not verified: another server"), "{detail}");
        for verified in [Verification::Chain, Verification::ChainAndName] {
            assert_eq!(text(Some("TLSv1.3"), verified, false)["status"], "ok");
        }
        assert_eq!(text(None, nothing, true)["status"], "ok");
        assert_eq!(text(Some("TLSv1.3"), nothing, true)["status"], "ok");
    }
}
