//! Queries inside of expressions, quantified comparisons, and rows of values.

use orm::prelude::*;

use super::people::{Person, ids, people};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i32,
    author: i32,
    reviewer: Option<i32>,
    title: String,
}

/// The people, and notes by Ann (two, one reviewed by Bob), Cleo and Dan.
async fn notes(db: Database) -> Result<(), Error> {
    people(db.clone()).await?;
    orm::create_all(&[Note::TABLE], &db).await?;
    let all = [
        (1, 1, Some(2), "b"),
        (2, 1, None, "a"),
        (3, 3, Some(1), "c"),
        (4, 4, Some(2), "d"),
    ];
    let rows = all.map(|(id, author, reviewer, title)| NewNote {
        id,
        author,
        reviewer,
        title: title.into(),
    });
    Note::insert_many(rows).execute(&db).await?;
    Ok(())
}

#[orm::test(setup = notes)]
async fn a_query_is_a_list(db: Database) {
    let authors = || Note::query().select(|n| n.author);
    let wrote = Person::query().filter(|p| p.id.in_(authors()));
    assert_eq!(
        wrote.clone().select(|p| p.id).to_sql().unwrap().text.as_ref(),
        r#"SELECT p1."id" FROM "people" AS p1 WHERE p1."id" IN (SELECT n2."author" FROM "notes" AS n2)"#
    );
    assert_eq!(ids(wrote, &db).await, [1, 3, 4]);
    let silent = Person::query().filter(|p| p.id.not_in(authors().distinct()));
    assert_eq!(ids(silent, &db).await, [2, 5]);
    // Correlated, and grouped.
    let own = Person::query().filter(|p| {
        let reviewed = Note::query().filter(|n| n.author.eq(p.id)).select(|n| n.reviewer);
        value(2).in_(reviewed)
    });
    assert_eq!(ids(own, &db).await, [1, 4]);
    let twice = Note::query()
        .group_by(|n| n.author)
        .having(|g| g.count().gt(1))
        .select(|g| g.key());
    assert_eq!(ids(Person::query().filter(|p| p.id.in_(twice)), &db).await, [1]);
    let none = Person::query().filter(|p| p.id.in_(Note::query().filter(|n| n.id.gt(9)).select(|n| n.id)));
    assert_eq!(ids(none, &db).await, [] as [i32; 0]);
}

#[orm::test(setup = notes)]
async fn not_in_over_a_null_is_never_true(db: Database) {
    let reviewers = || Note::query().select(|n| n.reviewer);
    let found = Person::query().filter(|p| p.id.not_in(reviewers()));
    assert_eq!(ids(found, &db).await, [] as [i32; 0]);
    let answers: Vec<Option<bool>> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| p.id.in_(reviewers()))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(answers, [Some(true), Some(true), None, None, None]);
    let found = Person::query().filter(|p| orm::not_exists(Note::query().filter(|n| n.reviewer.eq(p.id))));
    assert_eq!(ids(found, &db).await, [3, 4, 5]);
    // No Option, no NULL.
    let answers: Vec<bool> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| p.id.in_(Note::query().select(|n| n.author)))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(answers, [true, false, true, true, false]);
}

