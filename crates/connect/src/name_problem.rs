//! Mistakes in the names of hosts, databases and users, which servers report in misleading ways.

use std::net::IpAddr;

use thiserror::Error;

/// What is wrong with the name of a host, database or user.
///
/// The text follows the name of the setting, and never shows the value, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// It is a URL or another connection string.
    #[error("is a URL or a connection string; set only the name")]
    ConnectionString,
    /// It contains a port.
    #[error("contains a port or a colon; set the port in its own setting")]
    Port,
    /// It is an IPv6 address in brackets.
    #[error("is in brackets; leave them out")]
    Brackets,
    /// It has several names, separated by commas.
    #[error("names several hosts; name one")]
    Several,
    /// It contains a blank or a line break where none can be.
    #[error("starts or ends with a blank or contains a line break; remove it")]
    Blank,
}

/// Checks the name of a host, or the folder of a socket.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_host(host: &str) -> Result<(), NameProblem> {
    check_name(host)?;
    if host.starts_with('/') {
        return Ok(());
    }
    if host.contains(['/', '@']) {
        return Err(NameProblem::ConnectionString);
    }
    if host.contains(',') {
        return Err(NameProblem::Several);
    }
    if host.contains(char::is_whitespace) {
        return Err(NameProblem::Blank);
    }
    if host.starts_with('[') && host.ends_with(']') {
        return Err(NameProblem::Brackets);
    }
    // A link-local address ends in its interface: fe80::1%eth0.
    let address = host.split('%').next().unwrap_or_default();
    if host.contains(':') && address.parse::<IpAddr>().is_err() {
        return Err(NameProblem::Port);
    }
    Ok(())
}

/// Checks the name of a database or a user.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), NameProblem> {
    if name.contains("://") || name.contains("password=") {
        return Err(NameProblem::ConnectionString);
    }
    if name != name.trim() || name.contains(char::is_control) {
        return Err(NameProblem::Blank);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_with_more_than_a_name_is_refused() {
        use NameProblem::{Blank, Brackets, ConnectionString, Port, Several};
        for (host, problem) in [
            ("db.example.com:5432", Port),
            ("10.0.0.1:5432", Port),
            ("[::1]:5432", Port),
            ("db:", Port),
            ("[::1]", Brackets),
            ("a.example.com,b.example.com", Several),
            ("a:5432,b:5432", Several),
            ("db.example.com ", Blank),
            ("db.example.com\n", Blank),
            ("/var/run/postgresql\n", Blank),
            ("db example", Blank),
            ("postgresql://ada:swordfish@db/cusip", ConnectionString),
            ("ada:swordfish@db", ConnectionString),
            ("db/cusip", ConnectionString),
            ("host=db password=swordfish", ConnectionString),
        ] {
            assert_eq!(check_host(host), Err(problem), "{host}");
            assert!(!problem.to_string().contains("swordfish"));
        }
        for host in [
            "localhost",
            "db.example.com",
            "10.0.0.1",
            "::1",
            "2001:db8::1",
            "fe80::1%eth0",
            "/var/run/postgresql",
            "/tmp/with blank",
        ] {
            assert_eq!(check_host(host), Ok(()), "{host}");
        }
    }
}
