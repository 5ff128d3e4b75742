//! The process between owner and server: it starts the server, and stops it when the owner is gone.
//!
//! A shell with a few lines of script, since it must outlive the owner's sudden death and code of
//! our own can run in another process only by `fork`, which needs `unsafe`, or from a second
//! binary, which a library cannot bring along.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::account::Account;
use crate::configuration::Durability;
use crate::error::Error;
use crate::installation::Installation;

const SHELL: &str = "/bin/sh";
const SCRIPT: &str = include_str!("keeper.sh");

/// All that reaches the server of the caller's environment: no credentials, no `PG…` variables.
const PASSED_ON: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// A running keeper; its death is the server's end.
#[derive(Debug)]
pub(crate) struct Keeper {
    process: Mutex<Child>,
}

/// What the keeper is to run.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    pub(crate) installation: &'a Installation,
    pub(crate) account: &'a Account,
    pub(crate) durability: Durability,
    pub(crate) settings: Vec<String>,
    pub(crate) run_folder: &'a Path,
    pub(crate) data_folder: &'a Path,
}

impl Keeper {
    /// Starts the server, after `initdb` where there is no data folder yet.
    ///
    /// `log` goes to the server's processes alone, with the lock that is on it.
    pub(crate) fn start(task: Task<'_>, log: File) -> Result<Self, Error> {
        let run_error = |source| Error::Run {
            program: SHELL.into(),
            account: task.account.name(),
            source,
        };
        let mut command = Command::new(SHELL);
        command
            .args(["-c", SCRIPT, "cusip-keeper"])
            .args([task.run_folder, task.data_folder])
            .arg(task.installation.program("initdb"))
            .arg(task.durability.initdb_options())
            .arg(task.installation.program("postgres"))
            .arg("-D")
            .arg(task.data_folder);
        for setting in &task.settings {
            command.args(["-c", setting]);
        }
        command
            .env_clear()
            .envs(passed_on())
            .env("LC_ALL", "C")
            // The caller's folder may be closed to the server's account.
            .current_dir("/")
            // A terminal's Ctrl-C goes to the owner's group: the owner decides when to stop.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(run_error)?)
            .stderr(log);
        task.account.apply(&mut command);
        let process = command.spawn().map_err(run_error)?;
        Ok(Self {
            process: Mutex::new(process),
        })
    }

    /// How the server ended, or `None` while it runs.
    pub(crate) fn ended(&self) -> Result<Option<ExitStatus>, Error> {
        self.process()
            .try_wait()
            .map_err(Error::io("watch", Path::new(SHELL)))
    }

    /// Tells the server to shut down and waits until it has; at once when it is down already.
    pub(crate) fn stop(&self) -> Result<ExitStatus, Error> {
        let mut process = self.process();
        drop(process.stdin.take());
        process
            .wait()
            .map_err(Error::io("wait for", Path::new(SHELL)))
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "embedded server not stopped"
            );
        }
    }
}

fn passed_on() -> impl Iterator<Item = (&'static str, OsString)> {
    PASSED_ON
        .into_iter()
        .filter_map(|name| Some((name, env::var_os(name)?)))
}
