//! Shapes: a struct says what is read, and no more than that is.

use super::*;
use crate::support::Recorder;

#[derive(Shape, Debug, Clone, PartialEq)]
#[orm(of = User)]
struct UserName {
    id: i64,
    name: String,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Post)]
struct PostCard {
    title: String,
    author: UserName,
    editor: Option<UserName>,
    #[orm(expr = |p| p.comments().count())]
    comment_count: i64,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = User)]
struct UserCard {
    id: i64,
    #[orm(order_by = |p| p.id.desc(), filter = |p| p.score.gt(3), limit = 2)]
    posts: Vec<PostCard>,
    #[orm(from = name)]
    called: Option<String>,
    manager: Option<UserName>,
    #[orm(expr = |u| u.posts().count())]
    post_count: i64,
    profile: Option<Profile>,
    #[orm(flatten)]
    same: UserName,
}

impl World {
    fn name(&self, id: Option<i64>) -> Option<UserName> {
        self.user(id).map(|user| UserName {
            id: user.id,
            name: user.name,
        })
    }

    fn card(&self, post: &Post) -> PostCard {
        PostCard {
            title: post.title.clone(),
            author: self.name(Some(post.author_id)).unwrap(),
            editor: self.name(post.editor_id),
            comment_count: self.comments_of(post).len() as i64,
        }
    }
}

#[orm::test(setup = world)]
async fn a_shape_reads_the_columns_that_it_names_and_no_others(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let names: Vec<UserName> = UserName::query()
        .filter(|u| u.manager_id.is_not_null())
        .order_by(|u| u.id.desc())
        .limit(3)
        .all(&recorder)
        .await?;
    let managed = world
        .users
        .iter()
        .rev()
        .filter(|user| user.manager_id.is_some())
        .take(3);
    assert_eq!(
        names,
        managed
            .map(|user| world.name(Some(user.id)).unwrap())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        recorder.take(),
        [r#"SELECT "id", "name" FROM "users" WHERE "manager_id" IS NOT NULL ORDER BY "id" DESC LIMIT $1"#]
    );
    let first = UserName::query().order_by(|u| u.id.asc()).first(&recorder).await?;
    assert_eq!(first, world.name(Some(1)));
    let one = UserName::query().filter(|u| u.id.eq(4)).one(&recorder).await?;
    assert_eq!(Some(one), world.name(Some(4)));
    Ok(())
}

#[orm::test(setup = world)]
async fn a_shape_of_all_kinds_of_fields(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let cards: Vec<UserCard> = UserCard::query().order_by(|u| u.id.asc()).all(&recorder).await?;
    let expected = world.users.iter().map(|user| {
        let posts = world.posts_of(user);
        let best = posts.iter().rev().filter(|post| post.score > Some(3)).take(2);
        UserCard {
            id: user.id,
            posts: best.map(|post| world.card(post)).collect(),
            called: Some(user.name.clone()),
            manager: world.name(user.manager_id),
            post_count: posts.len() as i64,
            profile: world.profile(user),
            same: world.name(Some(user.id)).unwrap(),
        }
    });
    assert_eq!(cards, expected.collect::<Vec<_>>());
    assert!(cards.iter().any(|card| card.posts.len() == 2) && cards.iter().any(|card| card.posts.is_empty()));
    let users = r#"SELECT u1."id", u1."name", (SELECT count(*) FROM "posts" AS p4 WHERE p4."author_id" = u1."id"), u2."id", u2."name", p3."user_id", p3."bio", u1."id", u1."name" FROM "users" AS u1 LEFT JOIN "users" AS u2 ON u2."id" = u1."manager_id" LEFT JOIN "profiles" AS p3 ON p3."user_id" = u1."id" ORDER BY u1."id""#;
    let posts = r#"SELECT p2."title", p2."c2", p2."id", p2."name", p2."c5", p2."c6", k1."n" FROM unnest($1) WITH ORDINALITY AS k1("id", "n") JOIN LATERAL (SELECT p3."title", (SELECT count(*) FROM "comments" AS c6 WHERE c6."post_id" = p3."id"), u4."id", u4."name", u5."id", u5."name", row_number() OVER (ORDER BY p3."id" DESC) FROM "posts" AS p3 JOIN "users" AS u4 ON u4."id" = p3."author_id" LEFT JOIN "users" AS u5 ON u5."id" = p3."editor_id" WHERE p3."author_id" = k1."id" AND p3."score" > $2 ORDER BY p3."id" DESC LIMIT $3) AS p2("title", "c2", "id", "name", "c5", "c6", "c7") ON TRUE ORDER BY k1."n", p2."c7""#;
    assert_eq!(recorder.take(), [users, posts]);
    Ok(())
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Comment)]
struct CommentCard {
    text: String,
    user: UserName,
    #[orm(order_by = |l| l.id.asc())]
    likes: Vec<Like>,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Post)]
