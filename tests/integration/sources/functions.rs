//! Lists of values, and functions that give rows.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm::{
    Fetch, generate_series_step, jsonb_array_elements, jsonb_array_elements_text, jsonb_each, jsonb_each_text,
    jsonb_to_recordset, regexp_split_to_table, string_to_table, table_function,
};
use rust_decimal::Decimal;
use serde_json::{Value as JsonValue, json};

use super::items::{Item, Sale, all_items, all_sales, items, sorted};

fn text(query: impl Fetch) -> String {
    query.to_sql().unwrap().text.into_owned()
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[orm(name = "size")]
enum Size {
    Small,
    Large,
}

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "place")]
struct Place {
    street: String,
    number: Option<i32>,
}

#[derive(Model, Debug)]
#[orm(table = "boxes")]
struct Crate {
    #[orm(primary_key)]
    id: i32,
    size: Size,
    places: Vec<Place>,
}

#[orm::test(setup = items)]
async fn values_are_rows_whatever_their_number(db: Database) {
    let given = [(1, "a"), (4, "b"), (4, "c"), (9, "d")];
    let query = |rows: &[(i32, &'static str)]| {
        let rows = values(rows.to_vec());
        Item::query()
            .join(|i| rows.on(move |(id, _)| id.eq(i.id)))
            .select(|(i, (_, word))| (i.name, word))
    };
    assert_eq!(
        text(query(&given)),
        "SELECT i1.\"name\", t2.\"c2\" FROM \"items\" AS i1 JOIN unnest($1, $2) AS t2(\"c1\", \"c2\") ON t2.\"c1\" = i1.\"id\""
    );
    assert_eq!(text(query(&given)), text(query(&given[..1])));
    let expected: Vec<(String, String)> = given
        .iter()
        .flat_map(|(id, word)| {
            all_items()
                .into_iter()
                .filter(move |i| i.id == *id)
                .map(|i| (i.name, (*word).into()))
        })
        .collect();
    assert_eq!(sorted(query(&given).all(&db).await.unwrap()), sorted(expected));
    assert_eq!(query(&[]).all(&db).await.unwrap(), []);
    assert_eq!(values(Vec::<i64>::new()).query().count(&db).await.unwrap(), 0);
}

#[orm::test(setup = items)]
async fn values_keep_their_order_and_their_nulls(db: Database) {
    let rows = [Some("b"), None, Some("a")];
    let numbered = values(rows).with_ordinality().query().order_by(|(_, at)| at.asc());
    assert_eq!(
        text(numbered.clone()),
        "SELECT t1.\"c1\", t1.\"c2\" FROM unnest($1) WITH ORDINALITY AS t1(\"c1\", \"c2\") ORDER BY t1.\"c2\""
    );
    let expected: Vec<(Option<String>, i64)> = vec![(Some("b".into()), 1), (None, 2), (Some("a".into()), 3)];
    assert_eq!(numbered.all(&db).await.unwrap(), expected);

    let at = DateTime::<Utc>::from_timestamp(1_700_000_000, 0).unwrap();
    let row = (
        true,
        1_i16,
        2_i64,
        2.5_f64,
        Decimal::new(125, 2),
        at,
        json!({"a": 1}),
        "x".to_owned(),
        Some(3),
        None::<i32>,
    );
    let mut found = values([row.clone()]).query().all(&db).await.unwrap();
    assert_eq!(found.pop(), Some(row));
    let none = values([(1_i32, "a")])
        .query()
        .left_join(|(n, _)| values([2_i32]).on(move |m| m.eq(n)));
    assert_eq!(none.all(&db).await.unwrap(), [(1, "a".to_owned(), None)]);
}

async fn crates(db: Database) -> Result<(), Error> {
    orm::create_all(&[Crate::TABLE], &db).await?;
    let place = |street: &str, number| Place {
        street: street.into(),
        number,
    };
    let all = [
        NewCrate {
            id: 1,
            size: Size::Small,
            places: vec![place("A", Some(1)), place("B", None)],
        },
        NewCrate {
            id: 2,
            size: Size::Large,
            places: vec![],
        },
    ];
    Crate::insert_many(all).execute(&db).await?;
    Ok(())
}

#[orm::test(setup = crates)]
async fn types_of_ones_own_are_values_and_elements(db: Database) {
    let place = Place {
        street: "C".into(),
        number: None,
    };
    let rows = values([(Size::Large, place.clone())]);
    let found = rows
        .query()
        .join(|(size, _)| Crate::query().on(move |c| c.size.eq(size)));
    let found: Vec<(Size, Place, i32)> = found
        .select(|(size, place, c)| (size, place, c.id))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(found, [(Size::Large, place, 2)]);

    let places = Crate::query().cross_join(|c| unnest(c.places).with_ordinality());
    let places = places
        .order_by(|(_, (_, at))| at.asc())
        .select(|(c, (place, at))| (c.id, place, at));
    let found = places.all(&db).await.unwrap();
    let expected = [("A", Some(1), 1), ("B", None, 2)];
    let expected = expected.map(|(street, number, at)| {
        (
            1,
            Place {
                street: street.into(),
                number,
            },
            at,
        )
    });
    assert_eq!(found, expected);
    let none = Crate::query()
        .left_join_lateral(|c| unnest(c.places))
        .order_by(|(c, _)| c.id.desc());
    let found: Vec<(i32, Option<Place>)> = none.select(|(c, place)| (c.id, place)).all(&db).await.unwrap();
    assert_eq!(found[0], (2, None));
}

#[orm::test(setup = items)]
async fn the_elements_of_a_column_stand_beside_their_row(db: Database) {
    let tags = Item::query().cross_join(|i| unnest(i.tags).with_ordinality());
    let tags = tags.select(|(i, (tag, at))| (i.id, at, tag));
    assert_eq!(
        text(tags.clone()),
        "SELECT i1.\"id\", t2.\"c2\", t2.\"c1\" FROM \"items\" AS i1 CROSS JOIN unnest(i1.\"tags\") WITH ORDINALITY AS \
         t2(\"c1\", \"c2\")"
    );
    let expected: Vec<(i32, i64, String)> = all_items()
        .into_iter()
        .flat_map(|item| (1_i64..).zip(item.tags).map(move |(at, tag)| (item.id, at, tag)))
        .collect();
    assert_eq!(sorted(tags.all(&db).await.unwrap()), expected);

    // By a left join an item without tags stays, in three ways to write it.
    let on = Item::query()
        .left_join(|i| unnest(i.tags).on(|tag| tag.eq("t1")))
        .select(|(i, tag)| (i.id, tag));
    let lateral = Item::query().left_join_lateral(|i| unnest(i.tags).query().filter(|tag| tag.eq("t1")));
    let lateral = lateral.select(|(i, tag)| (i.id, tag));
    let expected: Vec<(i32, Option<String>)> = all_items()
        .iter()
        .map(|item| (item.id, item.tags.first().cloned()))
        .collect();
    assert_eq!(sorted(on.all(&db).await.unwrap()), expected);
    assert_eq!(sorted(lateral.all(&db).await.unwrap()), expected);
    let counted = Item::query().select(|i| (i.id, unnest(i.tags).query().aggregate(|g| g.count()).scalar()));
    assert_eq!(
        sorted(counted.all(&db).await.unwrap()),
        all_items()
            .iter()
            .map(|item| (item.id, item.tags.len() as i64))
            .collect::<Vec<_>>()
    );
    // A right or full join lets its other side refer to nothing.
    let error = Item::query()
        .right_join(|i| unnest(i.tags).on(|tag| tag.eq("t1")))
        .to_sql()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let alone = Item::query().right_join(|i| values([4_i32, 40]).on(move |id| id.eq(i.id)));
    let alone = alone.select(|(i, id)| (i.id, id)).all(&db).await.unwrap();
    assert_eq!(sorted(alone), [(None, 40), (Some(4), 4)]);
}

#[orm::test(setup = items)]
async fn series_of_numbers_and_times(db: Database) {
    let numbers = generate_series(3_i64, 6).query();
    assert_eq!(
        text(numbers.clone()),
        "SELECT t1.\"c1\" FROM generate_series($1, $2) AS t1(\"c1\")"
    );
    assert_eq!(numbers.all(&db).await.unwrap(), [3, 4, 5, 6]);
    assert_eq!(generate_series(1_i32, 0).query().count(&db).await.unwrap(), 0);
    assert_eq!(
        generate_series_step(10_i32, 1, -4).query().all(&db).await.unwrap(),
        [10, 6, 2]
    );
    let (one, half) = (Decimal::ONE, Decimal::new(5, 1));
    let found = generate_series_step(value(one), Decimal::TWO, half)
        .query()
        .all(&db)
        .await
        .unwrap();
    assert_eq!(found, [one, one + half, Decimal::TWO]);

    let day = |n: i64| DateTime::<Utc>::from_timestamp(1_700_000_000 + n * 86_400, 0).unwrap();
    let days = generate_series_step(value(day(0)), day(2), Interval::days(1)).query();
    assert_eq!(days.all(&db).await.unwrap(), [day(0), day(1), day(2)]);
    let local = day(0).naive_utc();
    let hours = generate_series_step(value(local), local, Interval::hours(1)).query();
    assert_eq!(hours.all(&db).await.unwrap(), [local]);

    // Bounds from the row at hand.
    let each = Item::query()
        .filter(|i| i.id.le(3))
        .cross_join(|i| generate_series(i.id, 3))
        .select(|(i, n)| (i.id, n));
    assert_eq!(
        sorted(each.all(&db).await.unwrap()),
        [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]
    );
    let error = generate_series_step(1_i64, 2, 0).query().all(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sqlstate()),
        (ErrorKind::InvalidValue, Some("22023"))
    );
}

