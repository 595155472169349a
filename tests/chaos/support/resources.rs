//! What a process uses that a leak would show in.

use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::PATIENCE;

/// How many tasks the test's runtime has, and how many sockets this process has open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resources {
    tasks: usize,
    sockets: usize,
}

impl Resources {
    fn now() -> Self {
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            sockets: open_sockets(),
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
            if now.tasks < least.tasks || now.sockets < least.sockets {
                unchanged = 0;
            }
            least = Self {
                tasks: least.tasks.min(now.tasks),
                sockets: least.sockets.min(now.sockets),
            };
        }
        least
    }

    /// Waits until no more is in use than this.
    pub(crate) async fn come_back(self) {
        let begun = Instant::now();
        loop {
            let now = Self::now();
            if now.tasks <= self.tasks && now.sockets <= self.sockets {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "left over: {now:?}, before: {self:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// On Linux; elsewhere nobody counts them. Other files come and go with the runtimes of tests that wait for their turn.
fn open_sockets() -> usize {
    let files = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let targets = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}
