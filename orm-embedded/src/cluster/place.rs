//! On which file system the servers live.
//!
//! A database is some 300 small files, so making one costs what the file system takes to make files:
//! always about 10 ms in memory; on a disk the same at best, and twenty times that on some (ext4
//! without a journal, where many files have just been deleted).

use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;

/// A socket's path may hold 103 bytes on macOS (107 on Linux); instance and socket need 36 of them.
const LONGEST: usize = 103 - 36;

/// Enough for a test run in memory. Containers often have 64 MB there, which would not do.
const ROOM: u64 = 2 << 30;

const IN_MEMORY: &str = "/dev/shm";

/// The path for the state directory of that name: in `TMPDIR` where that is set and will do, else in
/// memory where there is room, else in `/tmp`.
pub(crate) fn state_dir(account: &Account, name: &str) -> PathBuf {
    let suits = |parent: &Path| {
        let fits = parent.as_os_str().len() + 1 + name.len() <= LONGEST;
        fits && parent.is_absolute() && account.can_write_in(parent)
    };
    let chosen = std::env::var_os("TMPDIR").map(PathBuf::from).filter(|dir| suits(dir));
    if let Some(chosen) = chosen {
        return chosen.join(name);
    }
    let disk = Path::new("/tmp").join(name);
    let memory = Path::new(IN_MEMORY);
    // What is in use stays in use, though the room may have changed: all processes must agree.
    if memory.join(name).exists() || (!disk.exists() && suits(memory) && has_room(memory)) {
        return memory.join(name);
    }
    disk
}

/// Whether there is room both in the file system and in the memory behind it.
fn has_room(memory: &Path) -> bool {
    let free = rustix::fs::statvfs(memory).map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize));
    let available = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| available(&text));
    free.is_ok_and(|free| free >= ROOM) && available.is_some_and(|bytes| bytes >= ROOM)
}

/// Reads the bytes available from `/proc/meminfo`; other systems than Linux have none.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read_in_bytes() {
        let text = "MemTotal:       24684084 kB\nMemAvailable:   23000000 kB\n";
        assert_eq!(available(text), Some(23_000_000 * 1024));
        assert_eq!(available("MemTotal: 5 kB\n"), None);
    }
}
