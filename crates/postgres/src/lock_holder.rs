//! The session that holds the load lock.

/// The session that holds the load lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockHolder {
    /// The ID of its process on the server, for `pg_terminate_backend`.
    pub process: i32,
    /// The role that it logged in as.
    pub user: Option<String>,
    /// The address that it comes from, or `the server's machine`, if this role may see that.
    pub address: Option<String>,
    /// The name that its program gave itself, if this role may see that.
    pub application: Option<String>,
    /// Since when its transaction has been open, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub since: Option<String>,
    /// Whether this role may end it.
    pub may_end: bool,
}

impl LockHolder {
    /// Describes the session, e.g. `server process 4711 of ada on laptop, running psql, since …`. The job
    /// log may know the host.
    #[must_use]
    pub fn description(&self, host: Option<&str>) -> String {
        let mut text = format!("server process {}", self.process);
        if let Some(user) = &self.user {
            text.push_str(&format!(" of {user}"));
        }
        if let Some(host) = host.or(self.address.as_deref()) {
            text.push_str(&format!(" on {host}"));
        }
        if let Some(application) = &self.application {
            text.push_str(&format!(", running {application}"));
        }
        if let Some(since) = &self.since {
            text.push_str(&format!(", since {since}"));
        }
        text
    }

    /// Returns the statement that ends the session, and who may run it.
    #[must_use]
    pub fn remedy(&self) -> String {
        let process = self.process;
        let user = match &self.user {
            Some(user) if !self.may_end => format!(" as {user} or a superuser"),
            _ => String::new(),
        };
        format!("`select pg_terminate_backend({process})`{user}")
    }
}
