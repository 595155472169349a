//! What a process uses that a leak would show in.

use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::PATIENCE;

/// How many tasks the test's runtime has, and how many files this process has open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resources {
    tasks: usize,
    files: usize,
}

impl Resources {
    fn now() -> Self {
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            files: open_files(),
        }
    }

    /// What is in use once it does not become less any more: what others have begun in the background may still end.
    pub(crate) async fn at_rest() -> Self {
        let mut least = Self::now();
        let mut unchanged = 0;
        while unchanged < 5 {
            tokio::time::sleep(Duration::from_millis(4)).await;
            let now = Self::now();
            unchanged += 1;
            if now.tasks < least.tasks || now.files < least.files {
                unchanged = 0;
            }
            least = Self {
                tasks: least.tasks.min(now.tasks),
                files: least.files.min(now.files),
            };
        }
        least
    }

    /// Waits until no more is in use than this.
    pub(crate) async fn come_back(self) {
        let begun = Instant::now();
        loop {
            let now = Self::now();
            if now.tasks <= self.tasks && now.files <= self.files {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "left over: {now:?}, before: {self:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Sockets, pipes and files, on Linux; elsewhere nobody counts them.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
