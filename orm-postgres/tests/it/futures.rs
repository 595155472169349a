//! Every future can be sent to another thread, as `tokio::spawn` and web frameworks want it.

use orm_core::{Error, Executor, Isolation};
use orm_postgres::{Connection, Database};

use crate::support::*;

fn send<T: Send>(value: T) -> T {
    value
}

async fn transfer(db: &Database, from: &str) -> Result<i32, Error> {
    let local = String::from("borrowed");
    db.transaction(async |tx| {
        let borrowed = &local;
        let n = all::<i32>(tx, &sql(format!("SELECT {}", from.len() + borrowed.len()))).await?[0];
        tx.transaction(async |inner| execute(inner, "SELECT 1").await).await?;
        Ok(n)
    })
    .await
}

async fn retried(db: &Database, from: &str) -> Result<u64, Error> {
    db.transaction_with()
        .isolation(Isolation::Serializable)
        .retry(3)
        .run(|tx| async move { execute(&tx, &format!("SELECT {}", from.len())).await })
        .await
}

async fn held(connection: Connection) -> Result<u64, Error> {
    connection.transaction(async |tx| execute(tx, "SELECT 1").await).await?;
    connection
        .transaction_with()
        .run(|tx| async move { execute(&tx, "SELECT 1").await })
        .await
}

#[tokio::test]
async fn all_futures_are_send_also_when_closures_borrow() {
    let db = database().await;
    let spawned = db.clone();
    let n = tokio::spawn(async move { transfer(&spawned, "abc").await })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(n, 11);
    send(transfer(&db, "x")).await.unwrap();
    send(retried(&db, "x")).await.unwrap();
    send(held(db.connection().await.unwrap())).await.unwrap();
    let mut rows = First::<i32>::default();
    let mut source = send(db.open(sql("SELECT 1"))).await.unwrap();
    send(source.next(&mut rows)).await.unwrap();
    send(db.begin()).await.unwrap().commit().await.unwrap();
}

#[test]
fn handles_are_shareable() {
    fn shareable<T: Send + Sync + 'static>() {}
    shareable::<Database>();
    shareable::<Connection>();
    shareable::<orm_core::Transaction>();
}
