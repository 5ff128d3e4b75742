//! The process between users and server: it starts the server, and stops it when the last user is gone.
//!
//! It is a shell with a short script. The supervisor must survive its users' sudden death, so it must
//! be a process of its own. Running our own code in another process would need `fork`, which is
//! `unsafe`, or a second binary, which a library cannot ship.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::account::Account;
use crate::error::Error;
use crate::installation::Installation;
use crate::settings::Durability;
use crate::users::UserPipe;

const SHELL: &str = "/bin/sh";
const SCRIPT: &str = include_str!("supervisor.sh");

/// The only variables passed to the server: no credentials, no `PG…` variables.
const PASSED_VARIABLES: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// A running supervisor. The server ends with it.
#[derive(Debug)]
pub(crate) struct Supervisor {
    process: Mutex<Child>,
    /// The pipe that keeps the server running, until this user leaves.
    pipe: Option<File>,
}

/// How to start the server.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) installation: &'a Installation,
    pub(crate) account: &'a Account,
    pub(crate) durability: Durability,
    pub(crate) settings: Vec<String>,
    pub(crate) run_folder: &'a Path,
    pub(crate) data_folder: &'a Path,
}

impl Supervisor {
    /// Starts the server, after `initdb` if there is no data folder yet.
    ///
    /// Only the server's processes get `log`, and with it its lock.
    pub(crate) fn start(launch: Launch<'_>, pipe: UserPipe, log: File) -> Result<Self, Error> {
        let run_error = |source| Error::Run {
            program: SHELL.into(),
            account: launch.account.name(),
            source,
        };
        let mut command = Command::new(SHELL);
        command
            .args(["-c", SCRIPT, "cusip-supervisor"])
            .args([launch.run_folder, launch.data_folder])
            .arg(launch.installation.program("initdb"))
            .arg(launch.durability.initdb_options())
            .arg(launch.installation.program("postgres"))
            .arg("-D")
            .arg(launch.data_folder);
        for setting in &launch.settings {
            command.args(["-c", setting]);
        }
        command
            .env_clear()
            .envs(passed_variables())
            .env("LC_ALL", "C")
            // The server's account may not be allowed into the caller's folder.
            .current_dir("/")
            // Ctrl-C in a terminal goes to the owner's process group. The owner decides when to stop.
            .process_group(0)
            .stdin(pipe.read)
            .stdout(log.try_clone().map_err(run_error)?)
            .stderr(log);
        launch.account.apply(&mut command);
        let process = command.spawn().map_err(run_error)?;
        Ok(Self {
            process: Mutex::new(process),
            pipe: Some(pipe.write),
        })
    }

    /// Returns the server's exit status, or `None` while it runs.
    pub(crate) fn exit_status(&self) -> Result<Option<ExitStatus>, Error> {
        self.process()
            .try_wait()
            .map_err(Error::io("watch", Path::new(SHELL)))
    }

    /// Leaves the server. It runs on if it has other users.
    pub(crate) fn leave(&mut self) {
        self.pipe = None;
    }

    /// Leaves the server as its last user, and waits until it has ended.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus, Error> {
        self.leave();
        self.process()
            .wait()
            .map_err(Error::io("wait for", Path::new(SHELL)))
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn passed_variables() -> impl Iterator<Item = (&'static str, OsString)> {
    PASSED_VARIABLES
        .into_iter()
        .filter_map(|name| Some((name, env::var_os(name)?)))
}
