//! sqlx: three `query_as` with `= ANY($1)`, collected into maps.

use std::collections::HashMap;

use sqlx::{Connection, FromRow, PgConnection};

use super::{Peer, Summary};
use crate::Result;
use crate::measure::{Cost, timed};

#[derive(FromRow)]
struct Author {
    id: i64,
    email: String,
    name: String,
}

#[derive(FromRow)]
struct Article {
    id: i64,
    author_id: i64,
    title: String,
    score: f64,
}

#[derive(FromRow)]
struct Remark {
    id: i64,
    article_id: i64,
    text: String,
}

type Graph = super::Graph<Author, Article, Remark>;

pub(super) struct Sqlx(PgConnection);

impl Sqlx {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(PgConnection::connect(url).await?))
    }

    async fn load(&mut self) -> Result<Graph> {
        let authors: Vec<Author> = sqlx::query_as("SELECT id, email, name FROM authors")
            .fetch_all(&mut self.0)
            .await?;
        let ids: Vec<i64> = authors.iter().map(|author| author.id).collect();
        let articles: Vec<Article> =
            sqlx::query_as("SELECT id, author_id, title, score FROM articles WHERE author_id = ANY($1)")
                .bind(&ids)
                .fetch_all(&mut self.0)
                .await?;
        let ids: Vec<i64> = articles.iter().map(|article| article.id).collect();
        let remarks: Vec<Remark> =
            sqlx::query_as("SELECT id, article_id, text FROM remarks WHERE article_id = ANY($1)")
                .bind(&ids)
                .fetch_all(&mut self.0)
                .await?;
        Ok(grouped(authors, articles, remarks))
    }
}

fn grouped(authors: Vec<Author>, articles: Vec<Article>, remarks: Vec<Remark>) -> Graph {
    let mut of_article: HashMap<i64, Vec<Remark>> = HashMap::new();
    for remark in remarks {
        of_article.entry(remark.article_id).or_default().push(remark);
    }
    let mut of_author: HashMap<i64, Vec<(Article, Vec<Remark>)>> = HashMap::new();
    for article in articles {
        let remarks = of_article.remove(&article.id).unwrap_or_default();
        of_author.entry(article.author_id).or_default().push((article, remarks));
    }
    let with_articles = |author: Author| {
        let articles = of_author.remove(&author.id).unwrap_or_default();
        (author, articles)
    };
    authors.into_iter().map(with_articles).collect()
}

impl Peer for Sqlx {
    const WHAT: &'static str = "sqlx: three `query_as` in a row (`= ANY($1)`), collected into maps";

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