#[orm::test(setup = items)]
async fn documents_are_taken_apart(db: Database) {
    let sizes = Item::query()
        .cross_join(|i| jsonb_each(i.details))
        .filter(|(_, (key, _))| key.eq("size"));
    let found = sizes
        .select(|(i, (_, size))| (i.id, size))
        .order_by(|(i, _)| i.id.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        found,
        all_items().iter().map(|i| (i.id, json!(i.id))).collect::<Vec<_>>()
    );
    let texts = Item::query()
        .filter(|i| i.id.eq(4))
        .cross_join(|i| jsonb_each_text(i.details))
        .select(|(_, pair)| pair);
    let expected = [("name", Some("saw")), ("none", None), ("size", Some("4"))];
    let expected = expected.map(|(key, text)| (key.to_owned(), text.map(str::to_owned)));
    assert_eq!(sorted(texts.all(&db).await.unwrap()), expected);

    let list = || value(json!([1, "x", null]));
    let elements = jsonb_array_elements(list())
        .with_ordinality()
        .query()
        .order_by(|(_, at)| at.asc());
    let elements: Vec<JsonValue> = elements.select(|(element, _)| element).all(&db).await.unwrap();
    assert_eq!(elements, [json!(1), json!("x"), json!(null)]);
    let texts = jsonb_array_elements_text(list()).query().all(&db).await.unwrap();
    assert_eq!(texts, [Some("1".to_owned()), Some("x".to_owned()), None]);

    let records = || value(json!([{ "id": 1, "the name": "a" }, { "id": 2 }]));
    let rows = jsonb_to_recordset::<(i64, String), _>(records(), ["id", "the name"]);
    assert_eq!(
        text(rows.clone().query()),
        "SELECT t1.\"id\", t1.\"the name\" FROM ROWS FROM (jsonb_to_recordset($1) AS (\"id\" int8, \"the name\" text)) AS \
         t1(\"id\", \"the name\")"
    );
    let found: Vec<(Option<i64>, Option<String>)> = rows.clone().query().all(&db).await.unwrap();
    assert_eq!(found, [(Some(1), Some("a".to_owned())), (Some(2), None)]);
    let numbered = rows
        .with_ordinality()
        .query()
        .filter(|(_, _, at)| at.eq(2))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(numbered, (Some(2), None, 2));
    let error = jsonb_to_recordset::<(i64, String), _>(records(), ["id"])
        .query()
        .to_sql()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
}

