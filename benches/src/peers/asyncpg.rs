//! asyncpg, in a process of its own that takes turns with this one.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::{Peer, Summary};
use crate::Result;
use crate::measure::Cost;

/// `load.py`: a word in, a line out.
pub(super) struct Asyncpg {
    process: Child,
    /// `None` when it is to end.
    words: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Asyncpg {
    /// With the Python of `BENCHES_PYTHON`, or that of the virtual environment in `target/asyncpg`.
    pub(super) fn start(url: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var_os("BENCHES_PYTHON")
            .unwrap_or_else(|| OsString::from(folder.join("target/asyncpg/bin/python")));
        let mut process = Command::new(python)
            .arg(folder.join("src/peers/load.py"))
            .arg(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (words, lines) = (process.stdin.take(), process.stdout.take());
        let lines = BufReader::new(lines.ok_or("no output")?);
        let mut started = Self { process, words, lines };
        match started.answer("hello")?.as_str() {
            "ready" => Ok(started),
            other => Err(format!("it says {other:?}").into()),
        }
    }

    fn answer(&mut self, word: &str) -> Result<String> {
        let words = self.words.as_mut().ok_or("it has ended")?;
        writeln!(words, "{word}")?;
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Err("its process ended; see above".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Peer for Asyncpg {
    const WHAT: &'static str =
        "asyncpg and uvloop: three `fetch` in a row (`= ANY($1)`), grouped by dicts into dataclasses";

    async fn summary(&mut self) -> Result<Summary> {
        self.answer("check")?.parse()
    }

    /// As its own clocks say: the way between the processes is not in it.
    async fn cost(&mut self) -> Result<Cost> {
        let line = self.answer("go")?;
        let (wall, cpu) = line.split_once(' ').ok_or("not two numbers")?;
        Ok(Cost {
            wall: Duration::try_from_secs_f64(wall.parse()?)?,
            cpu: Duration::try_from_secs_f64(cpu.parse()?)?,
        })
    }
}

impl Drop for Asyncpg {
    fn drop(&mut self) {
        // The end of its input ends it; nothing is lost if it has ended before.
        drop(self.words.take());
        self.process.wait().ok();
    }
}
