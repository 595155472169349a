//! Network addresses (*Network Address Functions and Operators*).

use std::net::IpAddr;

use super::{Base, Column, Expr, Expression, Is, Lift, Mode, ModeOf, Phase};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, Nullness};

/// An `inet` or `cidr`: `IpAddr`, and with the feature `cidr` `IpInet` and `IpCidr`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a network address",
    label = "expected an `IpAddr` column, or with the feature `cidr` one of `IpInet` or `IpCidr`"
)]
pub trait Network: DbType {
    /// `T`. Said here, so that the error of a type that is no address is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

/// The other side of an operator of addresses: an `inet` or `cidr` value, column or expression.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a network address",
    label = "expected an `IpAddr`, or with the feature `cidr` an `IpInet` or `IpCidr`: a value, column or expression",
    note = "a text is parsed by `.parse::<IpAddr>()` in Rust"
)]
pub trait NetworkOperand {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_network(self) -> Node;
}

macro_rules! networks {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Network for $type {
            type Gives<T: DbType> = T;
        }

        #[diagnostic::do_not_recommend]
        impl NetworkOperand for $type {
            type Mode = Is;
            fn into_network(self) -> Node {
                Node::param(Param::new(&self))
            }
        }
    )* };
}
networks!(IpAddr);
#[cfg(feature = "cidr")]
networks!(cidr::IpInet, cidr::IpCidr);

#[diagnostic::do_not_recommend]
impl<M, T: DbType, W, N: Nullness> NetworkOperand for Column<M, T, W, N>
where
    T::Base: Network,
{
    type Mode = Is<<T::Null as Nullness>::Or<N>>;
    fn into_network(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType, P: Phase> NetworkOperand for Expr<T, P>
where
    T::Base: Network,
{
    type Mode = Is<T::Null, P>;
    fn into_network(self) -> Node {
        self.node
    }
}

/// Operators and functions of network addresses. `inet` and `cidr` stand on both sides alike.
pub trait NetworkFunctions: Expression {
    /// `self << other`: it lies within the other network, and is not the same.
    fn within<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Network,
    {
        compared(self, &["", " << ", ""], other)
    }

    /// `self <<= other`: it lies within the other network, or is the same.
    fn within_or_eq<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Network,
    {
        compared(self, &["", " <<= ", ""], other)
    }

    /// `self >> other`: the other lies within this network, and is not the same.
    fn contains_network<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Network,
    {
        compared(self, &["", " >> ", ""], other)
    }

    /// `self >>= other`: the other lies within this network, or is the same.
    fn contains_network_or_eq<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Network,
    {
        compared(self, &["", " >>= ", ""], other)
    }

    /// `self && other`: one lies within the other, or they are the same.
    fn overlaps_network<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Network,
    {
        compared(self, &["", " && ", ""], other)
    }

    /// `inet_same_family(self, other)`: both IPv4, or both IPv6.
    fn same_family<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Network,
    {
        compared(self, &["inet_same_family(", ", ", ")"], other)
    }

    /// `self - other`: how many addresses lie between them; out of the range of `i64` (IPv6) the server's error 22003.
    fn distance_from<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, i64>>
    where
        Base<Self>: Network,
    {
        let args = [self.into_node(), other.into_network()];
        Expr::new(Node::sql(&["", " - ", ""], Level::Additive, args))
    }

    /// `host(self)`: the address as text, without the netmask.
    fn host(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Network,
    {
        function(&["host(", ")"], self)
    }

    /// `abbrev(self)`: a short text: `10.1/16` for the `cidr` 10.1.0.0/16.
    fn abbrev(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Network,
    {
        function(&["abbrev(", ")"], self)
    }

    /// `family(self)`: 4 or 6.
    fn family(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Network,
    {
        function(&["family(", ")"], self)
    }

    /// `masklen(self)`: how many bits the netmask has.
    fn masklen(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Network,
    {
        function(&["masklen(", ")"], self)
    }

    /// `netmask(self)`: the netmask as an address: 255.255.255.0.
    fn netmask(self) -> Lift<ModeOf<Self>, Gives<Self, IpAddr>>
    where
        Base<Self>: Network,
    {
        function(&["netmask(", ")"], self)
    }

    /// `hostmask(self)`: what the netmask leaves, as an address: 0.0.0.255.
    fn hostmask(self) -> Lift<ModeOf<Self>, Gives<Self, IpAddr>>
    where
        Base<Self>: Network,
    {
        function(&["hostmask(", ")"], self)
    }

    /// `network(self)`: the network that the address lies in.
    #[cfg(feature = "cidr")]
    fn network(self) -> Lift<ModeOf<Self>, Gives<Self, cidr::IpCidr>>
    where
        Base<Self>: Network,
    {
        function(&["network(", ")"], self)
    }

    /// `broadcast(self)`: the last address of the network, with its netmask.
    #[cfg(feature = "cidr")]
    fn broadcast(self) -> Lift<ModeOf<Self>, Gives<Self, cidr::IpInet>>
    where
        Base<Self>: Network,
    {
        function(&["broadcast(", ")"], self)
    }

    /// `set_masklen(self::inet, length)`: the same address with another netmask; -1 is the longest. Any other length that
    /// the family has not is the server's error 22023.
    #[cfg(feature = "cidr")]
    fn set_masklen<R>(self, length: R) -> Lift<super::With<Self, R, i32>, Gives<Self, cidr::IpInet>>
    where
        Base<Self>: Network,
        R: super::Operand<i32>,
    {
        let address = Node::cast(self.into_node(), crate::types::builtin::INET);
        let args = [address, length.into_operand()];
        Expr::new(Node::sql(&["set_masklen(", ", ", ")"], Level::Atom, args))
    }

    /// `inet_merge(self, other)`: the smallest network that holds both; of two families the server's error 22023.
    #[cfg(feature = "cidr")]
    fn merge_network<R: NetworkOperand>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, cidr::IpCidr>>
    where
        Base<Self>: Network,
    {
        compared(self, &["inet_merge(", ", ", ")"], other)
    }
}

impl<E: Expression> NetworkFunctions for E {}

fn compared<E: Expression, R: NetworkOperand, T, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    right: R,
) -> Expr<T, P> {
    let args = [left.into_node(), right.into_network()];
    // A function's arguments need no parentheses, an operator's do.
    let level = if pieces[0].is_empty() {
        Level::Operator
    } else {
        Level::Atom
    };
    Expr::new(Node::sql(pieces, level, args))
}

fn function<E: Expression, T, P>(pieces: &'static [&'static str; 2], address: E) -> Expr<T, P> {
    Expr::new(Node::sql(pieces, Level::Atom, [address.into_node()]))
}

type Gives<E, T> = <Base<E> as Network>::Gives<T>;
type Beside<E, R> = <ModeOf<E> as Mode>::Or<<R as NetworkOperand>::Mode>;

macro_rules! texts {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl super::CastTo<String> for $type {}
        #[diagnostic::do_not_recommend]
        impl super::CastTo<$type> for String {}
    )* };
}
texts!(IpAddr, crate::types::MacAddr);
#[cfg(feature = "cidr")]
texts!(cidr::IpInet, cidr::IpCidr);
