//! `MERGE`, on servers that have it.

use std::collections::BTreeMap;

use orm::prelude::*;

use super::models::{Line, NewLine, NewUserExpr, User, new_users, tables};
use super::support::{Random, scalar};

/// What is in stock.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "stock")]
struct Stock {
    #[orm(primary_key)]
    item: i32,
    amount: i32,
    note: Option<String>,
}

/// What comes and goes.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "deliveries")]
struct Delivery {
    #[orm(primary_key, generated)]
    id: i64,
    item: i32,
    amount: i32,
}

async fn stock(db: Database) -> Result<(), Error> {
    tables(db.clone()).await?;
    orm::create_all(&[Stock::TABLE, Delivery::TABLE], &db).await
}

async fn has_merge(db: &Database) -> bool {
    scalar::<i32>(db, "SELECT current_setting('server_version_num')::int4").await >= 150_000
}

#[orm::test(setup = stock)]
async fn a_merge_does_what_the_first_clause_that_fits_says(db: Database) -> Result<(), Error> {
    if !has_merge(&db).await {
        return Ok(());
    }
    let mut random = Random::new(7);
    for _ in 0..20 {
        Stock::query().delete().all_rows().execute(&db).await?;
        Delivery::query().delete().all_rows().execute(&db).await?;
        let mut expected: BTreeMap<i32, (i32, Option<String>)> = BTreeMap::new();
        for item in 0..12 {
            if random.below(2) == 0 {
                expected.insert(item, (random.below(10) as i32, None));
            }
        }
        let rows = expected.iter().map(|(&item, (amount, _))| NewStock {
            item,
            amount: *amount,
            note: None,
        });
        Stock::insert_many(rows).execute(&db).await?;
        let mut changes = 0;
        for item in 0..12 {
            let amount = random.below(20) as i32 - 10;
            if random.below(3) == 0 {
                continue;
            }
            Delivery::insert(NewDelivery { item, amount }).execute(&db).await?;
            if amount == 5 {
                continue;
            }
            let there = expected.get(&item).map(|stock| stock.0);
            match there {
                Some(there) if there + amount < 0 => drop(expected.remove(&item)),
                Some(_) if amount == 0 => continue,
                Some(there) => drop(expected.insert(item, (there + amount, Some("changed".to_owned())))),
                None if amount > 0 => drop(expected.insert(item, (amount, Some("new".to_owned())))),
                None => continue,
            }
            changes += 1;
        }
        let merge = Stock::merge(|s| Delivery::query().filter(|d| d.amount.ne(5)).on(|d| d.item.eq(s.item)))
            .when_matched_and(|(s, d)| (s.amount + d.amount).lt(0))
            .delete()
            .when_matched_and(|(_, d)| d.amount.eq(0))
            .do_nothing()
            .when_matched()
            .update(|(s, d)| (s.amount.set(s.amount + d.amount), s.note.set("changed")))
            .when_not_matched_and(|d| d.amount.gt(0))
            .insert(|d| NewStockExpr {
                item: d.item,
                amount: d.amount,
                note: "new",
            })
            .when_not_matched()
            .do_nothing();
        assert_eq!(merge.execute(&db).await?, changes);
        let found = Stock::query().all(&db).await?.into_iter();
        let found: BTreeMap<_, _> = found.map(|stock| (stock.item, (stock.amount, stock.note))).collect();
        assert_eq!(found, expected);
    }
    Ok(())
}

