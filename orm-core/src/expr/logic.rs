//! Conditions: AND, OR, NOT.

use std::ops::{BitAnd, BitOr, Not};

use super::{Column, Expr, Expression, InFilter, Is, Lift, Mode, Operand, PerRow, Phase};
use crate::sql::{Level, Node};
use crate::types::{DbType, Nullable, Nullness};

/// What `filter` takes: a boolean expression, NULL counting as false. A generic function that filters by one takes a
/// `Condition<Phase = PerRow>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition",
    label = "expected a condition such as `u.age.ge(18)`"
)]
pub trait Condition {
    /// When it is computed: `filter` takes what is [`PerRow`].
    type Phase: Phase;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_condition(self) -> Node;
}

/// `bool` and `Option<bool>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition",
    label = "expected a condition such as `u.age.ge(18)`",
    note = "compare it with something: `.eq(…)`, `.gt(…)`, `.is_not_null()` …"
)]
pub trait Boolean: DbType {}

#[diagnostic::do_not_recommend]
impl Boolean for bool {}
#[diagnostic::do_not_recommend]
impl Boolean for Option<bool> {}

#[diagnostic::do_not_recommend]
impl<T: Boolean, P: Phase> Condition for Expr<T, P> {
    type Phase = P;
    fn into_condition(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<M, T: Boolean, W, N: Nullness> Condition for Column<M, T, W, N> {
    type Phase = PerRow;
    fn into_condition(self) -> Node {
        self.into_node()
    }
}

/// A condition of any nullness, to accumulate others in: `cond = cond & u.age.ge(18)`.
///
/// ```
/// # use orm_core as orm;
/// use orm::Cond;
/// let mut cond = Cond::all();
/// assert!(cond.is_empty());
/// cond = cond & Cond::any();
/// ```
#[derive(Debug, Clone)]
#[must_use = "a condition does nothing until it is given to `filter`"]
pub struct Cond(Node);

impl Cond {
    /// The condition that always holds, to add others to with `&`.
    pub fn all() -> Self {
        Self(Node::all(Vec::new()))
    }

    /// The condition that never holds, to add others to with `|`.
    pub fn any() -> Self {
        Self(Node::any(Vec::new()))
    }

    /// A condition without its nullness.
    pub fn new<C: Condition>(condition: C) -> Self
    where
        C::Phase: InFilter,
    {
        Self(condition.into_condition())
    }

    /// Whether nothing was added to [`all`](Self::all) or [`any`](Self::any) yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Node::And(list) | Node::Or(list) => list.is_empty(),
            _ => false,
        }
    }
}

/// A value of the program: `true` is no condition at all, `false` holds for no row.
#[diagnostic::do_not_recommend]
impl Condition for bool {
    type Phase = PerRow;
    fn into_condition(self) -> Node {
        match self {
            true => Cond::all().0,
            false => Cond::any().0,
        }
    }
}

#[diagnostic::do_not_recommend]
impl Condition for Cond {
    type Phase = PerRow;
    fn into_condition(self) -> Node {
        self.0
    }
}

#[diagnostic::do_not_recommend]
impl Operand<bool> for Cond {
    type Mode = Is<Nullable, PerRow>;
    fn into_operand(self) -> Node {
        self.0
    }
}

/// All of the conditions; of none, true.
pub fn all_of<C: Condition>(conditions: impl IntoIterator<Item = C>) -> Cond
where
    C::Phase: InFilter,
{
    let list = conditions.into_iter().map(Condition::into_condition).collect();
    Cond(Node::all(list))
}

/// Any of the conditions; of none, false.
pub fn any_of<C: Condition>(conditions: impl IntoIterator<Item = C>) -> Cond
where
    C::Phase: InFilter,
{
    let list = conditions.into_iter().map(Condition::into_condition).collect();
    Cond(Node::any(list))
}

type Joined<N, P, R> = Lift<<Is<N, P> as Mode>::Or<<R as Operand<bool>>::Mode>, bool>;

impl<T: Boolean, P: Phase, R: Operand<bool>> BitAnd<R> for Expr<T, P> {
    type Output = Joined<T::Null, P, R>;
    fn bitand(self, other: R) -> Self::Output {
        Expr::new(self.node.and(other.into_operand()))
    }
}

