//! A thousand users with ten posts each, each with three comments.

use std::collections::HashMap;

use orm::prelude::*;
use tokio_postgres::{Client, Statement};

use crate::Result;
use crate::measure::{compare, timed};
use crate::report::{Report, Target};
use crate::server::Server;

const AUTHORS: i64 = 1_000;
const ARTICLES: i64 = 10;
const REMARKS: i64 = 3;
pub(crate) const ROUNDS: usize = 40;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "authors", has_many(articles: Article))]
pub(crate) struct Author {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "articles", has_many(remarks: Remark))]
pub(crate) struct Article {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(belongs_to(author: Author), index)]
    pub(crate) author_id: i64,
    pub(crate) title: String,
    pub(crate) score: f64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "remarks")]
pub(crate) struct Remark {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(belongs_to(article: Article), index)]
    pub(crate) article_id: i64,
    pub(crate) text: String,
}

pub(crate) type Graph = Vec<(Author, Vec<(Article, Vec<Remark>)>)>;

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let name = "load: 1,000 users × 10 posts × 3 comments";
    if !report.wants(name) {
        return Ok(());
    }
    let connection = server.orm_connection().await?;
    fill(&connection, AUTHORS).await?;
    let client = server.client().await?;
    let hand = ByHand::prepare(&client).await?;
    let (loaded, by_hand) = (sorted(load(&connection).await?), sorted(hand.load(&client).await?));
    assert_eq!(loaded, by_hand, "both sides load the same");
    let ours = async || timed(load(&connection)).await;
    let theirs = async || timed(hand.load(&client)).await;
    let comparison = compare(ROUNDS, 1, ours, theirs).await?;
    let target = Target {
        wall: Some(0.75),
        cpu: None,
    };
    report.compared(
        name,
        "three prepared statements in a row (`= ANY($1)`), collected into maps",
        &comparison,
        target,
    );
    #[cfg(feature = "peers")]
    crate::peers::run(report, name, server, &connection).await?;
    Ok(())
}

pub(crate) async fn load(db: &dyn Executor) -> Result<Graph> {
    let query = Author::query().with(|a| a.articles().with(|a| a.remarks()));
    Ok(query.all(db).await?)
}

/// Neither side asks for an order.
fn sorted(mut graph: Graph) -> Graph {
    graph.sort_by_key(|(author, _)| author.id);
    for (_, articles) in &mut graph {
        articles.sort_by_key(|(article, _)| article.id);
        for (_, remarks) in articles {
            remarks.sort_by_key(|remark| remark.id);
        }
    }
    graph
}

/// What one writes without an ORM.
pub(crate) struct ByHand {
    authors: Statement,
    articles: Statement,
    remarks: Statement,
}

impl ByHand {
    pub(crate) async fn prepare(client: &Client) -> Result<Self> {
        Ok(Self {
            authors: client.prepare("SELECT id, email, name FROM authors").await?,
            articles: client
                .prepare("SELECT id, author_id, title, score FROM articles WHERE author_id = ANY($1)")
                .await?,
            remarks: client
                .prepare("SELECT id, article_id, text FROM remarks WHERE article_id = ANY($1)")
                .await?,
        })
    }

    pub(crate) async fn load(&self, client: &Client) -> Result<Graph> {
        let authors = client.query(&self.authors, &[]).await?;
        let authors = authors.iter().map(|row| Author {
            id: row.get(0),
            email: row.get(1),
            name: row.get(2),
        });
        let authors: Vec<Author> = authors.collect();
        let ids: Vec<i64> = authors.iter().map(|author| author.id).collect();
        let articles = client.query(&self.articles, &[&ids]).await?;
        let articles = articles.iter().map(|row| Article {
            id: row.get(0),
            author_id: row.get(1),
            title: row.get(2),
            score: row.get(3),
        });
        let articles: Vec<Article> = articles.collect();
        let ids: Vec<i64> = articles.iter().map(|article| article.id).collect();
        let mut remarks: HashMap<i64, Vec<Remark>> = HashMap::new();
        for row in client.query(&self.remarks, &[&ids]).await? {
            let article_id = row.get(1);
            let remark = Remark {
                id: row.get(0),
                article_id,
                text: row.get(2),
            };
            remarks.entry(article_id).or_default().push(remark);
        }
        let mut of_author: HashMap<i64, Vec<(Article, Vec<Remark>)>> = HashMap::new();
        for article in articles {
            let remarks = remarks.remove(&article.id).unwrap_or_default();
            of_author.entry(article.author_id).or_default().push((article, remarks));
        }
        let with_articles = |author: Author| {
            let articles = of_author.remove(&author.id).unwrap_or_default();
            (author, articles)
        };
        Ok(authors.into_iter().map(with_articles).collect())
    }
}

/// Each author has ten articles, each article three remarks; what was there before is gone.
pub(crate) async fn fill(db: &dyn Executor, authors: i64) -> Result<()> {
    db.batch("TRUNCATE authors, articles, remarks").await?;
    let articles = authors * ARTICLES;
    let rows = (0..authors).map(|id| NewAuthor {
        id,
        email: format!("user{id}@example.org"),
        name: format!("User number {id}"),
    });
    Author::insert_many(rows).execute(db).await?;
    let rows = (0..articles).map(|id| NewArticle {
        id,
        author_id: id % authors,
        title: format!("What I have to say, part {id}"),
        score: id as f64 * 0.37,
    });
    Article::insert_many(rows).execute(db).await?;
    let rows = (0..articles * REMARKS).map(|id| NewRemark {
        id,
        article_id: id % articles,
        text: format!("I could not agree more with number {id}"),
    });
    Remark::insert_many(rows).execute(db).await?;
    db.batch("VACUUM ANALYZE authors, articles, remarks").await?;
    Ok(())
}