#[orm::test]
async fn the_text_of_a_merge(_db: Database) {
    let merge = Stock::merge(|s| Delivery::query().on(|d| d.item.eq(s.item)))
        .when_matched_and(|(s, d)| s.amount.eq(0) | d.amount.eq(0))
        .delete()
        .when_matched()
        .update(|(s, d)| s.amount.set(d.amount))
        .when_not_matched()
        .insert(|d| NewStockExpr {
            item: d.item,
            amount: d.amount,
            note: None,
        });
    assert_eq!(
        merge.to_sql().unwrap().text,
        "MERGE INTO \"stock\" AS target USING \"deliveries\" AS d1 ON d1.\"item\" = target.\"item\" \
         WHEN MATCHED AND target.\"amount\" = $1 OR d1.\"amount\" = $2 THEN DELETE \
         WHEN MATCHED THEN UPDATE SET \"amount\" = d1.\"amount\" \
         WHEN NOT MATCHED THEN INSERT (\"item\", \"amount\", \"note\") VALUES (d1.\"item\", d1.\"amount\", $3)"
    );
    let nothing = Stock::merge(|s| Delivery::query().on(|d| d.item.eq(s.item)));
    assert_eq!(nothing.to_sql().unwrap_err().kind(), ErrorKind::InvalidQuery);
}

#[orm::test(setup = stock)]
async fn a_merge_of_a_group_with_sub_selects_and_versions(db: Database) -> Result<(), Error> {
    if !has_merge(&db).await {
        return Ok(());
    }
    let users = User::insert_many(new_users(0..3)).all(&db).await?;
    let lines = (0..6).map(|n| NewLine {
        number: n,
        order_id: i64::from(n % 5),
        text: None,
    });
    Line::insert_many(lines).execute(&db).await?;
    let counts = Line::query().group_by(|l| l.order_id).select(|g| (g.key(), g.count()));
    let merged = User::merge(|u| counts.on(|(order, _)| order.eq(u.age.cast::<i64>())))
        .when_matched_and(|(u, _)| exists(Line::query().filter(|l| l.number.eq(u.age))))
        .update(|(u, (_, count))| u.nickname.set(count.cast::<String>()))
        .when_not_matched()
        .insert(|(order, count)| {
            NewUserExpr {
                email: order.cast::<String>(),
                name: Line::query()
                    .filter(|l| l.order_id.eq(order))
                    .select(|l| l.text)
                    .scalar()
                    .coalesce("none"),
                age: count.cast::<i32>(),
                nickname: None,
            }
            .version(5)
        })
        .execute(&db)
        .await?;
    assert_eq!(merged, 5);
    let mut rows = User::query().order_by(|u| u.id.asc()).all(&db).await?;
    let new = rows.split_off(3);
    let nicknames: Vec<_> = rows
        .iter()
        .map(|user| (user.id, user.nickname.as_deref(), user.version))
        .collect();
    let expected: Vec<_> = users
        .iter()
        .zip(["2", "1", "1"])
        .map(|(user, text)| (user.id, Some(text), 2))
        .collect();
    assert_eq!(nicknames, expected);
    let mut new: Vec<_> = new
        .iter()
        .map(|user| (&*user.email, &*user.name, user.age, user.version))
        .collect();
    new.sort_unstable();
    assert_eq!(new, [("3", "none", 1, 5), ("4", "none", 1, 5)]);
    Ok(())
}

#[orm::test(setup = stock)]
async fn a_row_that_two_rows_would_change_is_an_error(db: Database) -> Result<(), Error> {
    let twice = || Delivery::insert_many([1, 1].map(|item| NewDelivery { item, amount: 1 }));
    twice().execute(&db).await?;
    Stock::insert(NewStock {
        item: 1,
        amount: 0,
        note: None,
    })
    .execute(&db)
    .await?;
    let error = Stock::merge(|s| Delivery::query().on(|d| d.item.eq(s.item)))
        .when_matched()
        .update(|(s, d)| s.amount.set(s.amount + d.amount))
        .execute(&db)
        .await
        .unwrap_err();
    let code = if has_merge(&db).await { "21000" } else { "42601" };
    assert_eq!(error.sqlstate(), Some(code));
    assert_eq!(Stock::find(1).one(&db).await?.amount, 0);
    let lines = Line::merge(|l| Delivery::query().on(|d| d.item.eq(l.number)));
    assert_eq!(lines.execute(&db).await?, 0);
    Ok(())
}
