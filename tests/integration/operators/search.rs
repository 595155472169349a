//! Full text search.

use orm::prelude::*;
use orm::{
    Headline, SearchConfig, TsQuery, TsVector, Weight, phraseto_tsquery, plainto_tsquery, to_tsquery, to_tsvector,
    ts_headline, websearch_to_tsquery,
};

use super::support::{error_of, of};

#[derive(Model, Debug)]
#[orm(table = "articles", index(search, using = "gin"))]
struct Article {
    #[orm(primary_key)]
    id: i32,
    title: String,
    body: Option<String>,
    language: String,
    #[orm(generated = "setweight(to_tsvector('english', title), 'A') || to_tsvector('english', coalesce(body, ''))")]
    search: TsVector,
    saved: Option<TsQuery>,
}

async fn articles(db: Database) -> Result<(), Error> {
    orm::create_all(&[Article::TABLE], &db).await?;
    let article = |id, title: &str, body: Option<&str>, language: &str| NewArticle {
        id,
        title: title.into(),
        body: body.map(Into::into),
        language: language.into(),
        saved: None,
    };
    let rows = [
        article(1, "Fat cats", Some("The fat cats ate the rats quickly"), "english"),
        article(2, "Dogs", Some("A dog chased cats"), "english"),
        article(3, "Häuser", None, "german"),
    ];
    Article::insert_many(rows).execute(&db).await?;
    Ok(())
}

fn first() -> orm::Query<Article> {
    Article::query().filter(|a| a.id.eq(1))
}

async fn ids<C: orm::Condition<Phase = orm::PerRow>>(db: &Database, filter: fn(ArticleFields) -> C) -> Vec<i32> {
    let query = Article::query()
        .filter(filter)
        .order_by(|a| a.id.asc())
        .select(|a| a.id);
    query.all(db).await.expect("the server takes the query")
}

#[orm::test(setup = articles)]
async fn documents_match_queries(db: Database) {
    assert_eq!(
        ids(&db, |a| a.search.matches(plainto_tsquery("english", "cat"))).await,
        [1, 2]
    );
    assert_eq!(
        ids(&db, |a| a.search.matches(plainto_tsquery("english", "fat rat"))).await,
        [1]
    );
    assert_eq!(
        ids(&db, |a| a.search.matches(phraseto_tsquery("english", "rat ate"))).await,
        [0; 0]
    );
    assert_eq!(
        ids(&db, |a| a.search.matches(phraseto_tsquery("english", "cats ate"))).await,
        [1]
    );
    assert_eq!(
        ids(&db, |a| a.search.matches(websearch_to_tsquery("english", "cats -dog"))).await,
        [1]
    );
    assert_eq!(
        ids(&db, |a| a
            .search
            .matches(websearch_to_tsquery("english", "\" & | <-> ((")))
        .await,
        [0; 0]
    );
    assert_eq!(
        ids(&db, |a| a.search.matches(to_tsquery("english", "ra:* | dog"))).await,
        [1, 2]
    );
    assert_eq!(
        ids(&db, |a| to_tsvector("simple", a.body)
            .matches(to_tsquery("simple", "cats")))
        .await,
        [1, 2]
    );
    assert_eq!(ids(&db, |a| a.title.matches("^D")).await, [2]);
    assert_eq!(
        error_of(&db, first(), |a| a.search.matches(to_tsquery("english", "a b"))).await,
        "42601"
    );
}

#[orm::test(setup = articles)]
async fn the_configuration_is_a_name_or_a_column(db: Database) {
    let query = Article::query().filter(|a| a.id.eq(3));
    let row = of(&db, query, |a| {
        (
            to_tsvector(a.language, a.title).cast::<String>(),
            to_tsvector(SearchConfig::in_schema("pg_catalog", "german"), a.title).cast::<String>(),
            to_tsvector(value("english".to_owned()), a.title).cast::<String>(),
            to_tsvector("german", a.body).lexeme_count(),
        )
    });
    let row = row.await;
    assert_eq!(row, ("'haus':1".into(), "'haus':1".into(), "'häuser':1".into(), None));
    let unknown = error_of(&db, first(), |a| {
        to_tsvector(SearchConfig::new("it's \\ \"not\" there"), a.title)
    })
    .await;
    assert_eq!(unknown, "42704");
    assert_eq!(error_of(&db, first(), |a| to_tsvector(a.title, a.title)).await, "42602");
}

