//! Random graphs, against a loop that inserts row by row.

use orm::prelude::*;

use super::models::{NewPerson, NewProfile, Note, Person, Profile, Story, counts, note, person, story, tables};
use crate::support::Recorder;
use crate::writes::support::Random;

/// A person with an optional profile, stories with notes, and reports; without keys.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
struct Plan {
    name: String,
    bio: Option<String>,
    stories: Vec<(String, Vec<String>)>,
    reports: Vec<String>,
}

fn plan(random: &mut Random, n: usize) -> Plan {
    let most = [1, 2, 5][random.below(3)];
    let texts = |random: &mut Random, what: &str| {
        let count = random.below(most);
        (0..count).map(|k| format!("{what} {n} {k}")).collect::<Vec<_>>()
    };
    let stories = texts(random, "story").into_iter();
    Plan {
        name: format!("person {n}"),
        bio: random.once_in(2).then(|| format!("bio {n}")),
        stories: stories.map(|title| (title, texts(random, "note"))).collect(),
        reports: texts(random, "report"),
    }
}

fn report(person: &Person, name: String) -> NewPerson {
    NewPerson {
        name,
        manager_id: Some(person.id),
    }
}

fn profile(person: &Person, bio: String) -> NewProfile {
    NewProfile {
        person_id: person.id,
        bio,
    }
}

type Stored = (Person, Vec<Profile>, Vec<(Story, Vec<Note>)>, Vec<Person>);

fn graph(plans: Vec<Plan>) -> orm::InsertGraphs<impl orm::GraphRow<Row = NewPerson, Stored = Stored>> {
    Person::insert_graphs(plans.into_iter().map(|plan| {
        person(plan.name)
            .with(plan.bio, profile)
            .with(plan.stories, |person, (title, texts)| {
                story(person, title).with(texts, note)
            })
            .with(plan.reports, report)
    }))
}

async fn row_by_row(plans: Vec<Plan>, db: &dyn Executor) -> Result<(), Error> {
    for plan in plans {
        let boss = Person::insert(person(plan.name)).one(db).await?;
        if let Some(bio) = plan.bio {
            Profile::insert(profile(&boss, bio)).execute(db).await?;
        }
        for (title, texts) in plan.stories {
            let story = Story::insert(story(&boss, title)).one(db).await?;
            for text in texts {
                Note::insert(note(&story, text)).execute(db).await?;
            }
        }
        for name in plan.reports {
            Person::insert(report(&boss, name)).execute(db).await?;
        }
    }
    Ok(())
}

/// What the tables hold, in the order of the keys.
async fn stored(db: &dyn Executor) -> Result<Vec<Plan>, Error> {
    let mut plans = Vec::new();
    let bosses = Person::query()
        .filter(|p| p.manager_id.is_null())
        .order_by(|p| p.id.asc());
    for boss in bosses.all(db).await? {
        let mut stories = Vec::new();
        let of_boss = Story::query()
            .filter(|s| s.person_id.eq(boss.id))
            .order_by(|s| s.id.asc());
        for story in of_boss.all(db).await? {
            let notes = Note::query()
                .filter(|n| n.story_id.eq(story.id))
                .order_by(|n| n.id.asc());
            stories.push((story.title, notes.select(|n| n.text).all(db).await?));
        }
        let profile = Profile::query().filter(|p| p.person_id.eq(boss.id));
        let reports = Person::query()
            .filter(|p| p.manager_id.eq(boss.id))
            .order_by(|p| p.id.asc());
        plans.push(Plan {
            name: boss.name,
            bio: profile.select(|p| p.bio).first(db).await?,
            stories,
            reports: reports.select(|p| p.name).all(db).await?,
        });
    }
    Ok(plans)
}

/// What came back, which must be tied together by its keys.
fn returned(rows: Vec<Stored>) -> Vec<Plan> {
    let plan = |(boss, profiles, stories, reports): Stored| {
        assert!(profiles.iter().all(|profile| profile.person_id == boss.id));
        assert!(reports.iter().all(|report| report.manager_id == Some(boss.id)));
        let stories = stories.into_iter().map(|(story, notes)| {
            assert_eq!(story.person_id, boss.id);
            assert!(notes.iter().all(|note| note.story_id == story.id));
            (story.title, notes.into_iter().map(|note| note.text).collect())
        });
        Plan {
            stories: stories.collect(),
            name: boss.name,
            bio: profiles.into_iter().next().map(|profile| profile.bio),
            reports: reports.into_iter().map(|report| report.name).collect(),
        }
    };
    rows.into_iter().map(plan).collect()
}

#[orm::test(setup = tables)]
async fn a_random_graph_is_what_a_loop_of_single_inserts_stores(db: Database) -> Result<(), Error> {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let count = [0, 1, 2, 7, 30][random.below(5)];
        let plans: Vec<Plan> = (0..count).map(|n| plan(&mut random, n)).collect();

        row_by_row(plans.clone(), &db).await?;
        let (expected, rows) = (stored(&db).await?, counts(&db).await);
        assert_eq!(expected, plans, "seed {seed}");
        db.batch("TRUNCATE people CASCADE").await?;

        let recorder = Recorder::new(&db);
        assert_eq!(
            returned(graph(plans.clone()).all(&recorder).await?),
            expected,
            "seed {seed}"
        );
        let statements = recorder.take().len();
        assert!(statements <= 2 + 5, "{statements} statements, seed {seed}");
        assert_eq!(stored(&db).await?, expected, "seed {seed}");
        db.batch("TRUNCATE people CASCADE").await?;

        let tx = db.begin().await?;
        assert_eq!(graph(plans).execute(&tx).await?, rows.iter().sum::<i64>() as u64);
        tx.commit().await?;
        assert_eq!(stored(&db).await?, expected, "seed {seed}");
        db.batch("TRUNCATE people CASCADE").await?;
    }
    Ok(())
}
