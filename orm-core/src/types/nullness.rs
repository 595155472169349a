//! NULL-ness at the level of types.

use super::{DbType, Element, FromRow};

/// Never NULL.
#[derive(Debug, Clone, Copy)]
pub struct NotNull;

/// May be NULL.
#[derive(Debug, Clone, Copy)]
pub struct Nullable;

/// [`NotNull`] or [`Nullable`].
pub trait Nullness: Copy + Send + Sync + 'static {
    /// Whether it is [`Nullable`].
    const NULLABLE: bool;
    /// `T`, or `Option` of `T`'s base type where the side is nullable.
    type Of<T: DbType>: DbType<Base = T::Base>;
    /// A model, or `Option` of it.
    type Whole<M: FromRow>: FromRow;
    /// The array of elements that may be NULL: `Vec<T>`, or `Vec<Option<T>>`.
    type Array<T: Element + DbType<Base = T, Null = NotNull>>: DbType;
    /// Nullable if either is.
    type Or<N: Nullness>: Nullness;
    /// Nullable if both are.
    type And<N: Nullness>: Nullness;
    /// What a parameter of this nullness lets through of an argument's: a strict one all, one that takes NULL none.
    type Lets<N: Nullness>: Nullness;
}

impl Nullness for NotNull {
    const NULLABLE: bool = false;
    type Of<T: DbType> = T;
    type Whole<M: FromRow> = M;
    type Array<T: Element + DbType<Base = T, Null = NotNull>> = Vec<T>;
    type Or<N: Nullness> = N;
    type And<N: Nullness> = NotNull;
    type Lets<N: Nullness> = N;
}

impl Nullness for Nullable {
    const NULLABLE: bool = true;
    type Of<T: DbType> = Option<T::Base>;
    type Whole<M: FromRow> = Option<M>;
    type Array<T: Element + DbType<Base = T, Null = NotNull>> = Vec<Option<T>>;
    type Or<N: Nullness> = Nullable;
    type And<N: Nullness> = N;
    type Lets<N: Nullness> = NotNull;
}
