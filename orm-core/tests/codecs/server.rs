//! The connection, and the questions that the tests ask over it.

use std::error::Error;
use std::fmt::Debug;

use orm_core::{DbType, Param, PgType};
use tokio::runtime::Runtime;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Client, NoTls};

pub(crate) struct Server {
    runtime: Runtime,
    client: Client,
}

/// What a connection is set to, so that the texts are the same on every server.
const SETTINGS: &str = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; \
                        SET extra_float_digits = 1; SET bytea_output = 'hex'";

impl Server {
    pub(crate) fn connect() -> Self {
        let url = orm_embedded::url().expect("a server for the tests");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls)
                .await
                .expect("the server can be reached");
            tokio::spawn(connection);
            client.batch_execute(SETTINGS).await.expect("the settings are known");
            client
        });
        Self { runtime, client }
    }

    /// The first two columns of the only row: the bytes of one, the text of the other.
    fn ask(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<(Option<Vec<u8>>, Option<String>), String> {
        let row = self
            .runtime
            .block_on(self.client.query_one(sql, params))
            .map_err(|error| {
                format!(
                    "{sql}: {}",
                    error
                        .as_db_error()
                        .map_or(error.to_string(), |error| error.message().to_owned())
                )
            })?;
        Ok((row.get::<_, Option<Raw>>(0).map(|raw| raw.0), row.get(1)))
    }

    /// Sends the value's bytes: the server must understand them as `text`, and send back bytes that give the value.
    #[track_caller]
    pub(crate) fn stores<T: DbType + PartialEq + Debug>(&self, value: T, text: &str) {
        let (back, understood) = self.echo(&value);
        assert_eq!(understood, text, "{value:?} as {}", T::TYPE);
        assert_eq!(T::decode(back.as_deref()).as_ref(), Ok(&value), "{}", T::TYPE);
        // The same text, written by the server itself.
        if !text.contains('\'') {
            assert_eq!(self.reads::<T>(&format!("'{text}'::{}", T::TYPE)).as_ref(), Ok(&value));
        }
    }

    /// What the server sends back for the value's bytes, and its text.
    #[track_caller]
    pub(crate) fn echo<T: DbType>(&self, value: &T) -> (Option<Vec<u8>>, String) {
        let param = Param::new(value);
        let sent = Raw(param
            .bytes
            .expect("the value can be encoded")
            .expect("the value is not NULL")
            .into_vec());
        let ty = T::TYPE;
        let (back, text) = self.ask(&format!("SELECT $1::{ty}, $1::{ty}::text"), &[&sent]).unwrap();
        (back, text.expect("the text is not NULL"))
    }

    /// The server must refuse the value's bytes, saying `words`.
    #[track_caller]
    pub(crate) fn server_refuses<T: DbType>(&self, value: &T, words: &str) {
        let param = Param::new(value);
        let sent = Raw(param
            .bytes
            .expect("the value can be encoded")
            .expect("the value is not NULL")
            .into_vec());
        let error = self.ask(&format!("SELECT $1::{}, ''", T::TYPE), &[&sent]).unwrap_err();
        assert!(error.contains(words), "{error}");
    }

    /// Decodes what the server sends for an SQL expression, which must be of `T`'s type; the error is a sentence.
    #[track_caller]
    pub(crate) fn reads<T: DbType>(&self, expression: &str) -> Result<T, String> {
        let (bytes, ty) = self
            .ask(&format!("SELECT {expression}, pg_typeof({expression})::oid::text"), &[])
            .unwrap();
        assert!(has_oid(T::TYPE, &ty.unwrap()), "{expression} is not a {}", T::TYPE);
        T::decode(bytes.as_deref()).map_err(|error| error.to_string())
    }

    /// Decoding what the server sends for an SQL expression must fail with a sentence that holds `words`.
    #[track_caller]
    pub(crate) fn cannot_read<T: DbType + Debug>(&self, expression: &str, words: &str) {
        let error = self.reads::<T>(expression).expect_err("must not be readable");
        assert!(error.contains(words), "{expression}: {error}");
    }

    /// A text of the server's.
    #[track_caller]
    pub(crate) fn text(&self, expression: &str) -> String {
        self.ask(&format!("SELECT NULL::int4, ({expression})::text"), &[])
            .unwrap()
            .1
            .unwrap()
    }
}

fn has_oid(ty: &PgType, oid: &str) -> bool {
    let oid = oid.parse().unwrap();
    ty.oid == oid || ty.also.contains(&oid)
}

/// Bytes as they are, whatever the type.
#[derive(Debug)]
struct Raw(Vec<u8>);

impl ToSql for Raw {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(bytes.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
