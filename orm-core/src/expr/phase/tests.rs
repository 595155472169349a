use std::any::type_name;
use std::sync::Arc;

use super::*;
use crate::expr::*;
use crate::model::ColumnDef;
use crate::sql::{Level, Node};
use crate::types::DbType;

static AGE: ColumnDef = ColumnDef::new::<i32>("age", "age", "Stub");
static ACTIVE: ColumnDef = ColumnDef::new::<bool>("active", "active", "Stub");

fn age<N>() -> Column<(), i32, Writable, N> {
    Column::new(Source::new(), &AGE)
}

fn active<N>() -> Column<(), bool, Writable, N> {
    Column::new(Source::new(), &ACTIVE)
}

/// Something of a phase.
fn made<T, P>() -> Expr<T, P> {
    Expr::new(Node::Null)
}

fn count() -> Expr<i32, Aggregate> {
    made()
}

fn rank() -> Expr<i32, Windowed> {
    made()
}

/// The names of an expression's type and phase.
fn kind<E: Expression>(_: E) -> (&'static str, &'static str) {
    (
        type_name::<E::Type>(),
        type_name::<E::Phase>().rsplit("::").next().unwrap(),
    )
}

fn of<T: DbType>(phase: &'static str) -> (&'static str, &'static str) {
    (type_name::<T>(), phase)
}

#[test]
fn the_later_of_two_phases_does_not_depend_on_their_order() {
    assert_eq!(kind(age::<NotNull>() + 1), of::<i32>("PerRow"));
    assert_eq!(kind(age::<NotNull>() + count()), of::<i32>("Aggregate"));
    assert_eq!(kind(count() + age::<NotNull>()), of::<i32>("Aggregate"));
    assert_eq!(kind(count() + count()), of::<i32>("Aggregate"));
    assert_eq!(kind(count() + rank()), of::<i32>("Windowed"));
    assert_eq!(kind(rank() + count()), of::<i32>("Windowed"));
    assert_eq!(kind(age::<NotNull>() + rank()), of::<i32>("Windowed"));
    assert_eq!(kind(1 + rank()), of::<i32>("Windowed"));
    assert_eq!(kind(-rank() % count()), of::<i32>("Windowed"));
}

#[test]
fn every_operator_is_of_the_latest_phase_of_its_operands() {
    assert_eq!(kind(age::<NotNull>().gt(count())), of::<bool>("Aggregate"));
    assert_eq!(kind(age::<NotNull>().between(1, rank())), of::<bool>("Windowed"));
    assert_eq!(kind(count().in_([1, 2])), of::<bool>("Aggregate"));
    assert_eq!(kind(age::<NotNull>().nullif(count())), of::<Option<i32>>("Aggregate"));
    assert_eq!(
        kind(made::<Option<i32>, PerRow>().coalesce(count())),
        of::<i32>("Aggregate")
    );
    assert_eq!(kind(made::<Option<i32>, Windowed>().coalesce(1)), of::<i32>("Windowed"));
    assert_eq!(kind(age::<NotNull>().greatest(rank())), of::<i32>("Windowed"));
    assert_eq!(kind(count().is_distinct_from(Some(1))), of::<bool>("Aggregate"));
    assert_eq!(
        kind(age::<NotNull>().is_not_distinct_from(count())),
        of::<bool>("Aggregate")
    );
    assert_eq!(
        kind(made::<Option<i32>, Aggregate>().is_null()),
        of::<bool>("Aggregate")
    );
    assert_eq!(kind(count().nullable()), of::<Option<i32>>("Aggregate"));
    assert_eq!(kind(count().cast::<i64>()), of::<i64>("Aggregate"));
    assert_eq!(kind(count().gt(1) & active::<NotNull>()), of::<bool>("Aggregate"));
    assert_eq!(kind(active::<NotNull>() | rank().gt(1)), of::<bool>("Windowed"));
    assert_eq!(kind(!count().gt(1)), of::<bool>("Aggregate"));
}

#[test]
fn functions_are_of_the_latest_phase_of_their_arguments() {
    let text = made::<String, PerRow>;
    let longest = made::<String, Aggregate>;
    assert_eq!(kind(text().concat(longest())), of::<String>("Aggregate"));
    assert_eq!(kind(longest().starts_with("a")), of::<bool>("Aggregate"));
    assert_eq!(kind(concat((text(), " ", longest()))), of::<String>("Aggregate"));
    assert_eq!(kind(concat_ws(longest(), (text(), ", "))), of::<String>("Aggregate"));
    let list = made::<Vec<i32>, PerRow>;
    assert_eq!(kind(list().contains(count())), of::<bool>("Aggregate"));
    assert_eq!(kind(list().append(count())), of::<Vec<i32>>("Aggregate"));
    assert_eq!(kind(list().remove(count())), of::<Vec<i32>>("Aggregate"));
    assert_eq!(
        kind(made::<Vec<i32>, Aggregate>().contains_any([1])),
        of::<bool>("Aggregate")
    );
    assert_eq!(
        kind(made::<Vec<i32>, Aggregate>().element(1)),
        of::<Option<i32>>("Aggregate")
    );
    assert_eq!(kind(made::<f64, Aggregate>().power(2.0)), of::<f64>("Aggregate"));
}