#[orm::test(setup = notes)]
async fn comparisons_are_with_any_or_all_of_a_list(db: Database) {
    let query = Person::query;
    assert_eq!(ids(query().filter(|p| p.id.eq_any([1, 5, 9])), &db).await, [1, 5]);
    assert_eq!(ids(query().filter(|p| p.id.ne_all([1, 5, 9])), &db).await, [2, 3, 4]);
    assert_eq!(ids(query().filter(|p| p.id.lt_any([2, 3])), &db).await, [1, 2]);
    assert_eq!(ids(query().filter(|p| p.id.lt_all([2, 3])), &db).await, [1]);
    assert_eq!(ids(query().filter(|p| p.id.le_any([2, 3])), &db).await, [1, 2, 3]);
    assert_eq!(ids(query().filter(|p| p.id.le_all([2, 3])), &db).await, [1, 2]);
    assert_eq!(ids(query().filter(|p| p.id.gt_any([2, 3])), &db).await, [3, 4, 5]);
    assert_eq!(ids(query().filter(|p| p.id.gt_all([2, 3])), &db).await, [4, 5]);
    assert_eq!(ids(query().filter(|p| p.id.ge_any([2, 3])), &db).await, [2, 3, 4, 5]);
    assert_eq!(ids(query().filter(|p| p.id.ge_all([2, 3])), &db).await, [3, 4, 5]);
    assert_eq!(ids(query().filter(|p| p.id.eq_all([2, 2])), &db).await, [2]);
    assert_eq!(ids(query().filter(|p| p.id.ne_any([2, 2])), &db).await, [1, 3, 4, 5]);
    // Of nothing, ANY is false and ALL is true.
    let nothing: [i32; 0] = [];
    assert_eq!(ids(query().filter(|p| p.id.gt_any(nothing)), &db).await, nothing);
    assert_eq!(
        ids(query().filter(|p| p.id.gt_all(nothing)), &db).await,
        [1, 2, 3, 4, 5]
    );
    // Of a query.
    let authors = || Note::query().select(|n| n.author);
    assert_eq!(ids(query().filter(|p| p.id.gt_all(authors())), &db).await, [5]);
    assert_eq!(ids(query().filter(|p| p.id.le_any(authors())), &db).await, [1, 2, 3, 4]);
    // Of an array of the database: a column, and one that a query gives.
    assert_eq!(
        ids(query().filter(|p| value("t3".to_owned()).eq_any(p.tags)), &db).await,
        [4, 5]
    );
    let tags = |id: i32| Person::query().filter(move |p| p.id.eq(id)).select(|p| p.tags).scalar();
    let found = query().filter(|p| p.id.eq(1) & value("t3".to_owned()).in_(tags(4)));
    assert_eq!(ids(found, &db).await, [1]);
}

#[orm::test(setup = notes)]
async fn a_query_of_one_column_is_a_value_or_an_array(db: Database) {
    let titles = Person::query().order_by(|p| p.id.asc()).select(|p| {
        let own = Note::query().filter(move |n| n.author.eq(p.id));
        let first = own.clone().order_by(|n| n.title.asc()).limit(1).select(|n| n.title);
        (
            first.scalar(),
            own.order_by(|n| n.title.asc()).select(|n| n.title).array(),
        )
    });
    let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        titles.all(&db).await.unwrap(),
        [
            (Some("a".into()), texts(&["a", "b"])),
            (None, texts(&[])),
            (Some("c".into()), texts(&["c"])),
            (Some("d".into()), texts(&["d"])),
            (None, texts(&[])),
        ]
    );
    let reviewers: Vec<Vec<Option<i32>>> = Person::query()
        .filter(|p| p.id.eq(1))
        .select(|_| Note::query().order_by(|n| n.id.asc()).select(|n| n.reviewer).array())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(reviewers, [[Some(2), None, Some(1), Some(2)]]);
    // In words of DISTINCT, too; several rows are an error of the server.
    let distinct = |query: orm::Query<Note>| query.select(|n| n.author).distinct().scalar();
    let one = Person::query()
        .filter(|p| p.id.eq(distinct(Note::query().filter(|n| n.author.eq(1)))))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(one.id, 1);
    let several = Person::query().filter(|p| p.id.eq(distinct(Note::query())));
    assert_eq!(several.all(&db).await.unwrap_err().sqlstate(), Some("21000"));
}

