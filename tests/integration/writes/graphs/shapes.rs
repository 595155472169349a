//! What graphs can look like, and the statements that they take.

use orm::prelude::*;
use orm::{ChildrenOf, GraphRow, RowWithChildren};

use super::models::{
    Booking, Label, NewBooking, NewLabel, NewPerson, NewPersonWith, NewProfile, NewSlot, NewStory, NewStoryLabel, Note,
    Person, Profile, Slot, Story, StoryLabel, counts, note, person, story, tables,
};
use crate::support::Recorder;

/// What each statement does: `INSERT INTO "people"` …
fn heads(recorder: &Recorder<'_>) -> Vec<String> {
    let head = |text: String| text.split(['(', ' ']).take(3).collect::<Vec<_>>().join(" ");
    recorder.take().into_iter().map(head).collect()
}

fn inserts(tables: &[&str]) -> Vec<String> {
    let inserts = tables.iter().map(|table| format!("INSERT INTO \"{table}\""));
    let end = |text: &str| [text.to_owned()];
    end("BEGIN").into_iter().chain(inserts).chain(end("COMMIT")).collect()
}

fn titles(stories: &[Story]) -> Vec<&str> {
    stories.iter().map(|story| story.title.as_str()).collect()
}

#[orm::test(setup = tables)]
async fn a_parent_and_its_children_take_a_statement_each(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    // The items may be borrowed.
    let names = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let (ann, stories): (Person, Vec<Story>) = Person::insert(person("Ann")).with(&names, story).one(&recorder).await?;
    assert_eq!(heads(&recorder), inserts(&["people", "stories"]));
    assert_eq!(titles(&stories), ["a", "b", "c"]);
    assert!(stories.iter().all(|story| story.person_id == ann.id));
    assert_eq!(Person::query().all(&db).await?, [ann]);
    assert_eq!(Story::query().order_by(|s| s.id.asc()).all(&db).await?, stories);
    Ok(())
}

/// So many people with 0, 1, 2, 3, 0 … stories, of which the n-th has n notes.
fn people(
    count: usize,
) -> impl Iterator<Item = impl GraphRow<Row = NewPerson, Stored = (Person, Vec<(Story, Vec<Note>)>)>> {
    (0..count).map(|n| {
        person(format!("person {n}")).with(0..n % 4, |person, title| {
            story(person, title.to_string()).with(0..title, |story, text| note(story, text.to_string()))
        })
    })
}

