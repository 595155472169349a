//! A model of another crate gets the relation to those that belong to it by a trait.

mod orders {
    use orm::prelude::*;
    use orm_test_upstream::Account;

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "orders")]
    pub(super) struct Order {
        #[orm(primary_key)]
        pub(super) id: i64,
        #[orm(belongs_to(buyer: Account, inverse = orders))]
        pub(super) buyer_id: i64,
        #[orm(belongs_to(seller: Account, inverse = sold_orders))]
        pub(super) seller_id: Option<i64>,
    }
}

use orders::{AccountOrders as _, AccountSoldOrders as _, NewOrder, Order};
use orm::prelude::*;
use orm_test_upstream::{Account, NewAccount};

async fn accounts(db: Database) -> Result<(), Error> {
    orm::create_all(&[Account::TABLE, Order::TABLE], &db).await?;
    let accounts = (1..=4).map(|id| NewAccount {
        id,
        name: format!("account {id}"),
    });
    Account::insert_many(accounts).execute(&db).await?;
    let orders = (1..=9).map(|id| NewOrder {
        id,
        buyer_id: id % 3 + 1,
        seller_id: (id % 2 == 0).then_some(4),
    });
    Order::insert_many(orders).execute(&db).await?;
    Ok(())
}

#[orm::test(setup = accounts)]
async fn the_child_brings_the_method(db: Database) -> Result<(), Error> {
    let orders = Order::query().all(&db).await?;
    let found: Vec<(i64, i64, bool)> = Account::query()
        .order_by(|a| a.id.asc())
        .select(|a| {
            (
                a.id,
                a.orders().count(),
                a.sold_orders().any(|o| o.buyer().name.eq("account 2")),
            )
        })
        .all(&db)
        .await?;
    let expected: Vec<_> = (1..=4)
        .map(|id| {
            let bought = orders.iter().filter(|order| order.buyer_id == id).count();
            let sold = orders
                .iter()
                .any(|order| order.seller_id == Some(id) && order.buyer_id == 2);
            (id, i64::try_from(bought).unwrap(), sold)
        })
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = accounts)]
async fn the_method_is_there_where_the_account_may_be_missing(db: Database) -> Result<(), Error> {
    let orders = Order::query().order_by(|o| o.id.asc()).all(&db).await?;
    let found: Vec<(i64, Option<String>, i64)> = Order::query()
        .order_by(|o| o.id.asc())
        .select(|o| (o.id, o.seller().name, o.seller().sold_orders().count()))
        .all(&db)
        .await?;
    let sold = orders.iter().filter(|order| order.seller_id.is_some()).count();
    let expected: Vec<_> = orders
        .iter()
        .map(|order| {
            let name = order.seller_id.map(|id| format!("account {id}"));
            (
                order.id,
                name,
                order.seller_id.map_or(0, |_| i64::try_from(sold).unwrap()),
            )
        })
        .collect();
    assert_eq!(found, expected);

    let joined: Vec<(i64, Option<i64>)> = Account::query()
        .left_join(|a| a.orders())
        .order_by(|(a, o)| (a.id.asc(), o.id.asc()))
        .select(|(a, o)| (a.id, o.id))
        .all(&db)
        .await?;
    assert_eq!(joined.len(), orders.len() + 1);
    assert_eq!(joined.last(), Some(&(4, None)));
    Ok(())
}
