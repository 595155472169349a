//! Connection URLs, `postgres://user:password@host:port/dbname?parameter=value`, as libpq reads them.
//!
//! tokio-postgres' parser is not used: it does not know `sslrootcert` and the like, and its errors may echo what stood
//! in the URL. Ours never quote a part that could be of a password. libpq's chapter: *Connection URIs*.

use std::str::FromStr;
use std::time::Duration;

use orm_core::{Error, ErrorKind};
use percent_encoding::percent_decode_str;
use tokio_postgres::config as server;

use crate::config::{ClientCertificate, Config, RootCertificates, SslMode};
use crate::secret::Secret;

const PARAMETERS: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "application_name",
    "options",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslnegotiation",
    "channel_binding",
    "target_session_attrs",
    "load_balance_hosts",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "tcp_user_timeout",
    "pgbouncer",
];

impl FromStr for Config {
    type Err = Error;

    /// Reads a connection URL. Parts that it does not name have their defaults; the host is `localhost` then.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], which says what is wrong and quotes no secret.
    fn from_str(url: &str) -> Result<Self, Error> {
        let mut config = Config::default();
        config.read_url(url)?;
        config.finish()
    }
}

impl Config {
    /// Takes what a URL names; what it does not name stays.
    pub(crate) fn read_url(&mut self, url: &str) -> Result<(), Error> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or_else(|| wrong("it must begin with postgres:// or postgresql://"))?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, dbname) = rest.split_once('/').unwrap_or((rest, ""));
        if dbname.contains('@') {
            return Err(wrong(
                "there is an @ in the name of the database; in a password or name write / as %2F, ? as %3F, @ as %40 \
                 and : as %3A",
            ));
        }
        let hosts = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => {
                self.read_credentials(credentials)?;
                hosts
            }
            None => authority,
        };
        self.read_hosts(hosts)?;
        if !dbname.is_empty() {
            self.dbname = Some(decode(dbname, "the name of the database")?);
        }
        self.read_parameters(parameters)
    }

    fn read_credentials(&mut self, credentials: &str) -> Result<(), Error> {
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        if !user.is_empty() {
            self.user = Some(decode(user, "the user")?);
        }
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            self.password = Some(Secret::new(decode(password, "the password")?));
        }
        Ok(())
    }

    /// `host:port,host:port`; an IPv6 address in brackets; `%2Fdir` a unix socket.
    fn read_hosts(&mut self, hosts: &str) -> Result<(), Error> {
        if hosts.is_empty() {
            return Ok(());
        }
        self.hosts.clear();
        self.ports.clear();
        for part in hosts.split(',') {
            let (host, port) = split_port(part)?;
            self.hosts.push(decode(host, "the host")?);
            self.ports.push(match port {
                Some(port) if !port.is_empty() => read_port(port)?,
                _ => 5432,
            });
        }
        Ok(())
    }

    fn read_parameters(&mut self, parameters: &str) -> Result<(), Error> {
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter
                .split_once('=')
                .ok_or_else(|| wrong("a parameter behind the ? has no value (name=value)"))?;
            let name = decode(name, "the name of a parameter")?;
            let value = decode(value, "the value of a parameter")?;
            self.set(&name, value)?;
        }
        Ok(())
    }

    /// Sets a parameter by libpq's name for it.
    pub(crate) fn set(&mut self, name: &str, value: String) -> Result<(), Error> {
        match name {
            "host" => self.hosts = value.split(',').map(str::to_owned).collect(),
            "hostaddr" => self.host_addresses = parse_list(name, &value)?,
            "port" => self.ports = value.split(',').map(read_port).collect::<Result<_, _>>()?,
            "user" => self.user = Some(value),
            "password" => self.password = Some(Secret::new(value)),
            "dbname" => self.dbname = Some(value),
            "application_name" => self.application_name = Some(value),
            "options" => self.options = Some(value),
            "connect_timeout" => self.connect_timeout = read_limit(name, &value, Duration::from_secs)?,
            "keepalives" if value == "0" => self.keepalives_idle = None,
            "keepalives" => {}
            "keepalives_idle" => self.keepalives_idle = read_limit(name, &value, Duration::from_secs)?,
            "tcp_user_timeout" => self.tcp_user_timeout = read_limit(name, &value, Duration::from_millis)?,
            "pgbouncer" => self.pgbouncer = choice(name, &value, &[("true", true), ("false", false)])?,
            _ => return self.set_tls_or_choice(name, value),
        }
        Ok(())
    }

    fn set_tls_or_choice(&mut self, name: &str, value: String) -> Result<(), Error> {
        use server::{ChannelBinding, LoadBalanceHosts, TargetSessionAttrs};
        match name {
            "sslmode" => self.ssl_mode = Some(ssl_mode(&value)?),
            "sslrootcert" if value == "system" => self.root_certificates = RootCertificates::Public,
            "sslrootcert" => self.root_certificates = RootCertificates::File(value.into()),
            "sslcert" => self.client_certificate_mut().certificate = value.into(),
            "sslkey" => self.client_certificate_mut().key = value.into(),
            "sslnegotiation" => self.direct_tls = choice(name, &value, &[("postgres", false), ("direct", true)])?,
            "channel_binding" => {
                let choices = [
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ];
                self.channel_binding = choice(name, &value, &choices)?;
            }
            "target_session_attrs" => {
                let choices = [
                    ("any", TargetSessionAttrs::Any),
                    ("read-write", TargetSessionAttrs::ReadWrite),
                    ("read-only", TargetSessionAttrs::ReadOnly),
                ];
                self.target_session_attrs = choice(name, &value, &choices)?;
            }
            "load_balance_hosts" => {
                let choices = [
                    ("disable", LoadBalanceHosts::Disable),
                    ("random", LoadBalanceHosts::Random),
                ];
                self.load_balance_hosts = choice(name, &value, &choices)?;
            }
            _ => return Err(unknown_parameter(name)),
        }
        Ok(())
    }

    fn client_certificate_mut(&mut self) -> &mut ClientCertificate {
        self.client_certificate.get_or_insert_with(|| ClientCertificate {
            certificate: Default::default(),
            key: Default::default(),
        })
    }

    /// Checks what belongs together, and fills in the host.
    pub(crate) fn finish(mut self) -> Result<Self, Error> {
        if self.hosts.is_empty() && self.host_addresses.is_empty() {
            self.hosts.push("localhost".into());
        }
        if !self.hosts.is_empty() && !self.host_addresses.is_empty() && self.hosts.len() != self.host_addresses.len() {
            return Err(wrong("`host` and `hostaddr` name different numbers of servers"));
        }
        let servers = self.hosts.len().max(self.host_addresses.len());
        if self.ports.len() > 1 && self.ports.len() != servers {
            return Err(wrong("there must be one port, or one for each host"));
        }
        if self.pgbouncer && self.options.is_some() {
            return Err(wrong(
                "`options` cannot go through PgBouncer, which refuses it at start-up; set them for the role instead \
                 (`ALTER ROLE … SET …`)",
            ));
        }
        if let Some(certificate) = &self.client_certificate
            && (certificate.certificate.as_os_str().is_empty() || certificate.key.as_os_str().is_empty())
        {
            return Err(wrong("`sslcert` and `sslkey` belong together: one of them is missing"));
        }
        Ok(self)
    }
}