#[orm::test(setup = notes)]
async fn rows_of_values_are_compared_from_left_to_right(db: Database) {
    let query = Person::query;
    let found = query().filter(|p| row((p.age, p.name)).lt((30, "D")));
    assert_eq!(
        found.clone().select(|p| p.id).to_sql().unwrap().text.as_ref(),
        r#"SELECT "id" FROM "people" WHERE ("age", "name") < ($1, $2)"#
    );
    assert_eq!(ids(found, &db).await, [2, 3]);
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.id)).le((30, 3))), &db).await,
        [2, 3]
    );
    assert_eq!(ids(query().filter(|p| row((p.age, p.id)).gt((42, 1))), &db).await, [4]);
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.id)).ge((42, 1))), &db).await,
        [1, 4]
    );
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.id)).eq((30, p.id))), &db).await,
        [3, 5]
    );
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.id)).ne(row((p.age, p.id - 1)))), &db).await,
        [1, 2, 3, 4, 5]
    );
    // A NULL that decides gives NULL.
    let answers: Vec<(Option<bool>, Option<bool>, bool)> = query()
        .filter(|p| p.id.eq(1))
        .select(|p| {
            let both = || row((p.id, p.nickname));
            (
                both().eq((1, "x")),
                both().eq((2, "x")),
                both().is_distinct_from((1, "x")),
            )
        })
        .all(&db)
        .await
        .unwrap();
    assert_eq!(answers, [(None, Some(false), true)]);
    let tests: Vec<(bool, bool, bool)> = query()
        .filter(|p| p.id.in_([1, 2]))
        .order_by(|p| p.id.asc())
        .select(|p| {
            let both = || row((p.nickname, p.checked));
            (
                both().is_null(),
                both().is_not_null(),
                both().is_not_distinct_from(both()),
            )
        })
        .all(&db)
        .await
        .unwrap();
    assert_eq!(tests, [(false, false, true), (false, true, true)]);
}

#[orm::test(setup = notes)]
async fn a_row_is_in_a_list_of_rows_or_in_a_query(db: Database) {
    let query = Person::query;
    let list = vec![(42, "Ann"), (30, "Cleo"), (30, "Ann")];
    let found = query().filter(|p| row((p.age, p.name)).in_(&list));
    assert_eq!(
        found.clone().select(|p| p.id).to_sql().unwrap().text.as_ref(),
        r#"SELECT "id" FROM "people" WHERE ("age", "name") IN (SELECT * FROM unnest($1, $2))"#
    );
    assert_eq!(ids(found, &db).await, [1, 3]);
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.name)).not_in(list)), &db).await,
        [2, 4, 5]
    );
    let nothing: [(i32, String); 0] = [];
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.name)).in_(&nothing)), &db).await,
        [] as [i32; 0]
    );
    assert_eq!(
        ids(query().filter(|p| row((p.age, p.name)).not_in(nothing)), &db).await,
        [1, 2, 3, 4, 5]
    );
    let reviews = || Note::query().select(|n| (n.reviewer, n.title));
    let found = query().filter(|p| row((p.id, p.name.lower().left(1))).in_(reviews()));
    assert_eq!(ids(found, &db).await, [2]);
    let pairs = Note::query().select(|n| (n.author, n.id)).distinct();
    let found = query().filter(|p| row((p.id, p.id)).in_(pairs));
    assert_eq!(ids(found, &db).await, [1, 3, 4]);
}

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "place")]
struct Place {
    street: String,
    number: i32,
}

#[derive(Model, Debug)]
#[orm(table = "houses")]
struct House {
    #[orm(primary_key)]
    id: i32,
    place: Place,
}

#[orm::test]
async fn composites_stand_in_lists_of_rows(db: Database) {
    orm::create_all(&[House::TABLE], &db).await.unwrap();
    let place = |number| Place {
        street: "Elm".into(),
        number,
    };
    let rows = [1, 2, 3].map(|id| NewHouse { id, place: place(id) });
    House::insert_many(rows).execute(&db).await.unwrap();
    let list = vec![(1, place(1)), (2, place(9))];
    let ids = async |query: orm::Query<House>| query.order_by(|h| h.id.asc()).select(|h| h.id).all(&db).await.unwrap();
    assert_eq!(
        ids(House::query().filter(|h| row((h.id, h.place)).in_(&list))).await,
        [1]
    );
    assert_eq!(
        ids(House::query().filter(|h| row((h.id, h.place)).not_in(&list))).await,
        [2, 3]
    );
    let nothing: [(i32, Place); 0] = [];
    let found = House::query().filter(|h| row((h.id, h.place)).in_(&nothing));
    assert_eq!(ids(found).await, [] as [i32; 0]);
}
