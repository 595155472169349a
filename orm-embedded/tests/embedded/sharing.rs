//! One server for all processes of a test run.

use std::collections::HashSet;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::time::Duration;

use crate::child::Process;
use crate::support::{Scratch, connect, eventually, kill, process_lives};

const SOON: Duration = Duration::from_secs(6);

#[test]
fn eight_processes_that_start_at_once_share_one_server() {
    let tmp = Scratch::new();
    let mut processes: Vec<_> = (0..8).map(|_| Process::spawn("hold", tmp.path(), &[])).collect();
    processes.iter_mut().for_each(Process::wait_for_its_server);
    let servers: HashSet<u32> = processes.iter().map(|process| process.server_pid).collect();
    assert_eq!(servers.len(), 1, "{servers:?}");
    let databases: HashSet<&str> = processes.iter().map(|process| process.url.as_str()).collect();
    assert_eq!(databases.len(), 8);
    processes.into_iter().for_each(Process::finish);
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn a_process_that_starts_soon_after_the_last_one_ended_finds_the_same_server() {
    let tmp = Scratch::new();
    let first = Process::start("hold", tmp.path());
    let server = first.server_pid;
    first.finish();
    // Longer in all than one pause of the supervisor: each client must begin the pause anew.
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(900));
        let next = Process::start("hold", tmp.path());
        assert_eq!(next.server_pid, server);
        next.finish();
    }
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn processes_that_come_while_the_server_is_stopping_get_one_that_works() {
    let tmp = Scratch::new();
    // Around the end of the pause, where the supervisor shuts the door.
    for step in 0..5 {
        Process::start("hold", tmp.path()).finish();
        std::thread::sleep(Duration::from_millis(1960 + step * 25));
        let late = Process::start("hold", tmp.path());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = connect(&late.url).await;
            // Still there when a wrongly stopping supervisor would be done with it.
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(crate::support::count(&client, "SELECT 1::int8").await, 1);
        });
        late.finish();
    }
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn a_crashed_server_is_replaced_for_those_who_come_later() {
    let tmp = Scratch::new();
    let first = Process::start("hold", tmp.path());
    kill("-KILL", first.server_pid);
    eventually(SOON, "the server is dead", || !process_lives(first.server_pid));
    let second = Process::start("hold", tmp.path());
    assert_ne!(second.server_pid, first.server_pid);
    let third = Process::start("hold", tmp.path());
    assert_eq!(third.server_pid, second.server_pid);
    [first, second, third].into_iter().for_each(Process::finish);
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn a_server_whose_supervisor_was_killed_is_stopped_by_the_next_process() {
    let tmp = Scratch::new();
    let first = Process::start("hold", tmp.path());
    let server = first.server_pid;
    for supervisor in supervisors(&tmp) {
        kill("-KILL", supervisor);
    }
    // On a busy machine a killed process takes a moment to let go of its files.
    eventually(SOON, "its supervisor is dead", || supervisors(&tmp).is_empty());
    first.kill();
    assert!(process_lives(server), "nobody is left to stop it");
    let second = Process::start("hold", tmp.path());
    assert_ne!(second.server_pid, server);
    assert!(!process_lives(server));
    second.finish();
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn what_an_earlier_boot_left_is_cleared() {
    let tmp = Scratch::new();
    let first = Process::start("hold", tmp.path());
    let state = tmp.entries().remove(0);
    let owner = std::fs::metadata(&state).unwrap();
    first.finish();
    tmp.assert_becomes_empty(SOON);
    // No process belongs to it; the process id in it is somebody else's by now: ours.
    let data = state.join("s-1-0/data");
    std::fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(&data)
        .unwrap();
    let own = std::process::id();
    let pid_file = format!("{own}\n/d\n1700000000\n5432\n/s\n\n 1 2\nready   \n");
    std::fs::write(data.join("postmaster.pid"), pid_file).unwrap();
    std::os::unix::fs::chown(&state, Some(owner.uid()), Some(owner.gid())).unwrap();

    let second = Process::start("hold", tmp.path());
    assert!(!state.join("s-1-0").exists());
    second.finish();
    tmp.assert_becomes_empty(SOON);
}

#[test]
fn a_directory_that_others_can_enter_is_refused() {
    let tmp = Scratch::new();
    let first = Process::start("hold", tmp.path());
    let state = tmp.entries().remove(0);
    first.finish();
    tmp.assert_becomes_empty(SOON);
    std::fs::create_dir(&state).unwrap();
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o777)).unwrap();
    let second = std::panic::catch_unwind(|| Process::start("hold", tmp.path()));
    assert!(second.is_err(), "a server was started in a directory open to everybody");
}

fn supervisors(tmp: &Scratch) -> Vec<u32> {
    let output = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,stat=,args="])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter(|line| line.contains("/bin/sh -c") && line.contains(&tmp.path().display().to_string()))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect()
}