#[orm::test(setup = items)]
async fn texts_are_split_into_rows(db: Database) {
    let parts = Item::query()
        .filter(|i| i.id.eq(6))
        .cross_join(|i| regexp_split_to_table(i.name, "a|d"));
    assert_eq!(
        sorted(parts.select(|(_, part)| part).all(&db).await.unwrap()),
        ["", "bl", "e"]
    );
    let parts = string_to_table("a,b,,c", ",")
        .with_ordinality()
        .query()
        .order_by(|(_, at)| at.desc());
    assert_eq!(
        parts.select(|(part, _)| part).all(&db).await.unwrap(),
        ["c", "", "b", "a"]
    );
}

#[orm::test(setup = items)]
async fn a_function_of_ones_own_gives_rows(db: Database) {
    db.batch(
        "CREATE SCHEMA \"Shop\"; CREATE FUNCTION \"Shop\".\"Above\"(bound int, factor int8) RETURNS TABLE (a int, b text) \
         AS 'SELECT id * factor::int, name FROM items WHERE id > bound' LANGUAGE sql",
    )
    .await
    .unwrap();
    let above = || table_function::<(i32, String)>("Above").schema("Shop");
    let query = above().arg(5).arg(10_i64).query();
    assert_eq!(
        text(query.clone()),
        "SELECT t1.\"c1\", t1.\"c2\" FROM \"Shop\".\"Above\"($1, $2) AS t1(\"c1\", \"c2\")"
    );
    assert_eq!(
        sorted(query.all(&db).await.unwrap()),
        [(60, "blade".to_owned()), (70, "rest".to_owned())]
    );
    let lateral = Item::query().cross_join(|i| above().arg(i.id).arg(1_i64));
    assert_eq!(lateral.count(&db).await.unwrap(), 21);
    // Types that the function does not give.
    let wrong = table_function::<(i64, String)>("Above")
        .schema("Shop")
        .arg(5)
        .arg(1_i64)
        .query();
    assert_eq!(wrong.all(&db).await.unwrap_err().kind(), ErrorKind::ColumnType);
}