#[test]
fn a_case_is_of_the_latest_phase_of_its_conditions_and_results() {
    let plain = || case().when(active::<NotNull>(), 1);
    assert_eq!(kind(plain().otherwise(2)), of::<i32>("PerRow"));
    assert_eq!(kind(plain().otherwise(count())), of::<i32>("Aggregate"));
    assert_eq!(
        kind(plain().when(count().gt(1), 2).end()),
        of::<Option<i32>>("Aggregate")
    );
    assert_eq!(kind(plain().when(true, rank()).otherwise(1)), of::<i32>("Windowed"));
    assert_eq!(kind(case().when(count().gt(1), 1).otherwise(2)), of::<i32>("Aggregate"));
    assert_eq!(kind(case().when(true, rank()).otherwise(2)), of::<i32>("Windowed"));
}

#[test]
fn selections_and_orders_are_of_the_latest_phase_of_their_parts() {
    fn select<S: Select>(_: S) -> &'static str {
        type_name::<S::Phase>().rsplit("::").next().unwrap()
    }
    fn order<O: Orders>(_: O) -> &'static str {
        type_name::<O::Phase>().rsplit("::").next().unwrap()
    }
    assert_eq!(select((age::<NotNull>(), age::<Nullable>())), "PerRow");
    assert_eq!(select((age::<NotNull>(), (count(), age::<NotNull>()))), "Aggregate");
    assert_eq!(select((rank(), count(), age::<NotNull>())), "Windowed");
    assert_eq!(order((age::<NotNull>().asc(), age::<NotNull>().desc())), "PerRow");
    assert_eq!(
        order((age::<NotNull>().asc(), count().desc().nulls_last())),
        "Aggregate"
    );
    assert_eq!(order(vec![rank().asc().reverse()]), "Windowed");
}

#[test]
fn an_order_keeps_its_direction_when_its_phase_was_checked() {
    let mut terms: Vec<Order> = Vec::new();
    (count().desc().nulls_last(), age::<NotNull>().asc()).append_to(&mut terms);
    let directions: Vec<bool> = terms.iter().map(|term| term.descending).collect();
    assert_eq!(directions, [true, false]);
    assert_eq!(terms[0].nulls, Some(crate::model::NullsOrder::Last));
}

#[test]
fn operators_take_columns_of_a_row_that_may_be_missing() {
    assert_eq!(kind(1 + age::<Nullable>()), of::<Option<i32>>("PerRow"));
    assert_eq!(kind(-age::<Nullable>()), of::<Option<i32>>("PerRow"));
    assert_eq!(kind(!active::<Nullable>()), of::<Option<bool>>("PerRow"));
    assert_eq!(kind(active::<Nullable>() & true), of::<Option<bool>>("PerRow"));
    assert_eq!(
        kind(active::<Nullable>() | active::<NotNull>()),
        of::<Option<bool>>("PerRow")
    );
    assert_eq!(
        kind(active::<NotNull>() & active::<Nullable>()),
        of::<Option<bool>>("PerRow")
    );
}

/// The parameters in a tree, by where they lie.
fn params(node: &Node, found: &mut Vec<*const crate::Param>) {
    match node {
        Node::Param(param) => found.push(Arc::as_ptr(param)),
        Node::Sql { args, .. } => args.iter().for_each(|arg| params(arg, found)),
        _ => {}
    }
}

#[test]
fn clones_of_an_expression_share_its_parameters() {
    let half = age::<NotNull>() / 2;
    let mut found = Vec::new();
    for expression in [half.clone(), half, age::<NotNull>() / 2] {
        params(&expression.node, &mut found);
    }
    assert_eq!(found.len(), 3);
    assert_eq!(found[0], found[1], "the same expression");
    assert_ne!(found[0], found[2], "another one with an equal value");
}

#[test]
fn a_list_is_one_parameter_of_the_array_type() {
    for (node, piece) in [
        (age::<NotNull>().in_([1, 2]).node, " = ANY("),
        (age::<NotNull>().not_in([1, 2]).node, " <> ALL("),
    ] {
        let Node::Sql {
            pieces, args, level, ..
        } = &node
        else {
            panic!("{node:?}");
        };
        assert_eq!((pieces[1], *level), (piece, Level::Comparison));
        assert!(matches!(&args[1], Node::Param(param) if param.ty.oid == <Vec<i32> as DbType>::TYPE.oid));
    }
}
