//! Functions, operators, aggregates and types that the program declares.

use orm::prelude::*;
use orm::{Buffer, IsNull, NotNull, PgKind, PgType, ValueError};

use super::people::{Person, PersonFields, ids, people};

orm::sql_function! {
    /// Adds; NULL of a NULL.
    fn add_up(a: i32, b: i32) -> i32;
    /// The same under a name that Rust cannot have.
    fn odd_name(a: i32) -> i32 = "Odd \"name\"";
    /// In a schema; it takes NULL.
    fn Shop.or_zero(a: Option<i32>, b: i32) -> i32;
    /// NULL of even numbers.
    fn if_odd(a: i32) -> Option<i32>;
    fn the_answer() -> i64;
    fn overloaded(a: i32) -> i32;
    fn overloaded_text(a: String) -> String = "overloaded";
    fn missing(a: i32) -> i32;
    fn wrongly_declared(a: i32) -> i64 = "add_one";
}

orm::sql_operator! {
    fn apart(a: i32, b: i32) -> i32 = "<->";
    fn apart_in_shop(a: i32, b: i32) -> i32 = Shop."<->";
    fn plus(a: i32, b: i32) -> i32 = "+";
    fn minus(a: i32) -> i32 = "-";
    fn bits(a: i32) -> i32 = "~";
}

orm::sql_aggregate! {
    fn product(value: i32) -> Option<i64>;
    fn Shop.weighted(value: i32, weight: i32) -> Option<i64>;
    fn count_them(value: Option<bool>) -> i64 = "count";
}

