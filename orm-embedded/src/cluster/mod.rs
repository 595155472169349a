//! A PostgreSQL server of our own: found running, or started.
//!
//! Every server has a supervisor, a small shell script in its own process group. Clients hold a FIFO
//! open for writing; when the last of them has gone, however it ended, the supervisor reads
//! end-of-file, waits a moment for the next one, stops the server and removes its files.

mod account;
mod files;
mod instance;
mod launch;
mod place;
mod power;
mod settings;
mod state_dir;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::Error;
use crate::settings::Settings;
pub(crate) use account::Account;
use instance::{Instance, Membership};
use launch::Launcher;
use state_dir::{Sharing, StateDir};

/// A running server that stays for at least as long as this value.
#[derive(Debug)]
pub(crate) struct Cluster {
    instance: Instance,
    /// Another one once it was started again.
    pid: AtomicU32,
    port: u16,
    _membership: Membership,
}

impl Cluster {
    /// Joins the server that other processes of this user share, or starts it.
    ///
    /// # Errors
    ///
    /// See [`crate::ErrorKind`]: no binaries, a directory that cannot be made, a server that does not start.
    pub(crate) fn shared() -> Result<Cluster, Error> {
        let launcher = Launcher::new()?;
        loop {
            let state = StateDir::lock(&launcher.account, &launcher.binaries)?;
            let mut shared = state.instances().into_iter().filter(Instance::is_shared);
            if let Some(cluster) = shared.find_map(Cluster::join) {
                return Ok(cluster);
            }
            state.clear_remains();
            // The lock is held until the server is up: others wait here instead of starting more.
            if let Some(instance) = state.new_instance(Sharing::Shared)? {
                let membership = launcher.launch(&instance, Sharing::Shared, &Settings::new())?;
                return Cluster::when_ready(instance, membership, &launcher);
            }
        }
    }

    /// Starts a server for this value alone.
    ///
    /// # Errors
    ///
    /// As [`Cluster::shared`].
    pub(crate) fn private(settings: &Settings) -> Result<Cluster, Error> {
        let launcher = Launcher::new()?;
        let mut attempts = 0;
        loop {
            let state = StateDir::lock(&launcher.account, &launcher.binaries)?;
            state.clear_remains();
            let Some(instance) = state.new_instance(Sharing::Private)? else {
                continue;
            };
            files::put(instance.path(), &launcher.account, settings)?;
            let membership = launcher.launch(&instance, Sharing::Private, settings)?;
            // Nobody else waits for this server, so nobody needs to wait for us.
            drop(state);
            match Cluster::when_ready(instance, membership, &launcher) {
                // Another program may take the port between our choice and the server's bind.
                Err(_) if settings.is_on_tcp() && attempts < 3 => attempts += 1,
                result => return result,
            }
        }
    }

    /// The directory of the server's Unix-domain socket.
    pub(crate) fn socket_dir(&self) -> &Path {
        self.instance.path()
    }

    /// The port, which is also part of the socket's file name.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster.
    pub(crate) fn pid(&self) -> u32 {
        self.pid.load(Ordering::Acquire)
    }

    /// Whether the server still takes connections.
    pub(crate) fn is_alive(&self) -> bool {
        self.instance.accepts(self.port)
    }

    /// Joins first and looks second, so that the server cannot go between the two.
    fn join(instance: Instance) -> Option<Cluster> {
        let membership = instance.join()?;
        let postmaster = instance.running()?;
        Some(Cluster {
            instance,
            pid: AtomicU32::new(postmaster.pid),
            port: postmaster.port,
            _membership: membership,
        })
    }

    fn when_ready(instance: Instance, membership: Membership, launcher: &Launcher) -> Result<Cluster, Error> {
        let postmaster = launcher.wait_until_ready(&instance)?;
        Ok(Cluster {
            instance,
            pid: AtomicU32::new(postmaster.pid),
            port: postmaster.port,
            _membership: membership,
        })
    }
}
