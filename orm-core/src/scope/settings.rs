//! Settings of a transaction: `SET LOCAL name = value`, with the values as parameters.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::sql::quote;

/// The setting that names the schemas in which unqualified names are looked up.
const SEARCH_PATH: &str = "search_path";
/// The setting that is the role.
const ROLE: &str = "role";

/// A value that a setting of PostgreSQL can have: what has one textual form. PostgreSQL keeps all settings as text:
/// `current_setting('app.tenant')::int8` reads an integer back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a setting",
    label = "expected a text, an integer, a `bool` or a `Uuid`",
    note = "a setting is a text in PostgreSQL: give `value.to_string()` if that is what `current_setting` shall give"
)]
pub trait SettingValue {
    /// The text that `current_setting` gives.
    fn to_setting(&self) -> Cow<'_, str>;
}

macro_rules! setting_by_display {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl SettingValue for $type {
            fn to_setting(&self) -> Cow<'_, str> {
                self.to_string().into()
            }
        }
    )* };
}
setting_by_display!(bool, i16, i32, i64, u16, u32, u64);
#[cfg(feature = "uuid")]
setting_by_display!(uuid::Uuid);

macro_rules! setting_by_text {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl SettingValue for $type {
            fn to_setting(&self) -> Cow<'_, str> {
                Cow::Borrowed(self)
            }
        }
    )* };
}
setting_by_text!(str, String, Cow<'_, str>);

#[diagnostic::do_not_recommend]
impl<T: SettingValue + ?Sized> SettingValue for &T {
    fn to_setting(&self) -> Cow<'_, str> {
        (**self).to_setting()
    }
}

/// What a [`Scope`](crate::Scope) sets for the transactions of its executor. Clones are cheap.
#[derive(Clone, Default)]
pub struct Settings(Option<Arc<Entries>>);

#[derive(Clone, Default)]
struct Entries {
    /// Names and values, in the order in which they are set; a name stands once.
    list: Vec<(Cow<'static, str>, String)>,
    /// Why they cannot be sent.
    fault: Option<String>,
}

impl Settings {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Names and values, in the order in which a driver sets them: the role last, since it may not be allowed to set the
    /// others.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let list = self.0.as_ref().map_or(&[][..], |entries| &entries.list[..]);
        list.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The `search_path`, if it is among them: what a name means depends on it, and so do prepared statements.
    #[must_use]
    pub fn search_path(&self) -> Option<&str> {
        self.iter()
            .find(|(name, _)| *name == SEARCH_PATH)
            .map(|(_, value)| value)
    }

    /// Whether they can be sent.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`] for a name that is no setting's, or a value that no setting can have.
    pub fn check(&self) -> Result<(), Error> {
        match self.0.as_ref().and_then(|entries| entries.fault.clone()) {
            Some(fault) => Err(Error::new(ErrorKind::InvalidQuery, fault)),
            None => Ok(()),
        }
    }

    /// These, and those of `outer` that are not among them.
    pub(super) fn over(&self, outer: &Self) -> Self {
        match (&self.0, &outer.0) {
            (None, _) => outer.clone(),
            (_, None) => self.clone(),
            (Some(inner), Some(outer)) => {
                let mut entries = Entries::clone(outer);
                for (name, value) in &inner.list {
                    entries.put(name.clone(), value.clone());
                }
                entries.fault = entries.fault.or_else(|| inner.fault.clone());
                Self(Some(Arc::new(entries)))
            }
        }
    }

    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        let entries = self.entries();
        let name: Cow<'static, str> = match name.bytes().any(|letter| letter.is_ascii_uppercase()) {
            true => name.to_ascii_lowercase().into(), // PostgreSQL takes no notice of it in names of settings.
            false => name.into(),
        };
        if !is_name(&name) {
            entries.fail(format!(
                "`{name}` is no name of a setting: `Scope::set` takes one of PostgreSQL's (`work_mem`) or of your own \
                 with a prefix (`app.tenant`), of letters, digits and `_`"
            ));
        }
        entries.put(name, value.to_owned());
    }

    pub(super) fn role(&mut self, name: &str) {
        if name.is_empty() || name.eq_ignore_ascii_case("none") {
            // `SET ROLE none` goes back to the role that has logged in.
            self.entries().fail(format!(
                "`{name}` is no role, but `Scope::role` takes one: leave it out to stay what has logged in"
            ));
        }
        self.entries().put(ROLE.into(), name.to_owned());
    }

    pub(super) fn set_search_path<'a>(&mut self, schemas: impl IntoIterator<Item = &'a str>) {
        let mut path = String::new();
        for schema in schemas {
            if schema.is_empty() {
                self.entries()
                    .fail("a schema of `Scope::schema` has an empty name".to_owned());
            }
            if !path.is_empty() {
                path.push_str(", ");
            }
            quote(&mut path, schema);
        }
        self.entries().put(SEARCH_PATH.into(), path);
    }

    fn entries(&mut self) -> &mut Entries {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl Entries {
    fn put(&mut self, name: Cow<'static, str>, value: String) {
        if value.contains('\0') {
            self.fail(format!(
                "the value of the setting `{name}` holds the character NUL, which no text can"
            ));
        }
        self.list.retain(|(known, _)| *known != name);
        let at = match self.list.last() {
            Some((last, _)) if last == ROLE => self.list.len() - 1,
            _ => self.list.len(),
        };
        self.list.insert(at, (name, value));
    }

    /// The first fault is the one to tell.
    fn fail(&mut self, fault: String) {
        self.fault.get_or_insert(fault);
    }
}

/// Whether it is a name as PostgreSQL has them for settings: words of letters, digits and `_`, with dots between.
fn is_name(name: &str) -> bool {
    name.split('.').all(|word| {
        let starts = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        starts
            && word
                .bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
    })
}

/// The names; never the values.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(make: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        make(&mut settings);
        settings
    }

    #[test]
    fn the_role_is_set_last_and_each_name_once() {
        let outer = settings(|s| {
            s.role("app");
            s.set("App.Tenant", "1");
        });
        let inner = settings(|s| {
            s.set_search_path(["t\"1", "public"]);
            s.set("app.tenant", "2");
        });
        let all: Vec<_> = inner
            .over(&outer)
            .iter()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let expected = [
            ("search_path", "\"t\"\"1\", \"public\""),
            ("app.tenant", "2"),
            ("role", "app"),
        ];
        assert_eq!(all, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_is_no_name_or_would_leave_the_role_is_refused() {
        for name in ["", "app.", "a b", "app.tenant = 1; --", "1a", "a.1b", "app.ténant"] {
            assert!(settings(|s| s.set(name, "1")).check().is_err(), "{name}");
        }
        for role in ["", "none", "NONE"] {
            assert!(settings(|s| s.role(role)).check().is_err(), "{role}");
        }
        assert!(settings(|s| s.set_search_path([""])).check().is_err());
        assert!(settings(|s| s.set("app.x", "a\0b")).check().is_err());
        assert!(settings(|s| s.set("app.x_1", "'; DROP")).check().is_ok());
    }
}
