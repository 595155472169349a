//! Where a field comes from: what its name means, or what its closure gives.

use crate::expr::Column;

/// What a field's name stands for: a column, or the function of a relation.
pub trait ReadFrom<F> {
    /// The column, or what the relation gives.
    type Source;
    /// That of the row at hand.
    fn read_from(self, fields: F) -> Self::Source;
}

#[diagnostic::do_not_recommend]
impl<F, M, T, W, N> ReadFrom<F> for Column<M, T, W, N> {
    type Source = Self;
    fn read_from(self, _: F) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F, R> ReadFrom<F> for fn(F) -> R {
    type Source = R;
    fn read_from(self, fields: F) -> R {
        self(fields)
    }
}

/// What a name stands for.
pub fn read<F, R: ReadFrom<F>>(named: R, fields: F) -> R::Source {
    named.read_from(fields)
}

/// `expr = |u| …`
pub fn computed<F, R>(fields: F, closure: impl FnOnce(F) -> R) -> R {
    closure(fields)
}

/// `expr = |u, params| …`
pub fn computed_with<F, P, R>(fields: F, params: &P, closure: impl FnOnce(F, &P) -> R) -> R {
    closure(fields, params)
}