#[orm::test(setup = items)]
async fn elements_that_are_null_are_rows_as_well(db: Database) {
    let holes = || unnest(value(vec![Some(4), None, Some(6)])).with_ordinality();
    let found: Vec<(Option<i32>, i64)> = holes().query().order_by(|(_, at)| at.asc()).all(&db).await.unwrap();
    assert_eq!(found, [(Some(4), 1), (None, 2), (Some(6), 3)]);
    let nulls = holes().query().filter(|(element, _)| element.is_null());
    assert_eq!(nulls.select(|(_, at)| at).all(&db).await.unwrap(), [2]);
    let items = Item::query().join(|i| holes().on(move |(element, _)| element.eq(i.id)));
    assert_eq!(sorted(items.select(|(i, _)| i.id).all(&db).await.unwrap()), [4, 6]);
}

#[derive(Row, Debug, PartialEq)]
struct Ranked {
    rank: i64,
    #[orm(nested)]
    sale: Sale,
}

#[orm::test(setup = items)]
async fn the_rows_of_a_function_are_models(db: Database) {
    db.batch(
        "CREATE FUNCTION sold() RETURNS SETOF sales AS 'SELECT * FROM sales' LANGUAGE sql; \
         CREATE FUNCTION ranked() RETURNS TABLE (r int8, i int, item_id int, amount int, note text) \
         AS 'SELECT rank() OVER (ORDER BY s.id DESC), s.* FROM sales s' LANGUAGE sql",
    )
    .await
    .unwrap();
    let sold = || table_function::<Sale>("sold").query();
    let all = sold().order_by(|s| s.id.asc());
    assert_eq!(
        text(all.clone()),
        "SELECT t1.\"c1\", t1.\"c2\", t1.\"c3\", t1.\"c4\" FROM \"sold\"() AS t1(\"c1\", \"c2\", \"c3\", \"c4\") ORDER BY t1.\"c1\""
    );
    assert_eq!(all.all(&db).await.unwrap(), all_sales());
    // A path from there, and from a table of such rows.
    let blades = sold().filter(|s| s.item().name.eq("blade"));
    assert_eq!(
        sorted(blades.clone().select(|s| s.amount).all(&db).await.unwrap()),
        [4, 4]
    );
    let derived = blades.subquery().filter(|s| s.item().id.eq(6) & s.amount.gt(3));
    assert_eq!(derived.count(&db).await.unwrap(), 2);
    let joined = Item::query().left_join(|i| table_function::<Sale>("sold").on(move |s| s.item_id.eq(i.id)));
    let joined: Vec<(i32, Option<Sale>)> = joined.select(|(i, s)| (i.id, s)).all(&db).await.unwrap();
    assert_eq!(joined.iter().filter(|(_, sale)| sale.is_none()).count(), 3);

    let expected = all_sales()
        .into_iter()
        .rev()
        .zip(1..)
        .map(|(sale, rank)| Ranked { rank, sale });
    let rows = table_function::<Ranked>("ranked")
        .query()
        .order_by(|r| r.sale.id.desc());
    assert_eq!(rows.all(&db).await.unwrap(), expected.collect::<Vec<_>>());
    let pairs = table_function::<(i64, Sale)>("ranked").query();
    let first: (i64, Sale) = pairs
        .filter(|(rank, s)| rank.eq(1) & s.note.eq("n2"))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(Some(&first.1), all_sales().last());
}

#[orm::test(setup = items)]
async fn jsonb_holds_the_rows_of_a_model(db: Database) {
    let records = value(json!([
        { "id": 1, "item_id": 4, "amount": 5 },
        { "id": 2, "item_id": 6, "amount": 7, "note": "x" },
        { "item_id": 6, "amount": 8 },
    ]));
    let sales = jsonb_to_recordset::<Sale, _>(records, ["id", "item_id", "amount", "note"]).query();
    let found: Vec<Option<Sale>> = sales
        .filter(|s| s.amount.gt(5) & s.item().name.eq("blade"))
        .order_by(|s| s.amount.asc())
        .all(&db)
        .await
        .unwrap();
    let sale = Sale {
        id: 2,
        item_id: 6,
        amount: 7,
        note: Some("x".to_owned()),
    };
    assert_eq!(found, [Some(sale), None]);
}
