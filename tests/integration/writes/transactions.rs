//! Transactions and savepoints, as services use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use orm::prelude::*;
use orm::{TransactionOptions, in_transaction};

use super::models::{NewTicket, NewUser, Ticket, User, new_user, new_users, tables};
use super::support::{Watched, column, scalar};

#[orm::test(setup = tables)]
async fn a_closure_that_gives_ok_is_committed_and_one_that_gives_err_is_not(db: Database) -> Result<(), Error> {
    let id = db
        .transaction(async |tx| Ok(User::insert(new_user("ann")).one(tx).await?.id))
        .await?;
    assert!(User::find(id).exists(&db).await?);
    let failed: Result<(), Error> = db
        .transaction(async |tx| {
            User::insert(new_user("bob")).one(tx).await?;
            User::find(99).one(tx).await?;
            Ok(())
        })
        .await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(User::query().count(&db).await?, 1);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_guard_commits_rolls_back_or_is_dropped(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    User::insert(new_user("committed")).one(&tx).await?;
    tx.commit().await?;
    let tx = db.begin().await?;
    User::insert(new_user("rolled back")).one(&tx).await?;
    tx.rollback().await?;
    let tx = db.begin().await?;
    User::insert(new_user("dropped")).one(&tx).await?;
    drop(tx);
    let connection = db.connection().await?;
    let tx = connection.begin().await?;
    User::insert(new_user("on a connection")).one(&connection).await?;
    drop(tx);
    let names: Vec<String> = User::query().select(|u| u.name).all(&connection).await?;
    assert_eq!(names, ["committed"]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_panic_rolls_back_and_leaves_a_clean_pool(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    for nested in [false, true] {
        let pool = watched.db.clone();
        let task = tokio::spawn(async move {
            pool.transaction(async |tx| {
                User::insert_many(new_users(0..10)).execute(tx).await?;
                if nested {
                    return tx
                        .transaction(async |tx| -> Result<(), Error> {
                            User::insert(new_user("ann")).one(tx).await?;
                            panic!("in a savepoint")
                        })
                        .await;
                }
                panic!("in a transaction")
            })
            .await
        });
        assert!(task.await.unwrap_err().is_panic());
        watched.is_clean().await;
    }
    assert_eq!(User::query().count(&watched.db).await?, 0);
    Ok(())
}

/// A function of a service: it needs a transaction, whatever it is given.
async fn sign_up(name: &str, tickets: usize, db: &dyn Executor) -> Result<User, Error> {
    in_transaction(db, TransactionOptions::default(), async |tx| {
        let user = User::insert(new_user(name)).one(tx).await?;
        Ticket::insert_many((0..tickets).map(|_| NewTicket {}))
            .execute(tx)
            .await?;
        if tickets > 2 {
            return Err(Error::new(ErrorKind::InvalidQuery, "too many tickets"));
        }
        Ok(user)
    })
    .await
}

#[orm::test(setup = tables)]
async fn a_service_function_begins_on_whatever_it_is_given(db: Database) -> Result<(), Error> {
    sign_up("ann", 1, &db).await?;
    assert!(sign_up("bob", 3, &db).await.is_err());
    assert_eq!(
        (User::query().count(&db).await?, Ticket::query().count(&db).await?),
        (1, 1)
    );
    // Inside of a test's transaction it is a savepoint, and nothing of it is left afterwards.
    let test = db.begin().await?;
    sign_up("cleo", 2, &test).await?;
    assert!(sign_up("dan", 3, &test).await.is_err());
    assert!(
        sign_up("cleo", 1, &test)
            .await
            .unwrap_err()
            .violates(|key: super::models::UserKeys| key.email)
    );
    assert_eq!(
        (User::query().count(&test).await?, Ticket::query().count(&test).await?),
        (2, 3)
    );
    test.rollback().await?;
    assert_eq!(
        (User::query().count(&db).await?, Ticket::query().count(&db).await?),
        (1, 1)
    );
    let connection = db.connection().await?;
    sign_up("eve", 1, &connection).await?;
    let shared: Arc<dyn Executor> = Arc::new(db.clone());
    sign_up("fay", 1, &shared).await?;
    assert_eq!(User::query().count(&db).await?, 3);
    Ok(())
}

#[orm::test(setup = tables)]
async fn savepoints_nest(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    User::insert(new_user("a")).one(&tx).await?;
    let outer = tx.begin().await?;
    User::insert(new_user("b")).one(&outer).await?;
    let inner = outer.begin().await?;
    User::insert(new_user("c")).one(&inner).await?;
    assert!(User::insert(new_user("c")).one(&inner).await.is_err());
    inner.rollback().await?;
    User::insert(new_user("d")).one(&outer).await?;
    outer.commit().await?;
    drop(tx.begin().await?);
    tx.commit().await?;
    let names: Vec<String> = User::query()
        .order_by(|u| u.name.asc())
        .select(|u| u.name)
        .all(&db)
        .await?;
    assert_eq!(names, ["a", "b", "d"]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_isolation_level_holds(db: Database) -> Result<(), Error> {
    let seen = db
        .transaction_with()
        .isolation(Isolation::RepeatableRead)
        .run(async |tx| {
            let before = User::query().count(&*tx).await?;
            User::insert(new_user("ann")).one(&db).await?;
            let level: String = scalar(&*tx, "SHOW transaction_isolation").await;
            Ok((before, User::query().count(&*tx).await?, level))
        })
        .await?;
    assert_eq!(seen, (0, 0, "repeatable read".to_owned()));
    let read_only = db
        .transaction_with()
        .read_only()
        .run(async |tx| User::insert(new_user("bob")).one(&*tx).await);
    assert_eq!(read_only.await.unwrap_err().sqlstate(), Some("25006"));
    let tx = db.begin().await?;
    let options = TransactionOptions {
        isolation: Some(Isolation::Serializable),
        ..TransactionOptions::default()
    };
    let savepoint = in_transaction(&tx, options, async |_| Ok(())).await;
    assert_eq!(savepoint.unwrap_err().kind(), ErrorKind::InvalidQuery);
    assert_eq!(User::query().count(&tx).await?, 1, "the transaction goes on");
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_could_not_be_serialized_is_run_again(db: Database) -> Result<(), Error> {
    let id = User::insert(NewUser {
        age: 0,
        ..new_user("ann")
    })
    .one(&db)
    .await?
    .id;
    let tries = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (db, tries) = (db.clone(), tries.clone());
            tokio::spawn(async move {
                db.transaction_with()
                    .isolation(Isolation::Serializable)
                    .retry(50)
                    .run(|tx| {
                        let tries = tries.clone();
                        async move {
                            tries.fetch_add(1, Ordering::Relaxed);
                            let age: i32 = User::query()
                                .filter(|u| u.id.eq(id))
                                .select(|u| u.age)
                                .one(&*tx)
                                .await?;
                            tokio::time::sleep(Duration::from_millis(2)).await;
                            User::query()
                                .filter(|u| u.id.eq(id))
                                .update(|u| u.age.set(age + 1))
                                .execute(&*tx)
                                .await
                        }
                    })
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap()?, 1);
    }
    assert_eq!(User::find(id).one(&db).await?.age, 6);
    assert!(
        tries.load(Ordering::Relaxed) > 6,
        "nobody collided, so this has shown nothing"
    );
    Ok(())
}

#[derive(Debug)]
enum AppError {
    TooYoung,
    Database(#[allow(dead_code, reason = "shown by Debug")] Error),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

#[orm::test(setup = tables)]
async fn a_transaction_may_fail_with_an_error_of_the_programs_own(db: Database) -> Result<(), Error> {
    let run = |name: &'static str| {
        db.transaction_with().error::<AppError>().run(async move |tx| {
            let user = User::insert(new_user(name)).one(&*tx).await?;
            if user.name == "ann" {
                Ok(user.id)
            } else {
                Err(AppError::TooYoung)
            }
        })
    };
    assert!(run("ann").await.is_ok());
    assert!(matches!(run("bob").await, Err(AppError::TooYoung)));
    assert!(matches!(run("ann").await, Err(AppError::Database(_))));
    assert_eq!(User::query().count(&db).await?, 1);
    Ok(())
}

/// A service with errors of its own, on whatever it is given.
async fn sign_up_or_refuse(name: &str, age: i32, db: &dyn Executor) -> Result<i64, AppError> {
    let signed_up = db.transaction_with().error::<AppError>().run(async |tx| {
        let user = User::insert(new_user(name)).one(&tx).await?;
        if age < 18 {
            return Err(AppError::TooYoung);
        }
        Ok(user.id)
    });
    signed_up.await
}

#[orm::test(setup = tables)]
async fn a_service_fails_with_an_error_of_its_own_on_whatever_it_is_given(db: Database) -> Result<(), Error> {
    assert!(sign_up_or_refuse("ann", 30, &db).await.is_ok());
    assert!(matches!(
        sign_up_or_refuse("bob", 9, &db).await,
        Err(AppError::TooYoung)
    ));
    assert!(matches!(
        sign_up_or_refuse("ann", 30, &db).await,
        Err(AppError::Database(_))
    ));
    // In a transaction it is a savepoint: what it wrote is undone, what is around it goes on.
    let tx = db.begin().await?;
    assert!(sign_up_or_refuse("cleo", 30, &tx).await.is_ok());
    assert!(matches!(
        sign_up_or_refuse("dan", 9, &tx).await,
        Err(AppError::TooYoung)
    ));
    let nested = tx.transaction_with().error::<AppError>();
    let nested = nested.run(async |sp| sign_up_or_refuse("eve", 9, &sp).await).await;
    assert!(matches!(nested, Err(AppError::TooYoung)));
    tx.commit().await?;
    let names = User::query().order_by(|u| u.name.asc()).select(|u| u.name);
    assert_eq!(names.all(&db).await?, ["ann", "cleo"]);
    // It can be sent to another thread.
    let task = tokio::spawn({
        let db = db.clone();
        async move { sign_up_or_refuse("fay", 30, &db).await }
    });
    assert!(task.await.unwrap().is_ok());
    Ok(())
}

#[orm::test(setup = tables)]
async fn modes_of_an_executors_transaction_hold_and_a_savepoint_has_none(db: Database) -> Result<(), Error> {
    let executor: &dyn Executor = &db;
    let written = executor
        .transaction_with()
        .read_only()
        .run(async |tx| User::insert(new_user("ann")).execute(&tx).await);
    assert_eq!(written.await.unwrap_err().sqlstate(), Some("25006"));
    let level = executor
        .transaction_with()
        .isolation(Isolation::Serializable)
        .run(async |tx| Ok(scalar::<String>(&tx, "SELECT current_setting('transaction_isolation')").await));
    assert_eq!(level.await?, "serializable");
    let tx = db.begin().await?;
    let refused = tx.transaction_with().read_only().run(async |_| Ok(()));
    assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    Ok(())
}

#[orm::test(setup = tables)]
async fn commit_after_a_failure_is_an_error_and_saves_nothing(db: Database) -> Result<(), Error> {
    let result = db
        .transaction(async |tx| {
            User::insert(new_user("ann")).one(tx).await?;
            let _ignored = User::insert(new_user("ann")).one(tx).await;
            Ok(())
        })
        .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_deferred_constraint_fails_at_commit(db: Database) -> Result<(), Error> {
    db.batch("ALTER TABLE users DROP CONSTRAINT users_email_key; ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email) DEFERRABLE INITIALLY DEFERRED")
        .await?;
    let tx = db.begin().await?;
    let ann = User::insert(new_user("ann")).one(&tx).await?;
    User::insert(new_user("ann")).one(&tx).await?;
    assert!(ann.id > 0);
    let error = tx.commit().await.unwrap_err();
    assert!(error.violates(|key: super::models::UserKeys| key.email), "{error}");
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn statements_of_one_transaction_are_pipelined(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    let (ann, bob, batch, count) = tokio::try_join!(
        User::insert(new_user("ann")).one(&tx),
        User::insert(new_user("bob")).one(&tx),
        User::insert_many(new_users(0..100)).execute(&tx),
        User::query().count(&tx),
    )?;
    assert_eq!((ann.name.as_str(), bob.name.as_str(), batch), ("ann", "bob", 100));
    assert!((0..=102).contains(&count));
    tx.commit().await?;
    let transactions: Vec<i64> = column(&db, "SELECT count(DISTINCT xmin::text) FROM users").await?;
    assert_eq!(transactions, [1]);
    assert_eq!(User::query().count(&db).await?, 102);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_deadlock_is_told_and_the_transaction_run_again(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..2)).all(&db).await?;
    let ids = [users[0].id, users[1].id];
    let deadlocks = Arc::new(AtomicU32::new(0));
    let tasks = [ids, [ids[1], ids[0]]].map(|order| {
        let (db, deadlocks) = (db.clone(), deadlocks.clone());
        tokio::spawn(async move {
            db.transaction_with()
                .retry(3)
                .run(|tx| {
                    let deadlocks = deadlocks.clone();
                    async move {
                        for id in order {
                            let older = User::find(id).into_query().update(|u| u.age.set(u.age + 10));
                            if let Err(error) = older.execute(&*tx).await {
                                assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Deadlock, true));
                                deadlocks.fetch_add(1, Ordering::Relaxed);
                                return Err(error);
                            }
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                        Ok(())
                    }
                })
                .await
        })
    });
    for task in tasks {
        task.await.unwrap()?;
    }
    assert_eq!(deadlocks.load(Ordering::Relaxed), 1);
    let ages: Vec<i32> = User::query()
        .order_by(|u| u.age.asc())
        .select(|u| u.age)
        .all(&db)
        .await?;
    assert_eq!(ages, [20, 21]);
    Ok(())
}
