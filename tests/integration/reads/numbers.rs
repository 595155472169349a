//! Arithmetic and the functions of numbers.

use orm::prelude::*;
use rust_decimal::Decimal;

#[derive(Model, Debug)]
#[orm(table = "numbers")]
struct Number {
    #[orm(primary_key)]
    id: i32,
    small: i16,
    medium: i32,
    big: i64,
    single: f32,
    double: f64,
    exact: Decimal,
    maybe: Option<i32>,
}

async fn numbers(db: Database) -> Result<(), Error> {
    orm::create_all(&[Number::TABLE], &db).await?;
    let row = NewNumber {
        id: 1,
        small: -7,
        medium: 12,
        big: 1 << 40,
        single: 0.5,
        double: -2.5,
        exact: Decimal::new(1234, 2),
        maybe: None,
    };
    Number::insert(row).execute(&db).await?;
    Ok(())
}

async fn one<S: orm::Select<Phase = orm::PerRow>>(db: &Database, select: fn(NumberFields) -> S) -> S::Row {
    Number::query()
        .select(select)
        .one(db)
        .await
        .expect("the server takes the query")
}

#[orm::test(setup = numbers)]
async fn operators_give_the_type_of_their_left_side(db: Database) {
    assert_eq!(
        one(&db, |n| (n.small + 1, n.small - 1, n.small * 2, n.small / 2)).await,
        (-6, -8, -14, -3)
    );
    assert_eq!(
        one(&db, |n| (n.medium + 1, n.big + 1, n.medium % 5, n.small % 4)).await,
        (13, (1 << 40) + 1, 2, -3)
    );
    assert_eq!(
        one(&db, |n| (n.single + 1.0, n.double * 2.0, n.double / 2.0)).await,
        (1.5, -5.0, -1.25)
    );
    let d = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(
        one(&db, |n| (
            n.exact + Decimal::ONE,
            n.exact % Decimal::TEN,
            n.exact / Decimal::TWO
        ))
        .await,
        (d("13.34"), d("2.34"), d("6.17"))
    );
    assert_eq!(
        one(&db, |n| (n.maybe + 1, n.medium + n.maybe, 1 + n.maybe)).await,
        (None, None, None)
    );
    assert_eq!(
        one(&db, |n| (1 - n.medium, 100 / n.medium, 2.0 * n.double)).await,
        (-11, 8, -5.0)
    );
}

#[orm::test(setup = numbers)]
async fn operators_bind_as_rust_writes_them(db: Database) {
    assert_eq!(one(&db, |n| n.medium - (n.medium - 3)).await, 3);
    assert_eq!(one(&db, |n| n.medium - n.medium - 3).await, -3);
    assert_eq!(one(&db, |n| (n.medium + 1) * 2).await, 26);
    assert_eq!(one(&db, |n| n.medium + (1 * n.medium) * 2).await, 36);
    assert_eq!(one(&db, |n| n.medium / (n.medium / 3)).await, 3);
    assert_eq!(one(&db, |n| -n.medium).await, -12);
    assert_eq!(one(&db, |n| -(-n.medium)).await, 12);
    assert_eq!(one(&db, |n| -(n.medium + 1) * 2).await, -26);
    assert_eq!(one(&db, |n| n.medium - -n.medium).await, 24);
    assert!(one(&db, |n| (n.medium + 1).gt(n.medium) & (n.medium * 2).eq(24)).await);
}

#[orm::test(setup = numbers)]
async fn a_sign_belongs_to_what_is_cast(db: Database) {
    // -(32768::int2) would be out of range.
    assert_eq!(one(&db, |n| (-(n.medium * 0 + 32_768)).cast::<i16>()).await, i16::MIN);
    assert_eq!(one(&db, |n| (-n.medium).cast::<String>()).await, "-12");
    assert_eq!(one(&db, |n| -(n.medium.cast::<i64>())).await, -12);
}

