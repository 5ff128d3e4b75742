//! The hosts and addresses to connect to.

use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use tokio::net::lookup_host;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts};

use crate::credentials::Credentials;

const DEFAULT_PORT: u16 = 5432;

/// One address of one host, with the configuration for a connection to it.
///
/// The driver can try several hosts on its own, but only with one mode of encryption. With
/// `sslmode=prefer`, the mode depends on each server's answer.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) config: Config,
    pub(crate) host: Host,
}

impl Target {
    /// Returns all addresses of all hosts, in the order to try them.
    pub(crate) async fn all(config: &Config, credentials: &Credentials) -> Vec<Self> {
        let mut targets = Vec::new();
        for (host, address, port) in hosts(config, credentials) {
            let known = |address| Self::new(config, credentials, host.clone(), address, port);
            match (&host, address) {
                (Host::Tcp(name), None) => match lookup_host((name.as_str(), port)).await {
                    Ok(found) => targets.extend(found.map(|found| known(Some(found.ip())))),
                    // The driver will look it up again and report the failure.
                    Err(_) => targets.push(known(None)),
                },
                _ => targets.push(known(address)),
            }
        }
        if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
            let random = RandomState::new();
            let mut numbered: Vec<_> = targets.into_iter().enumerate().collect();
            numbered.sort_by_cached_key(|(number, _)| random.hash_one(number));
            targets = numbered.into_iter().map(|(_, target)| target).collect();
        }
        targets
    }

    /// Returns whether the connection can be encrypted at all.
    pub(crate) fn is_on_network(&self) -> bool {
        matches!(self.host, Host::Tcp(_))
    }

    /// Copies each setting by name, because hosts cannot be removed from a configuration.
    fn new(
        base: &Config,
        credentials: &Credentials,
        host: Host,
        address: Option<IpAddr>,
        port: u16,
    ) -> Self {
        let mut config = Config::new();
        match &host {
            Host::Tcp(name) => config.host(name),
            #[cfg(unix)]
            Host::Unix(folder) => config.host_path(folder),
        };
        if let Some(address) = address {
            config.hostaddr(address);
        }
        config.port(port);
        if let Some(user) = credentials.user.as_deref().or(base.get_user()) {
            config.user(user);
        }
        let password = credentials.password.as_ref().map(String::as_bytes);
        if let Some(password) = password.or(base.get_password()) {
            config.password(password);
        }
        if let Some(name) = credentials.dbname.as_deref().or(base.get_dbname()) {
            config.dbname(name);
        }
        if let Some(options) = base.get_options() {
            config.options(options);
        }
        if let Some(name) = base.get_application_name() {
            config.application_name(name);
        }
        if let Some(timeout) = base.get_connect_timeout() {
            config.connect_timeout(*timeout);
        }
        if let Some(timeout) = base.get_tcp_user_timeout() {
            config.tcp_user_timeout(*timeout);
        }
        if let Some(interval) = base.get_keepalives_interval() {
            config.keepalives_interval(interval);
        }
        if let Some(retries) = base.get_keepalives_retries() {
            config.keepalives_retries(retries);
        }
        config
            .keepalives(base.get_keepalives())
            .keepalives_idle(base.get_keepalives_idle())
            .ssl_negotiation(base.get_ssl_negotiation())
            .target_session_attrs(base.get_target_session_attrs())
            .channel_binding(base.get_channel_binding());
        Self { config, host }
    }
}

/// Returns a database's name for errors and reports, without secrets.
pub(crate) fn place(config: &Config) -> String {
    place_as(config, &Credentials::new())
}

/// Returns a database's name, with the credentials that win over the configuration.
pub(crate) fn place_as(config: &Config, credentials: &Credentials) -> String {
    let mut place = String::new();
    let user = credentials.user.as_deref().or(config.get_user());
    let user = user.unwrap_or("the system's user");
    let name = credentials.dbname.as_deref().or(config.get_dbname());
    let name = name.unwrap_or(user);
    let written = match hosts(config, credentials).first() {
        Some((Host::Tcp(host), _, port)) => write!(place, "{name} on {host}:{port} as {user}"),
        #[cfg(unix)]
        Some((Host::Unix(folder), ..)) => write!(place, "{name} in {} as {user}", folder.display()),
        None => write!(place, "{name} as {user}"),
    };
    written.expect("a String takes every write");
    place
}

/// Returns the hosts to connect to, with the addresses that are given.
pub(crate) fn hosts(
    config: &Config,
    credentials: &Credentials,
) -> Vec<(Host, Option<IpAddr>, u16)> {
    let ports = config.get_ports();
    let port = |number: usize| {
        let port = ports.get(number).or(ports.first()).copied();
        credentials.port.or(port).unwrap_or(DEFAULT_PORT)
    };
    // The driver distinguishes a socket's folder from a host name.
    let mut given = Config::new();
    let (hosts, addresses) = if let Some(host) = &credentials.host {
        (given.host(host).get_hosts(), &[][..])
    } else {
        (config.get_hosts(), config.get_hostaddrs())
    };
    let several = 0..hosts.len().max(addresses.len());
    let host = |number: usize| {
        let address = addresses.get(number).copied();
        // If only an address is given, it is the name to verify.
        let host = hosts.get(number).cloned();
        let host = host.or_else(|| address.map(|address| Host::Tcp(address.to_string())))?;
        Some((host, address, port(number)))
    };
    several.filter_map(host).collect()
}