#[orm::test(setup = tables)]
async fn the_statements_are_the_levels_whatever_the_number_of_rows(db: Database) -> Result<(), Error> {
    for count in [1, 2, 5, 10_000] {
        let recorder = Recorder::new(&db);
        let graph: Vec<(Person, Vec<(Story, Vec<Note>)>)> = Person::insert_graphs(people(count)).all(&recorder).await?;
        // The first one alone has no story, so there is nothing to send for these.
        let levels: &[&str] = match count {
            1 => &["people"],
            2 => &["people", "stories"],
            _ => &["people", "stories", "notes"],
        };
        assert_eq!(heads(&recorder), inserts(levels), "{count}");
        assert_eq!(graph.len(), count);
        for (n, (person, stories)) in graph.iter().enumerate() {
            assert_eq!((&person.name, stories.len()), (&format!("person {n}"), n % 4));
            for (title, (story, notes)) in stories.iter().enumerate() {
                assert_eq!((&story.title, story.person_id), (&title.to_string(), person.id));
                let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
                assert_eq!(texts, &["0", "1", "2"][..title]);
                assert!(notes.iter().all(|note| note.story_id == story.id));
            }
        }
        let stories: usize = (0..count).map(|n| n % 4).sum();
        let notes: usize = (0..count).map(|n| [0, 0, 1, 3][n % 4]).sum();
        assert_eq!(counts(&db).await, [count as i64, 0, stories as i64, notes as i64]);
        db.batch("TRUNCATE people CASCADE").await?;
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn no_rows_send_nothing(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    assert_eq!(Person::insert_graphs(people(0)).all(&recorder).await?.len(), 0);
    assert_eq!(Person::insert_graphs(people(0)).execute(&recorder).await?, 0);
    assert_eq!(recorder.take(), [""; 0]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_parent_with_several_kinds_of_children_gives_each_kind(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let (ann, profile, reports, stories): (Person, Profile, Vec<Person>, Vec<Story>) = Person::insert(person("Ann"))
        .with_one(|ann| NewProfile {
            person_id: ann.id,
            bio: "Boss".into(),
        })
        .with(["Bob", "Cid"], |ann, name| NewPerson {
            manager_id: Some(ann.id),
            ..person(name)
        })
        .with(["a"], story)
        .one(&recorder)
        .await?;
    assert_eq!(heads(&recorder), inserts(&["people", "profiles", "people", "stories"]));
    assert_eq!((profile.person_id, profile.bio.as_str()), (ann.id, "Boss"));
    let managed: Vec<_> = reports.iter().map(|p| (p.name.as_str(), p.manager_id)).collect();
    assert_eq!(managed, [("Bob", Some(ann.id)), ("Cid", Some(ann.id))]);
    assert_eq!((titles(&stories), stories[0].person_id), (vec!["a"], ann.id));

    // The same of many parents, of which some have none.
    let graph = Person::insert_graphs((0..100).map(|n| {
        person(format!("person {n}"))
            .with((n % 2 == 0).then_some("bio"), |person, bio| NewProfile {
                person_id: person.id,
                bio: bio.into(),
            })
            .with(0..n % 3, |person, n| story(person, n.to_string()))
            .with_one(|person| NewPerson {
                manager_id: Some(person.id),
                ..super::models::person(format!("report of {}", person.name))
            })
    }));
    let graph: Vec<(Person, Vec<Profile>, Vec<Story>, Person)> = graph.all(&recorder).await?;
    assert_eq!(heads(&recorder), inserts(&["people", "profiles", "stories", "people"]));
    for (n, (person, profiles, stories, report)) in graph.into_iter().enumerate() {
        assert_eq!((profiles.len(), stories.len()), (1 - n % 2, n % 3));
        assert!(profiles.iter().all(|profile| profile.person_id == person.id));
        assert!(stories.iter().all(|story| story.person_id == person.id));
        assert_eq!(report.manager_id, Some(person.id));
        assert_eq!(report.name, format!("report of person {n}"));
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_row_can_have_eight_kinds_of_children(db: Database) -> Result<(), Error> {
    let one = |n: usize| move |person: &Person| story(person, n.to_string());
    let none = |person: &Person, _: i32| story(person, "");
    let graph = Person::insert(person("Ann"))
        .with_one(one(1))
        .with_one(one(2))
        .with([0; 0], none)
        .with_one(one(4))
        .with_one(one(5))
        .with_one(one(6))
        .with([0; 0], none)
        .with_one(one(8));
    let (_, a, b, c, d, e, f, g, h) = graph.one(&db).await?;
    assert_eq!(titles(&[a, b, d, e, f, h]), ["1", "2", "4", "5", "6", "8"]);
    assert_eq!((c, g), (vec![], vec![]));
    Ok(())
}

#[orm::test(setup = tables)]
async fn rows_of_many_to_many_are_children_with_two_parents(db: Database) -> Result<(), Error> {
    let known = Label::insert(NewLabel { name: "known".into() }).one(&db).await?;
    let recorder = Recorder::new(&db);
    // A label that is there already is a child of the story; one that is new is a parent of the row between.
    let (_, stories) = Person::insert(person("Ann"))
        .with(["a", "b"], |ann, title| {
            story(ann, title)
                .with([known.id], |story, label_id| NewStoryLabel {
                    story_id: story.id,
                    label_id,
                })
                .with(["x", "y"], |story, name| {
                    let story_id = story.id;
                    let label = NewLabel {
                        name: format!("{name} of {}", story.title),
                    };
                    label.with_one(move |label| NewStoryLabel {
                        story_id,
                        label_id: label.id,
                    })
                })
        })
        .one(&recorder)
        .await?;
    let levels = ["people", "stories", "story_labels", "labels", "story_labels"];
    assert_eq!(heads(&recorder), inserts(&levels));
    for (story, old, new) in stories {
        let between = |label_id| StoryLabel {
            story_id: story.id,
            label_id,
        };
        assert_eq!(old, [between(known.id)]);
        let names: Vec<_> = new.iter().map(|(label, _)| label.name.clone()).collect();
        assert_eq!(names, ["x", "y"].map(|name| format!("{name} of {}", story.title)));
        assert!(new.iter().all(|(label, row)| *row == between(label.id)));
    }
    assert_eq!(StoryLabel::query().count(&db).await?, 6);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_tree_of_one_table_is_stored_level_by_level(db: Database) -> Result<(), Error> {
    let under = |boss: &Person, name: String| NewPerson {
        manager_id: Some(boss.id),
        ..person(name)
    };
    let recorder = Recorder::new(&db);
    let roots = (0..3).map(|a| {
        person(format!("{a}")).with(0..3, move |boss, b| {
            under(boss, format!("{a}{b}")).with(0..3, move |boss, c| under(boss, format!("{a}{b}{c}")))
        })
    });
    let tree: Vec<(Person, Vec<(Person, Vec<Person>)>)> = Person::insert_graphs(roots).all(&recorder).await?;
    assert_eq!(heads(&recorder), inserts(&["people"; 3]));
    let wrong = Person::query()
        .left_join(|p| Person::query().on(move |boss| p.manager_id.eq(boss.id)))
        .filter(|(p, boss)| p.name.ne(boss.name.coalesce("").concat(p.name.right(1))))
        .count(&db)
        .await?;
    assert_eq!((wrong, tree.len(), tree[2].1[1].1[0].name.as_str()), (0, 3, "210"));
    assert_eq!(Person::query().count(&db).await?, 3 + 9 + 27);
    Ok(())
}

#[orm::test(setup = tables)]
async fn keys_of_several_columns_are_values_as_others_are(db: Database) -> Result<(), Error> {
    let slots = (0..3).map(|n| NewSlot { room: n, hour: n * 10 });
    let graph = Slot::insert_graphs(slots.map(|slot| {
        slot.with(["x", "y"], |slot, guest| NewBooking {
            room: slot.room,
            hour: slot.hour,
            guest: guest.into(),
        })
    }));
    let graph: Vec<(Slot, Vec<Booking>)> = graph.all(&db).await?;
    for (n, (slot, bookings)) in (0..).zip(graph) {
        assert_eq!((slot.room, slot.hour), (n, n * 10));
        let rows: Vec<_> = bookings.iter().map(|b| (b.room, b.hour, b.guest.as_str())).collect();
        assert_eq!(rows, [(n, n * 10, "x"), (n, n * 10, "y")]);
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn children_of_an_upsert_belong_to_the_row_that_was_there(db: Database) -> Result<(), Error> {
    let ann = Person::insert(person("Ann")).one(&db).await?;
    let upsert = || {
        Person::insert(person("Ann"))
            .on_conflict(|key| key.name)
            .update(|old, _| old.rank.set(old.rank + 1))
    };
    let (again, stories) = upsert().with(["a"], story).one(&db).await?;
    assert_eq!((again.id, again.rank, stories[0].person_id), (ann.id, 2, ann.id));
    let written = upsert().with(["b"], story).execute(&db).await?;
    assert_eq!((written, counts(&db).await), (2, [1, 0, 2, 0]));
    // What takes nothing in writes nothing below it.
    let nothing = Person::insert(person("Ann"))
        .on_conflict(|key| key.name)
        .update(|_, _| Vec::new());
    let error = nothing.with(["c"], story).one(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(counts(&db).await, [1, 0, 2, 0]);
    Ok(())
}

#[derive(Insert)]
#[orm(of = Person)]
struct SignUp {
    name: String,
    manager_id: Option<i64>,
    #[orm(with)]
    rank: i32,
}

#[derive(Insert)]
#[orm(of = Story)]
struct Draft {
    #[orm(rename = "person_id")]
    author: i64,
    title: String,
}

#[orm::test(setup = tables)]
async fn a_struct_of_ones_own_and_a_row_with_defaults_set_can_be_parents_and_children(
    db: Database,
) -> Result<(), Error> {
    let sign_up = SignUp {
        name: "Ann".into(),
        manager_id: None,
        rank: 7,
    };
    let draft = |person: &Person, title: &str| Draft {
        author: person.id,
        title: title.into(),
    };
    let graph = Person::insert_graphs([sign_up.with(["a"], draft)]).all(&db).await?;
    assert_eq!((graph[0].0.rank, titles(&graph[0].1)), (7, vec!["a"]));
    // Rows that give different columns are different statements, and still in order.
    let rows = (0..6).map(|n| {
        let row = match n % 2 {
            0 => person(format!("{n}")).rank(n),
            _ => person(format!("{n}")).into(),
        };
        row.with([n], |person, n| story(person, n.to_string()))
    });
    let graph = Person::insert_graphs(rows).all(&db).await?;
    for (n, (person, stories)) in (0..).zip(&graph) {
        assert_eq!(person.rank, if n % 2 == 0 { n } else { 1 });
        assert_eq!(
            (titles(stories), stories[0].person_id),
            (vec![person.name.as_str()], person.id)
        );
    }
    Ok(())
}

/// The types can be named, and do not depend on the closures.
fn with_titles(name: &str, titles: &'static [&'static str]) -> RowWithChildren<NewPerson, (Stories,)> {
    person(name).with(titles, |person, title| story(person, *title))
}

type Stories = ChildrenOf<'static, Person, NewStory>;

#[orm::test(setup = tables)]
async fn rows_with_other_closures_are_of_one_type(db: Database) -> Result<(), Error> {
    let rows = [
        with_titles("Ann", &["a", "b"]),
        person("Bob").with(0..2, |bob, n| story(bob, format!("{} {n}", bob.name))),
    ];
    let graph = Person::insert_graphs(rows).all(&db).await?;
    let all: Vec<_> = graph.iter().map(|(_, stories)| titles(stories)).collect();
    assert_eq!(all, [["a", "b"], ["Bob 0", "Bob 1"]]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn rows_that_are_not_wanted_are_counted_and_the_last_level_goes_by_copy(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let few = Person::insert_graphs(people(8)).execute(&recorder).await?;
    assert_eq!(heads(&recorder), inserts(&["people", "stories", "notes"]));
    assert_eq!(few, 8 + 12 + 8);
    db.batch("TRUNCATE people CASCADE").await?;

    let ann = Person::insert(person("Ann")).with(["a", "b"], |ann, title| {
        story(ann, title).with(0..3_000, |story, n| note(story, n.to_string()))
    });
    assert_eq!(ann.execute(&recorder).await?, 1 + 2 + 6_000);
    let sent = heads(&recorder);
    assert!(sent.iter().any(|text| text.starts_with("COPY \"notes\"")), "{sent:?}");
    assert_eq!(counts(&db).await, [1, 0, 2, 6_000]);
    let wrong = Story::query().filter(|s| s.notes().count().ne(3_000));
    assert_eq!(wrong.count(&db).await?, 0);
    Ok(())
}

async fn by(db: &dyn Executor, name: &str) -> Result<Person, Error> {
    let (person, stories) = Person::insert(person(name)).with(["a", "b"], story).one(db).await?;
    assert_eq!(stories.len(), 2);
    Ok(person)
}

#[orm::test(setup = tables)]
async fn every_executor_inserts_graphs(db: Database) -> Result<(), Error> {
    by(&db, "database").await?;
    let connection = db.connection().await?;
    by(&connection, "connection").await?;
    drop(connection);
    let tx = db.begin().await?;
    by(&tx, "transaction").await?;
    tx.transaction(async |tx| by(tx, "savepoint").await).await?;
    // Beside other statements of the transaction.
    let (_, _, written) = tokio::try_join!(
        by(&tx, "pipelined"),
        by(&tx, "beside it"),
        Person::insert_graphs(people(9)).execute(&tx)
    )?;
    assert_eq!(written, 9 + 12 + 8);
    assert_eq!(counts(&db).await, [2, 0, 4, 0]);
    tx.commit().await?;
    assert_eq!(counts(&db).await, [6 + 9, 0, 12 + 12, 8]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn in_a_transaction_there_is_no_other_one(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let tx = recorder.begin().await?;
    by(&tx, "Ann").await?;
    Person::insert_graphs(people(8)).all(&tx).await?;
    tx.rollback().await?;
    let tables = ["people", "stories", "people", "stories", "notes"];
    let mut expected = inserts(&tables);
    *expected.last_mut().unwrap() = "ROLLBACK".into();
    assert_eq!(heads(&recorder), expected);
    assert_eq!(counts(&db).await, [0; 4]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_graph_is_inserted_by_a_spawned_task(db: Database) -> Result<(), Error> {
    let tasks = (0..4).map(|n| {
        let db = db.clone();
        tokio::spawn(async move {
            let titles: Vec<String> = (0..3).map(|title| format!("{n} {title}")).collect();
            let one = Person::insert(person(format!("one {n}")))
                .with(titles.iter(), |person, title| story(person, title).with([title], note))
                .one(&db)
                .await?;
            let rows = [person(format!("many {n}")).with(&titles, story)];
            let many = db
                .transaction(async |tx| Person::insert_graphs(rows).all(tx).await)
                .await?;
            Ok::<_, Error>((one, many))
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let (one, many) = task.await.unwrap()?;
        assert_eq!((one.1.len(), many[0].1.len()), (3, 3));
    }
    assert_eq!(counts(&db).await, [8, 0, 24, 12]);
    Ok(())
}
