//! ORDER BY.

use std::fmt;
use std::marker::PhantomData;

use super::{Expression, PerRow, Phase};
use crate::model::NullsOrder;
use crate::sql::Node;
use crate::types::{DbType, Nullness, PgType};

/// One term of an ORDER BY: an expression, its direction, and where its NULLs go.
pub struct Order<P = PerRow> {
    pub(crate) node: Node,
    pub(crate) ty: &'static PgType,
    pub(crate) nullable: bool,
    pub(crate) descending: bool,
    pub(crate) nulls: Option<NullsOrder>,
    marker: PhantomData<fn() -> P>,
}

impl Order {
    /// A node of a type, NULLs where PostgreSQL puts them.
    pub(crate) fn by(node: Node, ty: &'static PgType, nullable: bool, descending: bool) -> Self {
        Self {
            node,
            ty,
            nullable,
            descending,
            nulls: None,
            marker: PhantomData,
        }
    }
}

impl<P> Order<P> {
    /// The same, as if of another phase: the phase was checked where the term was given to `order_by`.
    fn of_phase<Q>(self) -> Order<Q> {
        let Self {
            node,
            ty,
            nullable,
            descending,
            nulls,
            ..
        } = self;
        Order {
            node,
            ty,
            nullable,
            descending,
            nulls,
            marker: PhantomData,
        }
    }

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

    /// The same of another expression.
    pub(crate) fn map(&self, map: impl FnOnce(&Node) -> Node) -> Self {
        Self {
            node: map(&self.node),
            ..*self
        }
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

impl<P> Clone for Order<P> {
    fn clone(&self) -> Self {
        Self {
            node: self.node.clone(),
            ..*self
        }
    }
}

impl<P> fmt::Debug for Order<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("node", &self.node)
            .field("descending", &self.descending)
            .field("nulls", &self.nulls)
            .finish_non_exhaustive()
    }
}

/// What `order_by` takes: one term, a tuple of terms, or a `Vec` of terms that was chosen at run time. A generic function
/// for queries without groups takes `Orders<Phase = PerRow>`.
#[diagnostic::on_unimplemented(
    message = "cannot order by `{Self}` itself",
    label = "`.asc()` or `.desc()` is missing"
)]
pub trait Orders {
    /// The latest of the terms' phases.
    type Phase: Phase;
    /// Appends the terms.
    #[doc(hidden)]
    fn append_to(self, terms: &mut Vec<Order>);
}

#[diagnostic::do_not_recommend]
impl<P: Phase> Orders for Order<P> {
    type Phase = P;
    fn append_to(self, terms: &mut Vec<Order>) {
        terms.push(self.of_phase());
    }
}

#[diagnostic::do_not_recommend]
impl<P: Phase> Orders for Vec<Order<P>> {
    type Phase = P;
    fn append_to(self, terms: &mut Vec<Order>) {
        terms.extend(self.into_iter().map(Order::of_phase));
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
    type Phase: Phase;
    fn append_all(self, terms: &mut Vec<Order>);
}

impl<T: OrderTuple<This = T>> Orders for T
where
    T::This: TupleOrders,
{
    type Phase = <T::This as TupleOrders>::Phase;
    fn append_to(self, terms: &mut Vec<Order>) {
        self.append_all(terms);
    }
}

/// `.asc()` and `.desc()` of columns and expressions.
pub trait Sort: Expression {
    /// Smallest first; NULLs last unless told otherwise.
    fn asc(self) -> Order<Self::Phase> {
        order(self, false)
    }

    /// Greatest first; NULLs first unless told otherwise.
    fn desc(self) -> Order<Self::Phase> {
        order(self, true)
    }
}

impl<E: Expression> Sort for E {}

fn order<E: Expression>(expression: E, descending: bool) -> Order<E::Phase> {
    let nullable = <<E::Type as DbType>::Null as Nullness>::NULLABLE;
    Order::by(expression.into_node(), E::Type::TYPE, nullable, descending).of_phase()
}
