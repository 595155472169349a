//! One row.

use chrono::{DateTime, Utc};
use orm::prelude::*;

use super::models::{NewTicket, NewUser, Post, Status, Ticket, User, new_post, new_user, tables};
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn an_insert_gives_the_row_as_it_is_stored(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let default: DateTime<Utc> = "2020-02-02T00:00:00Z".parse().unwrap();
    let expected = User {
        id: 1,
        email: "ann@example.org".into(),
        name: "ann".into(),
        age: 30,
        nickname: None,
        created_at: default,
        version: ann.version,
    };
    assert_eq!(ann, expected);
    assert_eq!(User::find(1).one(&db).await?, ann);
    let post = Post::insert(new_post(&ann, "first")).one(&db).await?;
    assert_eq!((post.status, post.twice), (Status::Draft, 3.0));
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_column_with_a_default_can_be_given(db: Database) -> Result<(), Error> {
    let long_ago: DateTime<Utc> = "1999-12-31T23:59:59.999999Z".parse().unwrap();
    let row = new_user("ann").created_at(long_ago).id(70).version(3);
    let ann = User::insert(row).one(&db).await?;
    assert_eq!((ann.id, ann.created_at, ann.version), (70, long_ago, 3));
    let post = Post::insert(new_post(&ann, "first").status(Status::Published))
        .one(&db)
        .await?;
    assert_eq!(post.status, Status::Published);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_row_of_which_everything_has_a_default_can_be_inserted(db: Database) -> Result<(), Error> {
    let expected = Ticket { id: 1, priority: 7 };
    assert_eq!(Ticket::insert(NewTicket {}).one(&db).await?, expected);
    assert_eq!(Ticket::insert(NewTicket {}).execute(&db).await?, 1);
    let urgent = Ticket::insert(NewTicket {}.priority(1)).one(&db).await?;
    assert_eq!(urgent, Ticket { id: 3, priority: 1 });
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_insert_returns_expressions(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let (id, shout, older): (i64, String, i32) = User::insert(new_user("bob"))
        .returning(|u| (u.id, u.name.upper(), u.age + 1))
        .one(&db)
        .await?;
    assert_eq!((id, shout.as_str(), older), (ann.id + 1, "BOB", 31));
    let title: Vec<String> = Post::insert(new_post(&ann, "first"))
        .returning(|p| p.title)
        .all(&db)
        .await?;
    assert_eq!(title, ["first"]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_insert_is_one_statement_whose_text_does_not_change(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    for name in ["ann", "bob"] {
        User::insert(new_user(name)).one(&recorder).await?;
    }
    let sent = recorder.take();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert!(!sent[0].contains("ann"), "{}", sent[0]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn every_text_comes_back_as_it_was(db: Database) -> Result<(), Error> {
    for text in [
        "",
        " ",
        "'; DROP TABLE users; --",
        "\\x00",
        "\"",
        "日本語 🦀 e\u{301}",
        "%_",
        "NULL",
        "\r\n\t\u{1}",
    ] {
        let row = NewUser {
            nickname: Some(text.to_owned()),
            ..new_user(&format!("{:?}", text.as_bytes()))
        };
        let stored = User::insert(row).one(&db).await?;
        assert_eq!(stored.nickname.as_deref(), Some(text));
        assert_eq!(User::query().filter(|u| u.nickname.eq(text)).count(&db).await?, 1);
    }
    Ok(())
}
