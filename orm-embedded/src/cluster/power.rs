//! Faults on order: a private server that is paused, stopped, killed and started again.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Cluster;
use super::launch::Launcher;
use crate::error::{Error, ErrorKind};

/// A fast shutdown waits for nobody; a busy machine may still take its time.
const END_TIMEOUT: Duration = Duration::from_secs(60);

impl Cluster {
    /// Sends a signal to the server and all of its processes, to the first of them first: while that is stopped it makes
    /// no more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] for a server that others share, or that does not run.
    pub(crate) fn signal_all(&self, signal: Signal) -> Result<(), Error> {
        let pid = self.own_pid()?;
        if signal == Signal::KILL {
            let _ = kill_process(pid, Signal::STOP);
        }
        let _ = kill_process(pid, signal);
        for child in children(self.pid()) {
            let _ = kill_process(child, signal);
        }
        Ok(())
    }

    /// Ends the server, so that it can be started again: by a fast shutdown, or as a crash of the machine would.
    ///
    /// # Errors
    ///
    /// As [`signal_all`](Self::signal_all), and [`ErrorKind::Files`].
    pub(crate) fn end(&self, crash: bool) -> Result<(), Error> {
        let pid = self.own_pid()?;
        let stopped = self.instance.path().join("stopped");
        fs::write(&stopped, "").map_err(|cause| Error::file("make", &stopped, cause))?;
        let processes = children(self.pid());
        match crash {
            true => self.signal_all(Signal::KILL)?,
            false => drop(kill_process(pid, Signal::INT)),
        }
        let all_gone = || !self.runs() && processes.iter().all(|process| !lives(*process));
        wait(all_gone, "the private server did not end in time")
    }

    /// Starts the server again, with the data it had.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] when it was not ended by [`end`](Self::end), and when it does not come up.
    pub(crate) fn start_again(&self) -> Result<(), Error> {
        let stopped = self.instance.path().join("stopped");
        fs::remove_file(stopped).map_err(|cause| {
            let sentence = "the server was not stopped by `stop` or `kill`, so it cannot be started again";
            Error::new(ErrorKind::Start, sentence).because(cause)
        })?;
        // The supervisor is the one that starts it: what was written of the last run does not count.
        wait(|| self.runs(), "the supervisor did not start the server again")?;
        let launcher = Launcher::new()?;
        let postmaster = launcher.wait_until_ready(&self.instance)?;
        self.pid.store(postmaster.pid, Ordering::Release);
        Ok(())
    }

    /// Whether the supervisor has a server running: it says whose process id it is, and nothing once that has ended.
    fn runs(&self) -> bool {
        let said = fs::metadata(self.instance.path().join("pid"));
        said.is_ok_and(|said| said.len() > 0)
    }

    fn own_pid(&self) -> Result<Pid, Error> {
        if self.instance.is_shared() {
            let sentence =
                "other processes use this server: only one of `Server::private` can be paused, stopped or killed";
            return Err(Error::new(ErrorKind::Start, sentence));
        }
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        pid.filter(|_| self.runs())
            .ok_or_else(|| Error::new(ErrorKind::Start, "the private server does not run"))
    }
}

fn wait(mut until: impl FnMut() -> bool, otherwise: &str) -> Result<(), Error> {
    let deadline = Instant::now() + END_TIMEOUT;
    while !until() {
        if Instant::now() > deadline {
            return Err(Error::new(ErrorKind::Start, otherwise));
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    Ok(())
}

/// The processes whose parent is `parent`.
fn children(parent: u32) -> Vec<Pid> {
    processes()
        .into_iter()
        .filter(|(_, its_parent, _)| *its_parent == parent)
        .filter_map(|(pid, ..)| Pid::from_raw(i32::try_from(pid).ok()?))
        .collect()
}

fn lives(pid: Pid) -> bool {
    let pid = u32::try_from(pid.as_raw_nonzero().get()).unwrap_or(0);
    processes()
        .into_iter()
        .any(|(found, _, state)| found == pid && state != 'Z')
}

/// Process id, parent's and state of all processes: from `/proc` where there is one, else from `ps`.
fn processes() -> Vec<(u32, u32, char)> {
    if !Path::new("/proc/self/stat").exists() {
        let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        return text.unwrap_or_default().lines().filter_map(parse_ps).collect();
    }
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| parse_stat(&fs::read_to_string(entry.path().join("stat")).ok()?))
        .collect()
}

fn parse_ps(line: &str) -> Option<(u32, u32, char)> {
    let mut words = line.split_ascii_whitespace();
    let (pid, parent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((pid, parent, words.next()?.chars().next()?))
}

/// `pid (name) state parent …`; the name may hold anything.
fn parse_stat(text: &str) -> Option<(u32, u32, char)> {
    let pid = text.split_once(' ')?.0.parse().ok()?;
    let mut rest = text.rsplit_once(") ")?.1.split(' ');
    let state = rest.next()?.chars().next()?;
    Some((pid, rest.next()?.parse().ok()?, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processs_name_may_hold_parentheses_and_blanks() {
        assert_eq!(parse_stat("42 (a) (b c) S 7 42 42"), Some((42, 7, 'S')));
        assert_eq!(parse_stat("42 (half"), None);
        assert_eq!(parse_ps("  42     7 Ss+"), Some((42, 7, 'S')));
    }

    #[test]
    fn this_process_has_a_parent() {
        let parent = std::os::unix::process::parent_id();
        assert!(
            children(parent)
                .iter()
                .any(|child| child.as_raw_nonzero().get() as u32 == std::process::id())
        );
    }
}
