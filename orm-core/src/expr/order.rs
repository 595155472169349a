//! ORDER BY.

use super::Expression;
use crate::model::NullsOrder;
use crate::sql::Node;
use crate::types::{DbType, Nullness, PgType};

/// One term of an ORDER BY: an expression, its direction, and where its NULLs go.
#[derive(Debug, Clone)]
pub struct Order {
    pub(crate) node: Node,
    pub(crate) ty: &'static PgType,
    pub(crate) nullable: bool,
    pub(crate) descending: bool,
    pub(crate) nulls: Option<NullsOrder>,
}

impl Order {
    /// With NULLs before all other values.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Some(NullsOrder::First);
        self
    }

    /// With NULLs after all other values.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Some(NullsOrder::Last);
        self
    }

    /// The opposite order, NULLs included.
    #[must_use]
    pub fn reverse(mut self) -> Self {
        self.nulls = Some(match self.nulls_order() {
            NullsOrder::First => NullsOrder::Last,
            NullsOrder::Last => NullsOrder::First,
        });
        self.descending = !self.descending;
        self
    }

    /// Where NULLs go, told or by default.
    pub(crate) fn nulls_order(&self) -> NullsOrder {
        self.nulls.unwrap_or(if self.descending {
            NullsOrder::First
        } else {
            NullsOrder::Last
        })
    }
}

/// What `order_by` takes: one term, a tuple of terms, or a `Vec<Order>` that was chosen at run time.
#[diagnostic::on_unimplemented(
    message = "cannot order by `{Self}` itself",
    label = "`.asc()` or `.desc()` is missing"
)]
pub trait Orders {
    /// Appends the terms.
    #[doc(hidden)]
    fn append_to(self, terms: &mut Vec<Order>);
}

#[diagnostic::do_not_recommend]
impl Orders for Order {
    fn append_to(self, terms: &mut Vec<Order>) {
        terms.push(self);
    }
}

#[diagnostic::do_not_recommend]
impl Orders for Vec<Order> {
    fn append_to(self, terms: &mut Vec<Order>) {
        terms.extend(self);
    }
}

/// A tuple, and so what remains when something is no [`Order`]: its words are those of whatever cannot be ordered by. (On
/// [`Orders`] itself rustc would list all tuples, or not name the term that is none.)
#[diagnostic::on_unimplemented(
    message = "cannot order by `{Self}` itself",
    label = "`.asc()` or `.desc()` is missing"
)]
pub trait OrderTuple {
    /// The tuple itself.
    #[doc(hidden)]
    type This;
}

/// The terms of a tuple.
#[doc(hidden)]
pub trait TupleOrders {
    fn append_all(self, terms: &mut Vec<Order>);
}

impl<T: OrderTuple<This = T>> Orders for T
where
    T::This: TupleOrders,
{
    fn append_to(self, terms: &mut Vec<Order>) {
        self.append_all(terms);
    }
}

/// `.asc()` and `.desc()` of columns and expressions.
pub trait Sort: Expression {
    /// Smallest first; NULLs last unless told otherwise.
    fn asc(self) -> Order {
        order(self, false)
    }

    /// Greatest first; NULLs first unless told otherwise.
    fn desc(self) -> Order {
        order(self, true)
    }
}

impl<E: Expression> Sort for E {}

fn order<E: Expression>(expression: E, descending: bool) -> Order {
    Order {
        node: expression.into_node(),
        ty: E::Type::TYPE,
        nullable: <<E::Type as DbType>::Null as Nullness>::NULLABLE,
        descending,
        nulls: None,
    }
}
