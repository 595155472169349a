//! What runs a query: all, first, one, find, count, exists, stream, explain, to_sql, locks.

use std::time::Duration;

use orm::prelude::*;

use super::people::{Person, people};
use crate::support::Recorder;

#[orm::test(setup = people)]
async fn first_gives_the_first_row_or_none(db: Database) {
    let recorder = Recorder::new(&db);
    let oldest = Person::query()
        .order_by(|p| p.age.desc())
        .first(&recorder)
        .await
        .unwrap();
    assert_eq!(oldest.map(|person| person.id), Some(4));
    let none = Person::query()
        .filter(|p| p.age.gt(100))
        .first(&recorder)
        .await
        .unwrap();
    assert_eq!(none, None);
    assert_eq!(Person::query().limit(0).first(&recorder).await.unwrap(), None);
    let sent = recorder.take();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|text| text.contains(" LIMIT $")), "{sent:?}");
    // A NULL is a row.
    let null = Person::query()
        .filter(|p| p.id.eq(1))
        .select(|p| p.nickname)
        .first(&db)
        .await;
    assert_eq!(null.unwrap(), Some(None));
}

#[orm::test(setup = people)]
async fn one_is_an_error_on_none_and_on_two(db: Database) {
    assert_eq!(
        Person::query().filter(|p| p.name.eq("Bob")).one(&db).await.unwrap().id,
        2
    );
    let none = Person::query().filter(|p| p.name.eq("Eve")).one(&db).await.unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotFound);
    assert!(none.to_string().contains("Person"), "{none}");
    let two = Person::query().filter(|p| p.age.eq(30)).one(&db).await.unwrap_err();
    assert_eq!(two.kind(), ErrorKind::TooManyRows);
    assert!(Person::query().filter(|p| p.age.eq(30)).limit(1).one(&db).await.is_ok());
    let distinct = Person::query()
        .filter(|p| p.age.eq(30))
        .select(|p| p.age)
        .distinct()
        .one(&db)
        .await;
    assert_eq!(distinct.unwrap(), 30);
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "lines", primary_key(number, order_id))]
struct Line {
    order_id: i64,
    number: i32,
    text: Option<String>,
}

#[orm::test]
async fn find_is_by_key_and_a_composite_key_is_a_tuple_in_its_order(db: Database) {
    orm::create_all(&[Line::TABLE], &db).await.unwrap();
    let line = NewLine {
        order_id: 7,
        number: 1,
        text: None,
    };
    Line::insert(line).execute(&db).await.unwrap();
    let found = Line::find((1, 7)).one(&db).await.unwrap();
    assert_eq!(
        found,
        Line {
            order_id: 7,
            number: 1,
            text: None
        }
    );
    assert_eq!(Line::find((7, 1)).first(&db).await.unwrap(), None);
    assert!(Line::find((1, 7)).exists(&db).await.unwrap());
    assert!(!Line::find((7, 1)).exists(&db).await.unwrap());
    assert_eq!(
        Line::find((7, 1)).one(&db).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        Line::find((1, 7))
            .into_query()
            .filter(|l| l.text.is_not_null())
            .count(&db)
            .await
            .unwrap(),
        0
    );
    let locked = db
        .transaction(async |tx| Line::find((1, 7)).for_update().one(tx).await)
        .await;
    assert_eq!(locked.unwrap().order_id, 7);
    assert!(
        Line::find((1, 7))
            .to_sql()
            .unwrap()
            .text
            .ends_with(r#"WHERE "number" = $1 AND "order_id" = $2"#)
    );
}

#[orm::test(setup = people)]
async fn count_and_exists_look_at_the_rows_that_the_query_gives(db: Database) {
    let recorder = Recorder::new(&db);
    let query = Person::query;
    assert_eq!(query().count(&recorder).await.unwrap(), 5);
    assert_eq!(
        query()
            .filter(|p| p.age.eq(30))
            .order_by(|p| p.id.asc())
            .count(&recorder)
            .await
            .unwrap(),
        2
    );
    assert_eq!(query().limit(3).count(&recorder).await.unwrap(), 3);
    assert_eq!(query().offset(3).count(&recorder).await.unwrap(), 2);
    assert_eq!(query().limit(3).offset(4).count(&recorder).await.unwrap(), 1);
    assert_eq!(query().select(|p| p.nickname).count(&recorder).await.unwrap(), 5);
    assert!(query().exists(&recorder).await.unwrap());
    assert!(!query().filter(|p| p.age.gt(99)).exists(&recorder).await.unwrap());
    assert!(!query().offset(5).exists(&recorder).await.unwrap());
    assert!(!query().limit(0).exists(&recorder).await.unwrap());
    let sent = recorder.take();
    assert_eq!(sent.len(), 10);
    assert_eq!(sent[0], r#"SELECT count(*) FROM "people""#);
    assert!(!sent[1].contains("ORDER BY"), "{}", sent[1]);
}

#[orm::test(setup = people)]
async fn a_stream_gives_the_rows_in_order_and_sends_nothing_before_it_is_asked(db: Database) {
    db.batch(
        "INSERT INTO people SELECT n, 'p' || n, NULL, n, NULL, true, NULL, '{}' FROM generate_series(6, 20000) AS n",
    )
    .await
    .unwrap();
    let recorder = Recorder::new(&db);
    let mut rows = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.name))
        .stream(&recorder);
    assert_eq!(recorder.take().len(), 0);
    let mut next = 1;
    while let Some((id, _)) = rows.try_next().await.unwrap() {
        assert_eq!(id, next);
        next += 1;
    }
    assert_eq!(next, 20_001);
    assert_eq!(recorder.take().len(), 1);
    assert_eq!(rows.try_next().await.unwrap(), None);
}