impl<M, T: Boolean, W, N: Nullness, R: Operand<bool>> BitAnd<R> for Column<M, T, W, N> {
    type Output = Joined<<T::Null as Nullness>::Or<N>, PerRow, R>;
    fn bitand(self, other: R) -> Self::Output {
        Expr::new(self.into_node().and(other.into_operand()))
    }
}

impl<C: Condition> BitAnd<C> for Cond
where
    C::Phase: InFilter,
{
    type Output = Cond;
    fn bitand(self, other: C) -> Cond {
        Cond(self.0.and(other.into_condition()))
    }
}

impl<T: Boolean, P: Phase, R: Operand<bool>> BitOr<R> for Expr<T, P> {
    type Output = Joined<T::Null, P, R>;
    fn bitor(self, other: R) -> Self::Output {
        Expr::new(self.node.or(other.into_operand()))
    }
}

impl<M, T: Boolean, W, N: Nullness, R: Operand<bool>> BitOr<R> for Column<M, T, W, N> {
    type Output = Joined<<T::Null as Nullness>::Or<N>, PerRow, R>;
    fn bitor(self, other: R) -> Self::Output {
        Expr::new(self.into_node().or(other.into_operand()))
    }
}

impl<C: Condition> BitOr<C> for Cond
where
    C::Phase: InFilter,
{
    type Output = Cond;
    fn bitor(self, other: C) -> Cond {
        Cond(self.0.or(other.into_condition()))
    }
}

impl<T: Boolean, P> Not for Expr<T, P> {
    type Output = Self;
    fn not(self) -> Self {
        Expr::new(negation(self.node))
    }
}

impl<M, T: Boolean, W, N: Nullness> Not for Column<M, T, W, N> {
    type Output = Expr<N::Of<T>>;
    fn not(self) -> Self::Output {
        Expr::new(negation(self.into_node()))
    }
}

impl Not for Cond {
    type Output = Cond;
    fn not(self) -> Cond {
        Cond(negation(self.0))
    }
}

fn negation(node: Node) -> Node {
    Node::sql(&["NOT ", ""], Level::Not, [node])
}

/// What a condition that may be NULL is. Never NULL themselves.
pub trait TruthTests: Expression {
    /// `self IS TRUE`: false of NULL.
    fn is_true(self) -> Expr<bool, Self::Phase>
    where
        Self::Type: Boolean,
    {
        Expr::new(Node::sql(&["", " IS TRUE"], Level::Is, [self.into_node()]))
    }

    /// `self IS NOT TRUE`: true of NULL.
    fn is_not_true(self) -> Expr<bool, Self::Phase>
    where
        Self::Type: Boolean,
    {
        Expr::new(Node::sql(&["", " IS NOT TRUE"], Level::Is, [self.into_node()]))
    }

    /// `self IS FALSE`: false of NULL.
    fn is_false(self) -> Expr<bool, Self::Phase>
    where
        Self::Type: Boolean,
    {
        Expr::new(Node::sql(&["", " IS FALSE"], Level::Is, [self.into_node()]))
    }

    /// `self IS NOT FALSE`: true of NULL.
    fn is_not_false(self) -> Expr<bool, Self::Phase>
    where
        Self::Type: Boolean,
    {
        Expr::new(Node::sql(&["", " IS NOT FALSE"], Level::Is, [self.into_node()]))
    }

    /// `self IS UNKNOWN`: whether it is NULL.
    fn is_unknown(self) -> Expr<bool, Self::Phase>
    where
        Self::Type: Boolean,
    {
        Expr::new(Node::sql(&["", " IS UNKNOWN"], Level::Is, [self.into_node()]))
    }

    /// `self IS NOT UNKNOWN`: whether it is not NULL.
    fn is_not_unknown(self) -> Expr<bool, Self::Phase>
    where
        Self::Type: Boolean,
    {
        Expr::new(Node::sql(&["", " IS NOT UNKNOWN"], Level::Is, [self.into_node()]))
    }
}

impl<E: Expression> TruthTests for E {}
