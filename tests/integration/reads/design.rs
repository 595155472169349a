//! The code that the design promises, as far as one table goes.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users", has_many(posts: Post))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    age: i32,
    nickname: Option<String>,
    #[orm(default = "now()")]
    created_at: DateTime<Utc>,
    #[orm(version)]
    version: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts", index(author_id, created_at desc))]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(author: User), on_delete = cascade)]
    author_id: i64,
    title: String,
    status: PostStatus,
    tags: Vec<String>,
    meta: Json<PostMeta>,
    score: f64,
    #[orm(default = "now()")]
    created_at: DateTime<Utc>,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum PostStatus {
    Draft,
    Published,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct PostMeta {
    words: u32,
}

#[derive(Row, Debug, PartialEq)]
struct UserCard {
    id: i64,
    label: String,
}

async fn tables(db: Database) -> Result<(), Error> {
    orm::create_all(&[Post::TABLE, User::TABLE], &db).await
}

fn new_user(name: &str, age: i32) -> NewUser {
    NewUser {
        email: format!("{name}@example.org"),
        name: name.to_owned(),
        age,
        nickname: (age > 40).then(|| format!("old {name}")),
    }
}

fn new_post(author_id: i64, score: f64) -> NewPost {
    NewPost {
        author_id,
        title: format!("of {score}"),
        status: if score > 1.0 {
            PostStatus::Published
        } else {
            PostStatus::Draft
        },
        tags: vec!["a".into(), "b".into()],
        meta: Json(PostMeta { words: 7 }),
        score,
    }
}

#[orm::test(setup = tables)]
async fn queries_read_like_iterators(db: Database) -> Result<(), Error> {
    User::insert_many([new_user("ann", 42), new_user("bob", 12), new_user("cleo", 42)])
        .execute(&db)
        .await?;
    let adults: Vec<User> = User::query()
        .filter(|u| u.age.ge(18) & u.nickname.is_not_null())
        .order_by(|u| (u.name.asc(), u.id.desc()))
        .limit(20)
        .all(&db)
        .await?;
    assert_eq!(
        adults.iter().map(|user| &*user.name).collect::<Vec<_>>(),
        ["ann", "cleo"]
    );

    let ann: Option<User> = User::find(1).first(&db).await?;
    assert_eq!(ann.as_ref(), Some(&adults[0]));

    let cards: Vec<UserCard> = User::query()
        .filter(|u| u.name.starts_with("a"))
        .select(|u| UserCardExpr {
            label: u.name.upper(),
            id: u.id,
        })
        .all(&db)
        .await?;
    let expected = UserCard {
        id: 1,
        label: "ANN".into(),
    };
    assert_eq!(cards, [expected]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn writing_takes_struct_literals(db: Database) -> Result<(), Error> {
    let (email, name) = ("ann@example.org".to_owned(), "Ann".to_owned());
    let ann = User::insert(NewUser {
        email,
        name,
        age: 30,
        nickname: None,
    })
    .one(&db)
    .await?;
    assert_eq!((ann.version, &*ann.name), (1, "Ann"));
    let new_posts = [-1.0, 0.5, 9.5].map(|score| new_post(ann.id, score));
    assert_eq!(Post::insert_many(new_posts).execute(&db).await?, 3);

    let new = NewUser {
        email: "ann@example.org".into(),
        name: "Ann B.".into(),
        age: 31,
        nickname: None,
    };
    let up = User::insert(new)
        .on_conflict(|key| key.email)
        .update(|u, new| u.name.set(new.name))
        .one(&db)
        .await?;
    assert_eq!((up.id, &*up.name, up.age), (ann.id, "Ann B.", 30));

    let n = Post::query()
        .filter(|p| p.score.lt(0.0))
        .update(|p| p.score.set(p.score + 1.0))
        .execute(&db)
        .await?;
    assert_eq!(n, 1);
    let first = Post::query().order_by(|p| p.id.asc()).first(&db).await?;
    let first = first.expect("there are posts");
    assert_eq!(
        (first.score, first.status, first.meta.words),
        (0.0, PostStatus::Draft, 7)
    );
    let n = Post::query()
        .filter(|p| p.author_id.eq(ann.id))
        .delete()
        .execute(&db)
        .await?;
    assert_eq!(n, 3);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_transaction_is_a_closure_or_a_guard(db: Database) -> Result<(), Error> {
    let id = db
        .transaction(async |tx| {
            let ann = User::insert(new_user("ann", 1)).one(tx).await?;
            Ok(ann.id)
        })
        .await?;
    assert!(User::find(id).exists(&db).await?);
    let tx = db.begin().await?;
    let (a, b) = tokio::try_join!(User::insert(new_user("bob", 1)).one(&tx), User::query().count(&tx))?;
    assert_eq!((&*a.name, b), ("bob", 2));
    drop(tx);
    assert_eq!(User::query().count(&db).await?, 1);
    let tx = db.begin().await?;
    User::insert(new_user("bob", 1)).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(User::query().count(&db).await?, 2);
    Ok(())
}
