//! `insert_many`: numbers of rows, order, defaults and NULLs row by row.

use chrono::{DateTime, Utc};
use orm::prelude::*;

use super::models::{
    Address, Job, NewJob, NewParcel, NewPost, NewRoute, NewSample, NewTicket, NewUser, Parcel, Post, Route, Sample,
    Status, Ticket, User, new_post, new_user, new_users, tables,
};
use super::support::scalar;
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn no_rows_send_nothing(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let none: [NewUser; 0] = [];
    assert_eq!(User::insert_many(none).execute(&recorder).await?, 0);
    let none: [NewUser; 0] = [];
    assert_eq!(User::insert_many(none).copy(true).execute(&recorder).await?, 0);
    let none: Vec<NewPost> = Vec::new();
    assert_eq!(Post::insert_many(none).all(&recorder).await?, []);
    let none: [NewUser; 0] = [];
    let ignored = User::insert_many(none).on_conflict(|key| key.email).do_nothing();
    assert_eq!(ignored.execute(&recorder).await?, 0);
    assert_eq!(recorder.take(), [""; 0]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn any_number_of_rows_is_stored(db: Database) -> Result<(), Error> {
    let mut from = 0;
    for count in [1, 2, 4_999, 5_000, 30_000, 100_000] {
        let rows = new_users(from..from + count);
        assert_eq!(User::insert_many(rows).execute(&db).await?, count as u64);
        from += count;
        assert_eq!(User::query().count(&db).await?, from as i64);
    }
    let wrong = User::query()
        .filter(|u| u.email.ne(u.name.concat("@example.org")) | u.version.ne(first_version()))
        .count(&db)
        .await?;
    assert_eq!(wrong, 0);
    let nicknames: i64 = scalar(&db, "SELECT count(*) FROM users WHERE nickname = 'nick' || age").await;
    let multiples: usize = [1, 2, 4_999, 5_000, 30_000, 100_000]
        .iter()
        .scan(0, |from, count| {
            let range = *from..*from + count;
            *from += count;
            Some(range.filter(|n| n % 3 == 0).count())
        })
        .sum();
    assert_eq!(nicknames, multiples as i64);
    Ok(())
}

fn first_version() -> i32 {
    1
}

#[orm::test(setup = tables)]
async fn the_rows_come_back_in_the_order_in_which_they_were_given(db: Database) -> Result<(), Error> {
    let mut from = 0;
    for count in [1, 2, 700, 4_999, 5_000, 30_000] {
        let users = User::insert_many(new_users(from..from + count)).all(&db).await?;
        let ages: Vec<i32> = users.iter().map(|user| user.age).collect();
        assert_eq!(ages, (from as i32..(from + count) as i32).collect::<Vec<_>>());
        from += count;
    }
    // Array columns go by VALUES, in pieces.
    let author = User::query().first(&db).await?.unwrap();
    for count in [1, 2, 1_500] {
        let rows = (0..count).map(|n| new_post(&author, &format!("{count}: {n}")));
        let posts = Post::insert_many(rows).all(&db).await?;
        let titles: Vec<_> = posts.into_iter().map(|post| post.title).collect();
        assert_eq!(titles, (0..count).map(|n| format!("{count}: {n}")).collect::<Vec<_>>());
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_default_is_never_overwritten_by_null(db: Database) -> Result<(), Error> {
    let default: DateTime<Utc> = "2020-02-02T00:00:00Z".parse().unwrap();
    let other: DateTime<Utc> = "2001-01-01T00:00:00Z".parse().unwrap();
    let rows = |base: usize| {
        (base..base + 40).map(|n| {
            let row = orm_row(n);
            match n % 4 {
                0 => row.created_at(other),
                1 => row.id(1_000_000 + n as i64),
                2 => row.version(9).created_at(other),
                _ => row.into(),
            }
        })
    };
    let check = |users: &[User]| {
        for user in users {
            let n = user.age % 4;
            assert_eq!(user.created_at, if n == 0 || n == 2 { other } else { default });
            assert_eq!(user.version, if n == 2 { 9 } else { first_version() });
            assert_eq!(user.id >= 1_000_000, n == 1);
        }
    };
    let users = User::insert_many(rows(0)).all(&db).await?;
    let ages: Vec<i32> = users.iter().map(|user| user.age).collect();
    assert_eq!(ages, (0..40).collect::<Vec<_>>());
    check(&users);
    for (base, copy) in [(100, true), (200, false)] {
        assert_eq!(User::insert_many(rows(base)).copy(copy).execute(&db).await?, 40);
    }
    let stored = User::query().all(&db).await?;
    assert_eq!(stored.len(), 120);
    check(&stored);
    Ok(())
}

fn orm_row(n: usize) -> NewUser {
    NewUser {
        age: n as i32,
        ..new_user(&format!("user{n}"))
    }
}

#[orm::test(setup = tables)]
async fn an_explicit_null_is_stored_where_a_default_would_be(db: Database) -> Result<(), Error> {
    let row = |id| NewSample {
        id,
        label: None,
        values: vec![],
    };
    let answers = |rows: Vec<Sample>| rows.into_iter().map(|row| row.answer).collect::<Vec<_>>();
    let rows = [row(1).into(), row(2).answer(None), row(3).answer(Some(5))];
    assert_eq!(
        answers(Sample::insert_many(rows).all(&db).await?),
        [Some(42), None, Some(5)]
    );
    for (copy, base) in [(true, 10), (false, 20)] {
        let rows = [
            row(base).into(),
            row(base + 1).answer(None),
            row(base + 2).answer(Some(5)),
        ];
        Sample::insert_many(rows).copy(copy).execute(&db).await?;
        let stored = Sample::query()
            .filter(|s| s.id.ge(base))
            .order_by(|s| s.id.asc())
            .all(&db)
            .await?;
        assert_eq!(answers(stored), [Some(42), None, Some(5)]);
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_identity_is_given_by_some_rows_and_drawn_for_others(db: Database) -> Result<(), Error> {
    let jobs = [NewJob { worker: None }.id(50), NewJob { worker: None }.into()];
    let jobs = Job::insert_many(jobs).all(&db).await?;
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [50, 1]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn rows_of_which_everything_has_a_default_go_in_batches(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let tickets = Ticket::insert_many((0..1_000).map(|_| NewTicket {}))
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 1);
    assert_eq!(
        tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>(),
        (1..=1_000).collect::<Vec<_>>()
    );
    assert!(tickets.iter().all(|ticket| ticket.priority == 7));
    let one = Ticket::insert_many([NewTicket {}]).execute(&db).await?;
    let many = Ticket::insert_many((0..6_000).map(|_| NewTicket {}))
        .execute(&db)
        .await?;
    let forced = Ticket::insert_many([NewTicket {}, NewTicket {}])
        .copy(true)
        .execute(&db)
        .await?;
    assert_eq!((one, many, forced), (1, 6_000, 2));
    assert_eq!(Ticket::query().filter(|t| t.priority.eq(7)).count(&db).await?, 7_003);
    let mixed = [NewTicket {}.priority(1), NewTicket {}.into(), NewTicket {}.priority(2)];
    let mixed = Ticket::insert_many(mixed).all(&db).await?;
    assert_eq!(
        mixed.iter().map(|ticket| ticket.priority).collect::<Vec<_>>(),
        [1, 7, 2]
    );
    Ok(())
}

fn address(street: &str, number: Option<i32>) -> Address {
    Address {
        street: street.to_owned(),
        number,
    }
}

#[orm::test(setup = tables)]
async fn enums_and_composites_go_in_batches(db: Database) -> Result<(), Error> {
    let rows = || {
        (0..300).map(|n| NewParcel {
            status: [None, Some(Status::Draft), Some(Status::Published)][n as usize % 3],
            to: address(&format!("street (\"{n}\"), \\"), (n % 2 == 0).then_some(n)),
            from: (n % 5 == 0).then(|| address("", None)),
        })
    };
    let parcels = Parcel::insert_many(rows()).all(&db).await?;
    assert_eq!(Parcel::insert_many(rows()).execute(&db).await?, 300);
    assert_eq!(Parcel::insert_many(rows()).copy(true).execute(&db).await?, 300);
    let stored = Parcel::query().order_by(|p| p.id.asc()).all(&db).await?;
    assert_eq!(stored[..300], parcels);
    for (n, parcel) in stored.into_iter().enumerate() {
        let expected = rows().nth(n % 300).unwrap();
        assert_eq!(
            (parcel.status, parcel.to, parcel.from),
            (expected.status, expected.to, expected.from)
        );
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn arrays_of_enums_and_composites_go_in_batches(db: Database) -> Result<(), Error> {
    let rows = || {
        (0..70).map(|n| NewRoute {
            stops: (0..n % 4)
                .map(|stop| address("road", (stop > 1).then_some(stop)))
                .collect(),
            history: (n % 3 > 0).then(|| vec![None, Some(Status::Published)][..n as usize % 3].to_vec()),
        })
    };
    let routes = Route::insert_many(rows()).all(&db).await?;
    assert_eq!(Route::insert_many(rows()).copy(true).execute(&db).await?, 70);
    assert_eq!(Route::insert_many(rows()).copy(false).execute(&db).await?, 70);
    let stored = Route::query().order_by(|r| r.id.asc()).all(&db).await?;
    assert_eq!(stored[..70], routes);
    for (n, route) in stored.into_iter().enumerate() {
        let expected = rows().nth(n % 70).unwrap();
        assert_eq!((route.stops, route.history), (expected.stops, expected.history));
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn arrays_go_in_batches_of_any_number_of_parameters(db: Database) -> Result<(), Error> {
    // 70,000 parameters and more: a statement takes 65,535.
    let rows = || {
        (0..25_000).map(|id| NewSample {
            id,
            label: (id % 2 == 0).then(|| "even".to_owned()),
            values: (0..i64::from(id % 4)).map(|n| (n != 1).then_some(n)).collect(),
        })
    };
    assert_eq!(Sample::insert_many(rows()).copy(false).execute(&db).await?, 25_000);
    let by_values = Sample::query().order_by(|s| s.id.asc()).all(&db).await?;
    for (row, sample) in rows().zip(&by_values) {
        assert_eq!(
            (row.id, &row.label, &row.values),
            (sample.id, &sample.label, &sample.values)
        );
    }
    Sample::query().all_rows().delete().execute(&db).await?;
    assert_eq!(Sample::insert_many(rows()).execute(&db).await?, 25_000);
    assert_eq!(Sample::query().order_by(|s| s.id.asc()).all(&db).await?, by_values);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_batch_is_one_statement(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    User::insert_many(new_users(0..1_000)).execute(&recorder).await?;
    let sent = recorder.take();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].contains("unnest"), "{sent:?}");
    User::insert_many(new_users(1_000..3_000)).execute(&recorder).await?;
    assert_eq!(recorder.take(), sent, "the text does not depend on the number of rows");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_generated_column_is_computed_for_each_row(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let rows = |from: i32| {
        (from..from + 20)
            .map(|n| NewPost {
                score: f64::from(n),
                ..new_post(&ann, &n.to_string())
            })
            .collect::<Vec<_>>()
    };
    Post::insert_many(rows(0)).execute(&db).await?;
    Post::insert_many(rows(100)).copy(true).execute(&db).await?;
    let posts = Post::query().all(&db).await?;
    assert_eq!(posts.len(), 40);
    assert!(posts.iter().all(|post| post.twice == post.score * 2.0));
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_is_returned_of_each_row_comes_in_the_order_given(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let rows = User::insert_many(new_users(0..50)).returning(|u| (u.id, u.age * 2));
    let rows: Vec<(i64, i32)> = rows.all(&recorder).await?;
    assert!(
        rows.iter()
            .enumerate()
            .all(|(n, row)| *row == (n as i64 + 1, n as i32 * 2))
    );
    let sent = recorder.take();
    assert!(
        sent.len() == 1 && sent[0].ends_with(r#" RETURNING "id", "age" * $5"#),
        "{sent:?}"
    );
    // Rows of several statements, too.
    let mixed = new_users(50..80).map(|row| match row.age % 2 {
        0 => row.version(5),
        _ => row.into(),
    });
    let names = User::insert_many(mixed).returning(|u| u.name).all(&db).await?;
    assert!(
        names
            .iter()
            .enumerate()
            .all(|(n, name)| *name == format!("user{}", n + 50)),
        "{names:?}"
    );
    let again = User::insert_many(new_users(79..81))
        .on_conflict(|key| key.email)
        .do_nothing();
    assert_eq!(again.returning(|u| u.age).all(&db).await?, [80]);
    let ages = User::insert_many(new_users(81..83)).returning(|u| (u.id, u.age)).cte();
    let ages = ages.query().order_by(|(_, age)| age.desc()).select(|(_, age)| age);
    assert_eq!(ages.all(&db).await?, [82, 81]);
    let none = User::insert_many(new_users(0..0)).returning(|u| (u.id, u.age)).cte();
    assert_eq!(none.query().count(&db).await?, 0);
    assert_eq!(User::query().count(&db).await?, 83);
    Ok(())
}