#[orm::test(setup = numbers)]
async fn functions_of_numbers(db: Database) {
    assert_eq!(
        one(&db, |n| (n.small.abs(), n.double.abs(), n.maybe.abs())).await,
        (7, 2.5, None)
    );
    assert_eq!(
        one(&db, |n| (n.double.round(), n.double.floor(), n.double.ceil())).await,
        (-2.0, -3.0, -2.0)
    );
    let d = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(
        one(&db, |n| (n.exact.round(), n.exact.floor(), n.exact.ceil())).await,
        (d("12"), d("12"), d("13"))
    );
    assert_eq!(one(&db, |n| n.exact.round_to(1)).await, d("12.3"));
    assert_eq!(
        one(&db, |n| (
            n.double.abs().sqrt().power(2.0).floor(),
            n.exact.power(Decimal::ZERO)
        ))
        .await,
        (2.0, Decimal::ONE)
    );
    assert_eq!(
        one(&db, |n| (n.double.sign(), n.exact.sign())).await,
        (-1.0, Decimal::ONE)
    );
}

#[orm::test(setup = numbers)]
async fn greatest_and_least_skip_nulls(db: Database) {
    let (greatest, least): (i32, i32) = one(&db, |n| (n.medium.greatest(n.maybe), n.maybe.least(5))).await;
    assert_eq!((greatest, least), (12, 5));
    let both: Option<i32> = one(&db, |n| n.maybe.greatest(n.maybe)).await;
    assert_eq!(both, None);
    assert_eq!(one(&db, |n| n.maybe.coalesce(n.medium)).await, 12);
    assert_eq!(one(&db, |n| n.maybe.coalesce(n.maybe)).await, None);
    assert_eq!(one(&db, |n| n.maybe.coalesce(n.maybe).coalesce(3)).await, 3);
    assert_eq!(
        one(&db, |n| (n.medium.nullif(12), n.medium.nullif(13))).await,
        (None, Some(12))
    );
}

#[orm::test(setup = numbers)]
async fn overflow_and_division_by_zero_are_errors_of_the_server(db: Database) {
    let overflow = Number::query()
        .select(|n| n.medium * i32::MAX)
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(
        (overflow.kind(), overflow.sqlstate()),
        (ErrorKind::InvalidValue, Some("22003"))
    );
    let zero = Number::query().select(|n| n.medium / 0).all(&db).await.unwrap_err();
    assert_eq!(zero.sqlstate(), Some("22012"));
    let wide = Number::query()
        .select(|n| n.medium.cast::<i64>() * i64::from(i32::MAX))
        .one(&db)
        .await;
    assert_eq!(wide.unwrap(), 12 * i64::from(i32::MAX));
}

#[orm::test(setup = numbers)]
async fn integer_literals_fit_every_integer_column(db: Database) {
    let found =
        Number::query().filter(|n| n.small.eq(-7) & n.medium.eq(12) & n.big.gt(12) & n.maybe.is_distinct_from(1));
    assert_eq!(found.count(&db).await.unwrap(), 1);
    let found = Number::query().filter(|n| n.small.in_([1, -7]) & n.big.between(1, i64::MAX) & n.single.lt(1.0));
    let row = found.one(&db).await.unwrap();
    assert_eq!((row.id, row.small, row.medium, row.big), (1, -7, 12, 1 << 40));
    assert_eq!(
        (row.single, row.double, row.exact.scale(), row.maybe),
        (0.5, -2.5, 2, None)
    );
}

#[orm::test(setup = numbers)]
async fn whole_literals_stand_beside_a_numeric(db: Database) {
    let d = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(
        one(&db, |n| (n.exact + 1, n.exact * 2, 1 - n.exact, 2 * (n.exact - 12))).await,
        (d("13.34"), d("24.68"), d("-11.34"), d("0.68"))
    );
    assert_eq!(
        one(&db, |n| (
            n.exact.gt(12),
            n.exact.between(13, 14),
            n.exact.in_([12, 13]),
            n.exact.nullif(0),
            case().when(n.exact.lt(0), n.exact).otherwise(0),
        ))
        .await,
        (true, false, false, Some(d("12.34")), Decimal::ZERO)
    );
    // A numeric is divided, and not an integer.
    assert_eq!(one(&db, |n| 1 / (n.exact - n.exact + 8)).await, d("0.125"));
    let statement = Number::query().filter(|n| n.exact.gt(12)).to_sql().unwrap();
    assert_eq!(statement.params[0].ty.name, "numeric");
}
