//! Relations as paths, as sources inside of a query, and as joins. Each result is what loops over all rows give.

mod composite;
mod crates;
mod joins;
mod many;
mod paths;
mod rows;
mod views;
mod writes;

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "companies", has_many(people: Person))]
struct Company {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "people",
    has_many(posts: Post, via = author_id),
    has_many(edited: Post, via = editor_id),
    has_many(reports: Person),
    has_one(badge: Badge)
)]
struct Person {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(belongs_to(company: Company))]
    company_id: Option<i64>,
    #[orm(belongs_to(manager: Self))]
    manager_id: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "badges")]
struct Badge {
    #[orm(primary_key)]
    id: i64,
    code: String,
    #[orm(unique, belongs_to(owner: Person))]
    owner_id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts", many_to_many(tags: Tag, through = PostTag))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    score: Option<i32>,
    #[orm(belongs_to(author: Person))]
    author_id: i64,
    #[orm(belongs_to(editor: Person))]
    editor_id: Option<i64>,
    #[orm(belongs_to(category: Category))]
    category_id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "categories", has_many(posts: Post))]
struct Category {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tags", many_to_many(posts: Post, through = PostTag, from = tag_id, to = post_id))]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts_tags", primary_key(post_id, tag_id))]
struct PostTag {
    #[orm(belongs_to(post: Post))]
    post_id: i64,
    #[orm(belongs_to(tag: Tag))]
    tag_id: i64,
}

/// All rows, ordered by key.
struct World {
    companies: Vec<Company>,
    people: Vec<Person>,
    badges: Vec<Badge>,
    posts: Vec<Post>,
    categories: Vec<Category>,
    tags: Vec<Tag>,
    posts_tags: Vec<PostTag>,
}

impl World {
    async fn read(db: &Database) -> Result<Self, Error> {
        Ok(Self {
            companies: Company::query().order_by(|c| c.id.asc()).all(db).await?,
            people: Person::query().order_by(|p| p.id.asc()).all(db).await?,
            badges: Badge::query().order_by(|b| b.id.asc()).all(db).await?,
            posts: Post::query().order_by(|p| p.id.asc()).all(db).await?,
            categories: Category::query().order_by(|c| c.id.asc()).all(db).await?,
            tags: Tag::query().order_by(|t| t.id.asc()).all(db).await?,
            posts_tags: PostTag::query()
                .order_by(|t| (t.post_id.asc(), t.tag_id.asc()))
                .all(db)
                .await?,
        })
    }

    fn company(&self, id: Option<i64>) -> Option<&Company> {
        self.companies.iter().find(|company| Some(company.id) == id)
    }

    fn person(&self, id: Option<i64>) -> Option<&Person> {
        self.people.iter().find(|person| Some(person.id) == id)
    }

    fn badge(&self, owner: i64) -> Option<&Badge> {
        self.badges.iter().find(|badge| badge.owner_id == owner)
    }

    fn category(&self, id: i64) -> &Category {
        self.categories.iter().find(|category| category.id == id).unwrap()
    }

    fn author(&self, post: &Post) -> &Person {
        self.person(Some(post.author_id)).unwrap()
    }

    fn posts_of(&self, author: i64) -> Vec<&Post> {
        self.posts.iter().filter(|post| post.author_id == author).collect()
    }

    fn tags_of(&self, post: i64) -> Vec<&Tag> {
        let keys = self.posts_tags.iter().filter(|key| key.post_id == post);
        keys.map(|key| self.tags.iter().find(|tag| tag.id == key.tag_id).unwrap())
            .collect()
    }
}

/// People without company, manager, badge or post; posts without editor, score or tag; tags without post.
async fn world(db: Database) -> Result<(), Error> {
    let tables = [
        Company::TABLE,
        Person::TABLE,
        Badge::TABLE,
        Post::TABLE,
        Category::TABLE,
        Tag::TABLE,
        PostTag::TABLE,
    ];
    orm::create_all(&tables, &db).await?;
    let companies = (1..=4).map(|id| NewCompany {
        id,
        name: format!("company {}", id % 3),
    });
    Company::insert_many(companies).execute(&db).await?;
    let people = (1..=12).map(|id| NewPerson {
        id,
        name: format!("person {id}"),
        company_id: (id % 3 != 0).then_some(id % 3),
        manager_id: (id > 2).then_some(id / 3 + 1),
    });
    Person::insert_many(people).execute(&db).await?;
    let badges = (1..=5).map(|id| NewBadge {
        id,
        code: format!("B{id}"),
        owner_id: id * 2,
    });
    Badge::insert_many(badges).execute(&db).await?;
    let categories = (1..=3).map(|id| NewCategory {
        id,
        name: format!("category {id}"),
    });
    Category::insert_many(categories).execute(&db).await?;
    let posts = (1..=40).map(|id: i32| NewPost {
        id: id.into(),
        title: format!("post {id}"),
        score: (id % 7 != 0).then_some(id * 13 % 11),
        author_id: i64::from(id * 5 % 9 + 1),
        editor_id: (id % 4 != 0).then_some(i64::from(id * 7 % 12 + 1)),
        category_id: i64::from(id % 3 + 1),
    });
    Post::insert_many(posts).execute(&db).await?;
    let tags = (1..=6).map(|id| NewTag {
        id,
        label: format!("tag {id}"),
    });
    Tag::insert_many(tags).execute(&db).await?;
    let keys = (1..=40).flat_map(|post: i64| {
        let tags = (1..=5).filter(move |tag| (post + tag) % 3 == 0 && post % 8 != 0);
        tags.map(move |tag_id| NewPostTag { post_id: post, tag_id })
    });
    PostTag::insert_many(keys).execute(&db).await?;
    Ok(())
}
