//! Trigrams, of the extension pg_trgm.

use std::collections::BTreeSet;

use orm::prelude::*;

use super::support::{has, of};

#[derive(Model)]
#[orm(table = "names")]
struct Name {
    #[orm(primary_key)]
    id: i32,
    name: String,
    alias: Option<String>,
}

async fn names(db: Database) -> Result<(), Error> {
    orm::create_all(&[Name::TABLE], &db).await?;
    let name = |id, name: &str| NewName {
        id,
        name: name.into(),
        alias: None,
    };
    Name::insert_many([name(1, "word"), name(2, "two words"), name(3, "other")])
        .execute(&db)
        .await?;
    Ok(())
}

/// The trigrams of one word: two spaces before it, one behind.
fn trigrams(word: &str) -> BTreeSet<String> {
    let padded: Vec<char> = format!("  {word} ").chars().collect();
    padded.windows(3).map(|three| three.iter().collect()).collect()
}

#[orm::test(setup = names)]
async fn texts_are_alike(db: Database) {
    if !has(&db, "pg_trgm", "CREATE EXTENSION IF NOT EXISTS pg_trgm").await {
        return;
    }
    let first = || Name::query().filter(|n| n.id.eq(1));
    let row = of(&db, first(), |n| {
        (
            n.name.similarity("words"),
            n.name.trigram_distance("words"),
            n.name.word_similarity("two words"),
            n.name.strict_word_similarity("two words"),
            n.alias.similarity("x"),
            n.name.show_trgm(),
        )
    })
    .await;
    let (word, words) = (trigrams("word"), trigrams("words"));
    let share = word.intersection(&words).count() as f32 / word.union(&words).count() as f32;
    assert!(
        (row.0 - share).abs() < 1e-6 && (row.1 - (1.0 - share)).abs() < 1e-6,
        "{row:?}"
    );
    assert!((row.2 - 0.8).abs() < 1e-6 && (row.3 - share).abs() < 1e-6, "{row:?}");
    assert_eq!((row.4, row.5.into_iter().collect()), (None, word));
    let row = of(&db, first(), |n| {
        (
            n.name.is_similar_to("words"),
            n.name.is_similar_to("zzz"),
            n.name.has_word_similar_to("two words"),
            n.name.has_strict_word_similar_to("two words"),
            n.name.word_distance("two words"),
            n.name.strict_word_distance("two words"),
        )
    })
    .await;
    assert_eq!((row.0, row.1, row.2, row.3), (true, false, true, true));
    assert!(
        (row.4 - 0.2).abs() < 1e-6 && (row.5 - (1.0 - share)).abs() < 1e-6,
        "{row:?}"
    );
    let near = Name::query()
        .order_by(|n| n.name.trigram_distance("words").asc())
        .select(|n| n.id);
    // Six of ten trigrams, four of seven, none.
    assert_eq!(near.all(&db).await.unwrap(), [2, 1, 3]);
}
