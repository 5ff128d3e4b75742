//! Programs that run during a test, and pipes that feed them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::{Run, Signal, TestDatabase, eventually, make_pipe, program, signal, signal_group};

/// How long a pipe waits for the program to open it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. It is killed when the test ends.
#[derive(Debug)]
pub struct Running {
    process: Child,
    stdout: Printed,
    stderr: Printed,
}

impl Running {
    /// Starts `cusip` with these arguments and no `CUSIP_*` variables.
    pub fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = program("cusip");
        command.args(arguments);
        Self::start_command(command)
    }

    /// Starts a command.
    pub fn start_command(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A terminal sends signals to a process group.
            .process_group(0)
            .spawn()
            .expect("the program starts");
        let stdout = process.stdout.take().expect("it is a pipe");
        let stderr = process.stderr.take().expect("it is a pipe");
        Self {
            process,
            stdout: Printed::gather(stdout),
            stderr: Printed::gather(stderr),
        }
    }

    /// Starts `cusip` with these arguments on this database.
    pub fn start_on<S: AsRef<OsStr>>(
        database: &TestDatabase,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        let given = arguments
            .into_iter()
            .map(|argument| argument.as_ref().to_owned());
        Self::start(given.chain(database.arguments().into_iter().map(Into::into)))
    }

    /// Returns the process ID.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal to the program.
    pub fn signal(&self, which: Signal) {
        signal(self.id(), which);
    }

    /// Sends a signal to the program's process group, as a terminal does.
    pub fn signal_group(&self, which: Signal) {
        signal_group(self.id(), which);
    }

    /// Returns whether the program has ended.
    pub fn has_ended(&mut self) -> bool {
        let status = self.process.try_wait().expect("it is our child");
        status.is_some()
    }

    /// Returns the program's peak memory in bytes, while it runs.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let mut lines = status.lines();
        let peak = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes * 1_024)
    }

    /// Returns what the program has printed to standard error so far.
    pub fn messages(&self) -> String {
        self.stderr.text()
    }

    /// Waits until standard error contains this text.
    pub fn await_message(&self, text: &str) {
        eventually(&format!("the program says {text:?}"), || {
            self.stderr.text().contains(text)
        });
    }

    /// Waits until the program ends.
    #[track_caller]
    pub fn end(mut self) -> Run {
        let status = self.status();
        let (stdout, stderr) = (self.stdout.all(), self.stderr.all());
        let Some(code) = status.code() else {
            panic!("the program was ended by {status}: {stderr}");
        };
        Run {
            code,
            stdout,
            stderr,
        }
    }

    /// Kills the program, and asserts that it was still running.
    #[track_caller]
    pub fn kill(self) {
        if let Some(run) = self.kill_unless_ended() {
            panic!("it had ended before: {run:?}");
        }
    }

    /// Kills the program, or returns its run if it had ended before.
    #[track_caller]
    pub fn kill_unless_ended(mut self) -> Option<Run> {
        self.process.kill().expect("it is our child");
        let status = self.status();
        let (stdout, stderr) = (self.stdout.all(), self.stderr.all());
        if status.signal() == Some(Signal::KILL.as_raw()) {
            return None;
        }
        let code = status.code().expect("no one else sends signals");
        Some(Run {
            code,
            stdout,
            stderr,
        })
    }

    #[track_caller]
    fn status(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the program ends", || {
            status = self.process.try_wait().expect("it is our child");
            status.is_some()
        });
        status.expect("that was waited for")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // This fails if the program has ended, which is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The output of a program, read by a thread so that the program never blocks.
#[derive(Debug)]
struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    gathering: Option<JoinHandle<()>>,
}

impl Printed {
    fn gather(mut output: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let gathered = Arc::clone(&bytes);
        let gathering = thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
                gathered.extend_from_slice(&buffer[..length]);
            }
        });
        Self {
            bytes,
            gathering: Some(gathering),
        }
    }

    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Returns all output, once the program has closed it.
    fn all(&mut self) -> String {
        if let Some(gathering) = self.gathering.take() {
            gathering.join().expect("it reads and nothing else");
        }
        self.text()
    }
}

/// A named pipe in place of a file. Dropping it ends the file.
#[derive(Debug)]
pub struct Pipe {
    path: PathBuf,
    writer: Option<File>,
}

impl Pipe {
    /// Creates a pipe at this path.
    pub fn new(path: PathBuf) -> Self {
        make_pipe(&path);
        Self { path, writer: None }
    }

    /// Returns the path of the pipe.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes bytes, and waits until the program has read all but the last 64 KiB.
    pub fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).expect("the program reads");
    }

    /// Writes the rest unless the program has stopped reading, and ends the file.
    pub fn end(mut self, rest: &[u8]) {
        if let Err(error) = self.try_write(rest) {
            assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let path = &self.path;
        let writer = self.writer.get_or_insert_with(|| open_for_reader(path));
        writer.write_all(bytes)
    }
}

/// Opens a pipe for writing. That blocks until the program opens it, so a thread does it.
fn open_for_reader(path: &Path) -> File {
    let (sender, opened) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || sender.send(File::options().write(true).open(path)));
    let opened = opened.recv_timeout(PATIENCE);
    let file = opened.expect("the program opens the pipe");
    file.expect("the pipe is there")
}
