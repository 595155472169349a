//! WITH.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm::{Cte, Fetch};

use super::items::{Item, NewSale, Sale, all_items, all_sales, items, sorted};

/// Items that were sold, and how many of each.
fn sold() -> Cte<(i32, Option<i64>)> {
    let sums = Sale::query().group_by(|s| s.item_id);
    sums.select(|g| (g.key(), g.sum(|s| s.amount))).cte()
}

fn sold_in_rust() -> BTreeMap<i32, i64> {
    let mut sums = BTreeMap::new();
    for sale in all_sales() {
        *sums.entry(sale.item_id).or_insert(0) += i64::from(sale.amount);
    }
    sums
}

#[orm::test(setup = items)]
async fn a_cte_that_is_read_twice_is_written_once(db: Database) {
    let sold = sold();
    // Items that were sold more often than their parent's other children: the same rows on both sides.
    let query = sold
        .query()
        .join(|(item, _)| Item::query().on(move |i| i.id.eq(item)))
        .left_join(|(_, _, i)| sold.clone().on(move |(other, _)| i.parent_id.eq(other)))
        .select(|(_, sum, i, (_, of_parent))| (i.name, sum, of_parent));
    let text = query.clone().to_sql().unwrap().text;
    assert_eq!(
        text,
        "WITH cte1(\"item_id\", \"c2\") AS (SELECT s1.\"item_id\", sum(s1.\"amount\") FROM \"sales\" AS s1 GROUP BY \
         s1.\"item_id\") SELECT i3.\"name\", s2.\"c2\", s4.\"c2\" FROM cte1 AS s2 JOIN \"items\" AS i3 ON i3.\"id\" = \
         s2.\"item_id\" LEFT JOIN cte1 AS s4 ON i3.\"parent_id\" = s4.\"item_id\""
    );
    let sums = sold_in_rust();
    let items = all_items();
    let expected: Vec<(String, Option<i64>, Option<i64>)> = sums
        .iter()
        .map(|(item, sum)| {
            let item = &items[*item as usize - 1];
            let of_parent = item.parent_id.and_then(|parent| sums.get(&parent).copied());
            (item.name.clone(), Some(*sum), of_parent)
        })
        .collect();
    assert_eq!(sorted(query.all(&db).await.unwrap()), sorted(expected));
}

fn text(query: impl Fetch) -> String {
    query.to_sql().unwrap().text.into_owned()
}

fn refusal(query: impl Fetch) -> String {
    let error = query.to_sql().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    error.to_string()
}

#[orm::test(setup = items)]
async fn ctes_stand_in_the_order_in_which_they_depend_on_each_other(db: Database) {
    let cheap = Item::query().filter(|i| i.id.lt(6)).cte().materialized();
    let sold = Sale::query()
        .join(|s| (&cheap).on(move |i| i.id.eq(s.item_id)))
        .select(|(s, i)| (s.id, i.name))
        .cte()
        .not_materialized();
    // The one that depends comes first here.
    let query = sold
        .query()
        .join(|(_, name)| cheap.on(move |i| i.name.eq(name)))
        .select(|(sale, _, i)| (sale, i.id));
    let text = text(query.clone());
    assert!(text.starts_with("WITH cte1(\"id\", \"parent_id\""), "{text}");
    assert!(text.contains(") AS MATERIALIZED (SELECT "), "{text}");
    assert!(
        text.contains(", cte2(\"id\", \"name\") AS NOT MATERIALIZED (SELECT "),
        "{text}"
    );
    assert_eq!(text.matches("MATERIALIZED").count(), 2, "{text}");
    let expected: Vec<(i32, i32)> = all_sales()
        .iter()
        .filter(|sale| sale.item_id < 6)
        .map(|sale| (sale.id, sale.item_id))
        .collect();
    assert_eq!(sorted(query.all(&db).await.unwrap()), expected);
}

