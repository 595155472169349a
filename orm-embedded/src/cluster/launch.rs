//! Starting a supervisor with its server, and waiting until the server takes connections.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::account::Account;
use super::instance::{Instance, Membership, Postmaster};
use super::settings;
use super::state_dir::Sharing;
use crate::binaries::{self, Binaries};
use crate::error::{Error, ErrorKind};
use crate::settings::Settings;

const SUPERVISE: &str = include_str!("supervise.sh");

/// `initdb` takes about a second, on a slow and busy machine perhaps twenty.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// Long enough for a runner with a process per test to start its next one.
const LINGER_SHARED: &str = "2";

/// What is known before any directory is made, so that a process that is killed in between has
/// next to no time to leave one.
pub(crate) struct Launcher {
    pub(crate) account: Account,
    pub(crate) binaries: Binaries,
    initdb_options: String,
}

impl Launcher {
    /// Finds the binaries and the user to run them as.
    ///
    /// # Errors
    ///
    /// As [`binaries::find`] and [`Account::for_server`].
    pub(crate) fn new() -> Result<Launcher, Error> {
        let account = Account::for_server()?;
        let binaries = binaries::find(&account)?;
        let initdb_options = settings::initdb_options(&binaries);
        Ok(Launcher {
            account,
            binaries,
            initdb_options,
        })
    }

    /// Starts the supervisor of `instance`, which makes and starts the server, and becomes its client.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] when the supervisor does not come up.
    pub(crate) fn launch(
        &self,
        instance: &Instance,
        sharing: Sharing,
        settings: &Settings,
    ) -> Result<Membership, Error> {
        let mut supervisor = self.spawn(instance, sharing, settings)?;
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(membership) = instance.join() {
                reap_in_background(supervisor);
                return Ok(membership);
            }
            if let Ok(Some(status)) = supervisor.try_wait() {
                let sentence = format!(
                    "the supervisor of the private PostgreSQL server ended at once ({status}); it \
                     needs a POSIX shell at /bin/sh and the commands mkfifo, mv, rm and sleep in PATH"
                );
                return Err(Error::new(ErrorKind::Start, sentence));
            }
            self.pause(instance, deadline)?;
        }
    }

    /// Waits until the server takes connections.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] with the end of the server's log.
    pub(crate) fn wait_until_ready(&self, instance: &Instance) -> Result<Postmaster, Error> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(postmaster) = instance.running() {
                return Ok(postmaster);
            }
            if instance.has_exited() {
                return Err(self.failed(instance, "ended while starting"));
            }
            self.pause(instance, deadline)?;
        }
    }

    fn pause(&self, instance: &Instance, deadline: Instant) -> Result<(), Error> {
        if Instant::now() > deadline {
            return Err(self.failed(instance, "did not take connections in time"));
        }
        std::thread::sleep(Duration::from_millis(4));
        Ok(())
    }

    fn failed(&self, instance: &Instance, how: &str) -> Error {
        let sentence = format!(
            "the private PostgreSQL server of {} {how}. Its log ends with:\n{}\n\
             Mend that, choose other binaries with PG_BIN_DIR, or set DATABASE_URL to a running \
             server.",
            self.binaries.dir.display(),
            instance.log_tail()
        );
        Error::new(ErrorKind::Start, sentence)
    }

    fn spawn(&self, instance: &Instance, sharing: Sharing, settings: &Settings) -> Result<Child, Error> {
        let mut command = self.supervisor(instance, sharing);
        for parameter in settings.parameters() {
            let _ = command.arg("-c").arg(parameter);
        }
        // Last, so that no setting moves the server to where nobody looks for it.
        let _ = command.arg("-k").arg(instance.path());
        let _ = match settings.is_on_tcp() {
            // By a socket in its own directory only: no port to choose, none to guard.
            false => command.args(["-c", "listen_addresses=", "-c", "port=5432"]),
            true => command
                .args(["-c", "listen_addresses=127.0.0.1", "-c"])
                .arg(format!("port={}", free_port()?)),
        };
        clean_environment(&mut command);
        self.account.runs(&mut command);
        command
            // Its own group: a Ctrl-C or a kill of ours must not reach it before it has cleaned up.
            .process_group(0)
            .current_dir("/")
            // Detached: test runners wait until every copy of their pipes is closed.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|cause| {
                let sentence = format!("could not run /bin/sh for the private server: {cause}");
                Error::new(ErrorKind::Start, sentence).because(cause)
            })
    }

    fn supervisor(&self, instance: &Instance, sharing: Sharing) -> Command {
        let linger = match sharing {
            Sharing::Shared => LINGER_SHARED,
            Sharing::Private => "0",
        };
        let mut command = Command::new("/bin/sh");
        let _ = command
            .args(["-c", SUPERVISE, "orm-embedded"])
            .arg(instance.path())
            .arg(linger)
            .arg(self.binaries.initdb())
            .arg(&self.initdb_options)
            .arg(self.binaries.postgres())
            .arg("-D")
            .arg(instance.path().join("data"));
        for setting in settings::SERVER {
            let _ = command.args(["-c", setting]);
        }
        command
    }
}

/// Nothing of the caller's `PGDATA`, `LC_ALL` and the like may reach the server.
fn clean_environment(command: &mut Command) {
    let _ = command.env_clear().env("LC_ALL", "C");
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            let _ = command.env(name, value);
        }
    }
}

/// A port that was free a moment ago; should someone take it meanwhile, the server says so and the
/// caller tries again.
fn free_port() -> Result<u16, Error> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|cause| {
            let sentence = format!("could not find a free port on 127.0.0.1: {cause}");
            Error::new(ErrorKind::Start, sentence).because(cause)
        })
}

/// The supervisor outlives most of its clients; if it ends first, it must not stay as a zombie.
fn reap_in_background(mut supervisor: Child) {
    let _ = std::thread::Builder::new()
        .name("orm-embedded reap".to_owned())
        .spawn(move || supervisor.wait());
}
