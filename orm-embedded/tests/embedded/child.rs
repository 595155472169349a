//! Another process that uses the crate: this test binary, started again with one task.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use orm_embedded::{Server, TestDatabase};

const TASK: &str = "ORM_EMBEDDED_TEST_TASK";
/// Marks the child's line among what the test harness prints.
const MARK: &str = "server:";

/// A process with a server, and what it says of it.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) server_pid: u32,
    pub(crate) url: String,
}

impl Process {
    /// Starts a child with `task`; its servers live under `tmp`.
    pub(crate) fn start(task: &str, tmp: &Path) -> Process {
        Process::start_with(task, tmp, &[])
    }

    pub(crate) fn start_with(task: &str, tmp: &Path, env: &[(&str, &str)]) -> Process {
        let mut process = Process::spawn(task, tmp, env);
        process.wait_for_its_server();
        process
    }

    /// As `start_with`, without waiting for the server.
    pub(crate) fn spawn(task: &str, tmp: &Path, env: &[(&str, &str)]) -> Process {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let _ = command
            .args(["--ignored", "--exact", "child::child_process", "--nocapture"])
            .env(TASK, task)
            .env("TMPDIR", tmp)
            .env_remove("DATABASE_URL")
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        Process {
            child,
            stdin,
            server_pid: 0,
            url: String::new(),
        }
    }

    pub(crate) fn wait_for_its_server(&mut self) {
        let stdout = BufReader::new(self.child.stdout.take().unwrap());
        let line = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_once(MARK).map(|(_, said)| said.to_owned()))
            .expect("the child says which server it has");
        let (pid, url) = line.split_once(' ').unwrap();
        self.server_pid = pid.parse().unwrap();
        self.url = url.to_owned();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no destructor runs.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        let _ = self.child.wait().unwrap();
    }

    /// Lets it go on to its end, and waits for that.
    pub(crate) fn finish(mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "not a test: started by the others"]
fn child_process() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    if task == "url" {
        let url = orm_embedded::url().unwrap();
        say(0, &url);
        return;
    }
    runtime.block_on(async {
        match task.as_str() {
            "template" => template().await,
            "private" => {
                let server = Server::private().await.unwrap();
                say(server.process_id().unwrap(), server.url());
                server_until_told(&server);
            }
            task => {
                let server = Server::start().await.unwrap();
                let database = server.create_database().await.unwrap();
                say(server.process_id().unwrap_or(0), database.url());
                server_until_told(&server);
                match task {
                    "panic" => panic!("as told"),
                    "exit" => std::process::exit(3),
                    "abort" => std::process::abort(),
                    _ => {}
                }
            }
        }
    });
}

async fn template() {
    let log = std::env::var("SETUP_LOG").unwrap();
    let database = TestDatabase::from_template("child", async |url| {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&log)?;
        file.write_all(b"setup\n")?;
        let client = super::support::connect(url).await;
        client
            .batch_execute("CREATE TABLE t AS SELECT 7 AS n; SELECT pg_sleep(0.3)")
            .await?;
        Ok(())
    })
    .await
    .unwrap();
    let client = super::support::connect(database.url()).await;
    assert_eq!(super::support::count(&client, "SELECT n::int8 FROM t").await, 7);
    say(database.server().process_id().unwrap_or(0), database.url());
    server_until_told(database.server());
}

fn say(pid: u32, url: &str) {
    println!("{MARK}{pid} {url}");
}

/// Waits for the end of stdin.
fn server_until_told(_server: &Server) {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