struct Thread {
    title: String,
    #[orm(order_by = |c| c.id.asc())]
    comments: Vec<CommentCard>,
    #[orm(order_by = |t| t.id.asc())]
    tags: Vec<Tag>,
    editor: Option<Edited>,
}

/// A relation to many inside of one to one that may be missing.
#[derive(Shape, Debug, PartialEq)]
#[orm(of = User)]
struct Edited {
    #[orm(order_by = |p| p.id.desc())]
    edited: Vec<PostId>,
    manager: Option<UserName>,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Post)]
struct PostId {
    id: i64,
}

#[orm::test(setup = world)]
async fn shapes_are_nested_to_any_depth_with_a_statement_for_each_relation_to_many(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let threads: Vec<Thread> = Thread::query().order_by(|p| p.id.asc()).all(&recorder).await?;
    let expected = world.posts.iter().map(|post| Thread {
        title: post.title.clone(),
        comments: world
            .comments_of(post)
            .iter()
            .map(|comment| CommentCard {
                text: comment.text.clone(),
                user: world.name(Some(comment.user_id)).unwrap(),
                likes: world.likes_of(comment),
            })
            .collect(),
        tags: world.tags_of(post),
        editor: world.user(post.editor_id).map(|editor| Edited {
            edited: world
                .posts
                .iter()
                .rev()
                .filter(|other| other.editor_id == post.editor_id)
                .map(|other| PostId { id: other.id })
                .collect(),
            manager: world.name(editor.manager_id),
        }),
    });
    assert_eq!(threads, expected.collect::<Vec<_>>());
    assert!(threads.iter().any(|thread| thread.editor.is_none()));
    let sent = recorder.take();
    assert_eq!(sent.len(), 5, "posts; comments, tags, edited; likes: {sent:#?}");
    assert!(sent.iter().all(|text| !text.contains("score")), "{sent:#?}");
    Ok(())
}

/// What a viewer sees.
struct Viewer {
    id: i64,
    page: u64,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Post, params = Viewer)]
struct MyPost {
    id: i64,
    #[orm(expr = |p, viewer| p.comments().any(|c| c.user_id.eq(viewer.id)))]
    commented_by_me: bool,
    author: UserName,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = User, params = Viewer)]
struct MyUser {
    id: i64,
    #[orm(expr = |u, viewer| u.id.eq(viewer.id))]
    is_me: bool,
    #[orm(
        filter = |p, viewer| p.editor_id.is_distinct_from(viewer.id),
        order_by = |p, viewer| (p.id.eq(viewer.id).desc(), p.id.asc()),
        limit = |viewer| viewer.page
    )]
    posts: Vec<MyPost>,
}