/// An index over an expression serves only a query in which the configuration is a constant.
#[orm::test(setup = articles)]
async fn an_index_over_an_expression_serves_the_query(db: Database) {
    db.batch("CREATE INDEX IF NOT EXISTS by_title ON articles USING gin (to_tsvector('english', title))")
        .await
        .unwrap();
    let tx = db.begin().await.unwrap();
    tx.batch("SET LOCAL enable_seqscan = off").await.unwrap();
    let words = "cats";
    let constant =
        Article::query().filter(|a| to_tsvector("english", a.title).matches(plainto_tsquery("english", words)));
    let plan = constant.explain().text(&tx).await.unwrap();
    assert!(plan.contains("by_title"), "{plan}");
    let generated = Article::query().filter(|a| a.search.matches(plainto_tsquery("english", words)));
    let plan = generated.explain().text(&tx).await.unwrap();
    assert!(plan.contains("Bitmap Index Scan"), "{plan}");
    tx.rollback().await.unwrap();
}

#[orm::test(setup = articles)]
async fn queries_are_joined(db: Database) {
    let cat = || plainto_tsquery("simple", "cat");
    let rat = || plainto_tsquery("simple", "rat");
    let row = of(&db, first(), |_| {
        (
            cat().and_query(rat()),
            cat().or_query(rat()).not_query(),
            cat().followed_by(rat()),
            cat().followed_at(rat(), 3),
            cat().and_query(rat()).numnode(),
            cat().and_query(rat().not_query()).querytree(),
        )
    })
    .await;
    assert_eq!(row.0.to_string(), "'cat' & 'rat'");
    assert_eq!(row.1.to_string(), "!( 'cat' | 'rat' )");
    assert_eq!(row.2.to_string(), "'cat' <-> 'rat'");
    assert_eq!(row.3.to_string(), "'cat' <3> 'rat'");
    assert_eq!((row.4, row.5), (3, "'cat'".into()));
    assert_eq!(row.0.lexemes().collect::<Vec<_>>(), ["cat", "rat"]);
}

#[orm::test(setup = articles)]
async fn ranks_weights_and_headlines(db: Database) {
    let query = || plainto_tsquery("english", "cats");
    let ranked = Article::query()
        .filter(|a| a.search.matches(query()))
        .order_by(|a| a.search.ts_rank(query()).desc())
        .select(|a| (a.id, a.search.ts_rank(query()), a.search.ts_rank_cd(query())));
    let ranked = ranked.all(&db).await.unwrap();
    assert_eq!(ranked.iter().map(|row| row.0).collect::<Vec<_>>(), [1, 2]);
    assert!(ranked[0].1 > ranked[1].1 && ranked[0].2 > ranked[1].2, "{ranked:?}");
    let row = of(&db, first(), |a| {
        (
            a.search.ts_rank_with([0.0, 0.0, 0.0, 0.0], query(), 0),
            a.search.ts_rank_cd_with([0.1, 0.2, 0.4, 1.0], query(), 32),
            a.search.setweight(Weight::B).strip_positions().lexeme_count(),
            to_tsvector("simple", "b a")
                .setweight(Weight::C)
                .concat_vector(to_tsvector("simple", "c")),
            to_tsvector("simple", "b a b").lexemes(),
            to_tsvector("simple", "b a b").without_lexemes(["b"]),
        )
    })
    .await;
    assert_eq!((row.0, row.2), (0.0, 5));
    assert!(row.1 > 0.0 && row.1 < 1.0, "{}", row.1);
    assert_eq!(row.3.to_string(), "'a':2C 'b':1C 'c':3");
    assert_eq!(row.4, ["a", "b"]);
    assert_eq!(row.5.to_string(), "'a':2");
    let options = Headline::new().marks("<\"", "'>").words(2, 4).short_word(0);
    let row = of(&db, first(), |a| {
        (
            ts_headline("english", a.title, query(), &Headline::new()),
            ts_headline("english", a.title, query(), &options),
            ts_headline("english", a.body, query(), &Headline::new().whole()),
            ts_headline(
                "english",
                a.body,
                query(),
                &Headline::new().fragments(2, " … ").marks("[", "]"),
            ),
        )
    })
    .await;
    assert_eq!((&*row.0, &*row.1), ("Fat <b>cats</b>", "Fat <\"cats'>"));
    assert_eq!(row.2.as_deref(), Some("The fat <b>cats</b> ate the rats quickly"));
    assert!(row.3.unwrap().contains("[cats]"));
}

