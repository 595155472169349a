//! A statement as the server knows it: prepared once per connection, its types checked once.

use std::sync::Arc;

use orm_core::{Error, ErrorKind, PgType, ResultColumn, ResultType, RowSink, Statement};
use tokio_postgres::types::{Kind, Type};

use crate::error;
use crate::link::Link;
use crate::run::HEALS;
use crate::session_state::Effects;

/// PostgreSQL's protocol counts parameters in 16 bits.
const MAX_PARAMS: usize = 65_535;

/// PostgreSQL's `FirstNormalObjectId`: what has a smaller OID came with the server and is never made anew.
const FIRST_USER_OID: u32 = 16_384;

/// A statement that the server has prepared.
pub(crate) struct Prepared {
    pub(crate) statement: tokio_postgres::Statement,
    pub(crate) columns: Box<[ResultColumn]>,
    pub(crate) effects: Effects,
    /// Whether a parameter or column has a type of the user's: it may be made anew, or be another one under another
    /// `search_path`.
    pub(crate) has_user_types: bool,
    text: Box<str>,
    declared: Box<[&'static PgType]>,
}

impl Prepared {
    /// Whether this is `statement`, prepared: the same text and the same types.
    pub(crate) fn is_for(&self, statement: &Statement) -> bool {
        *self.text == *statement.sent_text()
            && self.declared.len() == statement.params.len()
            && self
                .declared
                .iter()
                .zip(&statement.params)
                .all(|(declared, param)| same_type(declared, param.ty))
    }
}

fn same_type(a: &'static PgType, b: &'static PgType) -> bool {
    std::ptr::eq(a, b)
        || if a.oid != 0 || b.oid != 0 {
            a.oid == b.oid
        } else {
            a.name == b.name && a.schema == b.schema && a.to_string() == b.to_string()
        }
}

/// A prepared statement, and where it came from.
pub(crate) struct Found {
    pub(crate) prepared: Arc<Prepared>,
    /// Whether it was prepared before, and so may be out of date.
    pub(crate) cached: bool,
}

/// The statement from the connection's cache, or prepared now, and kept there if it is to be.
pub(crate) async fn prepare(link: &Link, statement: &Statement, key: u64, keep: bool) -> Result<Found, Error> {
    if keep && let Some(prepared) = link.statements.get(key, statement) {
        return Ok(Found { prepared, cached: true });
    }
    let prepared = Arc::new(prepare_now(link, statement, &statement.sent_text()).await?);
    if keep {
        link.statements.put(key, Arc::clone(&prepared));
    }
    Ok(Found {
        prepared,
        cached: false,
    })
}

/// Prepares `text`, which is the statement's own or one around it, with the statement's parameters.
pub(crate) async fn prepare_now(link: &Link, statement: &Statement, text: &str) -> Result<Prepared, Error> {
    check_count(statement)?;
    let types: Vec<Type> = statement.params.iter().map(|param| declared_type(param.ty)).collect();
    let prepared = prepare_typed(link, text, &types).await;
    let prepared = prepared.map_err(|error| error::of_statement(link, error, statement.table))?;
    check_params(link, statement, prepared.params())?;
    let columns = result_columns(prepared.columns());
    let used = prepared.columns().iter().map(tokio_postgres::Column::type_);
    let has_user_types = used.chain(prepared.params()).any(|ty| ty.oid() >= FIRST_USER_OID);
    Ok(Prepared {
        columns,
        effects: Effects::of(statement),
        has_user_types,
        text: text.into(),
        declared: statement.params.iter().map(|param| param.ty).collect(),
        statement: prepared,
    })
}

/// Prepares a text, and has the client look up the types in it. One that goes while it is looked up (somebody makes it
/// anew) is no reason to fail: the next try finds the new one.
async fn prepare_typed(
    link: &Link,
    text: &str,
    types: &[Type],
) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
    let mut tries = 0;
    loop {
        match link.client.prepare_typed(text, types).await {
            Err(error) if tries < HEALS && error::is_of_lookup(link, &error).await => {
                tries += 1;
                link.client.clear_type_cache();
            }
            prepared => return prepared,
        }
    }
}