#[orm::test(setup = world)]
async fn a_shape_takes_parameters_at_run_time_and_hands_them_on(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    for id in [1, 2, 5] {
        let viewer = Viewer { id, page: 3 };
        let expected = world.users.iter().map(|user| {
            let mut posts = world.posts_of(user);
            posts.retain(|post| post.editor_id != Some(id));
            posts.sort_by_key(|post| (post.id != id, post.id));
            let posts = posts.iter().take(3).map(|post| MyPost {
                id: post.id,
                commented_by_me: world.comments_of(post).iter().any(|comment| comment.user_id == id),
                author: world.name(Some(user.id)).unwrap(),
            });
            MyUser {
                id: user.id,
                is_me: user.id == id,
                posts: posts.collect(),
            }
        });
        let expected: Vec<MyUser> = expected.collect();
        let users = MyUser::query_with(viewer).order_by(|u| u.id.asc()).all(&db).await?;
        assert_eq!(users, expected);
        let viewer = Viewer { id, page: 3 };
        let users = User::query()
            .order_by(|u| u.id.asc())
            .shape_with::<MyUser>(viewer)
            .all(&db)
            .await?;
        assert_eq!(users, expected);
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_query_and_its_relations_become_shapes(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let cards: Vec<PostCard> = Post::query()
        .filter(|p| p.author().name.eq("user 1"))
        .order_by(|p| p.id.asc())
        .limit(4)
        .shape::<PostCard>()
        .all(&recorder)
        .await?;
    let named = world
        .posts
        .iter()
        .filter(|post| world.user(Some(post.author_id)).unwrap().name == "user 1");
    assert_eq!(cards, named.take(4).map(|post| world.card(post)).collect::<Vec<_>>());
    assert_eq!(recorder.take().len(), 1);

    let loaded: Vec<(User, Vec<PostCard>, Option<UserName>)> = User::query()
        .with(|u| u.posts().order_by(|p| p.id.asc()).shape::<PostCard>())
        .with(|u| u.manager().shape::<UserName>())
        .order_by(|u| u.id.asc())
        .all(&recorder)
        .await?;
    let expected = world.users.iter().map(|user| {
        let posts = world.posts_of(user);
        let posts = posts.iter().map(|post| world.card(post)).collect();
        (user.clone(), posts, world.name(user.manager_id))
    });
    assert_eq!(loaded, expected.collect::<Vec<_>>());
    assert_eq!(recorder.take().len(), 2);

    let loaded: Vec<(Post, Thread, UserName)> = Post::query()
        .with(|p| p.author().shape::<UserName>())
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?
        .into_iter()
        .zip(Thread::query().order_by(|p| p.id.asc()).all(&db).await?)
        .map(|((post, author), thread)| (post, thread, author))
        .collect();
    for (post, thread, author) in loaded {
        assert_eq!(
            (thread.title, Some(author)),
            (post.title, world.name(Some(post.author_id)))
        );
    }
    Ok(())
}

/// Shapes of the row that a relation leads to wait for levels of their own.
#[orm::test(setup = world)]
async fn a_relation_to_one_becomes_a_shape_with_relations_to_many(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(Post, Option<Edited>)> = Post::query()
        .with(|p| p.editor().shape::<Edited>())
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?;
    let threads = Thread::query().order_by(|p| p.id.asc()).all(&db).await?;
    let expected = world
        .posts
        .iter()
        .cloned()
        .zip(threads.into_iter().map(|thread| thread.editor));
    assert_eq!(loaded, expected.collect::<Vec<_>>());
    Ok(())
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Post)]
struct Reached {
    /// The manager of the author: by a path.
    #[orm(expr = |p| p.author().manager())]
    boss: Option<UserName>,
    #[orm(expr = |p| p.author().posts(), order_by = |p| p.id.asc(), limit = 2)]
    by_the_same: Vec<PostId>,
    #[orm(expr = |p| p.tags().order_by(|t| t.id.asc()).select(|t| t.label))]
    labels: Vec<String>,
    #[orm(expr = |p| p.comments().order_by(|c| c.id.asc()).with(|c| c.user().select(|u| u.name)))]
    comments: Vec<(Comment, String)>,
}

#[orm::test(setup = world)]
async fn an_expression_of_a_field_may_be_any_relation(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let reached: Vec<Reached> = Reached::query().order_by(|p| p.id.asc()).all(&db).await?;
    let expected = world.posts.iter().map(|post| {
        let author = world.user(Some(post.author_id)).unwrap();
        let comments = world.comments_of(post).into_iter();
        Reached {
            boss: world.name(author.manager_id),
            by_the_same: world
                .posts_of(&author)
                .iter()
                .take(2)
                .map(|post| PostId { id: post.id })
                .collect(),
            labels: world.tags_of(post).into_iter().map(|tag| tag.label).collect(),
            comments: comments
                .map(|comment| {
                    let name = world.user(Some(comment.user_id)).unwrap().name;
                    (comment, name)
                })
                .collect(),
        }
    });
    assert_eq!(reached, expected.collect::<Vec<_>>());
    Ok(())
}

/// All columns of a row may be NULL where the row is there: it is told by one that never is.
#[orm::test(setup = world)]
async fn a_missing_row_is_told_from_one_whose_columns_are_null(db: Database) -> Result<(), Error> {
    #[derive(Shape, Debug, PartialEq)]
    #[orm(of = Profile)]
    struct Bio {
        bio: Option<String>,
    }
    #[derive(Shape, Debug, PartialEq)]
    #[orm(of = User)]
    struct WithBio {
        profile: Option<Bio>,
    }
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let bios: Vec<WithBio> = WithBio::query().order_by(|u| u.id.asc()).all(&recorder).await?;
    let expected = world.users.iter().map(|user| WithBio {
        profile: world.profile(user).map(|profile| Bio { bio: profile.bio }),
    });
    assert_eq!(bios, expected.collect::<Vec<_>>());
    assert!(
        bios.contains(&WithBio { profile: None })
            && bios.contains(&WithBio {
                profile: Some(Bio { bio: None })
            })
    );
    assert_eq!(
        recorder.take(),
        [
            r#"SELECT p2."bio", p2."user_id" FROM "users" AS u1 LEFT JOIN "profiles" AS p2 ON p2."user_id" = u1."id" ORDER BY u1."id""#
        ]
    );
    Ok(())
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = User)]
struct Tree {
    id: i64,
    #[orm(depth = 3, order_by = |u| u.id.asc())]
    reports: Vec<Tree>,
}