/// What the server makes of many texts is read, printed as the server prints it, sent back, and equal.
#[orm::test(setup = articles)]
async fn vectors_and_queries_come_back_as_they_were(db: Database) {
    let vectors = [
        "",
        "a",
        "it's a \\ backslash",
        "Die süßen Häuser",
        "a b a b c d e f a",
        "x'y \"z\" http://example.org/a?b=c 1.5e10 -7",
    ];
    for text in vectors {
        let (vector, printed) = of(&db, first(), |_| {
            let vector = to_tsvector("simple", text).concat_vector(to_tsvector("german", text).setweight(Weight::A));
            (vector.clone(), vector.cast::<String>())
        })
        .await;
        assert_eq!(vector.to_string(), printed);
        let (same, again) = of(&db, first(), |_| {
            let sent = value(vector.clone());
            (sent.clone().cast::<String>(), sent)
        })
        .await;
        assert_eq!((same, &again), (printed, &vector));
        assert_eq!(TsVector::new(vector.lexemes().to_vec()), vector);
    }
    let queries = [
        "a",
        "!a",
        "!!a",
        "a & b & c",
        "a | b & c",
        "(a | b) & !(c & d)",
        "a <-> b <-> c",
        "a <-> (b <-> c)",
        "a <2> (b | c)",
        "!(a <-> b) <-> !c",
        "a:*",
        "a:AB",
        "a:*D | 'it''s'",
        "(a & b) <-> c",
        "!(!a | !(b & c))",
        "'back\\\\slash'",
    ];
    for text in queries {
        let (query, printed) = of(&db, first(), |_| {
            let query = to_tsquery("simple", text);
            (query.clone(), query.cast::<String>())
        })
        .await;
        assert_eq!(query.to_string(), printed, "{text}");
        let (same, again) = of(&db, first(), |_| {
            (value(query.clone()).cast::<String>(), value(query.clone()))
        })
        .await;
        assert_eq!((same, again), (printed, query), "{text}");
    }
}

#[orm::test(setup = articles)]
async fn a_generated_vector_is_a_field_and_can_be_left_out(db: Database) {
    let article = first().one(&db).await.unwrap();
    assert_eq!(
        article.search.to_string(),
        "'ate':6 'cat':2A,5 'fat':1A,4 'quick':9 'rat':8"
    );
    let titles = Article::query()
        .filter(|a| a.search.matches(plainto_tsquery("english", "dog")))
        .select(|a| a.title);
    assert_eq!(titles.all(&db).await.unwrap(), ["Dogs"]);
    let query = of(&db, first(), |_| plainto_tsquery("english", "dogs")).await;
    let saved = first().update(|a| a.saved.set(query.clone()));
    assert_eq!(saved.execute(&db).await.unwrap(), 1);
    let search = |a: ArticleFields| to_tsvector("english", "two dogs").matches(a.saved);
    assert_eq!(ids(&db, search).await, [1]);
    assert_eq!(first().one(&db).await.unwrap().saved, Some(query));
}
