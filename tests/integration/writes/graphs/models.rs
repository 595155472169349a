//! People with their stories, and what belongs to these.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "people")]
pub(crate) struct Person {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) name: String,
    #[orm(belongs_to(manager: Person))]
    pub(crate) manager_id: Option<i64>,
    #[orm(default = "1")]
    pub(crate) rank: i32,
}

/// At most one for each person.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "profiles")]
pub(crate) struct Profile {
    #[orm(primary_key, belongs_to(person: Person))]
    pub(crate) person_id: i64,
    pub(crate) bio: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "stories", unique(person_id, title), has_many(notes: Note))]
pub(crate) struct Story {
    #[orm(primary_key, generated = always)]
    pub(crate) id: i64,
    #[orm(belongs_to(person: Person))]
    pub(crate) person_id: i64,
    pub(crate) title: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "notes")]
pub(crate) struct Note {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(belongs_to(story: Story))]
    pub(crate) story_id: i64,
    #[orm(check = "text <> ''")]
    pub(crate) text: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "labels")]
pub(crate) struct Label {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) name: String,
}

/// Stories and labels, many to many.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "story_labels")]
pub(crate) struct StoryLabel {
    #[orm(primary_key, belongs_to(story: Story))]
    pub(crate) story_id: i64,
    #[orm(primary_key, belongs_to(label: Label))]
    pub(crate) label_id: i64,
}

/// A key of two columns, which the program gives.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "slots", primary_key(room, hour))]
pub(crate) struct Slot {
    pub(crate) room: i32,
    pub(crate) hour: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "bookings", belongs_to(slot: Slot, key(room, hour)))]
pub(crate) struct Booking {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) room: i32,
    pub(crate) hour: i32,
    pub(crate) guest: String,
}

pub(crate) async fn tables(db: Database) -> Result<(), Error> {
    let tables = [
        Person::TABLE,
        Profile::TABLE,
        Story::TABLE,
        Note::TABLE,
        Label::TABLE,
        StoryLabel::TABLE,
        Slot::TABLE,
        Booking::TABLE,
    ];
    orm::create_all(&tables, &db).await
}

pub(crate) fn person(name: impl Into<String>) -> NewPerson {
    NewPerson {
        name: name.into(),
        manager_id: None,
    }
}

pub(crate) fn story(person: &Person, title: impl Into<String>) -> NewStory {
    NewStory {
        person_id: person.id,
        title: title.into(),
    }
}

pub(crate) fn note(story: &Story, text: impl Into<String>) -> NewNote {
    NewNote {
        story_id: story.id,
        text: text.into(),
    }
}

/// How many rows there are of people, profiles, stories and notes.
pub(crate) async fn counts(db: &dyn Executor) -> [i64; 4] {
    let counts = async {
        Ok::<_, Error>([
            Person::query().count(db).await?,
            Profile::query().count(db).await?,
            Story::query().count(db).await?,
            Note::query().count(db).await?,
        ])
    };
    counts.await.unwrap()
}