#[orm::test(setup = people)]
async fn in_a_transaction_other_statements_run_between_a_streams_rows(db: Database) {
    let tx = db.begin().await.unwrap();
    let mut rows = Person::query().order_by(|p| p.id.asc()).stream(&tx);
    let mut seen = Vec::new();
    while let Some(person) = rows.try_next().await.unwrap() {
        let changed = Person::query()
            .filter(|p| p.id.eq(person.id))
            .update(|p| p.age.set(p.age + 1));
        assert_eq!(changed.execute(&tx).await.unwrap(), 1);
        seen.push(person.age);
    }
    assert_eq!(seen, [42, 17, 30, 71, 30]);
    drop(rows);
    tx.commit().await.unwrap();
    assert_eq!(Person::find(4).one(&db).await.unwrap().age, 72);
}

#[orm::test(setup = people)]
async fn a_stream_dropped_early_leaves_the_database_usable_and_an_error_ends_it(db: Database) {
    for _ in 0..30 {
        let mut rows = Person::query().stream(&db);
        assert!(rows.try_next().await.unwrap().is_some());
    }
    assert_eq!(Person::query().count(&db).await.unwrap(), 5);
    let mut failing = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| orm::value(6) / (p.id - 3))
        .stream(&db);
    let mut error = None;
    for _ in 0..6 {
        match failing.try_next().await {
            Err(found) => error = Some(found),
            Ok(None) => break,
            Ok(Some(_)) => {}
        }
    }
    assert_eq!(error.expect("1 / 0 is an error").sqlstate(), Some("22012"));
    assert_eq!(failing.try_next().await.unwrap(), None);
}

#[orm::test(setup = people)]
async fn explain_gives_the_plan_and_analyze_runs_it(db: Database) {
    let query = Person::query().filter(|p| p.id.eq(3) & p.name.contains("e"));
    let plan = query.clone().explain().text(&db).await.unwrap();
    assert!(plan.contains("people"), "{plan}");
    assert!(!plan.contains("actual"), "{plan}");
    let analyzed = query.explain().analyze().text(&db).await.unwrap();
    assert!(
        analyzed.contains("actual") && analyzed.contains("Buffers"),
        "{analyzed}"
    );
}

#[test]
fn to_sql_shows_the_text_and_the_types_of_the_parameters() {
    let query = Person::query()
        .filter(|p| p.name.in_(["secret"]) & p.age.gt(1))
        .select(|p| p.id)
        .limit(3);
    assert_eq!(
        query.to_sql().unwrap().to_string(),
        "SELECT \"id\" FROM \"people\" WHERE \"name\" = ANY($1) AND \"age\" > $2 LIMIT $3\n\
         -- $1: text[]\n-- $2: int4\n-- $3: int8"
    );
}

#[orm::test(setup = people)]
async fn locked_rows_are_skipped_waited_for_or_an_error(db: Database) {
    let tx = db.begin().await.unwrap();
    let two = Person::query()
        .order_by(|p| p.id.asc())
        .limit(2)
        .for_update()
        .all(&tx)
        .await
        .unwrap();
    assert_eq!(two.iter().map(|person| person.id).collect::<Vec<_>>(), [1, 2]);

    let other = db.begin().await.unwrap();
    let free = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| p.id)
        .for_update()
        .skip_locked();
    assert_eq!(free.all(&other).await.unwrap(), [3, 4, 5]);
    let plain = Person::query().count(&other).await.unwrap();
    assert_eq!(plain, 5, "reading without a lock does not wait");
    let refused = Person::query().for_share().nowait().all(&other).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockNotAvailable);
    drop(other);

    let waiting = tokio::spawn({
        let db = db.clone();
        async move {
            db.transaction(async |tx| Person::find(1).for_update().one(tx).await)
                .await
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    Person::query()
        .filter(|p| p.id.eq(1))
        .update(|p| p.age.set(99))
        .execute(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().age, 99);
}

#[orm::test(setup = people)]
async fn the_weaker_locks_go_together(db: Database) {
    let a = db.begin().await.unwrap();
    let b = db.begin().await.unwrap();
    Person::query().for_share().all(&a).await.unwrap();
    Person::query().for_share().nowait().all(&b).await.unwrap();
    Person::query().for_key_share().nowait().all(&b).await.unwrap();
    let refused = Person::query().for_no_key_update().nowait().all(&b).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockNotAvailable);
}

#[orm::test(setup = people)]
async fn a_job_queue_takes_unlocked_rows_in_one_statement(db: Database) {
    let a = db.begin().await.unwrap();
    let b = db.begin().await.unwrap();
    let take = || {
        Person::query()
            .order_by(|p| p.id.asc())
            .limit(2)
            .for_update()
            .skip_locked()
            .update(|p| p.active.set(false))
    };
    let mut first: Vec<i32> = take().all(&a).await.unwrap().iter().map(|person| person.id).collect();
    let mut second: Vec<i32> = take().all(&b).await.unwrap().iter().map(|person| person.id).collect();
    first.sort_unstable();
    second.sort_unstable();
    assert_eq!((first, second), (vec![1, 2], vec![3, 4]));
}

#[orm::test(setup = people)]
async fn a_column_of_another_type_in_the_database_is_an_error_that_names_it(db: Database) {
    db.batch("ALTER TABLE people ALTER age TYPE int8").await.unwrap();
    let error = Person::query().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert!(
        error.to_string().contains("\"age\"") && error.to_string().contains("int8"),
        "{error}"
    );
    db.batch("ALTER TABLE people DROP age").await.unwrap();
    let error = Person::query().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UndefinedObject);
}
