//! Fields that give a column its value: a field of another type is an error in our words instead of rustc's, whose
//! advice would be to change what the derive wrote.

use crate::model::Change;

/// A field that can be the value of a column of the type `C`: one of this very type.
#[diagnostic::on_unimplemented(
    message = "the column holds `{C}`, but the field is `{Self}`",
    label = "expected `{C}`",
    note = "make this field `{C}`, or put `#[orm(into)]` on it if it converts into that"
)]
pub trait Gives<C> {
    /// The value.
    fn give(self) -> C;
}

#[diagnostic::do_not_recommend]
impl<C> Gives<C> for C {
    fn give(self) -> C {
        self
    }
}

/// A field marked `with` that can be the value of a column of the type `C`: one of this very type, or an `Option` or
/// [`Change`] of it, which may leave the column to its default.
#[diagnostic::on_unimplemented(
    message = "the column holds `{C}`, but the field is `{Self}`",
    label = "expected `{C}`, or `Option<{C}>` where it may be left to the default",
    note = "make this field `{C}`, or put `#[orm(into)]` on it if it converts into that"
)]
pub trait GivesOrDefault<C> {
    /// The value; `None` is the column's default.
    fn give(self) -> Option<C>;
}

#[diagnostic::do_not_recommend]
impl<C> GivesOrDefault<C> for C {
    fn give(self) -> Option<C> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl<C> GivesOrDefault<C> for Option<C> {
    fn give(self) -> Option<C> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<C> GivesOrDefault<C> for Change<C> {
    fn give(self) -> Option<C> {
        self.into_set()
    }
}

/// What no column holds. Its impl is there so that rustc takes the type from the column, not from the only impl.
#[derive(Debug)]
pub struct Unused<T>(T);

#[diagnostic::do_not_recommend]
impl<T> Gives<Unused<T>> for T {
    fn give(self) -> Unused<T> {
        Unused(self)
    }
}
