//! Values that are the executor's and not the query's: who asks, and for which tenant.

mod scoped;
mod settings;

use std::any::TypeId;
use std::fmt;

pub use scoped::{Scoped, WithScope};
pub use settings::{SettingValue, Settings};

use crate::driver::{Param, Statement};
use crate::expr::Expr;
use crate::sql::Node;
use crate::types::{DbType, NotNull};

/// A type whose values a scope can hold: any that a column can have, but for `Option`s. Take a type of your own for each, as
/// `struct TenantId(i64)` with `#[derive(DbType)]`: a scope has one value of a type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value of a scope",
    label = "not the type of a column that is never NULL",
    note = "take a type of your own with `#[derive(DbType)]`: `struct TenantId(i64);`"
)]
pub trait ScopeValue: DbType {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> ScopeValue for T {}

/// Which value of a scope a parameter stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ScopeKey {
    id: TypeId,
    name: &'static str,
}

impl ScopeKey {
    fn of<T: ScopeValue>() -> Self {
        let path = std::any::type_name::<T>();
        Self {
            id: TypeId::of::<T>(),
            name: path.rsplit("::").next().unwrap_or(path),
        }
    }

    /// The name of the type.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The value of this type that the executor's scope has: `|i| i.tenant_id.eq(scope::<TenantId>())`.
///
/// It is a parameter whose value is put in when the statement is sent: so the text stays the same. On an executor that has
/// none the statement is [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery), before anything is sent.
pub fn scope<T: ScopeValue>() -> Expr<T> {
    Expr::new(Node::param(param::<T>()))
}

/// The same as a parameter.
pub(crate) fn param<T: ScopeValue>() -> Param {
    Param {
        scope: Some(ScopeKey::of::<T>()),
        ..Param::null(T::TYPE)
    }
}

/// What an executor gives to its statements: values for [`scope`](fn@crate::scope), one of each type, and settings of
/// PostgreSQL, which hold for each of its transactions (`SET LOCAL`).
///
/// ```
/// # use orm_core::{Executor, Scope, WithScope};
/// # async fn example(db: &dyn Executor, tenant: i64) -> Result<(), orm_core::Error> {
/// let tenant_db = db.scoped(Scope::new().set("app.tenant", tenant).role("app").schema("t42"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Scope {
    values: Vec<(ScopeKey, Param)>,
    settings: Settings,
}

impl Scope {
    /// Without values and settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With this value for [`scope`](fn@crate::scope), instead of one of the same type.
    #[must_use]
    pub fn value<T: ScopeValue>(mut self, value: T) -> Self {
        let key = ScopeKey::of::<T>();
        self.values.retain(|(known, _)| *known != key);
        self.values.push((key, Param::new(&value)));
        self
    }

    /// With a setting of PostgreSQL, or one of your own with a prefix: `SET LOCAL name = value`. Policies of row-level
    /// security, defaults and functions read it by `current_setting('app.tenant')`. It is a text there: cast it
    /// (`current_setting('app.tenant')::int8`).
    ///
    /// Sent as `set_config($1, $2, true)`, so the value may be any text. A name that is no setting's is
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery) when the first statement runs; a value that the setting
    /// refuses is the server's error.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl SettingValue) -> Self {
        self.settings.set(name, &value.to_setting());
        self
    }

    /// With a role: `SET LOCAL ROLE`. Its privileges count, and the policies of row-level security that are for it. The
    /// role that logs in must be a member of it ([`ErrorKind::PermissionDenied`](crate::ErrorKind::PermissionDenied)).
    #[must_use]
    pub fn role(mut self, name: impl AsRef<str>) -> Self {
        self.settings.role(name.as_ref());
        self
    }

    /// With a schema for all names that have none in the program: `SET LOCAL search_path`. Only this one: what else is
    /// needed, such as `public` for types of extensions, is named by [`search_path`](Self::search_path).
    #[must_use]
    pub fn schema(self, name: impl AsRef<str>) -> Self {
        self.search_path([name])
    }

    /// With several schemas, looked through in this order: `SET LOCAL search_path`. Names are quoted.
    #[must_use]
    pub fn search_path<S: AsRef<str>>(mut self, schemas: impl IntoIterator<Item = S>) -> Self {
        let schemas: Vec<S> = schemas.into_iter().collect();
        self.settings.set_search_path(schemas.iter().map(AsRef::as_ref));
        self
    }

    /// The settings. For drivers.
    #[doc(hidden)]
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The statement with the values that it asks for, as far as they are here; `None` if it asks for none.
    fn fill(&self, statement: &Statement) -> Option<Statement> {
        if statement.params.iter().all(|param| param.scope.is_none()) {
            return None;
        }
        let mut statement = statement.clone();
        for param in &mut statement.params {
            let found = self.values.iter().find(|(key, _)| Some(*key) == param.scope);
            if let Some((_, value)) = found {
                *param = value.clone();
            }
        }
        Some(statement)
    }
}

/// Which values and settings there are; never the values.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        let _ = list.entries(self.values.iter().map(|(key, _)| key));
        list.entries(self.settings.iter().map(|(name, _)| name)).finish()
    }
}
