//! Every family of functions carries nullness and phase.

use std::any::type_name;

use super::*;
use crate::Group;
use crate::expr::*;
use crate::sql::Node;
use crate::types::DbType;
#[cfg(feature = "chrono")]
use crate::types::Interval;

fn made<T, P>() -> Expr<T, P> {
    Expr::new(Node::Null)
}

fn plain<T>() -> Expr<T> {
    made()
}

fn max<T>() -> Expr<T, Aggregate> {
    made()
}

fn is<T: DbType, P: Phase>(expression: impl Expression) {
    fn kinds<E: Expression>(_: E) -> (&'static str, &'static str) {
        (type_name::<E::Type>(), type_name::<E::Phase>())
    }
    assert_eq!(kinds(expression), (type_name::<T>(), type_name::<P>()));
}

#[test]
fn functions_of_text() {
    type Text = String;
    is::<bool, Aggregate>(plain::<Text>().not_ilike(max::<Text>()));
    is::<Option<bool>, Aggregate>(max::<Option<Text>>().starts_with("a"));
    is::<Option<bool>, PerRow>(plain::<Text>().ends_with(plain::<Option<Text>>()));
    is::<Text, Aggregate>(plain::<Text>().lpad(max::<i32>(), " "));
    is::<Option<Text>, Aggregate>(plain::<Text>().replace(max::<Text>(), plain::<Option<Text>>()));
    is::<Option<Text>, Windowed>(plain::<Text>().overlay("x", made::<i32, Windowed>(), plain::<Option<i32>>()));
    is::<Option<Vec<Option<Text>>>, Aggregate>(max::<Text>().regexp_match("x"));
    is::<Option<Text>, PerRow>(plain::<Option<Text>>().collate("C"));
    is::<Option<Text>, Aggregate>(chr(max::<Option<i32>>()));
    is::<Text, Aggregate>(quote_nullable(max::<Option<Text>>()));
    is::<Option<i32>, Aggregate>(max::<Option<Vec<u8>>>().octet_length());
    is::<Option<Text>, Aggregate>(plain::<Option<i32>>().to_char(max::<Text>()));
}

#[test]
fn comparisons_with_lists_and_rows() {
    is::<bool, Aggregate>(max::<i32>().lt_any([1]));
    is::<Option<bool>, Aggregate>(plain::<i32>().ge_all(max::<Option<Vec<i32>>>()));
    is::<Option<bool>, PerRow>(plain::<i32>().in_(plain::<Vec<Option<i32>>>()));
    is::<bool, PerRow>(row((plain::<i32>(), plain::<i32>())).eq((1, 2)));
    is::<Option<bool>, Aggregate>(row((plain::<i32>(), max::<i32>())).lt((plain::<Option<i32>>(), 2)));
    is::<Option<bool>, Aggregate>(row((plain::<Option<i32>>(), max::<i32>())).in_([(1, 2)]));
    is::<bool, Aggregate>(row((plain::<Option<i32>>(), max::<i32>())).is_distinct_from((1, 2)));
    is::<Option<bool>, Aggregate>(plain::<i32>().between_symmetric(max::<i32>(), plain::<Option<i32>>()));
    is::<bool, Aggregate>(max::<Option<bool>>().is_not_true());
    is::<i32, Aggregate>(coalesce_all((plain::<Option<i32>>(), max::<Option<i32>>(), 1)));
    is::<Option<i32>, Aggregate>(least_all((plain::<Option<i32>>(), max::<Option<i32>>())));
}

#[test]
fn functions_of_numbers() {
    is::<Option<i32>, Aggregate>(plain::<i32>().bit_and(max::<Option<i32>>()));
    is::<i64, Aggregate>(plain::<i64>().shift_left(max::<i32>()));
    is::<Option<f64>, Aggregate>(plain::<Option<f64>>().atan2(max::<f64>()));
    is::<Option<i32>, Aggregate>(plain::<f64>().width_bucket(max::<f64>(), plain::<Option<f64>>(), 3));
    is::<Option<i32>, Windowed>(plain::<Option<i32>>().gcd(made::<i32, Windowed>()));
}