#[orm::test(setup = items)]
async fn a_cte_can_be_read_in_any_place_of_a_statement(db: Database) {
    let sold = sold();
    let ids = || sold.query().select(|(item, _)| item);
    let sums = sold_in_rust();
    let of_items = |keep: &dyn Fn(&Item) -> bool| -> Vec<i32> {
        all_items()
            .iter()
            .filter(|item| keep(item))
            .map(|item| item.id)
            .collect()
    };
    let found = async |query: orm::Query<Item>| sorted(query.select(|i| i.id).all(&db).await.unwrap());
    assert_eq!(
        found(Item::query().filter(|i| exists(sold.query().filter(|(item, _)| item.eq(i.id))))).await,
        of_items(&|i| sums.contains_key(&i.id))
    );
    assert_eq!(
        found(Item::query().filter(|i| exists(sold.query().filter(|(item, sum)| item.eq(i.id) & sum.gt(3))))).await,
        of_items(&|i| sums.get(&i.id).is_some_and(|sum| *sum > 3))
    );
    // In a set, in a derived table, counted, asked for existence, paged.
    let union = ids().union(ids().subquery().select(|id| id + 100));
    assert_eq!(union.count(&db).await.unwrap(), 2 * sums.len() as i64);
    assert!(sold.query().exists(&db).await.unwrap());
    assert!(sold.query().first(&db).await.unwrap().is_some());
    let items = Item::query().filter(|i| i.id.gt(2)).cte();
    let page = items.query().order_by(|i| i.id.asc()).page(2, None, &db).await.unwrap();
    assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), [3, 4]);
    let page = items
        .query()
        .order_by(|i| i.id.asc())
        .page(2, page.next.as_ref(), &db)
        .await
        .unwrap();
    assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), [5, 6]);
    let mut rows = items.query().order_by(|i| i.id.asc()).stream(&db);
    assert_eq!(rows.try_next().await.unwrap().map(|item| item.id), Some(3));
}

#[orm::test(setup = items)]
async fn writes_read_ctes(db: Database) {
    let unsold = Item::query()
        .filter(|i| not_exists(Sale::query().filter(|s| s.item_id.eq(i.id))))
        .cte();
    let leaves = || Item::query().filter(|i| exists(unsold.query().filter(|u| u.id.eq(i.id))) & i.id.gt(2));
    let update = leaves().update(|i| i.name.set(i.name.concat("!")));
    assert!(update.to_sql().unwrap().text.starts_with("WITH cte1("));
    let n = leaves()
        .update(|i| i.name.set(i.name.concat("!")))
        .execute(&db)
        .await
        .unwrap();
    assert_eq!(n, 1);
    // With a limit there are two queries in the clause.
    let delete = leaves().order_by(|i| i.id.asc()).limit(5).delete();
    let text = delete.to_sql().unwrap().text;
    assert!(text.contains("), picked AS MATERIALIZED (SELECT "), "{text}");
    let deleted = leaves()
        .order_by(|i| i.id.asc())
        .limit(5)
        .delete()
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        deleted
            .iter()
            .map(|item| (item.id, item.name.as_str()))
            .collect::<Vec<_>>(),
        [(3, "toys!")]
    );
    // The rows of a model that a CTE gives are that model's rows.
    let rest = Item::query().filter(|i| i.id.eq(7)).cte();
    assert_eq!(
        rest.query()
            .all_rows()
            .update(|i| i.name.set("gone"))
            .execute(&db)
            .await
            .unwrap(),
        1
    );
    assert_eq!(Item::find(7).one(&db).await.unwrap().name, "gone");
}

#[orm::test(setup = items)]
async fn a_write_runs_once_and_its_rows_can_be_read_several_times(db: Database) {
    let deleted = Sale::query()
        .filter(|s| s.amount.gt(2))
        .delete()
        .returning(|s| (s.item_id, s.amount))
        .cte();
    let rows = deleted
        .query()
        .join(|(item, _)| Item::query().on(move |i| i.id.eq(item)))
        .select(|(_, amount, i)| (i.name, amount, deleted.query().aggregate(|g| g.count()).scalar()));
    assert_eq!(
        text(rows.clone()),
        "WITH cte1(\"item_id\", \"amount\") AS (DELETE FROM \"sales\" AS target WHERE target.\"amount\" > $1 RETURNING \
         target.\"item_id\", target.\"amount\") SELECT i2.\"name\", s1.\"amount\", (SELECT count(*) FROM cte1 AS s3) FROM \
         cte1 AS s1 JOIN \"items\" AS i2 ON i2.\"id\" = s1.\"item_id\""
    );
    let rows = sorted(rows.all(&db).await.unwrap());
    let expected = [
        ("blade".to_owned(), 4, 3),
        ("blade".to_owned(), 4, 3),
        ("saw".to_owned(), 3, 3),
    ];
    assert_eq!(rows, expected);
    assert_eq!(Sale::query().count(&db).await.unwrap(), 3);
}

