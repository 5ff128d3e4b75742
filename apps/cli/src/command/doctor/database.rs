//! Checks whether the database can be reached and is ready for a load.

mod disk;
mod earlier_loads;
mod session;
mod trial;

use std::time::Duration;

use cusip_config::{DatabaseSettings, OpenDatabase};
use cusip_connect::{ConnectOptions, Error, HostAddresses, PoolLimits};
use cusip_loader::DayFiles;
use cusip_postgres::{Database, Purpose};

use self::session::Session;
use super::Day;
use super::report::{EARLIER_FAILURE, Finding, Report, with_time_limit};
use crate::arguments::DoctorArguments;
use crate::exit::ExitStatus;

const SECTION: &str = "database";

/// A load uses up to three connections: its transaction, the rows that it compares with, and the job
/// log. It works without the second.
const MAX_CONNECTIONS_OF_A_LOAD: usize = 3;
const MIN_CONNECTIONS_OF_A_LOAD: usize = 2;

/// How long to wait until a pooler has a free connection to the server. A load waits longer.
const FREE_CONNECTION: Duration = Duration::from_secs(10);

/// The checks that need a connection, in order.
const CHECKS_WITH_CONNECTION: [&str; 12] = [
    "server",
    "encryption",
    "encoding",
    "writing",
    "schema",
    "privileges",
    "search",
    "connections",
    "load lock",
    "trial load",
    "earlier loads",
    "disk",
];

const NO_TRIGRAMS: &str =
    "does not find misspelled issuer names, because the extension pg_trgm or its index is missing";
const CREATE_TRIGRAMS: &str = "as the owner of the tables: create extension pg_trgm; create index issuer_name_idx on issuer using gin (joined_pieces(issuer_name_1, issuer_name_2, issuer_name_3) gin_trgm_ops);";

/// The database to check.
pub(super) enum Target {
    /// The database of an embedded server, which must be started first.
    Embedded,
    /// A database on a running server.
    Options(Box<ConnectOptions>),
}

/// Checks the database, and returns how many seconds its clock is ahead of this machine's.
pub(super) async fn check(
    target: Option<Target>,
    arguments: &DoctorArguments,
    files: Option<&DayFiles>,
    day: Day,
    report: &mut Report<'_>,
) -> anyhow::Result<Option<f64>> {
    let mut embedded = None;
    let reached = match target {
        None => {
            report.add(SECTION, "address", Finding::skipped(EARLIER_FAILURE));
            None
        }
        Some(Target::Embedded) => {
            embedded = start_embedded(&arguments.database, report).await;
            let database = embedded.as_ref().map(|opened| opened.database.clone());
            database.map(|database| (database, Vec::new()))
        }
        Some(Target::Options(options)) => resolve(&options, report)
            .await
            .map(|hosts| (Database::new(*options), hosts)),
    };
    let limits = PoolLimits::new(MAX_CONNECTIONS_OF_A_LOAD, FREE_CONNECTION);
    let reached = reached.map(|(database, hosts)| (database.with_pool(limits), hosts));
    let Some((database, hosts)) = connect(reached, report).await else {
        for check in CHECKS_WITH_CONNECTION {
            report.add(SECTION, check, Finding::skipped("no connection"));
        }
        return Ok(None);
    };
    report.show()?;
    let session = session::check(
        &Session {
            database: &database,
            hosts: &hosts,
        },
        report,
    )
    .await;
    report.show()?;
    let has_privileges = privileges(&database, session.has_schema, report).await;
    search(&database, session.has_schema, report).await;
    let can_transact = connections(&database, report).await;
    let is_lock_free = earlier_loads::check_lock(&database, report).await;
    let is_ready =
        session.has_schema && session.can_write && has_privileges && can_transact && is_lock_free;
    trial::check(&database, is_ready, report).await;
    let options = arguments.load_options();
    earlier_loads::check_earlier_loads(&database, files, day, &options, report).await;
    earlier_loads::check_ages(&database, files, day, &options, report).await;
    disk::check(&database, &hosts, files, report).await;
    if let Some(embedded) = embedded {
        drop(database);
        embedded.close()?;
    }
    Ok(session.clock_ahead_seconds)
}

async fn start_embedded(
    settings: &DatabaseSettings,
    report: &mut Report<'_>,
) -> Option<OpenDatabase> {
    match OpenDatabase::open(settings).await {
        Ok(opened) => {
            let connection = opened.connection_string().unwrap_or_default();
            let place = opened.database.place();
            let detail =
                format!("is running and migrated: {place}; psql \"{connection}\" connects to it");
            report.add(SECTION, "start", Finding::ok(detail));
            Some(opened)
        }
        Err(error) => {
            report.add(SECTION, "start", Finding::of_error(&error.into()));
            None
        }
    }
}

/// Resolves the names of the hosts. Returns `None` if none of them can be resolved.
async fn resolve(options: &ConnectOptions, report: &mut Report<'_>) -> Option<Vec<HostAddresses>> {
    let resolving = async {
        let hosts = options.resolve().await;
        hosts.map_err(anyhow::Error::from_boxed)
    };
    let hosts = match with_time_limit(ExitStatus::Database, resolving).await {
        Ok(hosts) => hosts,
        Err(finding) => {
            report.add(SECTION, "address", finding.with_exit(ExitStatus::Database));
            return None;
        }
    };
    let unknown = |host: &HostAddresses| matches!(host.addresses, Some(Err(_)));
    let detail: Vec<_> = hosts.iter().map(describe_host).collect();
    let detail = detail.join("; ");
    let advice = "check the host name (CUSIP_DB_HOST, the URL, or the secret), and this machine's DNS (in a VPC: enableDnsSupport, private hosted zones)";
    let finding = match hosts.iter().filter(|host| unknown(host)).count() {
        0 => Finding::ok(detail),
        some if some < hosts.len() => Finding::warning(detail, advice),
        _ => Finding::failed(ExitStatus::Database, detail, advice),
    };
    report.add(SECTION, "address", finding);
    (!hosts.iter().all(unknown)).then_some(hosts)
}