#[cfg(feature = "chrono")]
#[test]
fn functions_of_times() {
    type At = chrono::DateTime<chrono::Utc>;
    type Local = chrono::NaiveDateTime;
    type Day = chrono::NaiveDate;
    is::<Option<i32>, Aggregate>(max::<Option<Day>>().iso_week());
    is::<f64, Aggregate>(max::<Interval>().epoch());
    is::<Option<Local>, Aggregate>(plain::<Option<At>>().at_time_zone(max::<String>()));
    is::<At, PerRow>(plain::<Local>().at_time_zone("UTC"));
    is::<Option<Interval>, Aggregate>(max::<At>().age(plain::<Option<At>>()));
    is::<Option<Local>, Aggregate>(plain::<Day>().plus(max::<Option<Interval>>()));
    is::<Option<Local>, Aggregate>(plain::<Local>().date_bin(max::<Interval>(), plain::<Option<Local>>()));
    is::<Option<At>, Aggregate>((now() - max::<Option<Interval>>()).of::<At>());
    is::<Option<Day>, Aggregate>(make_date(max::<i32>(), plain::<Option<i32>>(), 1).of::<Day>());
    is::<Option<bool>, Aggregate>(plain::<Day>().eq(current_date() + max::<Option<i32>>()));
    is::<Option<Interval>, Aggregate>(make_interval(1, max::<i32>(), 0, 0, 0, 0, plain::<Option<f64>>()));
    is::<Option<Interval>, Aggregate>(max::<Interval>() * plain::<Option<f64>>());
    is::<Option<bool>, Aggregate>(row((max::<Day>(), plain::<Option<Day>>())).overlaps((max::<Day>(), max::<Day>())));
}

#[cfg(feature = "chrono")]
#[test]
fn infinity_becomes_null() {
    type Perhaps = crate::types::MaybeInfinite<chrono::NaiveDate>;
    is::<Option<chrono::NaiveDate>, Aggregate>(max::<Perhaps>().finite());
    is::<Option<bool>, Aggregate>(max::<Option<Perhaps>>().is_finite());
}

crate::sql_function! {
    fn strict(a: i32, b: String) -> f64;
    fn takes_null(a: Option<i32>, b: String) -> f64;
    fn gives_null(a: i32) -> Option<f64>;
    fn of_nothing() -> f64;
}
crate::sql_operator! {
    fn apart(a: i32, b: i32) -> f64 = "<->";
}

#[test]
fn what_is_declared() {
    is::<f64, PerRow>(of_nothing());
    is::<f64, Aggregate>(strict(1, max::<String>()));
    is::<Option<f64>, Aggregate>(strict(plain::<Option<i32>>(), max::<String>()));
    is::<f64, Aggregate>(takes_null(max::<Option<i32>>(), "x"));
    is::<Option<f64>, PerRow>(takes_null(1, plain::<Option<String>>()));
    is::<Option<f64>, Aggregate>(gives_null(max::<Option<i32>>()));
    is::<Option<f64>, Aggregate>(apart(max::<i32>(), plain::<Option<i32>>()));
}

crate::sql_aggregate! {
    fn geo_mean(value: f64) -> Option<f64>;
    fn weighted(value: f64, weight: i32) -> Option<f64>;
}

/// Only that it compiles for any group.
#[allow(dead_code, reason = "a group is made by a query")]
fn aggregates_are_of_a_group(group: &Group<i32, ()>) {
    is::<Option<f64>, Aggregate>(geo_mean(group, |number| number.cast::<f64>()));
    is::<Option<f64>, Aggregate>(weighted(group, |number| (number.cast::<f64>(), number)));
}
