//! The cache of prepared statements.

use orm_core::Executor;

use crate::support::*;

const ON_SERVER: &str = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%cached%'";

#[tokio::test]
async fn equal_texts_are_prepared_once() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    for n in 0..20i64 {
        let statement = with(sql("SELECT $1 /* cached once */"), n);
        assert_eq!(all::<i64>(&connection, &statement).await.unwrap(), [n]);
    }
    assert_eq!(
        one::<i64>(&connection, ON_SERVER).await,
        2,
        "this one and the question itself"
    );
}

#[tokio::test]
async fn one_text_with_other_parameter_types_is_another_statement() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let text = "SELECT $1 /* cached by type */";
    assert_eq!(all::<i64>(&connection, &with(sql(text), 1i64)).await.unwrap(), [1]);
    let words = all::<String>(&connection, &with(sql(text), "a".to_owned()))
        .await
        .unwrap();
    assert_eq!(words, ["a"]);
    assert_eq!(all::<i64>(&connection, &with(sql(text), 2i64)).await.unwrap(), [2]);
}

#[tokio::test]
async fn the_least_recently_used_statements_are_closed_on_the_server() {
    let db = builder().statement_cache(10).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let kept = "SELECT 0 /* cached and kept */";
    for n in 0..100 {
        execute(&connection, &format!("SELECT {n} /* cached {n} */"))
            .await
            .unwrap();
        execute(&connection, kept).await.unwrap();
    }
    let on_server = one::<i64>(&connection, ON_SERVER).await;
    assert!(on_server <= 10, "{on_server}");
    let still = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%cached and kept%'";
    assert_eq!(
        one::<i64>(&connection, still).await,
        2,
        "the kept one and this question"
    );
}

#[tokio::test]
async fn the_same_statement_prepared_twice_at_once_gives_the_right_rows() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let (a, b) = (
        with(sql("SELECT $1 /* twice */"), 1i64),
        with(sql("SELECT $1 /* twice */"), 2i64),
    );
    let (a, b) = tokio::join!(all::<i64>(&connection, &a), all::<i64>(&connection, &b));
    assert_eq!((a.unwrap(), b.unwrap()), (vec![1], vec![2]));
    connection
        .run(&with(sql("SELECT $1 /* twice */"), 3i64), &mut Ignore)
        .await
        .unwrap();
}