impl Tree {
    fn of(world: &World, user: &User, depth: usize) -> Self {
        let reports = world
            .users
            .iter()
            .filter(|other| other.manager_id == Some(user.id) && depth > 0);
        Self {
            id: user.id,
            reports: reports.map(|other| Self::of(world, other, depth - 1)).collect(),
        }
    }
}

#[orm::test(setup = world)]
async fn a_shape_inside_of_itself_is_read_to_its_depth(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let roots = Tree::query()
        .filter(|u| u.manager_id.is_null())
        .order_by(|u| u.id.asc())
        .all(&recorder)
        .await?;
    let expected = world.users.iter().filter(|user| user.manager_id.is_none());
    assert_eq!(
        roots,
        expected.map(|user| Tree::of(&world, user, 3)).collect::<Vec<_>>()
    );
    assert_eq!(recorder.take().len(), 4);
    Ok(())
}

#[orm::test(setup = world)]
async fn two_shapes_inside_of_each_other_are_refused_before_anything_is_sent(db: Database) -> Result<(), Error> {
    #[derive(Shape)]
    #[orm(of = User)]
    struct Author {
        #[expect(dead_code)]
        posts: Vec<Written>,
    }
    #[derive(Shape)]
    #[orm(of = Post)]
    struct Written {
        #[expect(dead_code)]
        author: Author,
    }
    let recorder = Recorder::new(&db);
    let error = Author::query().all(&recorder).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("stands inside of itself"), "{error}");
    assert_eq!(recorder.take().len(), 0);
    Ok(())
}

#[derive(Model)]
#[expect(dead_code)]
#[orm(view = "authors", belongs_to(user: User, key(id)))]
struct AuthorView {
    id: i64,
    posts: i64,
}

#[orm::test(setup = world)]
async fn a_shape_of_a_view(db: Database) -> Result<(), Error> {
    db.batch("CREATE VIEW authors AS SELECT author_id AS id, count(*) AS posts FROM posts GROUP BY author_id")
        .await?;
    #[derive(Shape, Debug, PartialEq)]
    #[orm(of = AuthorView)]
    struct Busy {
        posts: i64,
        user: Option<UserName>,
    }
    let world = World::read(&db).await?;
    let busy: Vec<Busy> = Busy::query().order_by(|a| a.id.asc()).all(&db).await?;
    let authors = world.users.iter().map(|user| (user, world.posts_of(user).len() as i64));
    let expected = authors.filter(|(_, posts)| *posts > 0).map(|(user, posts)| Busy {
        posts,
        user: world.name(Some(user.id)),
    });
    assert_eq!(busy, expected.collect::<Vec<_>>());
    Ok(())
}

#[orm::test(setup = world)]
async fn a_value_that_does_not_fit_names_the_field(db: Database) -> Result<(), Error> {
    db.batch("ALTER TABLE users ALTER name DROP NOT NULL; UPDATE users SET name = NULL WHERE id = 1")
        .await?;
    let error = UserName::query().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("UserName.name"), "{error}");
    db.batch("ALTER TABLE users ALTER name TYPE int USING 1").await?;
    let error = UserName::query().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    Ok(())
}
