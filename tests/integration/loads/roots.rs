//! What is loaded beside rows of joins, derived tables, sets, CTEs and views; trees.

use orm::{Cte, recursive};

use super::*;
use crate::support::Recorder;

#[orm::test(setup = world)]
async fn parents_that_come_twice_have_their_rows_twice(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    // Each author once per post, with comments of the post and posts of the author.
    let loaded: Vec<((User, Post), Vec<Comment>, Vec<Post>)> = User::query()
        .join(|u| u.posts())
        .with(|(_, p)| p.comments().order_by(|c| c.id.asc()))
        .with(|(u, _)| u.posts().order_by(|p| p.id.asc()))
        .order_by(|(_, p)| p.id.asc())
        .all(&recorder)
        .await?
        .into_iter()
        .map(|(user, post, comments, posts)| ((user, post), comments, posts))
        .collect();
    assert_eq!(recorder.take().len(), 3);
    assert_eq!(loaded.len(), world.posts.len());
    for (post, ((author, same), comments, posts)) in world.posts.iter().zip(loaded) {
        assert_eq!((same, author.id), (post.clone(), post.author_id));
        assert_eq!(comments, world.comments_of(post));
        assert_eq!(posts, world.posts_of(&author));
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn the_side_of_a_join_that_may_be_missing(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    type Loaded = (
        User,
        Option<Post>,
        Vec<Comment>,
        Option<User>,
        Option<(User, Vec<Post>)>,
    );
    let loaded: Vec<Loaded> = User::query()
        .left_join(|u| u.posts().filter(|p| p.score.gt(5)))
        .with(|(_, p)| p.comments().order_by(|c| c.id.asc()))
        .with(|(_, p)| p.editor())
        .with(|(_, p)| p.author().with(|a| a.edited().order_by(|p| p.id.asc())))
        .all(&db)
        .await?;
    assert!(loaded.iter().any(|row| row.1.is_none()));
    for (user, post, comments, editor, author) in loaded {
        let Some(post) = post else {
            assert_eq!((comments, editor, author), (vec![], None, None));
            continue;
        };
        assert_eq!(comments, world.comments_of(&post));
        assert_eq!(editor, world.user(post.editor_id));
        let edited = world.posts.iter().filter(|post| post.editor_id == Some(user.id));
        assert_eq!(author, Some((user.clone(), edited.cloned().collect())));
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn rows_of_a_derived_table_a_set_and_a_cte(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let few = || User::query().order_by(|u| u.id.desc()).limit(4);
    let others = || User::query().filter(|u| u.id.lt(3));
    let expected = |ids: &[i64]| -> Vec<(User, Vec<Post>, Option<User>)> {
        let users = world.users.iter().filter(|user| ids.contains(&user.id));
        users
            .map(|user| (user.clone(), world.posts_of(user), world.user(user.manager_id)))
            .collect()
    };
    macro_rules! loads {
        ($query:expr, $ids:expr) => {
            let loaded: Vec<(User, Vec<Post>, Option<User>)> = $query
                .with(|u| u.posts().order_by(|p| p.id.asc()))
                .with(|u| u.manager())
                .order_by(|u| u.id.asc())
                .all(&db)
                .await?;
            assert_eq!(loaded, expected(&$ids));
        };
    }
    loads!(few().subquery(), [6, 7, 8, 9]);
    loads!(few().union(others()), [1, 2, 6, 7, 8, 9]);
    loads!(few().cte().query(), [6, 7, 8, 9]);
    let loaded: Vec<(User, Post, Vec<Comment>)> = User::query()
        .join(|u| {
            Post::query()
                .order_by(|p| p.id.asc())
                .limit(20)
                .cte()
                .on(move |p| p.author_id.eq(u.id))
        })
        .with(|(_, p)| p.comments().order_by(|c| c.id.asc()).limit_per_parent(2))
        .all(&db)
        .await?;
    assert_eq!(loaded.len(), 20);
    for (_, post, comments) in loaded {
        assert_eq!(
            comments,
            world.comments_of(&post).into_iter().take(2).collect::<Vec<_>>()
        );
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_tree_to_a_depth(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let reports = |user: &User| -> Vec<User> {
        let of = world.users.iter().filter(|other| other.manager_id == Some(user.id));
        of.cloned().collect()
    };
    let recorder = Recorder::new(&db);
    let loaded: Vec<(User, Vec<(User, Vec<(User, Vec<User>)>)>)> = User::query()
        .with(|u| {
            u.reports().order_by(|r| r.id.asc()).with(|r| {
                r.reports()
                    .with(|r| r.reports().order_by(|r| r.id.asc()))
                    .order_by(|r| r.id.asc())
            })
        })
        .order_by(|u| u.id.asc())
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 4);
    for (user, (same, first)) in world.users.iter().zip(&loaded) {
        assert_eq!(user, same);
        assert!(reports(user).iter().eq(first.iter().map(|(user, _)| user)));
        for (user, second) in first {
            assert!(reports(user).iter().eq(second.iter().map(|(user, _)| user)));
            assert!(second.iter().all(|(user, third)| reports(user) == *third));
        }
    }
    assert!(
        loaded
            .iter()
            .flat_map(|(_, first)| first)
            .any(|(_, second)| !second.is_empty())
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn the_whole_tree_is_a_recursion_and_what_belongs_to_its_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let tree: Cte<User> = recursive(User::query().filter(|u| u.manager_id.is_null()), |above| {
        User::query()
            .join(|u| above.on(move |above| u.manager_id.eq(above.id)))
            .select(|(u, _)| u)
    });
    let users: Vec<User> = tree.query().order_by(|u| u.id.asc()).all(&recorder).await?;
    let posts: Vec<Vec<Post>> = orm::load(&users, |u| u.posts().order_by(|p| p.id.asc()))
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 2);
    assert_eq!(users, world.users);
    assert!(
        posts
            .iter()
            .eq(&world.users.iter().map(|user| world.posts_of(user)).collect::<Vec<_>>())
    );
    Ok(())
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(view = "writings")]
struct Writing {
    #[orm(belongs_to(author: User))]
    author_id: i64,
    title: String,
}

#[orm::test(setup = world)]
async fn what_the_rows_of_a_view_belong_to(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    db.batch("CREATE VIEW writings AS SELECT author_id + 100 * (id % 2) AS author_id, title FROM posts")
        .await?;
    let loaded: Vec<(Writing, Option<User>)> = Writing::query().with(|w| w.author()).all(&db).await?;
    assert_eq!(loaded.len(), world.posts.len(), "no row is lost");
    for (writing, author) in &loaded {
        assert_eq!(*author, world.user(Some(writing.author_id)));
        assert_eq!(author.is_none(), writing.author_id > 100);
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn rows_of_another_crate(db: Database) -> Result<(), Error> {
    use orm_test_upstream::{Account, NewAccount};

    orm::create_all(&[Account::TABLE, orders::Order::TABLE], &db).await?;
    let accounts = (1..=3).map(|id| NewAccount {
        id,
        name: format!("account {id}"),
    });
    Account::insert_many(accounts).execute(&db).await?;
    let orders = (1..=5).map(|id| orders::NewOrder {
        id,
        buyer_id: id % 2 + 1,
    });
    orders::Order::insert_many(orders).execute(&db).await?;
    use orders::AccountOrders as _;
    let loaded: Vec<(Account, Vec<orders::Order>)> = Account::query()
        .with(|a| a.orders().order_by(|o| o.id.asc()))
        .order_by(|a| a.id.asc())
        .all(&db)
        .await?;
    let ids = |orders: &[orders::Order]| orders.iter().map(|order| order.id).collect::<Vec<_>>();
    let found: Vec<_> = loaded.iter().map(|(_, orders)| ids(orders)).collect();
    assert_eq!(found, [vec![2, 4], vec![1, 3, 5], vec![]]);
    Ok(())
}

mod orders {
    use orm::prelude::*;
    use orm_test_upstream::Account;

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "orders")]
    pub(super) struct Order {
        #[orm(primary_key)]
        pub(super) id: i64,
        #[orm(belongs_to(buyer: Account, inverse = orders))]
        pub(super) buyer_id: i64,
    }
}