fn split_port(part: &str) -> Result<(&str, Option<&str>), Error> {
    let Some(bracketed) = part.strip_prefix('[') else {
        return Ok(match part.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (part, None),
        });
    };
    let (host, rest) = bracketed
        .split_once(']')
        .ok_or_else(|| wrong("an IPv6 address is not closed by ]"))?;
    Ok((host, rest.strip_prefix(':')))
}

fn read_port(port: &str) -> Result<u16, Error> {
    port.parse().map_err(|_| {
        wrong("a port is not a number up to 65535; in a password write : as %3A, / as %2F, ? as %3F and @ as %40")
    })
}

fn parse_list<T: FromStr>(name: &str, value: &str) -> Result<Vec<T>, Error> {
    value
        .split(',')
        .map(|part| part.parse().map_err(|_| wrong(&format!("`{name}` is not an address"))))
        .collect()
}

/// A time limit; libpq's 0 and below is none.
fn read_limit(name: &str, value: &str, unit: impl FnOnce(u64) -> Duration) -> Result<Option<Duration>, Error> {
    let number: i64 = value
        .parse()
        .map_err(|_| wrong(&format!("`{name}` is not a whole number")))?;
    Ok(u64::try_from(number).ok().filter(|number| *number > 0).map(unit))
}

fn ssl_mode(value: &str) -> Result<SslMode, Error> {
    let choices = [
        ("disable", SslMode::Disable),
        ("allow", SslMode::Prefer),
        ("prefer", SslMode::Prefer),
        ("require", SslMode::Require),
        ("verify-ca", SslMode::Require),
        ("verify-full", SslMode::Require),
    ];
    choice("sslmode", value, &choices)
}

fn choice<T: Copy>(name: &str, value: &str, choices: &[(&str, T)]) -> Result<T, Error> {
    choices
        .iter()
        .find(|(known, _)| *known == value)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
            wrong(&format!("`{name}` must be one of {}", known.join(", ")))
        })
}

fn unknown_parameter(name: &str) -> Error {
    // A name that is no plain word may be the rest of a password that was not percent-encoded.
    let shown = if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && name.len() < 32 {
        format!("`{name}` is no parameter")
    } else {
        "there is an unknown parameter".to_owned()
    };
    wrong(&format!("{shown}; known are {}", PARAMETERS.join(", ")))
}

fn decode(part: &str, what: &str) -> Result<String, Error> {
    let decoded = percent_decode_str(part)
        .decode_utf8()
        .map_err(|_| wrong(&format!("{what} is not UTF-8 once decoded")))?;
    if decoded.contains('\0') {
        return Err(wrong(&format!("{what} holds a NUL character")));
    }
    Ok(decoded.into_owned())
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the connection URL is wrong: {what}"))
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
