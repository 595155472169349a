//! SeaORM in the two ways of its documentation: the entity loader for nested relations, and `load_many` level by level.

use sea_orm::{ConnectOptions, Database, DatabaseConnection, EntityTrait, LoaderTrait};

use super::{Peer, Summary};
use crate::Result;
use crate::measure::{Cost, timed};

#[expect(unreachable_pub, reason = "as its documentation writes an entity")]
mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "authors")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub email: String,
        pub name: String,
        #[sea_orm(has_many)]
        pub articles: HasMany<super::article::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(unreachable_pub, reason = "as its documentation writes an entity")]
mod article {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "articles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub author_id: i64,
        pub title: String,
        pub score: f64,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<super::author::Entity>,
        #[sea_orm(has_many)]
        pub remarks: HasMany<super::remark::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(unreachable_pub, reason = "as its documentation writes an entity")]
mod remark {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "remarks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub article_id: i64,
        pub text: String,
        #[sea_orm(belongs_to, from = "article_id", to = "id")]
        pub article: BelongsTo<super::article::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A pool of one connection. By default it asks the server before each statement whether the connection is alive, and
/// writes each statement to the log; neither is part of a load.
async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(1)
        .test_before_acquire(false)
        .sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

pub(super) struct EntityLoader(DatabaseConnection);

impl EntityLoader {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(connect(url).await?))
    }

    async fn load(&self) -> Result<Vec<author::ModelEx>> {
        let query = author::Entity::load().with((article::Entity, remark::Entity));
        Ok(query.all(&self.0).await?)
    }
}

impl Peer for EntityLoader {
    const WHAT: &'static str = "SeaORM: the entity loader, `load().with((article, remark))`";

    async fn summary(&mut self) -> Result<Summary> {
        let mut summary = Summary::default();
        for author in &self.load().await? {
            summary.author(author.id, [&author.email, &author.name]);
            for article in author.articles.iter() {
                summary.article([author.id, article.id], &article.title, article.score);
                for remark in article.remarks.iter() {
                    summary.remark([author.id, article.id, remark.id], &remark.text);
                }
            }
        }
        Ok(summary)
    }

    async fn cost(&mut self) -> Result<Cost> {
        timed(self.load()).await
    }
}

type Graph = super::Graph<author::Model, article::Model, remark::Model>;

pub(super) struct LoadMany(DatabaseConnection);

impl LoadMany {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(connect(url).await?))
    }

    async fn load(&self) -> Result<Graph> {
        let authors = author::Entity::find().all(&self.0).await?;
        let articles = authors.load_many(article::Entity, &self.0).await?;
        // The next level takes one slice; how many are whose is kept.
        let counts: Vec<usize> = articles.iter().map(Vec::len).collect();
        let articles: Vec<article::Model> = articles.into_iter().flatten().collect();
        let remarks = articles.load_many(remark::Entity, &self.0).await?;
        let mut articles = articles.into_iter().zip(remarks);
        let with_articles = |(author, count)| (author, articles.by_ref().take(count).collect());
        Ok(authors.into_iter().zip(counts).map(with_articles).collect())
    }
}

impl Peer for LoadMany {
    const WHAT: &'static str = "SeaORM: `find().all`, `load_many` twice";

    async fn summary(&mut self) -> Result<Summary> {
        let graph = self.load().await?;
        Ok(Summary::of(
            &graph,
            |author| (author.id, [&author.email, &author.name]),
            |article| (article.id, &article.title, article.score),
            |remark| (remark.id, &remark.text),
        ))
    }

    async fn cost(&mut self) -> Result<Cost> {
        timed(self.load()).await
    }
}
