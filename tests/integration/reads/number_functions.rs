//! The functions of numbers, and what conditions and NULLs make of them.

use orm::prelude::*;
use rust_decimal::Decimal;

use super::people::{Person, ids, people};

#[derive(Model, Debug)]
#[orm(table = "values")]
struct Value {
    #[orm(primary_key)]
    id: i32,
    small: i16,
    big: i64,
    double: f64,
    exact: Decimal,
    maybe: Option<i32>,
    nothing: Option<f64>,
    yes: bool,
    unknown: Option<bool>,
}

async fn values(db: Database) -> Result<(), Error> {
    orm::create_all(&[Value::TABLE], &db).await?;
    let row = NewValue {
        id: 12,
        small: 6,
        big: 18,
        double: 0.5,
        exact: d("12.340"),
        maybe: Some(5),
        nothing: None,
        yes: true,
        unknown: None,
    };
    Value::insert(row).execute(&db).await?;
    Ok(())
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn one<S: orm::Select<Phase = orm::PerRow>>(db: &Database, select: fn(ValueFields) -> S) -> S::Row {
    let query = Value::query().select(select);
    query.one(db).await.expect("the server takes the query")
}

/// The SQLSTATE of the server's error, which is one of the values.
async fn refused<S: orm::Select<Phase = orm::PerRow>>(db: &Database, select: fn(ValueFields) -> S) -> String {
    let Err(error) = Value::query().select(select).all(db).await else {
        panic!("the server took the values");
    };
    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
    error.sqlstate().unwrap().to_owned()
}

#[orm::test(setup = values)]
async fn logarithms_powers_and_buckets(db: Database) {
    assert_eq!(
        one(&db, |v| (
            v.double.trunc(),
            v.double.exp().ln(),
            (v.double * 200.0).log10(),
            v.nothing.exp()
        ))
        .await,
        (0.0, 0.5, 2.0, None)
    );
    assert_eq!(
        one(&db, |v| (
            v.exact.trunc(),
            v.exact.round_to(v.id - 11),
            v.exact.trunc_to(-1),
            v.exact.div(d("5"))
        ))
        .await,
        (d("12"), d("12.3"), d("10"), d("2"))
    );
    assert_eq!(
        one(&db, |v| (
            v.exact.scale(),
            v.exact.min_scale(),
            v.exact.trim_scale().scale(),
            (v.exact * d("0") + d("8")).log(d("2")).round()
        ))
        .await,
        (3, 2, 2, d("3"))
    );
    assert_eq!(
        one(&db, |v| (
            v.double.width_bucket(0.0, 1.0, 4),
            v.exact.width_bucket(d("0"), d("10"), v.id - 8),
            v.nothing.width_bucket(0.0, 1.0, 4)
        ))
        .await,
        (3, 5, None)
    );
    assert_eq!(refused(&db, |v| (v.double * 0.0).ln()).await, "2201E");
    assert_eq!(refused(&db, |v| (-v.double).sqrt()).await, "2201F");
    assert_eq!(refused(&db, |v| v.exact.div(d("0"))).await, "22012");
    assert_eq!(refused(&db, |v| v.double.width_bucket(1.0, 1.0, 4)).await, "2201G");
    assert_eq!(refused(&db, |v| (v.double * 10_000.0).exp()).await, "22003");
}

#[orm::test(setup = values)]
async fn angles_and_roots(db: Database) {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    let (cbrt, degrees, radians, pi) = one(&db, |v| {
        (
            (v.double * 16.0).cbrt(),
            orm::pi().degrees(),
            (v.double * 360.0).radians(),
            orm::pi(),
        )
    })
    .await;
    close(cbrt, 2.0);
    close(degrees, 180.0);
    close(radians, std::f64::consts::PI);
    close(pi, std::f64::consts::PI);
    let (sin, cos, tan, cot) = one(&db, |v| {
        (v.double.sin(), v.double.cos(), v.double.tan(), v.double.cot())
    })
    .await;
    close(sin, 0.5_f64.sin());
    close(cos, 0.5_f64.cos());
    close(tan, 0.5_f64.tan());
    close(cot, 1.0 / 0.5_f64.tan());
    let (asin, acos, atan, atan2) = one(&db, |v| {
        (v.double.asin(), v.double.acos(), v.double.atan(), v.double.atan2(-1.0))
    })
    .await;
    close(asin, 0.5_f64.asin());
    close(acos, 0.5_f64.acos());
    close(atan, 0.5_f64.atan());
    close(atan2, 0.5_f64.atan2(-1.0));
    assert_eq!(
        one(&db, |v| (
            (v.double * 60.0).sind(),
            (v.double * 120.0).cosd(),
            (v.double * 90.0).tand()
        ))
        .await,
        (0.5, 0.5, 1.0)
    );
    let (sinh, cosh, tanh) = one(&db, |v| (v.double.sinh(), v.double.cosh(), v.double.tanh())).await;
    close(sinh, 0.5_f64.sinh());
    close(cosh, 0.5_f64.cosh());
    close(tanh, 0.5_f64.tanh());
    let random = one(&db, |_| orm::random()).await;
    assert!((0.0..1.0).contains(&random));
    assert_eq!(refused(&db, |v| (v.double + 1.0).asin()).await, "22003");
}

#[orm::test(setup = values)]
async fn bits_and_divisors_of_integers(db: Database) {
    assert_eq!(
        one(&db, |v| (
            v.small.bit_and(3),
            v.id.bit_or(3),
            v.big.bit_xor(3),
            v.small.bit_not(),
            v.maybe.bit_and(v.id)
        ))
        .await,
        (6 & 3, 12 | 3, 18 ^ 3, !6, Some(5 & 12))
    );
    assert_eq!(
        one(&db, |v| (
            v.small.shift_left(2),
            v.big.shift_right(v.id - 11),
            (-v.id).shift_right(1)
        ))
        .await,
        (24, 9, -6)
    );
    // They bind loosely.
    assert_eq!(
        one(&db, |v| (
            v.id.bit_and(v.id + 1).eq(12),
            v.id.bit_and(v.id.bit_or(1)),
            v.id.bit_not() + 1,
            (v.id + 1).bit_not()
        ))
        .await,
        (true, 12, -12, -14)
    );
    assert_eq!(
        one(&db, |v| (
            v.id.gcd(18),
            v.big.lcm(12),
            v.exact.gcd(d("6.17")),
            v.maybe.gcd(15)
        ))
        .await,
        (6, 36, d("6.170"), Some(5))
    );
    assert_eq!(
        one(&db, |v| (v.small.factorial(), v.maybe.factorial())).await,
        (d("720"), Some(d("120")))
    );
    assert_eq!(refused(&db, |v| (-v.big).factorial()).await, "22003");
}

#[orm::test(setup = values)]
async fn what_may_be_null_is_known_as_true_false_or_neither(db: Database) {
    let tests: (bool, bool, bool, bool, bool, bool) = one(&db, |v| {
        (
            v.unknown.is_true(),
            v.unknown.is_not_true(),
            v.unknown.is_false(),
            v.unknown.is_not_false(),
            v.unknown.is_unknown(),
            v.unknown.is_not_unknown(),
        )
    })
    .await;
    assert_eq!(tests, (false, true, false, true, true, false));
    let tests: (bool, bool, bool) = one(&db, |v| {
        (
            v.maybe.gt(3).is_true(),
            v.maybe.gt(3).is_false(),
            (v.maybe.gt(3) & v.unknown).is_unknown(),
        )
    })
    .await;
    assert_eq!(tests, (true, false, true));
    // AND and OR of three values.
    let answers: (Option<bool>, Option<bool>, Option<bool>, Option<bool>) = one(&db, |v| {
        (
            v.yes & v.unknown,
            v.yes | v.unknown,
            !v.unknown,
            v.unknown.is_true() & v.unknown,
        )
    })
    .await;
    assert_eq!(answers, (None, Some(true), None, Some(false)));
}

#[orm::test(setup = values)]
async fn the_first_the_greatest_and_the_least_of_several(db: Database) {
    let first: (f64, Option<i32>, i32) = one(&db, |v| {
        (
            orm::coalesce_all((v.nothing, v.nothing, v.double)),
            orm::coalesce_all((v.maybe, v.maybe)),
            orm::coalesce_all((v.maybe, v.id, 3)),
        )
    })
    .await;
    assert_eq!(first, (0.5, Some(5), 5));
    let bounds: (i32, i32, Option<f64>) = one(&db, |v| {
        (
            orm::greatest_all((v.maybe, v.id, 7)),
            orm::least_all((v.maybe, v.id, 7)),
            orm::least_all((v.nothing, v.nothing)),
        )
    })
    .await;
    assert_eq!(bounds, (12, 5, None));
    assert_eq!(
        one(&db, |v| (
            v.id.between_symmetric(20, 1),
            v.id.between(20, 1),
            v.id.between_symmetric(v.maybe, 1)
        ))
        .await,
        (true, false, Some(false))
    );
}

#[orm::test(setup = people)]
async fn nan_is_equal_to_itself_and_above_all_numbers(db: Database) {
    let query = Person::query;
    assert_eq!(ids(query().filter(|p| p.height.eq(f64::NAN)), &db).await, [4]);
    assert_eq!(ids(query().filter(|p| p.height.gt(f64::INFINITY)), &db).await, [4]);
    assert_eq!(ids(query().filter(|p| p.height.lt(f64::NAN)), &db).await, [1, 3, 5]);
    assert_eq!(
        ids(query().filter(|p| p.height.in_([f64::NAN, 1.6])), &db).await,
        [3, 4]
    );
    assert_eq!(ids(query().filter(|p| p.height.gt_all([1.6, 1.65])), &db).await, [1, 4]);
}

#[orm::test(setup = people)]
async fn a_thousand_conditions_of_every_kind_in_one_filter(db: Database) {
    let mut any = Cond::any();
    let mut query = Person::query();
    for number in 0..1000 {
        query = query.filter(|p| p.name.upper().ne(format!("{number}")) & (p.id + number - number).lt_any([9, 10]));
        any = any | Cond::new(value(number).eq(1));
    }
    assert_eq!(ids(query.filter(|_| any), &db).await, [1, 2, 3, 4, 5]);
}
