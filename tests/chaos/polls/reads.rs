//! All terminals of reads, streams and loads.

use orm::prelude::*;
use orm::{Prepared, Query};

use super::{Operation, drop_all_at_every_poll, operations};
use crate::support::bank::Account;

static BY_BALANCE: Prepared<(i64,), Query<Account>> =
    Prepared::new(|(balance,)| Account::query().filter(|a| a.balance.ge(balance)));

const READS: &[Operation] = operations! {
    "all" => |db| { Account::query().all(&db).await? }
    "first" => |db| { Account::query().order_by(|a| a.id.asc()).first(&db).await? }
    "one" => |db| { Account::query().filter(|a| a.id.eq(1)).one(&db).await? }
    "count" => |db| { Account::query().count(&db).await? }
    "exists" => |db| { Account::query().exists(&db).await? }
    "select" => |db| { Account::query().select(|a| (a.id, a.balance)).all(&db).await? }
    "find" => |db| { Account::find(3).first(&db).await? }
    "page" => |db| { Account::query().page(2, None, &db).await? }
    "explain" => |db| { Account::query().explain().analyze().text(&db).await? }
    "prepared" => |db| { BY_BALANCE.bind((1,)).all(&db).await? }
    "text" => |db| { let n = 7_i64; sql!("SELECT {n}").one::<i64>(&db).await? }
    "lock" => |db| { Account::query().for_update().all(&db).await? }
    "many rows" => |db| { sql!("SELECT n FROM generate_series(1, 5000) n").all::<i32>(&db).await? }
    "connection" => |db| {
        let connection = db.connection().await?;
        Account::query().all(&connection).await?
    }
};

const STREAMS: &[Operation] = operations! {
    "stream" => |db| {
        let mut rows = sql!("SELECT n FROM generate_series(1, 1500) n").stream::<i32>(&db);
        while rows.try_next().await?.is_some() {}
    }
    "stream of a write" => |db| {
        let mut rows = sql!("UPDATE accounts SET balance = balance RETURNING id").stream::<i64>(&db);
        while rows.try_next().await?.is_some() {}
    }
    "stream of a connection" => |db| {
        let connection = db.connection().await?;
        let mut rows = sql!("SELECT n FROM generate_series(1, 1500) n").stream::<i32>(&connection);
        while rows.try_next().await?.is_some() {}
    }
    "stream in a transaction" => |db| {
        let tx = db.begin().await?;
        let mut rows = sql!("SELECT n FROM generate_series(1, 1500) n").stream::<i32>(&tx);
        while rows.try_next().await?.is_some() {}
        drop(rows);
        tx.commit().await?
    }
    "stream of loads" => |db| {
        let mut rows = Account::query().order_by(|a| a.id.asc()).with(|a| a.entries()).stream(&db);
        while rows.try_next().await?.is_some() {}
    }
    "loads" => |db| { Account::query().with(|a| a.entries().with(|e| e.account())).all(&db).await? }
    "loads of one snapshot" => |db| { Account::query().with(|a| a.entries()).snapshot().all(&db).await? }
    "first with loads" => |db| { Account::query().order_by(|a| a.id.asc()).with(|a| a.entries()).first(&db).await? }
    "page of loads" => |db| { Account::query().with(|a| a.entries()).page(2, None, &db).await? }
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_leave_nothing_behind() {
    drop_all_at_every_poll(READS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_and_loads_leave_nothing_behind() {
    drop_all_at_every_poll(STREAMS).await;
}
