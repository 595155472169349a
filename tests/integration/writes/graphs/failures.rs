//! Rows that fail, wherever they stand: nothing of the graph is stored, and the error says which row it was.

use orm::prelude::*;

use super::models::{NewNote, NewProfile, Person, Story, counts, note, person, story, tables};
use crate::support::Recorder;
use crate::writes::support::{Watched, dropped_after, scalar};

/// Three people with a profile and two stories of two notes each, of which one text is this.
fn people(bad: &str) -> Vec<impl orm::GraphRow<Row = super::models::NewPerson, Stored: Send> + use<'_>> {
    let rows = (0..3).map(|n| {
        person(format!("person {n}"))
            .with_one(|person| NewProfile {
                person_id: person.id,
                bio: "bio".into(),
            })
            .with(0..2, move |person, title| {
                story(person, title.to_string()).with(0..2, move |story, text| match (n, title, text) {
                    (2, 1, 0) => note(story, bad),
                    _ => note(story, "fine"),
                })
            })
    });
    rows.collect()
}

#[orm::test(setup = tables)]
async fn a_child_that_fails_at_any_level_leaves_nothing(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let db = &watched.db;
    // A CHECK of the last level.
    for error in [
        Person::insert_graphs(people("")).all(db).await.map(|_| ()).unwrap_err(),
        Person::insert_graphs(people("")).execute(db).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.fields()),
            (ErrorKind::CheckViolation, vec!["text"])
        );
        assert_eq!(error.table(), Some("notes"));
        let text = error.to_string();
        assert!(text.starts_with("Note: "), "{text}");
        assert!(text.ends_with(", under a new `Story`, under a new `Person`"), "{text}");
    }
    // A unique key, and a foreign key, of the level below the first.
    let same = || Person::insert(person("Ann")).with(["a", "b", "a"], story);
    for error in [same().one(db).await.unwrap_err(), same().execute(db).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        assert_eq!(error.fields(), ["person_id", "title"]);
        assert!(error.to_string().ends_with(", under a new `Person`"), "{error}");
    }
    let nowhere = Person::insert(person("Ann")).with([7], |_, story_id| NewNote {
        story_id,
        text: "x".into(),
    });
    let error = nowhere.one(db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()),
        (ErrorKind::ForeignKeyViolation, vec!["story_id"])
    );
    // The parent itself.
    let twins = ["Bob", "Bob"].map(|name| person(name).with(["a"], story));
    let error = Person::insert_graphs(twins).all(db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()),
        (ErrorKind::UniqueViolation, vec!["name"])
    );
    assert!(!error.to_string().contains("under"), "{error}");
    watched.is_clean().await;
    assert_eq!(counts(db).await, [0; 4]);
    // And all is well without the mistake.
    assert_eq!(Person::insert_graphs(people("x")).execute(db).await?, 3 + 3 + 6 + 12);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_child_that_cannot_be_sent_leaves_nothing(db: Database) -> Result<(), Error> {
    let error = Person::insert_graphs(people("\0"))
        .all(&db)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().starts_with("Note: "), "{error}");
    assert!(Person::insert_graphs(people("\0")).execute(&db).await.is_err());
    assert_eq!(counts(&db).await, [0; 4]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_failure_in_a_transaction_aborts_it_whoever_finds_it(db: Database) -> Result<(), Error> {
    // The server refuses the first; the second it never sees.
    for (bad, kind) in [("", ErrorKind::CheckViolation), ("\0", ErrorKind::Encode)] {
        let tx = db.begin().await?;
        Person::insert(person("before")).execute(&tx).await?;
        let error = Person::insert_graphs(people(bad))
            .all(&tx)
            .await
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.kind(), kind);
        let next = Person::query().count(&tx).await.unwrap_err();
        assert_eq!(next.kind(), ErrorKind::TransactionAborted, "{bad:?}");
        assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
        assert_eq!(counts(&db).await, [0; 4]);
        // A savepoint brings it back.
        let tx = db.begin().await?;
        Person::insert(person("before")).execute(&tx).await?;
        let error = tx
            .transaction(async |tx| Person::insert_graphs(people(bad)).execute(tx).await)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
        Person::insert(person("after")).execute(&tx).await?;
        tx.commit().await?;
        assert_eq!(counts(&db).await, [2, 0, 0, 0]);
        Person::query().all_rows().delete().execute(&db).await?;
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_parent_that_cannot_be_sent_leaves_the_transaction_as_it_was(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let tx = recorder.begin().await?;
    let one = Person::insert(person("\0")).with(["a"], story);
    assert_eq!(one.one(&tx).await.unwrap_err().kind(), ErrorKind::Encode);
    let many = [person("x"), person("\0")].map(|row| row.with(["a"], story));
    assert_eq!(
        Person::insert_graphs(many).all(&tx).await.unwrap_err().kind(),
        ErrorKind::Encode
    );
    assert_eq!(Person::query().count(&tx).await?, 0);
    tx.commit().await?;
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_parent_that_a_trigger_leaves_out_is_an_error(db: Database) -> Result<(), Error> {
    db.batch(
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER skip BEFORE INSERT ON people FOR EACH ROW WHEN (NEW.name = 'person 1') EXECUTE FUNCTION skip();
         CREATE TRIGGER skip BEFORE INSERT ON notes FOR EACH ROW WHEN (NEW.text = 'skipped') EXECUTE FUNCTION skip()",
    )
    .await?;
    let error = Person::insert_graphs(people("x"))
        .all(&db)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.to_string().contains("Person: the database stored fewer rows"),
        "{error}"
    );
    assert!(Person::insert_graphs(people("x")).execute(&db).await.is_err());
    assert_eq!(counts(&db).await, [0; 4]);
    // Children are not matched to the wrong parent either; where they are not wanted they are only not counted.
    let skipped =
        || Person::insert(person("Ann")).with(["a"], |ann, title| story(ann, title).with(["x", "skipped", "y"], note));
    let error = skipped().one(&db).await.unwrap_err();
    assert!(
        error.to_string().starts_with("Note: the database stored fewer rows"),
        "{error}"
    );
    assert_eq!(counts(&db).await, [0; 4]);
    assert_eq!(skipped().execute(&db).await?, 1 + 1 + 2);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_deferred_constraint_fails_at_the_commit_and_leaves_nothing(db: Database) -> Result<(), Error> {
    let name: String = scalar(
        &db,
        "SELECT conname::text FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'f'",
    )
    .await;
    db.batch(&format!(
        "ALTER TABLE notes ALTER CONSTRAINT \"{name}\" DEFERRABLE INITIALLY DEFERRED"
    ))
    .await?;
    let nowhere = Person::insert(person("Ann")).with([7], |_, story_id| NewNote {
        story_id,
        text: "x".into(),
    });
    assert_eq!(
        nowhere.one(&db).await.unwrap_err().kind(),
        ErrorKind::ForeignKeyViolation
    );
    assert_eq!(counts(&db).await, [0; 4]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_graph_that_is_given_up_is_stored_wholly_or_not_at_all(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let mut polls = 0;
    loop {
        polls += 1;
        let done = dropped_after(polls, Person::insert_graphs(people("x")).all(&watched.db)).await;
        watched.is_clean().await;
        let stored = counts(&watched.db).await;
        assert!(
            stored == [0; 4] || stored == [3, 3, 6, 12],
            "{stored:?} after {polls} polls"
        );
        watched.db.batch("TRUNCATE people CASCADE").await?;
        if let Some(result) = done {
            assert_eq!((result?.len(), stored), (3, [3, 3, 6, 12]));
            break;
        }
        assert!(polls < 2_000, "it is never done");
    }
    assert!(polls > 1, "it waits: {polls}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_graph_that_is_given_up_between_its_levels_aborts_the_transaction_it_is_in(
    db: Database,
) -> Result<(), Error> {
    let watched = Watched::new(&db, 1).await;
    let tx = watched.db.begin().await?;
    let other = db.begin().await?;
    other.batch("LOCK TABLE notes").await?;
    let graph = Person::insert_graphs(people("x")).all(&tx);
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(100), graph).await;
    assert!(given_up.is_err(), "it waits for the lock");
    let next = Person::query().count(&tx).await.unwrap_err();
    assert_eq!(next.kind(), ErrorKind::TransactionAborted, "{next}");
    assert!(tx.commit().await.is_err());
    watched.is_clean().await;
    other.commit().await?;
    assert_eq!(counts(&watched.db).await, [0; 4]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_closure_that_panics_leaves_nothing(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 1).await;
    let pool = watched.db.clone();
    let panicked = tokio::spawn(async move {
        let graph = Person::insert(person("Ann")).with([1, 0], |ann, n| story(ann, (1 / n).to_string()));
        graph
            .one(&pool)
            .await
            .map(|(_, stories): (Person, Vec<Story>)| stories.len())
    });
    assert!(panicked.await.unwrap_err().is_panic());
    watched.is_clean().await;
    assert_eq!(counts(&watched.db).await, [0; 4]);
    Ok(())
}
