//! Diesel on diesel-async: `belonging_to` and `grouped_by`, as its guide of relations shows.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::{Peer, Summary};
use crate::Result;
use crate::measure::{Cost, timed};

diesel::table! {
    authors (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
    }
}

diesel::table! {
    articles (id) {
        id -> BigInt,
        author_id -> BigInt,
        title -> Text,
        score -> Double,
    }
}

diesel::table! {
    remarks (id) {
        id -> BigInt,
        article_id -> BigInt,
        text -> Text,
    }
}

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = authors, check_for_backend(diesel::pg::Pg))]
struct Author {
    id: i64,
    email: String,
    name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = articles, belongs_to(Author), check_for_backend(diesel::pg::Pg))]
struct Article {
    id: i64,
    author_id: i64,
    title: String,
    score: f64,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = remarks, belongs_to(Article), check_for_backend(diesel::pg::Pg))]
struct Remark {
    id: i64,
    article_id: i64,
    text: String,
}

type Graph = super::Graph<Author, Article, Remark>;

pub(super) struct Diesel(AsyncPgConnection);

impl Diesel {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(AsyncPgConnection::establish(url).await?))
    }

    async fn load(&mut self) -> Result<Graph> {
        let connection = &mut self.0;
        let authors = authors::table.select(Author::as_select()).load(connection).await?;
        let articles = Article::belonging_to(&authors)
            .select(Article::as_select())
            .load(connection)
            .await?;
        let remarks = Remark::belonging_to(&articles)
            .select(Remark::as_select())
            .load(connection)
            .await?;
        let remarks = remarks.grouped_by(&articles);
        let articles = articles.into_iter().zip(remarks).grouped_by(&authors);
        Ok(authors.into_iter().zip(articles).collect())
    }
}

impl Peer for Diesel {
    const WHAT: &'static str = "diesel-async: `belonging_to` twice, `grouped_by` twice";

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