/// The people, and functions, operators and aggregates about numbers.
async fn declared(db: Database) -> Result<(), Error> {
    people(db.clone()).await?;
    db.batch(
        r#"
        CREATE SCHEMA "Shop";
        CREATE FUNCTION add_up(int, int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 + $2';
        CREATE FUNCTION add_one(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 + 1';
        CREATE FUNCTION "Odd ""name"""(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 * 10';
        CREATE FUNCTION "Shop".or_zero(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, 0) + $2';
        CREATE FUNCTION if_odd(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT CASE WHEN $1 % 2 = 1 THEN $1 END';
        CREATE FUNCTION the_answer() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 42::bigint';
        CREATE FUNCTION overloaded(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
        CREATE FUNCTION overloaded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 || $1';
        CREATE FUNCTION distance(int, int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1 - $2)';
        CREATE OPERATOR <-> (LEFTARG = int, RIGHTARG = int, FUNCTION = distance);
        CREATE OPERATOR "Shop".<-> (LEFTARG = int, RIGHTARG = int, FUNCTION = distance);
        CREATE FUNCTION times(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 * $2';
        CREATE AGGREGATE product(int) (SFUNC = times, STYPE = bigint, INITCOND = '1');
        CREATE FUNCTION add_weighted(bigint, int, int) RETURNS bigint LANGUAGE sql IMMUTABLE
            AS 'SELECT coalesce($1, 0) + $2 * $3';
        CREATE AGGREGATE "Shop".weighted(int, int) (SFUNC = add_weighted, STYPE = bigint);
        "#,
    )
    .await
}

async fn of<S: orm::Select<Phase = orm::PerRow>>(db: &Database, id: i32, select: fn(PersonFields) -> S) -> S::Row {
    let query = Person::query().filter(|p| p.id.eq(id)).select(select);
    query.one(db).await.expect("the server takes the query")
}

#[orm::test(setup = declared)]
async fn a_function_is_called_with_values_columns_and_expressions(db: Database) {
    let query = Person::query().select(|p| add_up(p.id, odd_name(p.age + 1)));
    assert_eq!(
        query.to_sql().unwrap().text.as_ref(),
        r#"SELECT "add_up"("id", "Odd ""name"""("age" + $1)) FROM "people""#
    );
    let answers: (i32, i32, i64, i32, String) = of(&db, 1, |p| {
        (
            add_up(p.id, 2),
            odd_name(p.age),
            the_answer(),
            overloaded(p.id),
            overloaded_text(p.name),
        )
    })
    .await;
    assert_eq!(answers, (3, 420, 42, 1, "AnnAnn".into()));
    assert_eq!(
        ids(Person::query().filter(|p| add_up(p.id, p.id).gt(6) & p.active), &db).await,
        [5]
    );
}

#[orm::test(setup = declared)]
async fn a_null_makes_null_unless_the_parameter_takes_it(db: Database) {
    let small = |p: PersonFields| p.nickname.length();
    let answers: (Option<i32>, i32, Option<i32>, Option<i32>) = of(&db, 1, |p| {
        (
            add_up(p.id, p.nickname.length()),
            or_zero(p.nickname.length(), p.id),
            if_odd(p.id + 1),
            if_odd(p.nickname.length()),
        )
    })
    .await;
    assert_eq!(answers, (None, 1, None, None));
    let answer: Option<i32> = of(&db, 1, |p| or_zero(value(None::<i32>), p.nickname.length())).await;
    assert_eq!(answer, None);
    let rows: Vec<i32> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| or_zero(small(p), 0))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows, [0, 5, 8, 3, 0]);
}

#[orm::test(setup = declared)]
async fn operators_are_called_by_name_and_bind_as_postgresql_says(db: Database) {
    let query = Person::query().select(|p| apart(p.id + 1, p.age).lt(apart_in_shop(p.id, 2)));
    assert_eq!(
        query.to_sql().unwrap().text.as_ref(),
        r#"SELECT "id" + $1 <-> "age" < "id" OPERATOR("Shop".<->) $2 FROM "people""#
    );
    assert_eq!(
        of(&db, 1, |p| (
            apart(p.id, p.age),
            apart(apart(p.id, 10), 20),
            apart(p.id, apart(10, p.id)),
            apart_in_shop(p.id, 10),
            apart(p.id, p.nickname.length()),
        ))
        .await,
        (41, 11, 8, 9, None)
    );
    assert_eq!(
        of(&db, 1, |p| (
            plus(p.id, 2) * 3,
            plus(p.id * 2, p.id * 3) - 1,
            minus(p.id + 1),
            minus(minus(p.id)),
            bits(p.id + 1) + 1
        ))
        .await,
        (9, 4, -2, 1, -2)
    );
}

#[orm::test(setup = declared)]
async fn aggregates_are_called_with_their_group(db: Database) {
    let query = Person::query().group_by(|p| p.active).order_by(|g| g.key().asc());
    let query = query.select(|g| {
        (
            g.key(),
            product(&g, |p| p.id),
            product(&g.filter(|p| p.id.gt(2)), |p| p.id + 1),
            weighted(&g, |p| (p.id, p.age)),
            count_them(&g.distinct(), |p| p.checked),
        )
    });
    assert!(
        query
            .clone()
            .to_sql()
            .unwrap()
            .text
            .starts_with(r#"SELECT "active", "product"("id"), "product"("id" + $1) FILTER (WHERE "id" > $2), "Shop"."weighted"("id", "age"), "count"(DISTINCT "checked")"#)
    );
    assert_eq!(
        query.all(&db).await.unwrap(),
        [
            (false, Some(8), Some(5), Some(2 * 17 + 4 * 71), 2),
            (true, Some(15), Some(24), Some(42 + 90 + 150), 2)
        ]
    );
    let big = Person::query()
        .group_by(|p| p.active)
        .having(|g| product(&g, |p| p.id).gt(10));
    assert_eq!(big.select(|g| g.key()).all(&db).await.unwrap(), [true]);
    let none = Person::query()
        .filter(|p| p.id.gt(9))
        .aggregate(|g| weighted(&g, |p| (p.id, p.id)));
    assert_eq!(none.one(&db).await.unwrap(), None);
}

#[orm::test(setup = declared)]
async fn what_is_declared_wrongly_is_an_error_of_the_server(db: Database) {
    let error = Person::query().select(|p| missing(p.id)).all(&db).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42883"), "{error}");
    let error = Person::query()
        .select(|p| wrongly_declared(p.id))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType, "{error}");
}

/// Whether the server has an extension, by the text that creates it; a test that needs it says so and ends.
async fn created(db: &Database, extension: &'static str) -> bool {
    let made = db.batch(extension).await;
    if let Err(error) = &made {
        eprintln!("SKIPPED, for want of an extension: {extension}: {error}");
    }
    made.is_ok()
}

/// `citext`: text that is compared without regard to upper and lower case.
#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "citext")]
struct CiText(String);

#[derive(Model, Debug)]
#[orm(table = "accounts")]
struct Account {
    #[orm(primary_key)]
    id: i32,
    login: CiText,
    others: Vec<CiText>,
}

#[orm::test]
async fn a_newtype_with_a_name_is_a_type_of_an_extension(db: Database) {
    if !created(&db, "CREATE EXTENSION IF NOT EXISTS citext").await {
        return;
    }
    orm::create_all(&[Account::TABLE], &db).await.unwrap();
    let text = |text: &str| CiText(text.into());
    let rows = [(1, "Ann"), (2, "BOB")].map(|(id, login)| NewAccount {
        id,
        login: text(login),
        others: vec![text(login), text("x")],
    });
    Account::insert_many(rows).execute(&db).await.unwrap();
    let found = Account::query().filter(|a| a.login.eq(text("ann")));
    let ann = found.one(&db).await.unwrap();
    assert_eq!((ann.login, ann.others), (text("Ann"), vec![text("Ann"), text("x")]));
    let found = Account::query().filter(|a| a.login.in_([text("bob"), text("none")]));
    assert_eq!(found.one(&db).await.unwrap().id, 2);
    let plain = Account::query().filter(|a| a.login.cast::<String>().eq("BOB"));
    assert_eq!(plain.count(&db).await.unwrap(), 1);
}

orm::sql_function! {
    fn similarity(a: String, b: String) -> f32;
}
orm::sql_operator! {
    fn text_distance(a: String, b: String) -> f32 = "<->";
}

#[orm::test(setup = people)]
async fn functions_and_operators_of_an_extension(db: Database) {
    if !created(&db, "CREATE EXTENSION IF NOT EXISTS pg_trgm").await {
        return;
    }
    let found = Person::query().filter(|p| similarity(p.name, "cleo").gt(0.9));
    assert_eq!(ids(found, &db).await, [3]);
    let nearest = Person::query().order_by(|p| text_distance(p.name, "dan").asc());
    assert_eq!(nearest.first(&db).await.unwrap().unwrap().id, 4);
    let none: Option<f32> = of(&db, 1, |p| similarity(p.name, p.nickname)).await;
    assert_eq!(none, None);
}

/// `macaddr`, as a type whose binary format is told by hand.
#[derive(Debug, Clone, PartialEq)]
struct Mac([u8; 6]);

impl orm::DbType for Mac {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = &PgType::named(None, "macaddr", PgKind::Scalar);

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        out.put(&self.0);
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let bytes = cell.ok_or(ValueError::null())?;
        bytes.try_into().map(Self).map_err(|_| ValueError::malformed("macaddr"))
    }
}
orm::column_type!(Mac);

#[derive(Model, Debug)]
#[orm(table = "devices")]
struct Device {
    #[orm(primary_key)]
    id: i32,
    mac: Mac,
    before: Vec<Mac>,
    maybe: Option<Mac>,
}

orm::sql_function! {
    /// The manufacturer's part.
    fn trunc_mac(mac: Mac) -> Mac = "trunc";
}

#[orm::test]
async fn a_type_is_told_by_hand(db: Database) {
    orm::create_all(&[Device::TABLE], &db).await.unwrap();
    let mac = |last| Mac([1, 2, 3, 4, 5, last]);
    let rows = [1, 2].map(|id| NewDevice {
        id,
        mac: mac(id as u8),
        before: vec![mac(9)],
        maybe: None,
    });
    Device::insert_many(rows).execute(&db).await.unwrap();
    let rows: Vec<(Mac, Vec<Mac>, Option<Mac>)> = Device::query()
        .filter(|d| d.mac.gt(mac(1)))
        .select(|d| (trunc_mac(d.mac), d.before, trunc_mac(d.maybe)))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows, [(Mac([1, 2, 3, 0, 0, 0]), vec![mac(9)], None)]);
}
