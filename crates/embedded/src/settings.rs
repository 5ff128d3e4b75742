//! How the private server is set up: names, versions, and PostgreSQL's settings.
//!
//! Settings go on the server's command line and not into `postgresql.conf`, so that those of a
//! newer release of this program reach data folders made by an older one.

use std::path::Path;

/// Names the folder of the server's binaries; nothing else is then looked at.
pub(crate) const BINARIES_VARIABLE: &str = "CUSIP_POSTGRES_BIN";

/// The schema's `MERGE` came with this version.
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// The superuser, named as the applications' default user.
pub(crate) const USER: &str = "cusip_app";

/// The database, named as the applications' default database.
pub(crate) const DATABASE: &str = "cusip";

/// A session needs some database to look for another one from, and this one cannot be dropped.
pub(crate) const MAINTENANCE_DATABASE: &str = "template1";

/// Only names the socket's file, in a folder of its own, so it cannot clash with other servers.
/// A server that listens on the loopback has that port instead, as PostgreSQL has one for both.
pub(crate) const PORT: u16 = 5432;

const LOOPBACK: &str = "127.0.0.1";

/// `initdb` options for data that is kept.
pub(crate) const INITDB_KEPT: &str = "--username=cusip_app --encoding=UTF8 --locale=C \
    --auth-local=trust --auth-host=reject --no-instructions --data-checksums";

/// `initdb` options for data that is thrown away.
pub(crate) const INITDB_TEMPORARY: &str = "--username=cusip_app --encoding=UTF8 --locale=C \
    --auth-local=trust --auth-host=reject --no-instructions --no-sync";

/// For bulk loads on a laptop. Nothing replicates from a private server, and without replication
/// `wal_level=minimal` lets a load into a new table skip the log.
const COMMON: &[(&str, &str)] = &[
    ("max_connections", "100"),
    ("maintenance_work_mem", "256MB"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "15min"),
    ("wal_compression", "on"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("cluster_name", "cusip-embedded"),
];

/// Kept data is as durable as PostgreSQL makes it by default.
const KEPT: &[(&str, &str)] = &[("shared_buffers", "512MB")];

/// Data that is gone with the process need not survive a crash of the machine.
const TEMPORARY: &[(&str, &str)] = &[
    ("shared_buffers", "128MB"),
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
];

/// Come last and so cannot be overridden: privacy, readiness and error reports rest on them.
const FIXED: &[(&str, &str)] = &[
    ("unix_socket_permissions", "0700"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
];

/// Whether the data outlives the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Kept,
    Temporary,
}

impl Durability {
    pub(crate) fn initdb_options(self) -> &'static str {
        match self {
            Self::Kept => INITDB_KEPT,
            Self::Temporary => INITDB_TEMPORARY,
        }
    }
}

/// The `-c` values for `postgres`; where a name comes twice, PostgreSQL takes the later one.
pub(crate) fn settings(
    durability: Durability,
    chosen: &[(String, String)],
    socket_folder: &Path,
    loopback_port: Option<u16>,
) -> Vec<String> {
    let by_durability = match durability {
        Durability::Kept => KEPT,
        Durability::Temporary => TEMPORARY,
    };
    let pair = |&(name, value): &(&str, &str)| format!("{name}={value}");
    // A list of folders to PostgreSQL: quoted, so that a comma in the path does not split it.
    let quoted_folder = socket_folder.to_string_lossy().replace('"', "\"\"");

    let mut settings: Vec<String> = COMMON.iter().chain(by_durability).map(pair).collect();
    settings.extend(chosen.iter().map(|(name, value)| format!("{name}={value}")));
    settings.extend(FIXED.iter().map(pair));
    let addresses = if loopback_port.is_some() {
        LOOPBACK
    } else {
        ""
    };
    settings.push(format!("listen_addresses={addresses}"));
    settings.push(format!("port={}", loopback_port.unwrap_or(PORT)));
    settings.push(format!("unix_socket_directories=\"{quoted_folder}\""));
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective(settings: &[String], name: &str) -> Option<String> {
        settings.iter().rev().find_map(|setting| {
            let (found, value) = setting.split_once('=')?;
            (found == name).then(|| value.to_owned())
        })
    }

    #[test]
    fn kept_data_is_never_made_less_durable() {
        let settings = settings(Durability::Kept, &[], Path::new("/tmp/x"), None);
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert_eq!(effective(&settings, name), None, "{name}");
        }
        assert!(!INITDB_KEPT.contains("--no-sync"));
    }

    #[test]
    fn chosen_settings_win_over_ours_except_where_privacy_rests_on_them() {
        let chosen = [
            ("max_wal_size", "1GB"),
            ("listen_addresses", "*"),
            ("port", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = settings(Durability::Temporary, &chosen, Path::new("/tmp/x"), None);
        assert_eq!(effective(&settings, "max_wal_size").as_deref(), Some("1GB"));
        assert_eq!(
            effective(&settings, "listen_addresses").as_deref(),
            Some("")
        );
        assert_eq!(effective(&settings, "port").as_deref(), Some("5432"));
    }

    #[test]
    fn initdb_makes_the_superuser_that_sessions_name() {
        for options in [INITDB_KEPT, INITDB_TEMPORARY] {
            assert!(
                options.contains(&format!("--username={USER} ")),
                "{options}"
            );
        }
    }
}
