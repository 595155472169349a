//! What `initdb` and `postgres` are told.

use std::process::{Command, Stdio};

use crate::binaries::Binaries;

/// Durability is what a server costs, and what a server that is deleted afterwards does not need.
pub(super) const SERVER: [&str; 12] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=500",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    // Files in the data directory, not in /dev/shm: they go with it, and containers have 64 MB there.
    "dynamic_shared_memory_type=mmap",
    "unix_socket_permissions=0700",
    "log_min_messages=warning",
    "logging_collector=off",
    // The same results on every machine.
    "timezone=UTC",
    "log_timezone=UTC",
];

/// UTF-8 everywhere, text ordered by code point on every machine, and letters beyond ASCII still
/// have an upper and a lower case. The plain locale `C` would leave `lower('Ä')` as it is, and one
/// such as `en_US.UTF-8` would order text differently from one C library to the next.
pub(super) fn initdb_options(binaries: &Binaries) -> String {
    let locale = if binaries.version >= 17 {
        "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
    } else if has_c_utf8() {
        "--locale=C.UTF-8"
    } else {
        "--locale=C"
    };
    format!(
        "--no-sync --username=postgres --auth-local=trust --auth-host=scram-sha-256 \
         --encoding=UTF8 {locale}"
    )
}

fn has_c_utf8() -> bool {
    let locales = Command::new("locale").arg("-a").stdin(Stdio::null()).output();
    locales.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .any(|name| matches!(name, "C.utf8" | "C.UTF-8"))
    })
}