fn describe_host(host: &HostAddresses) -> String {
    let name = &host.host;
    match &host.addresses {
        None => format!("the socket in {name}"),
        Some(Ok(addresses)) => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("{name} is {}", addresses.join(", "))
        }
        Some(Err(error)) => format!("{name} cannot be resolved: {error}"),
    }
}

async fn connect(
    reached: Option<(Database, Vec<HostAddresses>)>,
    report: &mut Report<'_>,
) -> Option<(Database, Vec<HostAddresses>)> {
    let Some((database, hosts)) = reached else {
        report.add(SECTION, "connect", Finding::skipped(EARLIER_FAILURE));
        return None;
    };
    match with_time_limit(ExitStatus::Database, database.pool().check_server()).await {
        Ok(()) => {
            report.add(SECTION, "connect", Finding::ok(database.place()));
            Some((database, hosts))
        }
        Err(finding) => {
            report.add(SECTION, "connect", finding);
            None
        }
    }
}

/// Returns whether the role has the privileges that a load needs.
async fn privileges(database: &Database, has_schema: bool, report: &mut Report<'_>) -> bool {
    let missing = match with_time_limit(ExitStatus::Database, database.missing_privileges()).await {
        Ok(missing) => missing,
        Err(finding) => {
            report.add(SECTION, "privileges", finding);
            return false;
        }
    };
    if missing.is_empty() {
        let finding = if has_schema {
            Finding::ok("the role has all that loads and look-ups need")
        } else {
            Finding::skipped("the schema is missing; the role has all privileges on what exists")
        };
        report.add(SECTION, "privileges", finding);
    }
    exposure(database, report).await;
    let can_load = (missing.iter()).all(|lacking| lacking.purpose != Purpose::Load);
    for lacking in missing {
        let (privileges, object) = (&lacking.privileges, &lacking.object);
        let (statement, owner) = (&lacking.statement, &lacking.owner);
        let advice = format!("as {owner} or a superuser: {statement};");
        let finding = match lacking.purpose {
            Purpose::Load => {
                let detail = format!("a load needs {privileges} on {object}");
                Finding::failed(ExitStatus::Failed, detail, advice)
            }
            _ => {
                let detail = format!("look-ups need {privileges} on {object}");
                Finding::warning(detail, advice)
            }
        };
        report.add(SECTION, "privileges", finding);
    }
    can_load
}

async fn search(database: &Database, has_schema: bool, report: &mut Report<'_>) {
    if !has_schema {
        return report.add(SECTION, "search", Finding::skipped("the schema is missing"));
    }
    let finding =
        match with_time_limit(ExitStatus::Database, database.finds_misspelled_names()).await {
            Ok(true) => Finding::ok("finds misspelled issuer names"),
            Ok(false) => Finding::warning(NO_TRIGRAMS, CREATE_TRIGRAMS),
            Err(finding) => finding,
        };
    report.add(SECTION, "search", finding);
}

/// Warns if other roles may do more than loads and look-ups need.
async fn exposure(database: &Database, report: &mut Report<'_>) {
    let excessive = database.excessive_privileges();
    let excessive = match with_time_limit(ExitStatus::Database, excessive).await {
        Ok(excessive) => excessive,
        Err(finding) => return report.add(SECTION, "privileges", finding),
    };
    for allowed in excessive {
        let (role, privileges, object) = (&allowed.role, &allowed.privileges, &allowed.object);
        let detail =
            format!("{role} has {privileges} on {object}, which neither loads nor readers need");
        let (statement, owner) = (&allowed.statement, &allowed.owner);
        let advice =
            format!("run migrations/roles.sql, or as {owner} or a superuser: {statement};");
        report.add(SECTION, "privileges", Finding::warning(detail, advice));
    }
}

/// Returns whether the connections allow a load.
async fn connections(database: &Database, report: &mut Report<'_>) -> bool {
    let pool = database.pool();
    let open = async {
        pool.check_copies().await?;
        match pool.check_transactions(MAX_CONNECTIONS_OF_A_LOAD).await {
            Ok(()) => Ok(MAX_CONNECTIONS_OF_A_LOAD),
            Err(error @ (Error::StatementPooling { .. } | Error::OtherServer { .. })) => Err(error),
            Err(_) => {
                let opened = pool.check_transactions(MIN_CONNECTIONS_OF_A_LOAD).await;
                opened.map(|()| MIN_CONNECTIONS_OF_A_LOAD)
            }
        }
    };
    let opened = with_time_limit(ExitStatus::Database, open).await;
    let is_enough = opened.is_ok();
    let finding = match opened {
        Ok(MAX_CONNECTIONS_OF_A_LOAD) => Finding::ok(format!(
            "{MAX_CONNECTIONS_OF_A_LOAD} at once, the most that a load uses, on the same server"
        )),
        Ok(_) => Finding::warning(
            format!(
                "fewer than {MAX_CONNECTIONS_OF_A_LOAD} at once: loads that compare with existing rows take longer"
            ),
            "raise the role's `connection limit`, the server's `max_connections` or the pooler's pool size",
        ),
        Err(failure) => failure,
    };
    report.add(SECTION, "connections", finding);
    is_enough
}
