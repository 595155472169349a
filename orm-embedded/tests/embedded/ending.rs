//! However a process ends, nothing of its server is left.

use std::time::Duration;

use crate::child::Process;
use crate::support::{Scratch, eventually, kill, process_lives};

const SOON: Duration = Duration::from_secs(6);

#[test]
fn nothing_is_left_after_a_sigkill_of_the_only_process() {
    let tmp = Scratch::new();
    let process = Process::start("hold", tmp.path());
    let server = process.server_pid;
    assert!(process_lives(server));
    process.kill();
    tmp.assert_becomes_empty(SOON);
    assert!(!process_lives(server));
}

#[test]
fn nothing_is_left_after_a_panic_an_exit_or_an_abort() {
    for task in ["panic", "exit", "abort"] {
        let tmp = Scratch::new();
        Process::start(task, tmp.path()).finish();
        tmp.assert_becomes_empty(SOON);
    }
}

#[test]
fn nothing_is_left_after_a_ctrl_c_for_the_whole_process_group() {
    let tmp = Scratch::new();
    let process = Process::start("hold", tmp.path());
    let group = processes_of_group_of(process.pid());
    // The supervisor and the server must not be among those that a terminal's Ctrl-C reaches.
    assert!(!group.contains(&process.server_pid), "{group:?}");
    kill("-INT", process.pid());
    process.finish();
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn nothing_is_left_after_a_sigkill_while_the_server_starts() {
    // While initdb runs, while the server comes up, and when it has just come up.
    for delay in [0, 200, 500, 900] {
        let tmp = Scratch::new();
        let process = Process::spawn("hold", tmp.path(), &[]);
        eventually(SOON, "a supervisor is at work", || has_supervisor(&tmp));
        std::thread::sleep(Duration::from_millis(delay));
        process.kill();
        // The supervisor waits for initdb to end, which takes its time on a busy machine.
        tmp.assert_becomes_empty(2 * SOON);
    }
}

fn has_supervisor(tmp: &Scratch) -> bool {
    let instances = tmp
        .entries()
        .into_iter()
        .flat_map(|state| std::fs::read_dir(state).ok());
    instances
        .flatten()
        .flatten()
        .any(|instance| instance.path().join("clients").exists())
}

#[test]
fn nothing_is_left_of_a_server_that_was_stopped_with_sigstop() {
    let tmp = Scratch::new();
    let process = Process::start("hold", tmp.path());
    kill("-STOP", process.server_pid);
    process.kill();
    tmp.assert_becomes_empty(Duration::from_secs(10));
}

fn processes_of_group_of(pid: u32) -> Vec<u32> {
    let output = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,pgid="])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs: Vec<(u32, u32)> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace().map(|field| field.parse().ok());
            Some((fields.next()??, fields.next()??))
        })
        .collect();
    let group = pairs
        .iter()
        .find(|(process, _)| *process == pid)
        .map(|(_, group)| *group);
    pairs
        .iter()
        .filter(|(_, other)| Some(*other) == group)
        .map(|(process, _)| *process)
        .collect()
}
