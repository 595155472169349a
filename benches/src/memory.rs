//! What a load needs at its peak, beside the size of its result.
//!
//! Each side is a process of its own, started from this program, so that its peak is nobody else's; the graph is ten
//! times that of the time's comparison, so that what a process needs anyway is small beside it.

use std::process::Command;

use crate::Result;
use crate::loads::{self, ByHand, Graph};
use crate::report::Report;
use crate::server::{self, Server};

const AUTHORS: i64 = 10_000;
const MOST: f64 = 1.5;
/// The first argument of the processes that load.
const CHILD: &str = "--load-once";

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let name = "memory: load of 10,000 users × 10 posts × 3 comments";
    if !report.wants(name) {
        return Ok(());
    }
    loads::fill(&server.orm_connection().await?, AUTHORS).await?;
    for (side, most) in [(Side::Ours, Some(MOST)), (Side::ByHand, None)] {
        match side.measure(server.url()) {
            Ok(growth) => report.memory(name, side.name(), growth, most),
            Err(error) => eprintln!("not measured: {error}"),
        }
    }
    Ok(())
}

/// What a process grew by, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    /// The peak of its resident memory less what it had before.
    pub(crate) peak: u64,
    /// What the result has on the heap.
    pub(crate) result: u64,
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Ours,
    ByHand,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::ByHand => "three prepared statements in a row",
        }
    }

    fn measure(self, url: &str) -> Result<Growth> {
        let which = match self {
            Self::Ours => "ours",
            Self::ByHand => "by-hand",
        };
        let output = Command::new(std::env::current_exe()?)
            .args([CHILD, which, url])
            .stderr(std::process::Stdio::inherit())
            .output()?;
        let line = String::from_utf8(output.stdout)?;
        let (peak, result) = line.trim_end().split_once(' ').ok_or("the process that loads failed")?;
        Ok(Growth {
            peak: peak.parse()?,
            result: result.parse()?,
        })
    }
}

/// Loads once and says what that took, if this process was started for that.
pub(crate) async fn child() -> Result<bool> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(CHILD) {
        return Ok(false);
    }
    let (which, url) = (arguments.next(), arguments.next().ok_or("no URL")?);
    let (before, graph) = match which.as_deref() {
        Some("ours") => {
            let connection = server::orm(&url).await?.connection().await?;
            (resident("VmRSS")?, loads::load(&connection).await?)
        }
        _ => {
            let client = server::client(&url).await?;
            let hand = ByHand::prepare(&client).await?;
            (resident("VmRSS")?, hand.load(&client).await?)
        }
    };
    let peak = resident("VmHWM")?;
    println!("{} {}", peak.saturating_sub(before), heap_size(&graph));
    Ok(true)
}

/// Bytes of resident memory: now (`VmRSS`) or at most so far (`VmHWM`). The peak of `getrusage` would be that of the
/// process that started this one, if it had more.
fn resident(what: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let kilobytes: u64 = line.ok_or("no such line")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// What the vectors and strings of the graph have reserved, without what the allocator adds to each.
fn heap_size(graph: &Graph) -> u64 {
    let mut bytes = of_vec(graph);
    for (author, articles) in graph {
        bytes += author.email.capacity() + author.name.capacity() + of_vec(articles);
        for (article, remarks) in articles {
            bytes += article.title.capacity() + of_vec(remarks);
            bytes += remarks.iter().map(|remark| remark.text.capacity()).sum::<usize>();
        }
    }
    bytes as u64
}

fn of_vec<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}
