//! Wrong addresses, values out of range, too much and too little.

use std::time::Duration;

use orm::prelude::*;

use super::models::{Line, NewLine, NewUser, Sample, User, new_user, new_users, tables};
use super::support::{Watched, another, builder_of, column, run, scalar};
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn a_wrong_url_is_an_error_that_says_what_is_wrong(db: Database) -> Result<(), Error> {
    for url in [
        "",
        "localhost",
        "mysql://localhost/x",
        "postgres://host:port/x",
        "postgres://host:99999/x",
        "postgres://localhost/x?sslmode=maybe",
        "postgres://localhost/x?unknown=1",
    ] {
        let error = Database::connect(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}: {error}");
        assert!(error.to_string().len() > 20, "{url}: {error}");
    }
    drop(db);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_server_database_or_role_that_is_not_there_is_an_error(db: Database) -> Result<(), Error> {
    let error = Database::connect("postgres://ann@127.0.0.1:1/x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    let error = builder_of(&db)
        .await
        .dbname("no such database")
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("no such database"), "{error}");
    let error = builder_of(&db).await.user("no such role").connect().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Connect),
        "{error}"
    );
    assert!(error.to_string().contains("no such role"), "{error}");
    // Nobody answers at an address that is reserved for documentation.
    let begun = std::time::Instant::now();
    let silent = Database::builder()
        .url("postgres://ann@192.0.2.1/x?sslmode=disable")
        .connect_timeout(Duration::from_millis(200));
    let error = silent.connect().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connect | ErrorKind::Timeout),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(3));
    Ok(())
}

#[test]
fn a_wrong_password_is_an_error_of_authentication() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let server = orm_embedded::Server::private_on_tcp().await?;
            let right = Database::connect(server.url()).await?;
            right.batch("CREATE ROLE ann LOGIN PASSWORD 'right'").await?;
            let connect = |password: &str| {
                Database::builder()
                    .url(server.url())
                    .user("ann")
                    .password(password)
                    .connect()
            };
            connect("right").await?;
            let error = connect("wrong").await.unwrap_err();
            assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Authentication, None));
            assert!(!format!("{error} {error:?}").contains("wrong"), "{error}");
            Ok(())
        })
}

