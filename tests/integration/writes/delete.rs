//! Deletes by query and by key.

use orm::prelude::*;

use super::models::{Line, NewLine, User, new_users, tables};
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn a_delete_removes_the_rows_that_its_query_finds(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..10)).execute(&db).await?;
    assert_eq!(User::query().filter(|u| u.age.lt(3)).delete().execute(&db).await?, 3);
    let gone = User::query().filter(|u| u.age.eq(3)).delete().one(&db).await?;
    assert_eq!(gone.name, "user3");
    let mut names: Vec<String> = User::query()
        .filter(|u| u.age.ge(8))
        .delete()
        .returning(|u| u.name)
        .all(&db)
        .await?;
    names.sort();
    assert_eq!(names, ["user8", "user9"]);
    assert_eq!(User::query().count(&db).await?, 4);
    assert_eq!(User::query().all_rows().delete().all(&db).await?.len(), 4);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_order_and_a_limit_hold_for_deletes(db: Database) -> Result<(), Error> {
    let lines = (0..3).flat_map(|order_id| {
        (0..3).map(move |number| NewLine {
            number,
            order_id,
            text: None,
        })
    });
    Line::insert_many(lines).execute(&db).await?;
    let last = Line::query()
        .order_by(|l| (l.order_id.desc(), l.number.asc()))
        .limit(4)
        .delete();
    let mut gone: Vec<(i64, i32)> = last.returning(|l| (l.order_id, l.number)).all(&db).await?;
    gone.sort_unstable();
    assert_eq!(gone, [(1, 0), (2, 0), (2, 1), (2, 2)]);
    assert_eq!(Line::query().limit(0).delete().execute(&db).await?, 0);
    assert_eq!(
        Line::query()
            .offset(4)
            .limit(10)
            .order_by(|l| l.order_id.asc())
            .delete()
            .execute(&db)
            .await?,
        1
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_delete_without_a_filter_is_refused_before_it_is_sent(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..3)).execute(&db).await?;
    let recorder = Recorder::new(&db);
    let refused = [
        User::query().delete(),
        User::query().filter(|_| Cond::all()).delete(),
        User::query().filter(|_| orm::all_of([Cond::all()])).delete(),
        User::query().offset(1).delete(),
        User::query().for_update().skip_locked().delete(),
    ];
    for (n, delete) in refused.into_iter().enumerate() {
        assert_eq!(
            delete.execute(&recorder).await.expect_err(&format!("{n}")).kind(),
            ErrorKind::AllRows
        );
    }
    assert_eq!(recorder.take(), [""; 0]);
    assert_eq!(User::query().count(&db).await?, 3);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_record_deletes_itself(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..2)).all(&db).await?;
    users[0].delete(&db).await?;
    assert_eq!(User::query().all(&db).await?, users[1..]);
    Ok(())
}
