//! Functions of `tsvector`.

use crate::driver::Param;
use crate::expr::{ArrayOperand, Base, Both, Expr, Expression, Lift, Mode, ModeOf, Operand, With};
use crate::sql::{Level, Node};
use crate::types::{DbType, TsQuery, TsVector, Weight};

/// A `tsvector`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `tsvector`",
    label = "expected a `TsVector` column or expression",
    note = "`to_tsvector(\"english\", text)` makes one of a text"
)]
pub trait SearchVector: DbType {
    /// `T`. Said here, so that the error of a type that is no vector is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl SearchVector for TsVector {
    type Gives<T: DbType> = T;
}

/// Functions of `tsvector`. `.matches(query)` is [`Matches`](crate::Matches)'.
pub trait SearchVectorFunctions: Expression {
    /// `ts_rank(self, query)`: how well a document matches, by how often its lexemes occur and their weights.
    fn ts_rank<R: Operand<TsQuery>>(self, query: R) -> Lift<With<Self, R, TsQuery>, Gives<Self, f32>>
    where
        Base<Self>: SearchVector,
    {
        let args = [self.into_node(), query.into_operand()];
        Expr::new(Node::sql(&["ts_rank(", ", ", ")"], Level::Atom, args))
    }

    /// `ts_rank(weights, self, query, normalization)`: with what the weights D, C, B and A count, in this order (PostgreSQL's
    /// own are 0.1, 0.2, 0.4 and 1), and bits that say how a document's length counts (0: not at all; 1: divided by 1 plus
    /// the logarithm of the length; 2: by the length; … 32: by itself plus 1).
    fn ts_rank_with<R>(self, weights: [f32; 4], query: R, normalization: i32) -> Ranked<Self, R>
    where
        Base<Self>: SearchVector,
        R: Operand<TsQuery>,
    {
        ranked(
            &["ts_rank(", ", ", ", ", ", ", ")"],
            self,
            weights,
            query,
            normalization,
        )
    }

    /// `ts_rank_cd(self, query)`: how well a document matches, also by how near its lexemes are to each other (cover
    /// density). 0 of a vector without positions.
    fn ts_rank_cd<R: Operand<TsQuery>>(self, query: R) -> Lift<With<Self, R, TsQuery>, Gives<Self, f32>>
    where
        Base<Self>: SearchVector,
    {
        let args = [self.into_node(), query.into_operand()];
        Expr::new(Node::sql(&["ts_rank_cd(", ", ", ")"], Level::Atom, args))
    }

    /// `ts_rank_cd(weights, self, query, normalization)`: as [`ts_rank_with`](Self::ts_rank_with).
    fn ts_rank_cd_with<R>(self, weights: [f32; 4], query: R, normalization: i32) -> Ranked<Self, R>
    where
        Base<Self>: SearchVector,
        R: Operand<TsQuery>,
    {
        ranked(
            &["ts_rank_cd(", ", ", ", ", ", ", ")"],
            self,
            weights,
            query,
            normalization,
        )
    }

    /// `setweight(self, weight)`: with this weight at every position.
    fn setweight(self, weight: Weight) -> Lift<ModeOf<Self>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchVector,
    {
        let pieces: &'static [&'static str; 2] = match weight {
            Weight::A => &["setweight(", ", 'A')"],
            Weight::B => &["setweight(", ", 'B')"],
            Weight::C => &["setweight(", ", 'C')"],
            Weight::D => &["setweight(", ", 'D')"],
        };
        Expr::new(Node::sql(pieces, Level::Atom, [self.into_node()]))
    }

    /// `self || other`: both documents, one behind the other.
    fn concat_vector<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchVector,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["", " || ", ""], Level::Operator, args))
    }

    /// `strip(self)`: the lexemes without positions and weights.
    fn strip_positions(self) -> Lift<ModeOf<Self>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchVector,
    {
        Expr::new(Node::sql(&["strip(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `length(self)`: how many lexemes.
    fn lexeme_count(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: SearchVector,
    {
        Expr::new(Node::sql(&["length(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `tsvector_to_array(self)`: the lexemes, in order.
    fn lexemes(self) -> Lift<ModeOf<Self>, Gives<Self, Vec<String>>>
    where
        Base<Self>: SearchVector,
    {
        Expr::new(Node::sql(&["tsvector_to_array(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `ts_delete(self, lexemes)`: without these lexemes, taken as they are (not as words).
    fn without_lexemes<L: ArrayOperand<String>>(self, lexemes: L) -> Lift<Less<Self, L>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchVector,
    {
        let args = [self.into_node(), lexemes.into_array_operand()];
        Expr::new(Node::sql(&["ts_delete(", ", ", ")"], Level::Atom, args))
    }
}

impl<E: Expression> SearchVectorFunctions for E {}

fn ranked<E: Expression, R: Operand<TsQuery>, T, P>(
    pieces: &'static [&'static str; 5],
    vector: E,
    weights: [f32; 4],
    query: R,
    normalization: i32,
) -> Expr<T, P> {
    let args = [
        Operand::<Vec<f32>>::into_operand(weights),
        vector.into_node(),
        query.into_operand(),
        Node::param(Param::new(&normalization)),
    ];
    Expr::new(Node::sql(pieces, Level::Atom, args))
}

type Gives<E, T> = <Base<E> as SearchVector>::Gives<T>;
type Ranked<E, R> = Lift<With<E, R, TsQuery>, Gives<E, f32>>;
type Less<E, L> = <ModeOf<E> as Mode>::Or<<L as ArrayOperand<String>>::Mode>;
