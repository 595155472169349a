//! Views are models, too.

use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "sales", schema = "shop")]
struct Sale {
    #[orm(primary_key, generated)]
    id: i64,
    product: String,
    amount: i32,
    note: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(
    view = "big_sales",
    schema = "shop",
    definition = "SELECT id, product, amount FROM shop.sales WHERE amount > 10"
)]
struct BigSale {
    id: i64,
    product: String,
    amount: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(
    materialized_view = "Totals",
    schema = "shop",
    definition = "SELECT product, sum(amount) AS total, max(note) AS note FROM shop.big_sales JOIN shop.sales USING (id, product, amount) GROUP BY product",
    unique(product),
    index(total desc)
)]
struct Total {
    product: String,
    total: i64,
    note: Option<String>,
}

const TABLES: &[&orm::Table] = &[Sale::TABLE, BigSale::TABLE, Total::TABLE];

async fn sales(db: Database) -> Result<(), Error> {
    orm::create_all(TABLES, &db).await?;
    let sale = |product: &str, amount| NewSale {
        product: product.into(),
        amount,
        note: (amount > 50).then(|| "much".into()),
    };
    Sale::insert_many([sale("tea", 9), sale("tea", 11), sale("tea", 12), sale("milk", 100)])
        .execute(&db)
        .await?;
    Ok(())
}

#[orm::test(setup = sales)]
async fn a_view_is_read_like_a_table(db: Database) {
    let tea = BigSale::query()
        .filter(|s| s.product.eq("tea"))
        .order_by(|s| s.amount.desc());
    let expected = BigSale {
        id: 3,
        product: "tea".into(),
        amount: 12,
    };
    assert_eq!(tea.clone().first(&db).await.unwrap(), Some(expected));
    assert_eq!(tea.clone().count(&db).await.unwrap(), 2);
    let next = Sale::query()
        .filter(|s| s.note.is_not_null())
        .select(|s| (s.id, s.product, s.amount))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(next, (4, "milk".into(), 100));
    assert_eq!(
        BigSale::query()
            .filter(|s| s.amount.lt(50))
            .select(|s| s.product)
            .distinct()
            .all(&db)
            .await
            .unwrap(),
        ["tea"]
    );
    let mut rows = BigSale::query().stream(&db);
    assert!(rows.try_next().await.unwrap().is_some());
}

#[orm::test(setup = sales)]
async fn a_materialized_view_changes_when_it_is_refreshed(db: Database) {
    assert_eq!(Total::query().count(&db).await.unwrap(), 0, "made before the sales");
    Total::refresh(&db).await.unwrap();
    let all = || Total::query().order_by(|t| t.total.desc());
    let milk = Total {
        product: "milk".into(),
        total: 100,
        note: Some("much".into()),
    };
    let tea = |total| Total {
        product: "tea".into(),
        total,
        note: None,
    };
    assert_eq!(all().all(&db).await.unwrap(), [milk, tea(23)]);
    Sale::query()
        .filter(|s| s.product.eq("milk"))
        .delete()
        .execute(&db)
        .await
        .unwrap();
    assert_eq!(all().count(&db).await.unwrap(), 2);
    Total::refresh_concurrently(&db).await.unwrap();
    assert_eq!(all().one(&db).await.unwrap(), tea(23));
}

/// A view that the database has already.
#[derive(Model, Debug)]
#[orm(view = "pg_indexes", schema = "pg_catalog")]
struct PgIndex {
    schemaname: String,
    tablename: String,
    indexname: String,
    indexdef: String,
}

#[orm::test(setup = sales)]
async fn a_view_of_the_system_is_a_model_without_a_definition(db: Database) {
    let indexes = PgIndex::query().filter(|i| i.schemaname.eq("shop") & i.tablename.in_(["Totals"]));
    let indexes = indexes.order_by(|i| i.indexname.asc()).all(&db).await.unwrap();
    let names: Vec<&str> = indexes.iter().map(|index| &*index.indexname).collect();
    assert_eq!(names, ["Totals_product_idx", "Totals_total_idx"]);
    assert!(indexes[0].indexdef.starts_with("CREATE UNIQUE INDEX"), "{indexes:?}");
    assert!(
        indexes
            .iter()
            .all(|index| index.schemaname == "shop" && index.tablename == "Totals")
    );
    // It is not ours to create or to drop.
    assert_eq!(orm::create_all_sql(&[PgIndex::TABLE]).matches("VIEW").count(), 0);
}

#[orm::test(setup = sales)]
async fn views_are_made_after_what_they_read_and_dropped_before_it(db: Database) {
    orm::create_all(TABLES, &db).await.unwrap();
    orm::drop_all(TABLES, &db).await.unwrap();
    orm::drop_all(TABLES, &db).await.unwrap();
    assert_eq!(
        BigSale::query().all(&db).await.unwrap_err().kind(),
        ErrorKind::UndefinedObject
    );
    orm::create_all(TABLES, &db).await.unwrap();
    Total::refresh(&db).await.unwrap();
}
