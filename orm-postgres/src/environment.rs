//! The environment: `DATABASE_URL`, else libpq's `PG…` variables.

use std::env::{self, VarError};

use orm_core::{Error, ErrorKind};

use crate::config::Config;

/// libpq's variables, and the parameter that each one is.
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGAPPNAME", "application_name"),
    ("PGOPTIONS", "options"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
];

impl Config {
    /// Reads `DATABASE_URL`; where it is not set, `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE` and the
    /// rest of libpq's variables.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when neither is set, or one is wrong.
    pub fn from_env() -> Result<Self, Error> {
        if let Some(url) = read("DATABASE_URL")? {
            return url.parse();
        }
        let mut config = Config::default();
        let mut found = false;
        for (variable, parameter) in VARIABLES {
            if let Some(value) = read(variable)? {
                config.set(parameter, value)?;
                found = true;
            }
        }
        if !found {
            return Err(Error::new(
                ErrorKind::Config,
                "no database is named: set DATABASE_URL (postgres://user:password@host:port/dbname) or PGHOST, \
                 PGUSER, PGDATABASE …",
            ));
        }
        config.finish()
    }
}

fn read(variable: &str) -> Result<Option<String>, Error> {
    match env::var(variable) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::new(
            ErrorKind::Config,
            format!("the environment variable {variable} is not UTF-8"),
        )),
    }
}
