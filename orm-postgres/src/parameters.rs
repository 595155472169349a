//! The parameters of URLs, of strings of keywords and of the environment, by libpq's names; the pool's own by ours.

use std::str::FromStr;
use std::time::Duration;

use orm_core::{Error, ErrorKind, Isolation};
use tokio_postgres::config::ChannelBinding;

use crate::config::{ClientCertificate, Config, RootCertificates, SslMode};
use crate::hosts::TargetSessionAttrs;
use crate::secret::Secret;

pub(crate) const PARAMETERS: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "passfile",
    "dbname",
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "options",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslnegotiation",
    "gssencmode",
    "channel_binding",
    "target_session_attrs",
    "load_balance_hosts",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "wait_timeout",
    "recycle_timeout",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_timeout",
    "default_isolation",
    "default_read_only",
    "max_size",
    "min_idle",
    "max_lifetime",
    "idle_timeout",
    "validate_after",
    "statement_cache",
    "share_reads",
    "pgbouncer",
];

const BOOLEAN: &[(&str, bool)] = &[("true", true), ("false", false)];

impl Config {
    /// Sets a parameter by its name.
    pub(crate) fn set(&mut self, name: &str, value: String) -> Result<(), Error> {
        match name {
            "host" => self.hosts = value.split(',').map(str::to_owned).collect(),
            "hostaddr" => self.host_addresses = parse_list(name, &value)?,
            "port" => self.ports = value.split(',').map(read_port).collect::<Result<_, _>>()?,
            "user" => self.user = Some(value),
            "password" => self.password = Some(Secret::new(value)),
            "passfile" => self.passfile = Some(value.into()),
            "dbname" => self.dbname = Some(value),
            "application_name" => self.application_name = Some(value),
            "fallback_application_name" => {
                self.application_name.get_or_insert(value);
            }
            "options" => self.options = Some(value),
            "pgbouncer" => self.pgbouncer = choice(name, &value, BOOLEAN)?,
            "default_read_only" => self.default_read_only = choice(name, &value, BOOLEAN)?,
            "share_reads" => self.share_reads = choice(name, &value, BOOLEAN)?,
            "default_isolation" => self.default_isolation = Some(isolation(name, &value)?),
            "max_size" => self.max_size = number::<usize>(name, &value)?.max(1),
            "min_idle" => self.min_idle = number(name, &value)?,
            "statement_cache" => self.statement_cache = number(name, &value)?,
            _ if name.starts_with("ssl") || name == "channel_binding" => return self.set_tls(name, value),
            _ => return self.set_limit(name, &value),
        }
        Ok(())
    }

    fn set_limit(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let seconds = |value| limit_in(name, value, Duration::from_secs);
        match name {
            "connect_timeout" => self.connect_timeout = seconds(value)?,
            "keepalives" if value == "0" => self.keepalives_idle = None,
            "keepalives" => {}
            "keepalives_idle" => self.keepalives_idle = seconds(value)?,
            "keepalives_interval" => self.keepalives_interval = seconds(value)?,
            "keepalives_count" => {
                self.keepalives_count = Some(number::<u32>(name, value)?).filter(|count| *count > 0);
            }
            "tcp_user_timeout" => self.tcp_user_timeout = limit_in(name, value, Duration::from_millis)?,
            "wait_timeout" => self.wait_timeout = limit(name, value)?,
            "recycle_timeout" => self.recycle_timeout = limit(name, value)?,
            "statement_timeout" => self.statement_timeout = limit(name, value)?,
            "lock_timeout" => self.lock_timeout = limit(name, value)?,
            "idle_in_transaction_timeout" => self.idle_in_transaction_timeout = limit(name, value)?,
            "max_lifetime" => self.max_lifetime = limit(name, value)?,
            "idle_timeout" => self.idle_timeout = limit(name, value)?,
            "validate_after" => self.validate_after = limit(name, value)?.unwrap_or_default(),
            _ => return self.set_choice(name, value),
        }
        Ok(())
    }

