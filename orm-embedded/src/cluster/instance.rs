//! One server's directory: the data, the socket, the log, and the FIFO that its clients hold open.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

/// The directory of one server, alive or not.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    path: PathBuf,
}

/// This process counts as a client for as long as this lives; the kernel ends it with the process.
#[derive(Debug)]
pub(crate) struct Membership {
    _clients: File,
}

/// What the server says of itself in `postmaster.pid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    pub(crate) port: u16,
    pub(crate) ready: bool,
}

impl Instance {
    pub(crate) fn at(path: PathBuf) -> Instance {
        Instance { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether other processes may join: see [`super::state_dir::Sharing`].
    pub(crate) fn is_shared(&self) -> bool {
        let name = self.path.file_name();
        name.is_some_and(|name| name.to_string_lossy().starts_with("s-"))
    }

    /// Becomes a client; `None` when no supervisor lives, or it has shut the door already.
    pub(crate) fn join(&self) -> Option<Membership> {
        let mut clients = open_for_writing(&self.path.join("clients"))?;
        // The line tells a supervisor in its pause that somebody came, even one who left again.
        clients.write_all(b"client\n").ok()?;
        Some(Membership { _clients: clients })
    }

    /// Reads `postmaster.pid`; `None` until the server has written it.
    pub(crate) fn postmaster(&self) -> Option<Postmaster> {
        parse_postmaster(&fs::read_to_string(self.path.join("data/postmaster.pid")).ok()?)
    }

    /// Whether the server takes connections on its socket.
    pub(crate) fn accepts(&self, port: u16) -> bool {
        UnixStream::connect(self.path.join(format!(".s.PGSQL.{port}"))).is_ok()
    }

    /// The running server, if it takes connections.
    pub(crate) fn running(&self) -> Option<Postmaster> {
        let postmaster = self.postmaster()?;
        (postmaster.ready && self.accepts(postmaster.port)).then_some(postmaster)
    }

    /// Whether the server, or `initdb` before it, has ended.
    pub(crate) fn has_exited(&self) -> bool {
        self.path.join("exited").exists()
    }

    /// The last lines that `initdb` and the server wrote.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.path.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.trim_end().lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Stops the server and removes its files if its supervisor is dead.
    ///
    /// To be called under the state directory's lock, so that no instance is half made by a living
    /// process. A supervisor that is about to stop keeps its FIFO open under the name `closing`.
    pub(crate) fn clear_if_abandoned(&self) {
        let supervised = ["clients", "closing"]
            .iter()
            .any(|name| open_for_writing(&self.path.join(name)).is_some());
        if supervised {
            return;
        }
        self.stop_orphan();
        let _ = fs::remove_dir_all(&self.path);
    }

    /// A server whose supervisor was killed. Only a server that answers on the socket in its own
    /// directory is known to be the one that wrote the process id there; any other process id may
    /// by now, after a reboot say, be somebody else's.
    fn stop_orphan(&self) {
        let Some(postmaster) = self.postmaster() else {
            return;
        };
        let Some(pid) = i32::try_from(postmaster.pid).ok().and_then(Pid::from_raw) else {
            return;
        };
        if !self.accepts(postmaster.port) {
            return;
        }
        let _ = kill_process(pid, Signal::QUIT);
        let _ = kill_process(pid, Signal::CONT);
        let deadline = Instant::now() + Duration::from_secs(6);
        while self.accepts(postmaster.port) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        if self.accepts(postmaster.port) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Opens a FIFO without waiting: fails at once when nobody reads it.
fn open_for_writing(fifo: &Path) -> Option<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits();
    OpenOptions::new()
        .write(true)
        .custom_flags(i32::try_from(flags).ok()?)
        .open(fifo)
        .ok()
}

/// Line 1 is the process id, line 4 the port, line 8 the state ("ready   " once it takes connections).
fn parse_postmaster(text: &str) -> Option<Postmaster> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Some(Postmaster {
        pid: lines.first()?.parse().ok()?,
        port: lines.get(3)?.parse().ok()?,
        ready: lines.get(7).is_some_and(|state| *state == "ready"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_ready_when_its_eighth_line_says_so() {
        let starting = "42\n/d\n1700000000\n5432\n/s\n\n 1 2\nstarting\n";
        let expected = Postmaster {
            pid: 42,
            port: 5432,
            ready: false,
        };
        assert_eq!(parse_postmaster(starting), Some(expected));
        let ready = starting.replace("starting", "ready   ");
        assert!(parse_postmaster(&ready).is_some_and(|postmaster| postmaster.ready));
    }

    #[test]
    fn a_half_written_file_is_not_a_server() {
        assert_eq!(parse_postmaster("42\n/d\n17"), None);
        assert_eq!(parse_postmaster(""), None);
    }
}
