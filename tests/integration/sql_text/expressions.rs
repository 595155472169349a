//! `sql_expr!` inside of typed queries.

use orm::ErrorKind;
use orm::prelude::*;

use super::{Mood, User, UserFields, users};

#[orm::test(setup = users)]
async fn it_stands_in_every_clause(db: Database) -> Result<(), Error> {
    let part = "o";
    let names = User::query()
        .filter(|u| sql_expr!("position({part} in lower({u.name})) > 0" => bool))
        .order_by(|u| sql_expr!("reverse({u.name})" => String).desc())
        .select(|u| {
            (
                u.name,
                sql_expr!("length({u.name}) * {2}" => i32),
                sql_expr!("{u.nickname}" => Option<String>),
            )
        })
        .all(&db)
        .await?;
    assert_eq!(
        names,
        [("Cleo".into(), 8, None), ("Bob".into(), 6, Some("bobby".into()))]
    );
    let changed = User::query()
        .filter(|u| u.id.eq(sql_expr!("{1_i64} + 1" => i64)))
        .update(|u| {
            (
                u.name.set(sql_expr!("{u.name} || {part}" => String)),
                u.mood.set(sql_expr!("{Mood::Calm}" => Mood)),
            )
        });
    assert_eq!(changed.execute(&db).await?, 1);
    let bob = User::find(2).one(&db).await?;
    assert_eq!((&*bob.name, bob.mood), ("Bobo", Mood::Calm));
    Ok(())
}

/// `a OR b` beside an AND, and an operand beside an operator of the text, bind as they are written.
#[orm::test(setup = users)]
async fn it_stands_for_itself(db: Database) -> Result<(), Error> {
    let ids = |query: orm::Query<User>| query.order_by(|u| u.id.asc()).select(|u| u.id);
    let either = |u: UserFields| sql_expr!("{u.id} = {1_i64} OR {u.id} = {2_i64}" => bool);
    let query = User::query().filter(|u| u.name.eq("Bob") & either(u));
    assert_eq!(ids(query).all(&db).await?, [2]);
    let query = User::query().filter(|u| !either(u));
    assert_eq!(ids(query).all(&db).await?, [3]);
    let query = User::query().filter(|u| sql_expr!("{(u.id + 1)} * {2_i64} = {6_i64}" => bool));
    assert_eq!(ids(query.clone()).all(&db).await?, [2]);
    assert!(query.to_sql()?.text.ends_with("WHERE ((\"id\" + $1) * $2 = $3)"));
    let nested = |u: UserFields| sql_expr!("NOT {either(u)}" => bool);
    assert_eq!(ids(User::query().filter(nested)).all(&db).await?, [3]);
    Ok(())
}

/// Bare, the text's DESC would be taken for the term's.
#[orm::test(setup = users)]
async fn it_cannot_reach_into_what_is_around_it(db: Database) {
    for query in [
        User::query().order_by(|u| sql_expr!("{u.id} DESC" => i64).asc()),
        User::query().filter(|u| sql_expr!("{u.id} > 0 LIMIT 1" => bool)),
    ] {
        let refused = query.all(&db).await.map_err(|error| error.kind());
        assert_eq!(refused, Err(ErrorKind::Syntax));
    }
}

#[test]
fn a_call_or_a_name_needs_no_parentheses() -> Result<(), Error> {
    let text = |query: orm::Query<User>| query.to_sql().map(|statement| statement.text.into_owned());
    let called = User::query().filter(|u| sql_expr!("pg_catalog.starts_with({u.name}, {\"A\"})" => bool));
    assert!(text(called)?.ends_with(" WHERE pg_catalog.starts_with(\"name\", $1)"));
    let named = User::query().filter(|u| u.name.eq(sql_expr!("current_user" => String)));
    assert!(text(named)?.ends_with(" WHERE \"name\" = current_user"));
    let column = User::query().filter(|u| u.name.eq(sql_expr!("{u.email}" => String)));
    assert!(text(column)?.ends_with(" WHERE \"name\" = \"Email\""));
    for loose in [
        User::query().filter(|_| sql_expr!("NOT (false)" => bool)),
        User::query().filter(|_| sql_expr!("(true) AND (true)" => bool)),
        User::query().filter(|_| sql_expr!("true -- not the end" => bool) & sql_expr!("1 < 2" => bool)),
    ] {
        assert!(text(loose)?.ends_with(')'));
    }
    Ok(())
}

#[orm::test(setup = users)]
async fn a_result_of_another_type_is_refused(db: Database) {
    let selected = User::query()
        .select(|u| sql_expr!("length({u.name})" => i64))
        .all(&db)
        .await;
    assert_eq!(selected.map_err(|error| error.kind()), Err(ErrorKind::ColumnType));
}

#[test]
fn a_column_of_another_query_is_refused() {
    let mut leaked = None;
    let _other = User::query().filter(|u| {
        leaked = Some(u.name);
        u.id.eq(1)
    });
    let leaked = leaked.expect("the closure ran");
    let query = User::query().filter(|_| sql_expr!("lower({leaked}) = {\"a\"}" => bool));
    assert_eq!(
        query.to_sql().map_err(|error| error.kind()).err(),
        Some(ErrorKind::InvalidQuery)
    );
}
