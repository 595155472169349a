//! The tables that these tests read: a tree of items, and what was sold of them.

use orm::prelude::*;
use rust_decimal::Decimal;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "items", has_many(sales: Sale))]
pub(crate) struct Item {
    #[orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) parent_id: Option<i32>,
    #[orm(type = "varchar(80)")]
    pub(crate) name: String,
    #[orm(type = "numeric(12, 2)")]
    pub(crate) price: Decimal,
    pub(crate) details: serde_json::Value,
    pub(crate) tags: Vec<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "sales")]
pub(crate) struct Sale {
    #[orm(primary_key)]
    pub(crate) id: i32,
    #[orm(belongs_to(item: Item))]
    pub(crate) item_id: i32,
    pub(crate) amount: i32,
    pub(crate) note: Option<String>,
}

fn item(id: i32, parent_id: Option<i32>, name: &str) -> Item {
    Item {
        id,
        parent_id,
        name: name.to_owned(),
        price: Decimal::new(i64::from(id) * 125, 2),
        details: serde_json::json!({ "size": id, "name": name, "none": null }),
        tags: (1..id).map(|tag| format!("t{tag}")).collect(),
    }
}

/// All items, by id.
pub(crate) fn all_items() -> Vec<Item> {
    vec![
        item(1, None, "all"),
        item(2, Some(1), "tools"),
        item(3, Some(1), "toys"),
        item(4, Some(2), "saw"),
        item(5, Some(3), "bear"),
        item(6, Some(4), "blade"),
        item(7, None, "rest"),
    ]
}

/// All sales, by id: some items have none, some several.
pub(crate) fn all_sales() -> Vec<Sale> {
    let sale = |(at, (item_id, amount)): (usize, (i32, i32))| Sale {
        id: i32::try_from(at).unwrap() + 1,
        item_id,
        amount,
        note: (amount % 2 == 0).then(|| format!("n{amount}")),
    };
    let sold = [(4, 2), (4, 3), (5, 1), (6, 4), (6, 4), (7, 2)];
    sold.into_iter().enumerate().map(sale).collect()
}

pub(crate) async fn items(db: Database) -> Result<(), Error> {
    orm::create_all(&[Item::TABLE, Sale::TABLE], &db).await?;
    let new = all_items().into_iter().map(|item| NewItem {
        id: item.id,
        parent_id: item.parent_id,
        name: item.name,
        price: item.price,
        details: item.details,
        tags: item.tags,
    });
    Item::insert_many(new).execute(&db).await?;
    let new = all_sales().into_iter().map(|sale| NewSale {
        id: sale.id,
        item_id: sale.item_id,
        amount: sale.amount,
        note: sale.note,
    });
    Sale::insert_many(new).execute(&db).await?;
    Ok(())
}

/// The rows in order.
pub(crate) fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}