    fn set_tls(&mut self, name: &str, value: String) -> Result<(), Error> {
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
            _ => return Err(unknown_parameter(name)),
        }
        Ok(())
    }

    fn set_choice(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "target_session_attrs" => {
                use TargetSessionAttrs::{Any, PreferStandby, Primary, ReadOnly, ReadWrite, Standby};
                let all = [Any, ReadWrite, ReadOnly, Primary, Standby, PreferStandby];
                self.target_session_attrs = choice(name, value, &all.map(|attrs| (attrs.word(), attrs)))?;
            }
            "load_balance_hosts" => {
                self.load_balance_hosts = choice(name, value, &[("disable", false), ("random", true)])?;
            }
            // There is no GSSAPI here, so both of them mean the same; nor any other encoding than UTF-8.
            "gssencmode" => choice(name, value, &[("disable", ()), ("prefer", ())])?,
            "client_encoding" => choice(
                name,
                value,
                &["UTF8", "utf8", "UTF-8", "utf-8", "auto"].map(|word| (word, ())),
            )?,
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
        if self.ports.len() > 1 && self.ports.len() != self.endpoints().len() {
            return Err(wrong("there must be one port, or one for each host"));
        }
        if let Some(certificate) = &self.client_certificate
            && (certificate.certificate.as_os_str().is_empty() || certificate.key.as_os_str().is_empty())
        {
            return Err(wrong("`sslcert` and `sslkey` belong together: one of them is missing"));
        }
        self.finish_session()?;
        self.min_idle = self.min_idle.min(self.max_size);
        Ok(self)
    }

    /// What is set for each session.
    fn finish_session(&self) -> Result<(), Error> {
        if self.pgbouncer && (self.options.is_some() || self.default_isolation.is_some() || self.default_read_only) {
            return Err(wrong(
                "`options`, `default_isolation` and `default_read_only` cannot go through PgBouncer, which refuses \
                 them at start-up; set them for the role instead (`ALTER ROLE … SET …`)",
            ));
        }
        if self.default_read_only && self.target_session_attrs == TargetSessionAttrs::ReadWrite {
            return Err(wrong(
                "`default_read_only` and `target_session_attrs=read-write` contradict each other; \
                 `target_session_attrs=primary` asks for a primary whose sessions may be read-only",
            ));
        }
        Ok(())
    }
}

pub(crate) fn read_port(port: &str) -> Result<u16, Error> {
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

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, Error> {
    value
        .parse()
        .map_err(|_| wrong(&format!("`{name}` is not a whole number")))
}

/// A time limit of libpq's, in its unit where none is named; 0 and below is none.
fn limit_in(name: &str, value: &str, unit: impl FnOnce(u64) -> Duration) -> Result<Option<Duration>, Error> {
    match value.parse::<i64>() {
        Ok(number) => Ok(u64::try_from(number).ok().filter(|number| *number > 0).map(unit)),
        Err(_) => limit(name, value),
    }
}

/// A time limit with PostgreSQL's units: `500ms`, `30s`, `10min`, `2h`, `1d`. 0 is none. A number alone is refused: of
/// the parameters some would take it for seconds and some for milliseconds.
fn limit(name: &str, value: &str) -> Result<Option<Duration>, Error> {
    let refused = || {
        wrong(&format!(
            "`{name}` is no time: write 500ms, 30s, 10min, 2h or 1d, or 0 for none"
        ))
    };
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at(digits);
    let number: u64 = number.parse().map_err(|_| refused())?;
    let milliseconds = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" if number == 0 => 0,
        _ => return Err(refused()),
    };
    let limit = Duration::from_millis(number.saturating_mul(milliseconds));
    Ok(Some(limit).filter(|limit| !limit.is_zero()))
}

fn isolation(name: &str, value: &str) -> Result<Isolation, Error> {
    let choices = [
        ("read-committed", Isolation::ReadCommitted),
        ("repeatable-read", Isolation::RepeatableRead),
        ("serializable", Isolation::Serializable),
    ];
    choice(name, value, &choices)
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
    let known = PARAMETERS.join(", ");
    // A name that is no plain word may be the rest of a password that was not percent-encoded.
    if name.len() >= 32 || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return wrong(&format!("there is an unknown parameter; known are {known}"));
    }
    let meant = closest(name).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    wrong(&format!("`{name}` is no parameter{meant}; known are {known}"))
}

/// The parameter that was most likely meant, if one is close.
fn closest(name: &str) -> Option<&'static str> {
    let close = |known: &&'static str| {
        let distance = edit_distance(name.as_bytes(), known.as_bytes());
        (distance <= (known.len() / 3).max(1)).then_some((distance, *known))
    };
    PARAMETERS.iter().filter_map(close).min().map(|(_, known)| known)
}

/// How many letters must be put in, taken out or changed.
fn edit_distance(left: &[u8], right: &[u8]) -> usize {
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut diagonal = row;
        let mut before = row + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = above[column + 1];
            above[column] = before;
            before = changed.min(before + 1).min(diagonal + 1);
        }
        above[right.len()] = before;
    }
    above[right.len()]
}

pub(crate) fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the connection settings are wrong: {what}"))
}
