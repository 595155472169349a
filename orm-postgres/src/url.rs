//! Connection URLs, `postgres://user:password@host:port/dbname?parameter=value`, as libpq reads them.
//!
//! tokio-postgres' parser is not used: it does not know `sslrootcert` and the like, and its errors may echo what stood
//! in the URL. Ours never quote a part that could be of a password. libpq's chapter: *Connection URIs*.

use std::str::FromStr;

use orm_core::Error;
use percent_encoding::percent_decode_str;

use crate::config::Config;
use crate::parameters::{read_port, wrong};
use crate::secret::Secret;

impl FromStr for Config {
    type Err = Error;

    /// Reads a connection URL, or libpq's other form, `host=db.example.org dbname=app user=ann`. Parts that it does not
    /// name have their defaults; the host is `localhost` then. The parameters are listed at
    /// [`DatabaseBuilder::url`](crate::DatabaseBuilder::url).
    ///
    /// # Errors
    /// [`ErrorKind::Config`](orm_core::ErrorKind::Config), which says what is wrong and quotes no secret.
    fn from_str(url: &str) -> Result<Self, Error> {
        let mut config = Config::default();
        config.read_url(url)?;
        config.finish()
    }
}

impl Config {
    /// Takes what a URL or a string of keywords names; what it does not name stays.
    pub(crate) fn read_url(&mut self, url: &str) -> Result<(), Error> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"));
        let Some(rest) = rest else {
            if url.contains('=') && !url.contains("://") {
                return self.read_keywords(url);
            }
            return Err(wrong(
                "it must begin with postgres:// or postgresql://, or be of keywords (`host=… dbname=… user=…`)",
            ));
        };
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

fn decode(part: &str, what: &str) -> Result<String, Error> {
    let decoded = percent_decode_str(part)
        .decode_utf8()
        .map_err(|_| wrong(&format!("{what} is not UTF-8 once decoded")))?;
    if decoded.contains('\0') {
        return Err(wrong(&format!("{what} holds a NUL character")));
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
