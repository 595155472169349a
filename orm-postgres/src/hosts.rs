//! The servers that a database can be reached on, and which of them will do.

use std::fmt;
use std::net::IpAddr;

use orm_core::Error;

use crate::config::Config;
use crate::secret::Secret;

/// Which of several servers will do: libpq's `target_session_attrs`. The hosts are tried in order, or in random order
/// with [`load_balance_hosts`](crate::DatabaseBuilder::load_balance_hosts), until one fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TargetSessionAttrs {
    /// Any server that lets us in.
    #[default]
    Any,
    /// One whose sessions may write: no standby, and not read-only by `default_transaction_read_only`.
    ReadWrite,
    /// One whose sessions may not write.
    ReadOnly,
    /// A primary: one that is not in recovery.
    Primary,
    /// A standby: one that is in recovery.
    Standby,
    /// A standby, or any server when no host is one.
    PreferStandby,
}

impl TargetSessionAttrs {
    /// Whether a server that says this of itself will do. `PreferStandby` asks for a standby first and then for `Any`.
    pub(crate) fn fits(self, role: Role) -> bool {
        match self {
            Self::Any => true,
            Self::ReadWrite => !role.read_only,
            Self::ReadOnly => role.read_only,
            Self::Primary => !role.in_recovery,
            Self::Standby | Self::PreferStandby => role.in_recovery,
        }
    }

    /// libpq's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }
}

/// What a server says of itself.
#[derive(Clone, Copy)]
pub(crate) struct Role {
    pub(crate) in_recovery: bool,
    pub(crate) read_only: bool,
}

impl Role {
    /// Asks for both columns, in this order.
    pub(crate) const QUESTION: &'static str =
        "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')::bool";
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self { in_recovery: true, .. } => "a standby",
            Self { read_only: true, .. } => "a primary whose sessions are read-only",
            _ => "a primary",
        })
    }
}

/// One server's address.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// A host name, an address, or the directory of a socket. TLS verifies this name.
    pub(crate) host: String,
    /// Where to connect to instead of resolving the name.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
}

impl Endpoint {
    pub(crate) fn is_socket(&self) -> bool {
        self.address.is_none() && is_socket(&self.host)
    }

    /// Whether it is another machine: not loopback, not a unix socket.
    pub(crate) fn is_remote(&self) -> bool {
        match self.address {
            Some(address) => !address.is_loopback() || !is_local(&self.host),
            None => !is_local(&self.host),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Config {
    /// The servers in the order in which they were named.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        let count = self.hosts.len().max(self.host_addresses.len());
        (0..count)
            .map(|index| {
                let address = self.host_addresses.get(index).copied();
                Endpoint {
                    host: self
                        .hosts
                        .get(index)
                        .cloned()
                        .or_else(|| address.map(|address| address.to_string()))
                        .unwrap_or_default(),
                    address,
                    port: self.port(index),
                }
            })
            .collect()
    }

    /// The settings of a replica: those of this one, but for what its URL names.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](orm_core::ErrorKind::Config).
    pub(crate) fn of_replica(&self, url: &Secret<String>) -> Result<Self, Error> {
        let mut replica = self.clone();
        replica.hosts.clear();
        replica.host_addresses.clear();
        replica.ports.clear();
        replica.target_session_attrs = TargetSessionAttrs::Any;
        replica.read_url(url.reveal())?;
        replica.finish()
    }

    /// The same, with the hosts of the replicas: any of them may be the primary one day.
    pub(crate) fn fails_over_to(mut self, replicas: &[Self]) -> Self {
        let mut all = self.endpoints();
        let known = all.len();
        for endpoint in replicas.iter().flat_map(Self::endpoints) {
            if !all
                .iter()
                .any(|other| other.host == endpoint.host && other.port == endpoint.port)
            {
                all.push(endpoint);
            }
        }
        let addresses: Vec<IpAddr> = all.iter().filter_map(|endpoint| endpoint.address).collect();
        // Addresses stand beside all hosts or none.
        if replicas.is_empty() || all.len() == known || !(addresses.is_empty() || addresses.len() == all.len()) {
            return self;
        }
        self.hosts = all.iter().map(|endpoint| endpoint.host.clone()).collect();
        self.ports = all.iter().map(|endpoint| endpoint.port).collect();
        self.host_addresses = addresses;
        if self.target_session_attrs == TargetSessionAttrs::Any {
            self.target_session_attrs = TargetSessionAttrs::Primary;
        }
        self
    }

    /// The port of the host at this position.
    pub(crate) fn port(&self, index: usize) -> u16 {
        self.ports.get(index).or(self.ports.first()).copied().unwrap_or(5432)
    }
}

/// tokio-postgres takes a host that begins with a slash for a socket's directory.
fn is_socket(host: &str) -> bool {
    host.starts_with('/')
}

fn is_local(host: &str) -> bool {
    is_socket(host)
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