#[orm::test(setup = tables)]
async fn a_value_out_of_range_is_an_error_of_the_value(db: Database) -> Result<(), Error> {
    let ann = User::insert(NewUser {
        age: i32::MAX,
        ..new_user("ann")
    })
    .one(&db)
    .await?;
    let error = User::find(ann.id)
        .into_query()
        .update(|u| u.age.set(u.age + 1))
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.sqlstate()),
        (ErrorKind::InvalidValue, Some("22003"))
    );
    db.batch("ALTER TABLE users ALTER name TYPE varchar(5)").await?;
    for copy in [true, false] {
        let long = NewUser {
            name: "123456".into(),
            ..new_user("bob")
        };
        let error = User::insert_many([long]).copy(copy).execute(&db).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::InvalidValue, Some("22001"))
        );
    }
    let error = User::query()
        .select(|u| u.age / (u.age - u.age))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.sqlstate()),
        (ErrorKind::InvalidValue, Some("22012"))
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_nul_byte_is_refused_before_it_is_sent_and_harms_no_transaction(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    let zero = || NewUser {
        name: "a\0b".into(),
        ..new_user("zero")
    };
    let errors = [
        User::insert(zero()).one(&tx).await.unwrap_err(),
        User::insert_many([new_user("x"), zero()])
            .execute(&tx)
            .await
            .unwrap_err(),
        User::query().filter(|u| u.name.eq("\0")).all(&tx).await.unwrap_err(),
        User::query()
            .filter(|u| u.name.in_(["a", "\0"]))
            .delete()
            .execute(&tx)
            .await
            .unwrap_err(),
        User::query()
            .filter(|u| u.id.eq(1))
            .update(|u| u.name.set("\0"))
            .execute(&tx)
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
        assert!(error.to_string().starts_with("User: "), "{error}");
    }
    User::insert(new_user("ann")).one(&tx).await?;
    tx.commit().await?;
    assert_eq!(User::query().count(&db).await?, 1);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_list_of_any_length_is_one_parameter(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..10)).all(&db).await?;
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let recorder = Recorder::new(&db);
    let many: Vec<i64> = ids.iter().copied().chain(1_000..71_000).collect();
    let query = || User::query().filter(|u| u.id.in_(&many));
    assert_eq!(query().to_sql()?.params.len(), 1);
    assert_eq!(query().count(&recorder).await?, 10);
    assert_eq!(query().limit(3).update(|u| u.age.set(1)).execute(&recorder).await?, 3);
    assert_eq!(
        User::query()
            .filter(|u| u.id.not_in(&many))
            .delete()
            .execute(&recorder)
            .await?,
        0
    );
    assert_eq!(query().delete().execute(&recorder).await?, 10);
    assert_eq!(recorder.take().len(), 4);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_empty_list_holds_for_no_row(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..3)).execute(&db).await?;
    let none: [i64; 0] = [];
    assert_eq!(User::query().filter(|u| u.id.in_(none)).all(&db).await?, []);
    assert_eq!(User::query().filter(|u| u.id.in_(none)).delete().execute(&db).await?, 0);
    assert_eq!(User::query().filter(|u| u.id.not_in(none)).count(&db).await?, 3);
    assert_eq!(
        User::query()
            .filter(|u| u.nickname.in_(Vec::<String>::new()))
            .count(&db)
            .await?,
        0
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_statement_of_too_many_parameters_is_refused_with_advice(db: Database) -> Result<(), Error> {
    let any = User::query().filter(|u| orm::any_of((0..70_000).map(|id| u.id.eq(id))));
    let error = any.delete().execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("65535"), "{error}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_pool_that_is_used_up_or_closed_says_so(db: Database) -> Result<(), Error> {
    let pool = builder_of(&db)
        .await
        .max_size(1)
        .wait_timeout(Duration::from_millis(50))
        .connect()
        .await?;
    let tx = pool.begin().await?;
    assert_eq!(
        User::insert(new_user("ann")).one(&pool).await.unwrap_err().kind(),
        ErrorKind::PoolTimeout
    );
    assert_eq!(
        User::insert_many(new_users(0..2))
            .copy(true)
            .execute(&pool)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::PoolTimeout
    );
    tx.commit().await?;
    pool.close();
    assert_eq!(
        User::insert(new_user("ann")).one(&pool).await.unwrap_err().kind(),
        ErrorKind::PoolClosed
    );
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_role_without_rights_is_told_so(db: Database) -> Result<(), Error> {
    let role = super::support::make_role(&db).await;
    db.batch(&format!(
        "REVOKE ALL ON users FROM {role}; REVOKE SELECT ON order_lines FROM {role}"
    ))
    .await?;
    let pool = another(&db, 1).await;
    let connection = pool.connection().await?;
    connection.batch(&format!("SET ROLE {role}")).await?;
    for copy in [true, false] {
        let error = User::insert_many(new_users(0..1))
            .copy(copy)
            .execute(&connection)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::PermissionDenied, Some("42501")),
            "{error}"
        );
    }
    // Who may insert but not read can insert batches that return nothing.
    let lines = |order_id| {
        (0..3).map(move |number| NewLine {
            number,
            order_id,
            text: None,
        })
    };
    assert_eq!(Line::insert_many(lines(1)).copy(true).execute(&connection).await?, 3);
    assert_eq!(Line::insert_many(lines(2)).execute(&connection).await?, 3);
    assert_eq!(
        Line::insert_many(lines(3)).all(&connection).await.unwrap_err().kind(),
        ErrorKind::PermissionDenied
    );
    drop(connection);
    super::support::drop_role(&db, &role).await;
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_connection_that_the_server_ends_is_replaced(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 1).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watched' AND datname = current_database()";
    let tx = watched.db.begin().await?;
    User::insert(new_user("lost")).one(&tx).await?;
    column::<bool>(&db, kill).await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        User::insert(new_user("ann")).one(&tx).await.unwrap_err().kind(),
        ErrorKind::ConnectionLost
    );
    let ended = tx.commit().await.unwrap_err();
    assert!(
        matches!(ended.kind(), ErrorKind::ConnectionLost | ErrorKind::TransactionAborted),
        "{ended}"
    );
    User::insert(new_user("bob")).one(&watched.db).await?;
    watched.is_clean().await;
    assert_eq!(
        scalar::<String>(&db, "SELECT string_agg(name, ',') FROM users").await,
        "bob"
    );
    run(&db, "SELECT true", vec![]).await?;
    assert_eq!(Sample::query().count(&db).await?, 0);
    Ok(())
}
