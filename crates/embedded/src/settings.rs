//! The private server's names, versions and PostgreSQL settings.
//!
//! Settings are passed on the server's command line and not in `postgresql.conf`, so that a newer
//! release of this program can change them for an existing data folder.

use std::path::Path;

/// The first version with `MERGE`, which the applications use.
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// The superuser, which is also the applications' default user.
pub(crate) const USER: &str = "cusip_app";

/// The database, which is also the applications' default database.
pub(crate) const DATABASE: &str = "cusip";

/// The database to connect to before ours exists. It always exists.
pub(crate) const MAINTENANCE_DATABASE: &str = "template1";

/// The port in the socket's file name. It cannot clash with other servers, because each socket has
/// its own folder. A server that listens on the loopback interface uses its TCP port instead,
/// because PostgreSQL has one port for both.
pub(crate) const PORT: u16 = 5432;

const LOOPBACK: &str = "127.0.0.1";

/// `initdb` options for persistent data.
pub(crate) const INITDB_PERSISTENT: &str = "--username=cusip_app --encoding=UTF8 --locale=C \
    --auth-local=trust --auth-host=reject --no-instructions --data-checksums";

/// `initdb` options for temporary data.
pub(crate) const INITDB_TEMPORARY: &str = "--username=cusip_app --encoding=UTF8 --locale=C \
    --auth-local=trust --auth-host=reject --no-instructions --no-sync";

/// Settings for bulk loads on a laptop. Nothing replicates from a private server, so it can use
/// `wal_level=minimal`, with which a load into a new table skips the log.
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

/// Persistent data has PostgreSQL's default durability.
const PERSISTENT: &[(&str, &str)] = &[("shared_buffers", "512MB")];

/// Temporary data does not need to survive a crash of the machine.
const TEMPORARY: &[(&str, &str)] = &[
    ("shared_buffers", "128MB"),
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
];

/// Come last, so that they cannot be overridden. Privacy and error reports depend on them.
const FIXED: &[(&str, &str)] = &[
    ("unix_socket_permissions", "0700"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
];

/// Whether the data outlives the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Persistent,
    Temporary,
}

impl Durability {
    pub(crate) fn initdb_options(self) -> &'static str {
        match self {
            Self::Persistent => INITDB_PERSISTENT,
            Self::Temporary => INITDB_TEMPORARY,
        }
    }
}

/// Returns the `-c` values for `postgres`. If a name is repeated, PostgreSQL uses the last value.
pub(crate) fn settings(
    durability: Durability,
    chosen: &[(String, String)],
    socket_folder: &Path,
    loopback_port: Option<u16>,
) -> Vec<String> {
    let by_durability = match durability {
        Durability::Persistent => PERSISTENT,
        Durability::Temporary => TEMPORARY,
    };
    let pair = |&(name, value): &(&str, &str)| format!("{name}={value}");
    // PostgreSQL reads a list of folders. The quotes protect a comma in the path.
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
    fn persistent_data_has_full_durability() {
        let settings = settings(Durability::Persistent, &[], Path::new("/tmp/x"), None);
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert_eq!(effective(&settings, name), None, "{name}");
        }
        assert!(!INITDB_PERSISTENT.contains("--no-sync"));
    }

    #[test]
    fn callers_settings_override_all_but_the_private_ones() {
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
    fn initdb_creates_the_superuser() {
        for options in [INITDB_PERSISTENT, INITDB_TEMPORARY] {
            assert!(
                options.contains(&format!("--username={USER} ")),
                "{options}"
            );
        }
    }
}
