//! What may be printed by mistake: Debug and Display of what a program holds.

use orm::prelude::*;
use orm::{Config, Param, Scope};

use super::{CANARY, logs};
use crate::support::Arena;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_holds_shows_no_password_and_no_value() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(2).connect().await.unwrap();
    let text = CANARY.to_owned();
    logs::begin();
    let url = format!("postgres://somebody:{CANARY}@127.0.0.1/db?sslmode=require");
    let builder = Database::builder()
        .url(&url)
        .password(CANARY)
        .root_certificate_pem(CANARY);
    let config: Result<Config, Error> = url.parse();
    let statement = sql!("SELECT {text}");
    let connection = db.connection().await.unwrap();
    let tx = db.begin().await.unwrap();
    let mut stream = sql!("SELECT {text} FROM generate_series(1, 900)").stream::<String>(&tx);
    let _first = stream.try_next().await.unwrap();
    let mut shown = vec![
        format!("{builder:?} {builder:#?}"),
        format!("{config:?}"),
        format!("{statement:?} {:?}", statement.clone().to_sql()),
        format!("{}", statement.to_sql()),
        format!("{:?}", Param::new(&text)),
        format!("{connection:?} {tx:?} {stream:?}"),
        format!("{:?} {:?}", db, db.status()),
        format!("{:?}", Scope::new()),
        format!("{:?}", db.transaction_with()),
    ];
    drop(stream);
    drop((tx, connection));
    shown.push(logs::end());
    for text in &shown {
        assert!(!text.is_empty());
        assert!(!text.contains(CANARY), "{text}");
    }
    arena.ends_clean([db]).await;
}
