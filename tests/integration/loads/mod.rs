//! Eager loading: what belongs to rows is read beside them, and is what a loop over all rows finds.

mod basics;
mod concurrent;
mod filters;
mod guide;
mod keys;
mod known;
mod pages;
mod random;
mod roots;
mod shapes;
mod trouble;

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "users",
    has_many(posts: Post, via = author_id),
    has_many(edited: Post, via = editor_id),
    has_many(reports: User),
    has_many(comments: Comment),
    has_one(profile: Profile)
)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(belongs_to(manager: User))]
    manager_id: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key, belongs_to(user: User))]
    user_id: i64,
    bio: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts", has_many(comments: Comment), many_to_many(tags: Tag, through = PostTag))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    score: Option<i32>,
    #[orm(belongs_to(author: User), index)]
    author_id: i64,
    #[orm(belongs_to(editor: User))]
    editor_id: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "comments", has_many(likes: Like))]
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
#[orm(table = "likes")]
struct Like {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(comment: Comment), index)]
    comment_id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tags", many_to_many(posts: Post, through = PostTag))]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    label: String,
}

/// A post may have a tag twice: the key is of its own.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts_tags")]
struct PostTag {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(post: Post))]
    post_id: i64,
    #[orm(belongs_to(tag: Tag))]
    tag_id: i64,
}

/// All rows, ordered by key.
struct World {
    users: Vec<User>,
    profiles: Vec<Profile>,
    posts: Vec<Post>,
    comments: Vec<Comment>,
    likes: Vec<Like>,
    tags: Vec<Tag>,
    posts_tags: Vec<PostTag>,
}

impl World {
    async fn read(db: &Database) -> Result<Self, Error> {
        Ok(Self {
            users: User::query().order_by(|u| u.id.asc()).all(db).await?,
            profiles: Profile::query().order_by(|p| p.user_id.asc()).all(db).await?,
            posts: Post::query().order_by(|p| p.id.asc()).all(db).await?,
            comments: Comment::query().order_by(|c| c.id.asc()).all(db).await?,
            likes: Like::query().order_by(|l| l.id.asc()).all(db).await?,
            tags: Tag::query().order_by(|t| t.id.asc()).all(db).await?,
            posts_tags: PostTag::query().order_by(|t| t.id.asc()).all(db).await?,
        })
    }

    fn user(&self, id: Option<i64>) -> Option<User> {
        self.users.iter().find(|user| Some(user.id) == id).cloned()
    }

    fn profile(&self, user: &User) -> Option<Profile> {
        self.profiles.iter().find(|profile| profile.user_id == user.id).cloned()
    }

    fn posts_of(&self, author: &User) -> Vec<Post> {
        let posts = self.posts.iter().filter(|post| post.author_id == author.id);
        posts.cloned().collect()
    }

    fn comments_of(&self, post: &Post) -> Vec<Comment> {
        let comments = self.comments.iter().filter(|comment| comment.post_id == post.id);
        comments.cloned().collect()
    }

    fn likes_of(&self, comment: &Comment) -> Vec<Like> {
        let likes = self.likes.iter().filter(|like| like.comment_id == comment.id);
        likes.cloned().collect()
    }

    fn tags_of(&self, post: &Post) -> Vec<Tag> {
        let mut tags: Vec<Tag> = Vec::new();
        for key in self.posts_tags.iter().filter(|key| key.post_id == post.id) {
            tags.extend(self.tags.iter().find(|tag| tag.id == key.tag_id).cloned());
        }
        tags.sort_by_key(|tag| tag.id);
        tags
    }
}

/// Users without posts, posts without comments, comments without likes; NULL keys; a tag twice on a post.
async fn world(db: Database) -> Result<(), Error> {
    orm::create_all(
        &[
            User::TABLE,
            Profile::TABLE,
            Post::TABLE,
            Comment::TABLE,
            Like::TABLE,
            Tag::TABLE,
            PostTag::TABLE,
        ],
        &db,
    )
    .await?;
    let users = (1..=9).map(|id| NewUser {
        id,
        name: format!("user {}", id % 4),
        manager_id: (id > 2).then_some(id / 3 + 1),
    });
    User::insert_many(users).execute(&db).await?;
    let profiles = (1..=9).filter(|id| id % 3 != 0).map(|user_id| NewProfile {
        user_id,
        bio: (user_id % 2 == 0).then(|| format!("bio {user_id}")),
    });
    Profile::insert_many(profiles).execute(&db).await?;
    let posts = (1..=40).map(|id: i32| NewPost {
        id: id.into(),
        title: format!("post {id}"),
        score: (id % 7 != 0).then_some(id * 13 % 11),
        author_id: i64::from(id * id % 7 + 1),
        editor_id: (id % 4 != 0).then_some(i64::from(id * 7 % 9 + 1)),
    });
    Post::insert_many(posts).execute(&db).await?;
    let comments = (1..=90).map(|id: i64| NewComment {
        id,
        text: format!("comment {id}"),
        post_id: id * id % 31 + 1,
        user_id: id % 9 + 1,
    });
    Comment::insert_many(comments).execute(&db).await?;
    let likes = (1..=120).map(|id: i64| NewLike {
        id,
        comment_id: id * id % 71 + 1,
    });
    Like::insert_many(likes).execute(&db).await?;
    let tags = (1..=6).map(|id| NewTag {
        id,
        label: format!("tag {id}"),
    });
    Tag::insert_many(tags).execute(&db).await?;
    let keys = (1..=100).map(|id: i64| NewPostTag {
        id,
        post_id: id * 3 % 37 + 1,
        tag_id: id * id % 5 + 1,
    });
    PostTag::insert_many(keys).execute(&db).await?;
    Ok(())
}