#[orm::test(setup = items)]
async fn a_write_that_nobody_reads_is_run_with_its_query(db: Database) {
    let raised = Sale::query()
        .filter(|s| s.amount.lt(3))
        .update(|s| s.amount.set(s.amount + 10))
        .cte();
    let added = Sale::insert(NewSale {
        id: 50,
        item_id: 7,
        amount: 1,
        note: None,
    })
    .cte();
    let query = Item::query()
        .filter(|i| i.id.eq(1))
        .select(|i| i.name)
        .with_cte(raised.clone())
        .with_cte(added)
        .with_cte(raised);
    let text = text(query.clone());
    assert!(
        text.contains("AS (UPDATE ") && text.contains("AS (INSERT ") && text.matches("UPDATE").count() == 1,
        "{text}"
    );
    assert_eq!(query.all(&db).await.unwrap(), ["all"]);
    let amounts = Sale::query()
        .order_by(|s| s.id.asc())
        .select(|s| s.amount)
        .all(&db)
        .await
        .unwrap();
    assert_eq!(amounts, [12, 3, 11, 4, 4, 12, 1]);
    // Many at once, and none.
    let new = |id| NewSale {
        id,
        item_id: 7,
        amount: 1,
        note: None,
    };
    let many = Sale::insert_many([new(60), new(61)]).cte();
    assert_eq!(sorted(many.query().select(|s| s.id).all(&db).await.unwrap()), [60, 61]);
    let none = Sale::insert_many(Vec::<NewSale>::new()).cte();
    assert_eq!(none.query().count(&db).await.unwrap(), 0);
    Sale::query()
        .filter(|s| s.id.ge(60))
        .delete()
        .execute(&db)
        .await
        .unwrap();
    // A stream of what is written is no cursor.
    let renamed = Item::query()
        .filter(|i| i.id.eq(7))
        .update(|i| i.name.set("other"))
        .returning(|i| i.name)
        .cte();
    let mut names = renamed.query().stream(&db);
    assert_eq!(names.try_next().await.unwrap().as_deref(), Some("other"));
    drop(names);
    // With a limit of its own, too: its list of keys stands inside of it.
    let one = Sale::query()
        .order_by(|s| s.amount.desc())
        .limit(1)
        .delete()
        .returning(|s| s.id)
        .cte();
    let id = one.query().one(&db).await.unwrap();
    assert!([1, 6].contains(&id));
    assert_eq!(Sale::query().count(&db).await.unwrap(), 6);
}

#[orm::test(setup = items)]
async fn a_write_that_cannot_be_sent_is_refused_in_a_cte_too(_db: Database) {
    let all = Sale::query().delete().cte();
    let error = all.query().to_sql().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllRows);
    let nothing = Sale::query().update(|_| Vec::<orm::Assign<Sale>>::new()).cte();
    assert!(refusal(nothing.query()).contains("nothing to write"));
}

#[derive(Model, Debug)]
#[orm(table = "cte1")]
struct CalledAsACte {
    #[orm(primary_key)]
    id: i32,
}

#[orm::test(setup = items)]
async fn no_cte_hides_a_table_of_its_statement(db: Database) {
    orm::create_all(&[CalledAsACte::TABLE], &db).await.unwrap();
    CalledAsACte::insert(NewCalledAsACte { id: 4 }).one(&db).await.unwrap();
    let items = Item::query().filter(|i| i.id.gt(1)).cte();
    let query = items
        .query()
        .join(|i| CalledAsACte::query().on(move |c| c.id.eq(i.id)))
        .select(|(i, c)| (i.name, c.id));
    assert!(text(query.clone()).starts_with("WITH cte2("));
    assert_eq!(query.all(&db).await.unwrap(), [("saw".to_owned(), 4)]);
}

#[orm::test]
async fn a_column_of_the_query_around_a_cte_is_refused_with_both_names(_db: Database) {
    let query = Item::query().filter(|i| {
        let captured = Sale::query().filter(|s| s.item_id.eq(i.id)).cte();
        exists(captured.query())
    });
    let message = refusal(query);
    assert!(
        message.contains("`id` of `Item`") && message.contains("a CTE over `Sale`"),
        "{message}"
    );

    // The same of a derived table that is not lateral.
    let query = Item::query().cross_join(|i| Sale::query().filter(|s| s.item_id.eq(i.id)).limit(1));
    let message = refusal(query);
    assert!(
        message.contains("a query of `Item`") && message.contains("a derived table over `Sale`"),
        "{message}"
    );
    let query = Item::query().cross_join(|i| {
        let ids = Sale::query().filter(|s| s.item_id.eq(i.id)).select(|s| s.id);
        ids.clone().union(ids)
    });
    assert!(refusal(query).contains("a derived table over `Sale`"));

    // And of a column carried out of its closure.
    let mut carried = None;
    let _ = Item::query().filter(|i| {
        carried = Some(i.id);
        i.id.gt(0)
    });
    let message = refusal(Sale::query().filter(|s| s.item_id.eq(carried.unwrap())));
    assert!(
        message.contains("`id` of `Item`") && message.contains("a query of `Sale`"),
        "{message}"
    );
}