/// The columns of a result.
pub(crate) fn result_columns(columns: &[tokio_postgres::Column]) -> Box<[ResultColumn]> {
    let column = |column: &tokio_postgres::Column| ResultColumn {
        name: column.name().into(),
        ty: result_type(column.type_()),
    };
    columns.iter().map(column).collect()
}

impl Prepared {
    /// Remembers which types of this database the columns have that are read as types of the user's.
    pub(crate) fn remember_types(&self, link: &Link, rows: &dyn RowSink) {
        let mut expected: Vec<&'static PgType> = Vec::new();
        if !self.has_user_types || !rows.expected(&mut expected) {
            return;
        }
        for (ty, column) in expected.iter().zip(self.statement.columns()) {
            if ty.oid == 0 && ty.accepts(&result_type(column.type_())) {
                link.statements.known.put_type(ty, column.type_());
            }
        }
    }
}

/// Refuses what cannot be sent: a value that could not be encoded, more parameters than the protocol can count.
pub(crate) fn check(statement: &Statement) -> Result<(), Error> {
    statement.check_params()?;
    check_count(statement)
}

fn check_count(statement: &Statement) -> Result<(), Error> {
    let count = statement.params.len();
    if count <= MAX_PARAMS {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidQuery,
        format!(
            "the statement has {count} parameters, but PostgreSQL's protocol allows {MAX_PARAMS}; \
             pass lists as one array parameter (`= ANY($1)`, UNNEST) or send it in parts"
        ),
    )
    .with_table(statement.table))
}

/// The type that is declared for a parameter: a built-in by its OID; one known by name is left to the server, which
/// infers it from the statement.
pub(crate) fn declared_type(ty: &PgType) -> Type {
    if ty.oid == 0 {
        return Type::UNKNOWN;
    }
    Type::from_oid(ty.oid).unwrap_or_else(|| Type::new(ty.name.to_owned(), ty.oid, Kind::Simple, "pg_catalog".into()))
}

/// Checks the types that the server inferred for parameters whose type the program knows by name.
fn check_params(link: &Link, statement: &Statement, inferred: &[Type]) -> Result<(), Error> {
    if inferred.len() != statement.params.len() {
        return Err(Error::new(
            ErrorKind::InvalidQuery,
            format!(
                "the statement has {} parameters in its text, but {} were given",
                inferred.len(),
                statement.params.len()
            ),
        )
        .with_table(statement.table));
    }
    for (index, (param, found)) in statement.params.iter().zip(inferred).enumerate() {
        if param.ty.oid == 0 && param.ty.accepts(&result_type(found)) {
            link.statements.known.put_type(param.ty, found);
        } else if param.ty.oid == 0 && !accepts(param.ty, found) {
            return Err(Error::new(
                ErrorKind::ColumnType,
                format!(
                    "parameter ${} is a {} in the program, but the database takes a {} there; \
                     change the field's type, cast the parameter or migrate the column",
                    index + 1,
                    param.ty,
                    result_type(found)
                ),
            )
            .with_table(statement.table));
        }
    }
    Ok(())
}

fn accepts(ty: &PgType, found: &Type) -> bool {
    // A column of a domain takes what its base type takes.
    ty.accepts(&result_type(found)) || matches!(found.kind(), Kind::Domain(base) if accepts(ty, base))
}

pub(crate) fn result_type(ty: &Type) -> ResultType {
    let element = match ty.kind() {
        Kind::Array(element) => Some(Box::new(result_type(without_domain(element)))),
        _ => None,
    };
    ResultType {
        oid: ty.oid(),
        schema: ty.schema().into(),
        name: ty.name().into(),
        element,
    }
}

fn without_domain(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(base) => without_domain(base),
        _ => ty,
    }
}
