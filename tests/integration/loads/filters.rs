//! Filters, orders and expressions that name columns of the rows above, and what they cannot name.

use super::*;
use crate::support::Recorder;

fn posts_where(world: &World, user: &User, holds: impl Fn(&Post) -> bool) -> Vec<Post> {
    world.posts_of(user).into_iter().filter(|post| holds(post)).collect()
}

#[orm::test(setup = world)]
async fn a_column_of_the_row_above_may_be_null(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let chosen = |u: UserFields| {
        u.posts()
            .filter(move |p| u.manager_id.is_null() | p.id.gt(20))
            .order_by(|p| p.id.asc())
    };
    for only_roots in [false, true] {
        let mut query = User::query().with(chosen).order_by(|u| u.id.asc());
        if only_roots {
            query = query.filter(|u| u.manager_id.is_null());
        }
        let loaded = query.all(&recorder).await?;
        assert_eq!(recorder.take().len(), 2);
        assert_eq!(loaded.len(), if only_roots { 2 } else { 9 });
        for (user, posts) in &loaded {
            assert_eq!(
                *posts,
                posts_where(&world, user, |post| user.manager_id.is_none() || post.id > 20)
            );
        }
        let users: Vec<User> = loaded.iter().map(|(user, _)| user.clone()).collect();
        let lists = orm::load(&users, chosen).all(&recorder).await?;
        assert!(lists.iter().eq(loaded.iter().map(|(_, posts)| posts)));
        assert_eq!(recorder.take().len(), 1);
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_level_that_goes_along_has_such_filters_too(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let loaded = User::query()
        .with(|u| {
            u.posts().with(|p| {
                let by_editor = p
                    .comments()
                    .filter(move |c| p.editor_id.is_null() | c.user_id.eq(p.editor_id));
                by_editor.order_by(|c| c.id.asc())
            })
        })
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 3, "nothing is asked for again");
    let mut seen = 0;
    for (post, comments) in loaded.iter().flat_map(|(_, posts)| posts) {
        let holds = |comment: &Comment| post.editor_id.is_none_or(|editor| comment.user_id == editor);
        let expected: Vec<_> = world.comments_of(post).into_iter().filter(holds).collect();
        assert_eq!(*comments, expected);
        seen += comments.len();
    }
    assert!(seen > 0);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_path_of_the_row_above_is_named(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let manager = |user: &User| world.user(user.manager_id);
    let chosen = |u: UserFields| {
        let manager = u.manager();
        u.posts()
            .filter(move |p| p.id.gt(manager.id) & manager.name.ne(u.name))
            .order_by(|p| p.id.asc())
    };
    let loaded = User::query().with(chosen).all(&recorder).await?;
    assert_eq!(recorder.take().len(), 2);
    let expected = |user: &User| {
        posts_where(&world, user, |post| {
            manager(user).is_some_and(|manager| post.id > manager.id && manager.name != user.name)
        })
    };
    assert!(loaded.iter().all(|(user, posts)| *posts == expected(user)));
    assert!(loaded.iter().any(|(_, posts)| !posts.is_empty()));
    let lists = orm::load(&world.users, chosen).all(&recorder).await?;
    assert!(
        lists
            .iter()
            .zip(&world.users)
            .all(|(posts, user)| *posts == expected(user))
    );
    assert_eq!(recorder.take().len(), 2);
    // Of what a relation to one leads to, its own columns and those of the row that it belongs to.
    let loaded = Post::query()
        .with(|p| {
            let author = p.author();
            author.with(|a| {
                a.posts()
                    .filter(move |other| other.id.ne(p.id) & other.id.gt(a.id) & other.author_id.eq(author.id))
                    .order_by(|p| p.id.asc())
            })
        })
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 2);
    for (post, (author, posts)) in &loaded {
        assert_eq!(author.id, post.author_id);
        assert_eq!(
            *posts,
            posts_where(&world, author, |other| other.id != post.id && other.id > author.id)
        );
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn both_sides_of_a_join_are_named(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(User, Post, Vec<Comment>)> = User::query()
        .join(|u| u.posts())
        .with(|(u, p)| {
            let others = p.comments().filter(move |c| c.user_id.ne(u.id) & c.id.gt(p.id));
            others.order_by(|c| c.id.asc()).limit_per_parent(2)
        })
        .all(&db)
        .await?;
    assert_eq!(loaded.len(), world.posts.len());
    for (user, post, comments) in &loaded {
        let holds = |comment: &Comment| comment.user_id != user.id && comment.id > post.id;
        let expected: Vec<_> = world.comments_of(post).into_iter().filter(holds).take(2).collect();
        assert_eq!(*comments, expected);
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn what_is_selected_and_ordered_by_names_them(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(User, Vec<(i64, i64, bool)>)> = User::query()
        .with(|u| {
            u.posts()
                .order_by(|p| ((p.id - u.id * 5).abs().asc(), p.id.asc()))
                .select(|p| (p.id, p.id - u.id, u.posts().any(|other| other.id.gt(p.id))))
        })
        .all(&db)
        .await?;
    for (user, posts) in loaded {
        let mut expected: Vec<i64> = world.posts_of(&user).iter().map(|post| post.id).collect();
        let last = expected.last().copied();
        expected.sort_by_key(|id| ((id - user.id * 5).abs(), *id));
        let expected = expected.into_iter().map(|id| (id, id - user.id, Some(id) != last));
        assert!(expected.eq(posts));
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_column_two_levels_up_is_an_error_that_says_so(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let error = User::query()
        .with(|u| {
            u.posts()
                .with(move |p| p.comments().filter(move |c| c.user_id.eq(u.id)))
        })
        .all(&recorder)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{error}");
    println!("{error}");
    Ok(())
}
