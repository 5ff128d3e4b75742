//! Whether the database can be reached and takes in a load.

mod disk;
mod earlier_loads;
mod session;

use cusip_config::DatabaseSettings;
use cusip_config::OpenDatabase;
use cusip_connect::{ConnectOptions, HostAddresses};
use cusip_loader::DayFiles;
use cusip_postgres::Database;

use self::session::Session;
use super::Day;
use super::report::{Finding, Report, limited};
use crate::arguments::DoctorArguments;
use crate::exit::ExitStatus;

const SECTION: &str = "database";

/// Its transaction, the rows that it compares with, its rejects, and the ledger; it can do without the
/// second, and while rejects are few, the last two take turns.
const MOST_CONNECTIONS_OF_A_LOAD: usize = 4;
const LEAST_CONNECTIONS_OF_A_LOAD: usize = 2;

/// What comes after a connection, in its order.
const CHECKS: [&str; 10] = [
    "server",
    "encryption",
    "encoding",
    "writing",
    "schema",
    "privileges",
    "connections",
    "load lock",
    "earlier loads",
    "disk",
];

/// Which database is meant.
pub(super) enum Target {
    /// A private server's, which is to be started.
    Private,
    /// A server's.
    Options(Box<ConnectOptions>),
}

/// Tries the database out, and returns by how many seconds its clock is ahead of this machine's.
pub(super) async fn check(
    target: Option<Target>,
    arguments: &DoctorArguments,
    files: Option<&DayFiles>,
    day: Day,
    report: &mut Report<'_>,
) -> anyhow::Result<Option<f64>> {
    let mut private = None;
    let reached = match target {
        None => {
            report.add(SECTION, "address", skipped());
            None
        }
        Some(Target::Private) => {
            private = start(&arguments.database, report).await;
            let database = private.as_ref().map(|opened| opened.database.clone());
            database.map(|database| (database, Vec::new()))
        }
        Some(Target::Options(options)) => resolve(&options, report)
            .await
            .map(|hosts| (Database::new(*options), hosts)),
    };
    let Some((database, hosts)) = connect(reached, report).await else {
        for check in CHECKS {
            report.add(SECTION, check, Finding::skipped("no connection"));
        }
        return Ok(None);
    };
    report.show()?;
    let told = session::check(
        &Session {
            database: &database,
            hosts: &hosts,
        },
        report,
    )
    .await;
    report.show()?;
    privileges(&database, told.has_schema, report).await;
    connections(&database, report).await;
    earlier_loads::check_lock(&database, report).await;
    let options = arguments.load_options();
    earlier_loads::check_earlier_loads(&database, files, day, &options, report).await;
    disk::check(&database, &hosts, files, report).await;
    if let Some(private) = private {
        drop(database);
        private.close()?;
    }
    Ok(told.clock_ahead_seconds)
}

async fn start(settings: &DatabaseSettings, report: &mut Report<'_>) -> Option<OpenDatabase> {
    match OpenDatabase::open(settings).await {
        Ok(opened) => {
            let detail = format!("started and migrated: {}", opened.database.place());
            report.add(SECTION, "start", Finding::ok(detail));
            Some(opened)
        }
        Err(error) => {
            report.add(SECTION, "start", Finding::of_error(&error.into()));
            None
        }
    }
}

/// Looks the hosts' names up. Nothing if no connection can come of it.
async fn resolve(options: &ConnectOptions, report: &mut Report<'_>) -> Option<Vec<HostAddresses>> {
    let looked_up = async {
        let hosts = options.resolve().await;
        hosts.map_err(anyhow::Error::from_boxed)
    };
    let hosts = match limited(ExitStatus::Database, looked_up).await {
        Ok(hosts) => hosts,
        Err(finding) => {
            report.add(SECTION, "address", finding.with_exit(ExitStatus::Database));
            return None;
        }
    };
    let unknown = |host: &HostAddresses| matches!(host.addresses, Some(Err(_)));
    let detail: Vec<_> = hosts.iter().map(address).collect();
    let detail = detail.join("; ");
    let advice = "check the host's name (CUSIP_DB_HOST, or what the URL or secret says), and this machine's DNS (in a VPC: enableDnsSupport, private hosted zones)";
    let finding = match hosts.iter().filter(|host| unknown(host)).count() {
        0 => Finding::ok(detail),
        some if some < hosts.len() => Finding::warning(detail, advice),
        _ => Finding::failed(ExitStatus::Database, detail, advice),
    };
    report.add(SECTION, "address", finding);
    (!hosts.iter().all(unknown)).then_some(hosts)
}

fn address(host: &HostAddresses) -> String {
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
        report.add(SECTION, "connect", skipped());
        return None;
    };
    match limited(ExitStatus::Database, database.pool().check_server()).await {
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

async fn privileges(database: &Database, has_schema: bool, report: &mut Report<'_>) {
    let missing = match limited(ExitStatus::Database, database.missing_privileges()).await {
        Ok(missing) => missing,
        Err(finding) => return report.add(SECTION, "privileges", finding),
    };
    if missing.is_empty() {
        let finding = if has_schema {
            Finding::ok("all that loads and look-ups need")
        } else {
            Finding::skipped("none is missing on what is there, but the schema is not")
        };
        report.add(SECTION, "privileges", finding);
    }
    for lacking in missing {
        let (privileges, object) = (&lacking.privileges, &lacking.object);
        let (statement, owner) = (&lacking.statement, &lacking.owner);
        let advice = format!("as {owner} or a superuser: {statement};");
        let finding = match lacking.purpose {
            cusip_postgres::Purpose::Load => {
                let detail = format!("a load needs {privileges} on {object}");
                Finding::failed(ExitStatus::Failed, detail, advice)
            }
            _ => {
                let detail = format!("looking things up needs {privileges} on {object}");
                Finding::warning(detail, advice)
            }
        };
        report.add(SECTION, "privileges", finding);
    }
}

async fn connections(database: &Database, report: &mut Report<'_>) {
    let open = |number| {
        let opened = database.pool().check_connections(number);
        limited(ExitStatus::Database, opened)
    };
    let finding = match open(MOST_CONNECTIONS_OF_A_LOAD).await {
        Ok(()) => Finding::ok(format!(
            "{MOST_CONNECTIONS_OF_A_LOAD} at once, as many as a load uses"
        )),
        Err(none) => match open(LEAST_CONNECTIONS_OF_A_LOAD).await {
            Ok(()) => Finding::warning(
                format!(
                    "fewer than {MOST_CONNECTIONS_OF_A_LOAD} at once: loads take longer, and fail if they have many rejects"
                ),
                "raise the role's `connection limit` or the server's `max_connections`",
            ),
            Err(_) => none,
        },
    };
    report.add(SECTION, "connections", finding);
}

fn skipped() -> Finding {
    Finding::skipped("what comes before it failed")
}
