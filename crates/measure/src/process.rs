//! Worker processes, seen from the main one: none outlives it, and none dies unnoticed.

use halo2_offload_engine::CPU_VARIABLE;
use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
        Arc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    error::{Error, Result},
    worker::{read_line, write_line, Job, Reply, Request},
};

/// How soon an interrupt is noticed.
const ATTENTION: Duration = Duration::from_millis(50);
/// How much of what a worker says on stderr is kept for an error.
const KEPT_BYTES: usize = 16 << 10;

/// A wish to stop, set from a signal handler or another thread.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks for the measurement to end with an error.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether that was asked for.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// How to start a worker: a program, its arguments, and after them the job in JSON.
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program.
    pub program: PathBuf,
    /// Its arguments before the job.
    pub arguments: Vec<OsString>,
}

/// To be called by a worker when it starts: it is killed if the main process ends, however.
/// Elsewhere than on Linux it ends by itself when it next looks for a request.
pub fn die_with_parent() {
    #[cfg(target_os = "linux")]
    if let Err(error) =
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
    {
        tracing::warn!(%error, "this process may outlive its parent");
    }
}

/// To be called by a program when it starts: a file that is too large for the limits of the process is an error of
/// whoever writes it, not the end of the process without a word.
pub fn report_files_that_are_too_large() {
    #[cfg(unix)]
    // SAFETY: the signal is ignored, so that no code of ours runs when it comes.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// A worker process.
pub(crate) struct Worker {
    title: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<io::Result<String>>,
    stderr: Option<JoinHandle<String>>,
    interrupt: Interrupt,
}

impl Worker {
    pub(crate) fn start(launcher: &Launcher, job: &Job, interrupt: &Interrupt) -> Result<Self> {
        let title = job.title();
        let talk = |source| Error::Talk {
            worker: title.clone(),
            source,
        };
        let json = serde_json::to_string(job).map_err(|error| talk(error.into()))?;
        let mut child = Command::new(&launcher.program)
            .args(&launcher.arguments)
            .arg(json)
            // What was chosen here, by a flag perhaps, is chosen there.
            .env(CPU_VARIABLE, job.cpu_kernels().name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(talk)?;
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let (sender, lines) = mpsc::channel();
        // From here on the child is ended whatever happens.
        let mut worker = Self {
            title: title.clone(),
            stdin: child.stdin.take(),
            child,
            lines,
            stderr: None,
            interrupt: interrupt.clone(),
        };
        // A thread that cannot be started is an error; `thread::spawn` would panic.
        thread::Builder::new()
            .spawn(move || listen(stdout, &sender))
            .map_err(talk)?;
        worker.stderr = stderr
            .map(|pipe| thread::Builder::new().spawn(|| keep(pipe)))
            .transpose()
            .map_err(talk)?;
        Ok(worker)
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Reply> {
        let asked = match &mut self.stdin {
            Some(stdin) => write_line(stdin, request),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        match asked {
            Ok(()) => self.hear(),
            // It is gone, and says more by how it went.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.epitaph()),
            Err(source) => Err(self.talk(source)),
        }
    }

    /// Waits for what the worker says next.
    pub(crate) fn hear(&mut self) -> Result<Reply> {
        loop {
            if self.interrupt.is_set() {
                return Err(Error::Interrupted);
            }
            match self.lines.recv_timeout(ATTENTION) {
                Ok(Ok(line)) => {
                    return read_line(&line).map_err(|_| self.protocol(line, "a reply"))
                }
                Ok(Err(source)) => return Err(self.talk(source)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.epitaph()),
            }
        }
    }

    /// It said something else than `expected`.
    pub(crate) fn unexpected(&self, reply: &Reply, expected: &'static str) -> Error {
        self.protocol(format!("{reply:?}"), expected)
    }

    fn protocol(&self, said: String, expected: &'static str) -> Error {
        Error::Protocol {
            worker: self.title.clone(),
            said,
            expected,
        }
    }

    fn talk(&self, source: io::Error) -> Error {
        Error::Talk {
            worker: self.title.clone(),
            source,
        }
    }

    /// How it ended, and what it said last.
    fn epitaph(&mut self) -> Error {
        self.stdin = None;
        let status = self.child.wait().ok();
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok());
        if self.interrupt.is_set() || status.is_some_and(interrupted) {
            return Error::Interrupted;
        }
        Error::Worker {
            worker: self.title.clone(),
            status,
            stderr: stderr.unwrap_or_default(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Neither can fail in a way that leaves the process running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// By a signal that the terminal sends to both of us.
#[cfg(unix)]
fn interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    matches!(
        status.signal(),
        Some(libc::SIGINT | libc::SIGTERM | libc::SIGHUP)
    )
}

#[cfg(not(unix))]
fn interrupted(_: ExitStatus) -> bool {
    false
}

fn listen(stdout: Option<ChildStdout>, heard: &Sender<io::Result<String>>) {
    let lines = stdout
        .into_iter()
        .flat_map(|pipe| BufReader::new(pipe).lines());
    for line in lines {
        if heard.send(line).is_err() {
            break;
        }
    }
}

/// Passes stderr on where logging was asked for, and keeps the end of it.
fn keep(mut pipe: ChildStderr) -> String {
    let pass_on = std::env::var_os("RUST_LOG").is_some();
    let mut kept = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut piece) {
        if pass_on {
            // If stderr is closed, nobody is there to be told.
            let _ = io::stderr().write_all(&piece[..count]);
        }
        kept.extend_from_slice(&piece[..count]);
        if kept.len() > 2 * KEPT_BYTES {
            kept.drain(..kept.len() - KEPT_BYTES);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
