//! Transactions, savepoints and what runs in them.

use orm::prelude::*;

use super::{Operation, drop_all_at_every_poll, operations};
use crate::support::bank::{Account, Entry, pairs, transfer};

const GUARDS: &[Operation] = operations! {
    "begin" => |db| { drop(db.begin().await?) }
    "commit" => |db| {
        let tx = db.begin().await?;
        transfer(&tx, 1, 2, 5).await?;
        tx.commit().await?
    }
    "rollback" => |db| {
        let tx = db.begin().await?;
        sql!("UPDATE accounts SET balance = 0").execute(&tx).await?;
        tx.rollback().await?
    }
    "drop" => |db| {
        let tx = db.begin().await?;
        sql!("UPDATE accounts SET balance = 0").execute(&tx).await?
    }
    "commit of a savepoint" => |db| {
        let tx = db.begin().await?;
        let inner = tx.begin().await?;
        transfer(&inner, 3, 4, 5).await?;
        inner.commit().await?;
        tx.commit().await?
    }
    "rollback of a savepoint" => |db| {
        let tx = db.begin().await?;
        transfer(&tx, 5, 6, 1).await?;
        let inner = tx.begin().await?;
        sql!("UPDATE accounts SET balance = 0").execute(&inner).await?;
        inner.rollback().await?;
        tx.commit().await?
    }
    "drop of a savepoint" => |db| {
        let tx = db.begin().await?;
        let inner = tx.begin().await?;
        sql!("UPDATE accounts SET balance = 0").execute(&inner).await?;
        drop(inner);
        Account::query().count(&tx).await?;
        tx.commit().await?
    }
    "on a connection" => |db| {
        let connection = db.connection().await?;
        let tx = connection.begin().await?;
        transfer(&connection, 7, 8, 1).await?;
        tx.commit().await?
    }
};

const CLOSURES: &[Operation] = operations! {
    "closure" => |db| { db.transaction(async |tx| transfer(tx, 1, 2, 3).await).await? }
    "nested closures" => |db| {
        db.transaction(async |tx| {
            transfer(tx, 1, 2, 3).await?;
            tx.transaction(async |inner| transfer(inner, 2, 1, 3).await).await
        })
        .await?
    }
    "closure that fails" => |db| {
        let failed = db.transaction(async |tx| {
            sql!("UPDATE accounts SET balance = 0").execute(tx).await?;
            sql!("SELECT 1 / 0").one::<i32>(tx).await
        });
        failed.await.unwrap_err()
    }
    "serializable with retries" => |db| {
        let builder = db.transaction_with().isolation(Isolation::Serializable).retry(3);
        builder.run(|tx| async move { transfer(&tx, 9, 10, 1).await }).await?
    }
    "read only" => |db| {
        let builder = db.transaction_with().isolation(Isolation::RepeatableRead).read_only();
        builder.run(|tx| async move { Account::query().all(&tx).await }).await?
    }
    "pipelined" => |db| {
        db.transaction(async |tx| {
            let all = (Account::query().count(tx), Entry::query().count(tx), Account::query().all(tx));
            tokio::try_join!(all.0, all.1, all.2).map(|_| ())
        })
        .await?
    }
    "everything" => |db| {
        db.transaction(async |tx| {
            Entry::insert_many(pairs(20)).execute(tx).await?;
            let inner = tx.begin().await?;
            Entry::insert_many(pairs(20)).copy(true).execute(&inner).await?;
            let mut rows = Entry::query().stream(&inner);
            let _first = rows.try_next().await?;
            drop(rows);
            inner.commit().await?;
            sql!("SELECT pg_advisory_xact_lock(5)").execute(tx).await?;
            transfer(tx, 3, 1, 1).await
        })
        .await?
    }
    "session" => |db| {
        let connection = db.connection().await?;
        connection.batch("SET search_path = pg_catalog; SELECT pg_advisory_lock(6); CREATE TEMP TABLE t (id int8)").await?;
        sql!("SELECT pg_advisory_lock(7)").execute(&connection).await?
    }
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_are_saved_wholly_or_not_at_all() {
    drop_all_at_every_poll(GUARDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closures_are_saved_wholly_or_not_at_all() {
    drop_all_at_every_poll(CLOSURES).await;
}
