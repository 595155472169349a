//! Shapes: a struct says what is read, and no more than that is.

use super::*;
use crate::support::Recorder;

#[derive(Shape, Debug, PartialEq)]
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
        self.user(id).map(|user| UserName { id: user.id, name: user.name })
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
    let managed = world.users.iter().rev().filter(|user| user.manager_id.is_some()).take(3);
    assert_eq!(names, managed.map(|user| world.name(Some(user.id)).unwrap()).collect::<Vec<_>>());
    assert_eq!(recorder.take(), [""]);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_shape_of_all_kinds_of_fields(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    let cards: Vec<UserCard> = UserCard::query().order_by(|u| u.id.asc()).all(&recorder).await?;
    let expected = world.users.iter().map(|user| {
        let posts = world.posts_of(user);
        UserCard {
            id: user.id,
            posts: posts.iter().rev().filter(|post| post.score > Some(3)).take(2).map(|post| world.card(post)).collect(),
            called: Some(user.name.clone()),
            manager: world.name(user.manager_id),
            post_count: posts.len() as i64,
            profile: world.profile(user),
            same: world.name(Some(user.id)).unwrap(),
        }
    });
    assert_eq!(cards, expected.collect::<Vec<_>>());
    assert_eq!(recorder.take(), ["", ""]);
    Ok(())
}
