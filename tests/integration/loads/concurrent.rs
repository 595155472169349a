//! What others write between the statements of a load. A level that goes along with the one above it sees another moment:
//! children are never lost under a row that is given, and `snapshot` sees one moment.

use std::time::Duration;

use super::*;
use crate::support::Recorder;

type Loaded = Vec<(User, Vec<(Post, Vec<(Comment, Vec<Like>)>)>)>;

/// Users 1 to 3 with posts, comments and likes.
fn three() -> orm::Loading<User, (User, Vec<(Post, Vec<(Comment, Vec<Like>)>)>)> {
    User::query().filter(|u| u.id.le(3)).order_by(|u| u.id.asc()).with(|u| {
        u.posts().order_by(|p| p.id.asc()).with(|p| {
            p.comments()
                .order_by(|c| c.id.asc())
                .with(|c| c.likes().order_by(|l| l.id.asc()))
        })
    })
}

/// Which statement of a load is held back until the others before its level have ended, for a write.
#[derive(Clone, Copy)]
enum Held {
    /// The users' own, the first one: the write is before everything.
    Posts,
    /// That of the posts, which then sees more than that of the comments.
    PostsBehindComments,
    /// That of the comments, which goes along with that of the posts.
    Comments,
}

/// Sends the statement that is held back after this write.
fn writing(db: &Database, held: Held, write: &'static str) -> Recorder<'static> {
    let db: &'static Database = Box::leak(Box::new(db.clone()));
    let (number, after) = match held {
        Held::Posts => (1, 1),
        Held::PostsBehindComments => (1, 2),
        Held::Comments => (2, 2),
    };
    Recorder::with_hook(db, move |sent, ended| {
        Box::pin(async move {
            // What goes along waits for the write, too, where this is before everything.
            let behind = matches!(held, Held::Posts) && sent == number + 1;
            let after = after + usize::from(behind);
            if sent != number && !behind {
                return;
            }
            while ended.load(std::sync::atomic::Ordering::SeqCst) < after {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if !behind {
                db.batch(write).await.expect("the write is done");
            }
        })
    })
}

/// What was asked, of the rows as they were at one moment.
fn of(world: &World) -> Loaded {
    let comments = |post: &Post| {
        let comments = world.comments_of(post).into_iter();
        comments
            .map(|comment| (comment.clone(), world.likes_of(&comment)))
            .collect()
    };
    let posts = |user: &User| {
        let posts = world.posts_of(user).into_iter();
        posts.map(|post| (post.clone(), comments(&post))).collect()
    };
    let users = world.users.iter().filter(|user| user.id <= 3);
    users.map(|user| (user.clone(), posts(user))).collect()
}

#[orm::test(setup = world)]
async fn posts_that_leave_keep_their_comments(db: Database) -> Result<(), Error> {
    let before = of(&World::read(&db).await?);
    let recorder = writing(
        &db,
        Held::Comments,
        "UPDATE posts SET author_id = 9 WHERE author_id IN (1, 2)",
    );
    assert_eq!(three().all(&recorder).await?, before);
    let texts = recorder.take();
    assert_eq!(texts.len(), 5);
    assert!(texts[2].contains("LEFT JOIN"), "{}", texts[2]);
    assert!(
        texts[3].contains(r#"unnest($1) WITH ORDINALITY AS k1("id", "n") JOIN "comments""#),
        "{}",
        texts[3]
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn posts_that_come_have_their_comments(db: Database) -> Result<(), Error> {
    let write = "UPDATE posts SET author_id = 2 WHERE author_id = 5;
        INSERT INTO posts (id, title, author_id) VALUES (1000, 'new', 1);
        INSERT INTO comments (id, text, post_id, user_id) VALUES (1000, 'new', 1000, 1), (1001, 'new', 1000, 2);
        INSERT INTO likes (id, comment_id) VALUES (1000, 1001)";
    let recorder = writing(&db, Held::PostsBehindComments, write);
    let loaded = three().all(&recorder).await?;
    assert_eq!(recorder.take().len(), 5);
    assert_eq!(loaded, of(&World::read(&db).await?));
    let (post, comments) = loaded[0].1.last().expect("a post");
    assert_eq!((post.id, comments.len()), (1000, 2));
    assert_eq!(comments[1].1.len(), 1);
    Ok(())
}

#[orm::test(setup = world)]
async fn comments_of_posts_that_nobody_gets_are_under_no_other(db: Database) -> Result<(), Error> {
    let before = of(&World::read(&db).await?);
    let write = "INSERT INTO posts (id, title, author_id) VALUES (1000, 'new', 1);
        INSERT INTO comments (id, text, post_id, user_id) VALUES (1000, 'new', 1000, 1);
        INSERT INTO likes (id, comment_id) VALUES (1000, 1000)";
    let recorder = writing(&db, Held::Comments, write);
    assert_eq!(three().all(&recorder).await?, before);
    assert_eq!(recorder.take().len(), 4);
    Ok(())
}

#[orm::test(setup = world)]
async fn posts_that_are_deleted_have_nothing(db: Database) -> Result<(), Error> {
    let mut expected = of(&World::read(&db).await?);
    let write = "DELETE FROM likes USING comments, posts
            WHERE comment_id = comments.id AND post_id = posts.id AND author_id = 2;
        DELETE FROM comments USING posts WHERE post_id = posts.id AND author_id = 2;
        DELETE FROM posts_tags USING posts WHERE post_id = posts.id AND author_id = 2;
        DELETE FROM posts WHERE author_id = 2";
    let recorder = writing(&db, Held::Comments, write);
    expected[1].1.iter_mut().for_each(|(_, comments)| comments.clear());
    assert!(!expected[1].1.is_empty());
    assert_eq!(three().all(&recorder).await?, expected);
    assert_eq!(recorder.take().len(), 5);
    Ok(())
}

#[orm::test(setup = world)]
async fn comments_that_move_are_under_the_post_where_they_were_seen(db: Database) -> Result<(), Error> {
    let write = "UPDATE comments SET post_id = (SELECT min(id) FROM posts WHERE author_id = 1)";
    let recorder = writing(&db, Held::Comments, write);
    assert_eq!(three().all(&recorder).await?, of(&World::read(&db).await?));
    assert_eq!(recorder.take().len(), 4);
    Ok(())
}

#[orm::test(setup = world)]
async fn what_is_asked_again_has_its_filters_and_limits(db: Database) -> Result<(), Error> {
    let recorder = writing(&db, Held::Comments, "UPDATE posts SET author_id = 9 WHERE id % 2 = 0");
    let world = World::read(&db).await?;
    let loaded: Vec<(User, Vec<(Post, Vec<(Comment, User)>)>)> = User::query()
        .filter(|u| u.id.le(3))
        .with(|u| {
            u.posts().order_by(|p| p.id.asc()).with(|p| {
                p.comments()
                    .filter(move |c| p.editor_id.is_null() | c.user_id.gt(p.editor_id))
                    .order_by(|c| c.id.desc())
                    .limit_per_parent(2)
                    .with(|c| c.user())
            })
        })
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 4);
    let (mut odd, mut even) = (0, 0);
    for (post, comments) in loaded.iter().flat_map(|(_, posts)| posts) {
        let all = world.comments_of(post).into_iter().rev();
        let some = all.filter(|comment| post.editor_id.is_none_or(|editor| comment.user_id > editor));
        let users = some
            .take(2)
            .map(|comment| (comment.clone(), world.user(Some(comment.user_id)).unwrap()));
        assert!(users.eq(comments.iter().cloned()));
        *(if post.id % 2 == 0 { &mut even } else { &mut odd }) += comments.len();
    }
    assert!(odd > 0 && even > 0);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_snapshot_sees_one_moment(db: Database) -> Result<(), Error> {
    const WRITE: &str = "UPDATE comments SET post_id = post_id % 7 + 1; UPDATE posts SET author_id = author_id % 3 + 1;
        INSERT INTO likes (id, comment_id) SELECT id + 5000, id FROM comments";
    for held in [Held::Posts, Held::Comments] {
        let before = of(&World::read(&db).await?);
        let recorder = writing(&db, held, WRITE);
        assert_eq!(three().snapshot().all(&recorder).await?, before);
        let texts = recorder.take();
        assert_eq!((&*texts[0], texts.len(), &*texts[5]), ("BEGIN", 6, "COMMIT"));
        let after = of(&World::read(&db).await?);
        assert_ne!(before, after);
        db.batch("DELETE FROM likes WHERE id > 5000").await?;
    }
    // Without it each level is of its own moment.
    let before = of(&World::read(&db).await?);
    let loaded = three().all(&writing(&db, Held::Posts, WRITE)).await?;
    assert_ne!(loaded, before);
    assert_eq!(loaded, of(&World::read(&db).await?));
    Ok(())
}
