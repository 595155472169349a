//! Standing filters: the rows that a model hides are not there, wherever its table is read or written. Each test compares with
//! loops over all rows.

mod joins;
mod keys;
mod loads;
mod paths;
mod reads;
mod scope;
mod soft_delete;
mod tenant;
mod writes;

use chrono::{DateTime, Utc};
use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "users",
    has_many(posts: Post, via = author_id),
    has_many(edited: Post, via = editor_id),
    has_many(reports: User),
    has_one(profile: Profile)
)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(belongs_to(manager: User))]
    manager_id: Option<i64>,
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "profiles", filter = |p| p.secret.eq(false))]
struct Profile {
    #[orm(primary_key, belongs_to(user: User))]
    user_id: i64,
    secret: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "posts",
    has_many(comments: Comment),
    many_to_many(tags: Tag, through = PostTag),
    filter = |p| p.status.ne("draft"),
    filter = |p| p.score.is_null() | p.score.ge(0)
)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    status: String,
    score: Option<i32>,
    #[orm(belongs_to(author: User), index)]
    author_id: i64,
    #[orm(belongs_to(editor: User))]
    editor_id: Option<i64>,
}

/// It hides nothing.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "comments")]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(belongs_to(post: Post), index)]
    post_id: i64,
    #[orm(belongs_to(user: User))]
    user_id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tags", many_to_many(posts: Post, through = PostTag), filter = |t| !t.retired)]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    retired: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts_tags", primary_key(post_id, tag_id), filter = |t| t.removed.is_null())]
struct PostTag {
    #[orm(belongs_to(post: Post))]
    post_id: i64,
    #[orm(belongs_to(tag: Tag))]
    tag_id: i64,
    removed: Option<i16>,
}

/// All rows, hidden ones among them, ordered by key.
#[derive(Debug, Clone, PartialEq)]
struct World {
    users: Vec<User>,
    profiles: Vec<Profile>,
    posts: Vec<Post>,
    comments: Vec<Comment>,
    tags: Vec<Tag>,
    posts_tags: Vec<PostTag>,
}

impl World {
    async fn read(db: &Database) -> Result<Self, Error> {
        Ok(Self {
            users: User::query().with_hidden().order_by(|u| u.id.asc()).all(db).await?,
            profiles: Profile::query()
                .with_hidden()
                .order_by(|p| p.user_id.asc())
                .all(db)
                .await?,
            posts: Post::query().with_hidden().order_by(|p| p.id.asc()).all(db).await?,
            comments: Comment::query().order_by(|c| c.id.asc()).all(db).await?,
            tags: Tag::query().with_hidden().order_by(|t| t.id.asc()).all(db).await?,
            posts_tags: PostTag::query()
                .with_hidden()
                .order_by(|t| (t.post_id.asc(), t.tag_id.asc()))
                .all(db)
                .await?,
        })
    }

    /// The world in which hidden rows are not there.
    fn visible(mut self) -> Self {
        self.users.retain(|user| user.deleted_at.is_none());
        self.profiles.retain(|profile| !profile.secret);
        self.posts.retain(is_visible);
        self.tags.retain(|tag| !tag.retired);
        self.posts_tags.retain(|key| key.removed.is_none());
        self
    }

    fn user(&self, id: impl Into<Option<i64>>) -> Option<User> {
        let id = id.into();
        self.users.iter().find(|user| Some(user.id) == id).cloned()
    }

    fn post(&self, id: i64) -> Option<Post> {
        self.posts.iter().find(|post| post.id == id).cloned()
    }

    fn posts_of(&self, author: i64) -> Vec<Post> {
        self.posts
            .iter()
            .filter(|post| post.author_id == author)
            .cloned()
            .collect()
    }

    fn comments_of(&self, post: i64) -> Vec<Comment> {
        self.comments
            .iter()
            .filter(|comment| comment.post_id == post)
            .cloned()
            .collect()
    }

    fn profile_of(&self, user: i64) -> Option<Profile> {
        self.profiles.iter().find(|profile| profile.user_id == user).cloned()
    }

    fn tags_of(&self, post: i64) -> Vec<Tag> {
        let keys = self.posts_tags.iter().filter(|key| key.post_id == post);
        keys.filter_map(|key| self.tags.iter().find(|tag| tag.id == key.tag_id).cloned())
            .collect()
    }
}

fn is_visible(post: &Post) -> bool {
    post.status != "draft" && post.score.is_none_or(|score| score >= 0)
}

/// Hidden and visible rows that point at each other in all ways.
async fn world(db: Database) -> Result<(), Error> {
    let tables = [
        User::TABLE,
        Profile::TABLE,
        Post::TABLE,
        Comment::TABLE,
        Tag::TABLE,
        PostTag::TABLE,
    ];
    orm::create_all(&tables, &db).await?;
    let users = (1..=9i64).map(|id| {
        let new = NewUser {
            id,
            name: format!("user {}", id % 4),
            manager_id: (id > 2).then_some(id / 3 + 1),
        };
        new.deleted_at((id % 3 == 0).then(Utc::now))
    });
    User::insert_many(users).execute(&db).await?;
    let profiles = (1..=9i64).filter(|id| id % 4 != 0);
    let profiles = profiles.map(|user_id| NewProfile {
        user_id,
        secret: user_id % 2 == 0,
    });
    Profile::insert_many(profiles).execute(&db).await?;
    let posts = (1..=40i64).map(|id| NewPost {
        id,
        status: if id % 5 == 0 { "draft" } else { "live" }.into(),
        score: (id % 7 != 0).then_some((id * 13 % 11 - 2) as i32),
        author_id: id * id % 7 + 1,
        editor_id: (id % 4 != 0).then_some(id * 7 % 9 + 1),
    });
    Post::insert_many(posts).execute(&db).await?;
    let comments = (1..=90i64).map(|id| NewComment {
        id,
        text: format!("comment {id}"),
        post_id: id * id % 31 + 1,
        user_id: id % 9 + 1,
    });
    Comment::insert_many(comments).execute(&db).await?;
    let tags = (1..=6i64).map(|id| NewTag {
        id,
        retired: id % 3 == 1,
    });
    Tag::insert_many(tags).execute(&db).await?;
    let keys = (1..=37i64).flat_map(|post_id| (1..=6i64).map(move |tag_id| (post_id, tag_id)));
    let keys = keys.filter(|(post, tag)| (post * tag + post) % 4 == 0);
    let keys = keys.map(|(post_id, tag_id)| NewPostTag {
        post_id,
        tag_id,
        removed: ((post_id + tag_id) % 3 == 0).then_some(1),
    });
    PostTag::insert_many(keys).execute(&db).await?;
    Ok(())
}
