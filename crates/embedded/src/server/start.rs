//! A server that this process starts.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::error::Error;
use crate::folder::{PersistentFolder, RunFolder};
use crate::installation::{Installation, Installations};
use crate::log::{Log, LogWriter};
use crate::options::ServerOptions;
use crate::session::{SessionError, ensure_database};
use crate::settings::{Durability, PORT, settings};
use crate::status::ServerStatus;
use crate::supervisor::{Launch, Supervisor};
use crate::users::UserPipe;

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A server that this process started.
#[derive(Debug)]
pub(super) struct Started {
    supervisor: Supervisor,
    run_folder: RunFolder,
    log: Log,
    durability: Durability,
    pub(super) data_folder: PathBuf,
    pub(super) port: u16,
    pub(super) version: String,
    pub(super) process_id: u32,
}

impl Started {
    /// Starts a server whose data is removed when it ends.
    pub(super) fn temporary(
        installations: &Installations,
        options: &ServerOptions,
    ) -> Result<Self, Error> {
        let account = Account::for_new_data()?;
        let run_folder = RunFolder::create(&account)?;
        let (writer, log) = run_folder.open_log(&account)?;
        let place = Place {
            durability: Durability::Temporary,
            data_folder: run_folder.data_folder(),
            pipe_folder: run_folder.path().to_owned(),
            account: &account,
        };
        Self::launch(
            place,
            run_folder,
            (writer, log),
            installations.preferred()?,
            options,
        )
    }

    /// Starts a server in a folder.
    pub(super) fn in_folder(
        folder: &PersistentFolder,
        writer: LogWriter,
        log: Log,
        installations: &Installations,
        options: &ServerOptions,
    ) -> Result<Self, Error> {
        let run_folder = RunFolder::create(folder.account())?;
        let data_folder = folder.data_folder();
        let installation = match folder.data_version()? {
            Some(major) => installations.for_data(&data_folder, &major)?,
            None => installations.preferred()?,
        };
        let place = Place {
            durability: Durability::Persistent,
            data_folder,
            pipe_folder: folder.path().to_owned(),
            account: folder.account(),
        };
        Self::launch(place, run_folder, (writer, log), installation, options)
    }

    pub(super) fn socket_folder(&self) -> &Path {
        self.run_folder.path()
    }

    pub(super) fn log_path(&self) -> &Path {
        self.log.path()
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.supervisor.exit_status(), Ok(None))
    }

    /// Leaves the server to its other users.
    pub(super) fn leave(mut self) {
        self.supervisor.leave();
        self.run_folder.keep();
    }

    /// Stops the server and waits until it is down.
    pub(super) fn stop(mut self) -> Result<(), Error> {
        let status = self.supervisor.stop()?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Stop {
            status,
            log: self.remaining_log(),
            excerpt: self.log.excerpt(),
        })
    }

    fn launch(
        place: Place<'_>,
        run_folder: RunFolder,
        (writer, log): (LogWriter, Log),
        installation: &Installation,
        options: &ServerOptions,
    ) -> Result<Self, Error> {
        place
            .account
            .check_reach(&installation.program("postgres"))?;
        run_folder.hand_over(place.account)?;
        let pipe = UserPipe::create(&place.pipe_folder, place.account)?;
        let launch = Launch {
            installation,
            account: place.account,
            durability: place.durability,
            settings: settings(
                place.durability,
                &options.settings,
                run_folder.path(),
                options.loopback_port,
            ),
            run_folder: run_folder.path(),
            data_folder: &place.data_folder,
        };
        let supervisor = Supervisor::start(launch, pipe, writer)?;
        let mut started = Self {
            supervisor,
            run_folder,
            log,
            durability: place.durability,
            data_folder: place.data_folder,
            port: options.loopback_port.unwrap_or(PORT),
            version: String::new(),
            process_id: 0,
        };
        match started.wait_for_database(options) {
            Ok((process_id, version)) => {
                (started.process_id, started.version) = (process_id, version);
                Ok(started)
            }
            Err(error) => {
                // The error already says what is wrong.
                let _ = started.supervisor.stop();
                Err(error)
            }
        }
    }

    /// Waits until the server accepts connections and has the database. Returns its process id and
    /// version.
    fn wait_for_database(&self, options: &ServerOptions) -> Result<(u32, String), Error> {
        let (database, timeout) = (&options.database, options.startup_timeout);
        let began = Instant::now();
        loop {
            if let Some(status) = self.supervisor.exit_status()? {
                return Err(Error::Start {
                    status,
                    log: self.remaining_log(),
                    excerpt: self.log.excerpt(),
                });
            }
            let remaining = timeout.saturating_sub(began.elapsed());
            match self.try_database(database, remaining) {
                Ok(found) => return Ok(found),
                Err(SessionError::NotReady) => {}
                Err(SessionError::Rejected(message)) => {
                    return Err(Error::Database {
                        database: database.clone(),
                        message,
                    });
                }
                Err(SessionError::Io(error)) => {
                    return Err(Error::io("connect to", &self.run_folder.socket(self.port))(
                        error,
                    ));
                }
            }
            if remaining.is_zero() {
                return Err(Error::StartTimeout {
                    seconds: timeout.as_secs(),
                    log: self.remaining_log(),
                    excerpt: self.log.excerpt(),
                });
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn try_database(
        &self,
        database: &str,
        timeout: Duration,
    ) -> Result<(u32, String), SessionError> {
        // Checks the status file first, because the server logs an early connection as an error.
        let status = ServerStatus::read(&self.data_folder)
            .filter(|status| status.ready)
            .ok_or(SessionError::NotReady)?;
        let version = ensure_database(self.socket_folder(), self.port, database, timeout)?;
        Ok((status.process_id, version))
    }

    /// Returns the log's path if the log stays after the server has ended.
    fn remaining_log(&self) -> Option<PathBuf> {
        (self.durability == Durability::Persistent).then(|| self.log.path().to_owned())
    }
}

/// Where a server's files are, and who runs it.
struct Place<'a> {
    durability: Durability,
    data_folder: PathBuf,
    pipe_folder: PathBuf,
    account: &'a Account,
}
