//! All terminals of writes: batches, COPY, graphs.

use orm::prelude::*;

use super::{Operation, drop_all_at_every_poll, operations};
use crate::support::bank::{Account, Entry, NewAccount, NewAccountWith, NewEntry, NewEntryExpr, pairs};

const WRITES: &[Operation] = operations! {
    "insert" => |db| { Account::insert(NewAccount { balance: 0 }).one(&db).await? }
    "upsert" => |db| {
        let same = NewAccount { balance: 100 }.id(1);
        let upsert = Account::insert(same).on_conflict(|key| key.id).update(|a, _| a.balance.set(a.balance));
        upsert.one(&db).await?
    }
    "update" => |db| {
        let two = Account::query().filter(|a| a.id.in_([1, 2]));
        let moved = two.update(|a| a.balance.set(a.balance + case().when(a.id.eq(1), 5_i64).otherwise(-5_i64)));
        moved.execute(&db).await?
    }
    "update of a row" => |db| {
        let account = Account::find(4).one(&db).await?;
        account.update(&db).await?
    }
    "update with rows" => |db| { Account::query().update(|a| a.balance.set(a.balance)).all_rows().all(&db).await? }
    "delete" => |db| {
        Entry::query().delete().all_rows().execute(&db).await?
    }
    "text" => |db| { sql!("INSERT INTO entries (account_id, amount) VALUES (1, 9), (2, -9)").execute(&db).await? }
    "batch" => |db| {
        db.batch("BEGIN; UPDATE accounts SET balance = balance - 1 WHERE id = 1;
                  UPDATE accounts SET balance = balance + 1 WHERE id = 2; COMMIT").await?
    }
    "insert select" => |db| {
        let both = Account::query().filter(|a| a.id.in_([1, 2]));
        let amount = |id: i64| if id == 1 { 3_i64 } else { -3 };
        let made = Entry::insert_select(both, move |a| NewEntryExpr {
            account_id: a.id,
            amount: case().when(a.id.eq(1), amount(1)).otherwise(amount(2)),
        });
        made.execute(&db).await?
    }
};

const BATCHES: &[Operation] = operations! {
    "insert many" => |db| { Entry::insert_many(pairs(50)).execute(&db).await? }
    "insert many with rows" => |db| { Entry::insert_many(pairs(50)).all(&db).await? }
    "insert of different columns" => |db| {
        let given = (0..40).map(|n| {
            let account = NewAccount { balance: 0 };
            if n % 2 == 0 { account.version(7) } else { account.into() }
        });
        let given: Vec<NewAccountWith> = given.collect();
        Account::insert_many(given).execute(&db).await?
    }
    "copy" => |db| { Entry::insert_many(pairs(3_000)).copy(true).execute(&db).await? }
    "copy in a transaction" => |db| {
        db.transaction(async |tx| Entry::insert_many(pairs(500)).copy(true).execute(tx).await).await?
    }
    "graph" => |db| {
        let account = Account::insert(NewAccount { balance: 0 });
        account.with([4, -4], |account, amount| NewEntry { account_id: account.id, amount }).one(&db).await?
    }
    "graphs" => |db| {
        let graphs = (1..20).map(|n| {
            NewAccount { balance: 0 }.with([n, -n], |account, amount| NewEntry { account_id: account.id, amount })
        });
        Account::insert_graphs(graphs).all(&db).await?
    }
    "graphs without rows" => |db| {
        let graphs = (1..20).map(|n| {
            NewAccount { balance: 0 }.with([n, -n], |account, amount| NewEntry { account_id: account.id, amount })
        });
        Account::insert_graphs(graphs).execute(&db).await?
    }
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_done_wholly_or_not_at_all() {
    drop_all_at_every_poll(WRITES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_copies_and_graphs_are_stored_wholly_or_not_at_all() {
    drop_all_at_every_poll(BATCHES).await;
}
