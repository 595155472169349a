//! Arrays.

use orm::array;
use orm::prelude::*;

use super::support::of;

#[derive(Model)]
#[orm(table = "shelves")]
struct Shelf {
    #[orm(primary_key)]
    id: i32,
    numbers: Vec<i32>,
    others: Option<Vec<i32>>,
    holes: Vec<Option<i32>>,
    texts: Vec<String>,
    number: i32,
    maybe: Option<i32>,
}

async fn shelves(db: Database) -> Result<(), Error> {
    orm::create_all(&[Shelf::TABLE], &db).await?;
    let full = NewShelf {
        id: 1,
        numbers: vec![3, 1, 2, 1],
        others: Some(vec![1, 2]),
        holes: vec![Some(1), None, Some(3)],
        texts: vec!["a".into(), "b,c".into()],
        number: 2,
        maybe: None,
    };
    let empty = NewShelf {
        id: 2,
        numbers: vec![],
        others: None,
        holes: vec![],
        texts: vec![],
        number: 9,
        maybe: Some(7),
    };
    Shelf::insert_many([full, empty]).execute(&db).await?;
    Ok(())
}

fn full() -> orm::Query<Shelf> {
    Shelf::query().filter(|s| s.id.eq(1))
}

fn empty() -> orm::Query<Shelf> {
    Shelf::query().filter(|s| s.id.eq(2))
}

#[orm::test(setup = shelves)]
async fn arrays_are_compared_with_lists_columns_and_expressions(db: Database) {
    let row: (bool, Option<bool>, Option<bool>, bool, bool) = of(&db, full(), |s| {
        (
            s.numbers.contains_all([1, 2]),
            s.numbers.contains_all(s.others),
            s.others.contained_in(s.numbers),
            s.numbers.contains_any(s.holes),
            s.numbers.append(9).contains_any(array((8, s.number + 7))),
        )
    })
    .await;
    assert_eq!(row, (true, Some(true), Some(true), true, true));
    let row = of(&db, empty(), |s| {
        (
            s.numbers.contains_all(Vec::<i32>::new()),
            s.numbers.contains_all(s.others),
            s.others.contained_in(s.numbers),
            s.numbers.contained_in([1]),
        )
    })
    .await;
    assert_eq!(row, (true, None, None, true));
}

#[orm::test(setup = shelves)]
async fn a_null_among_the_elements_makes_contains_unknown(db: Database) {
    let row: (Option<bool>, Option<bool>, bool) = of(&db, full(), |s| {
        (s.holes.contains(3), s.holes.contains(9), s.numbers.contains(9))
    })
    .await;
    assert_eq!(row, (Some(true), None, false));
}

#[orm::test(setup = shelves)]
async fn elements_and_slices(db: Database) {
    let row = of(&db, full(), |s| {
        (
            s.numbers.element(1),
            s.numbers.element(s.number),
            s.numbers.element(9),
            s.holes.element(2),
            s.numbers.element(s.maybe),
            s.texts.element(2),
        )
    })
    .await;
    assert_eq!(row, (Some(3), Some(1), None, None, None, Some("b,c".into())));
    let row: (Vec<i32>, Vec<i32>, Vec<Option<i32>>, Option<Vec<i32>>) = of(&db, full(), |s| {
        (
            s.numbers.slice(2, 3),
            s.numbers.slice(s.number, 99),
            s.holes.slice(2, 3),
            s.numbers.slice(1, s.maybe),
        )
    })
    .await;
    assert_eq!(row, (vec![1, 2], vec![1, 2, 1], vec![None, Some(3)], None));
    let row = of(&db, full(), |s| {
        (s.numbers.slice(7, 9), s.others.slice(2, 2).element(1))
    })
    .await;
    assert_eq!(row, (vec![], Some(2)));
}

#[orm::test(setup = shelves)]
async fn elements_are_added_and_arrays_joined(db: Database) {
    let row: (Vec<i32>, Vec<i32>, Vec<Option<i32>>, Vec<i32>, Vec<Option<i32>>) = of(&db, full(), |s| {
        (
            s.numbers.append(7),
            s.others.prepend(s.number),
            s.numbers.append(s.maybe),
            s.numbers.concat_array([9]),
            s.numbers.concat_array(s.holes),
        )
    })
    .await;
    assert_eq!(row.0, [3, 1, 2, 1, 7]);
    assert_eq!(row.1, [2, 1, 2]);
    assert_eq!(row.2, [Some(3), Some(1), Some(2), Some(1), None]);
    assert_eq!(row.3, [3, 1, 2, 1, 9]);
    assert_eq!(row.4, [Some(3), Some(1), Some(2), Some(1), Some(1), None, Some(3)]);
    // A NULL array counts as empty.
    let row: (Vec<i32>, Vec<i32>, Vec<i32>, Option<Vec<i32>>) = of(&db, empty(), |s| {
        (
            s.others.append(1),
            s.others.prepend(s.number),
            s.others.concat_array(s.numbers),
            s.others.concat_array(s.others),
        )
    })
    .await;
    assert_eq!(row, (vec![1], vec![9], vec![], None));
}

#[orm::test(setup = shelves)]
async fn elements_are_removed_replaced_and_found(db: Database) {
    let row: (
        Vec<i32>,
        Option<Vec<i32>>,
        Vec<Option<i32>>,
        Vec<i32>,
        Vec<i32>,
        Vec<Option<i32>>,
    ) = of(&db, full(), |s| {
        (
            s.numbers.remove(1),
            s.others.remove(s.number),
            s.holes.remove(s.maybe),
            s.holes.remove_nulls(),
            s.numbers.replace_element(1, s.number),
            s.numbers.replace_element(1, s.maybe),
        )
    })
    .await;
    assert_eq!(
        (row.0, row.1, row.2),
        (vec![3, 2], Some(vec![1]), vec![Some(1), Some(3)])
    );
    assert_eq!((row.3, row.4), (vec![1, 3], vec![3, 2, 2, 2]));
    assert_eq!(row.5, [Some(3), None, Some(2), None]);
    let row = of(&db, full(), |s| {
        (
            s.numbers.position_of(1),
            s.numbers.position_of(8),
            s.holes.position_of(s.maybe),
            s.numbers.position_from(1, s.number + 1),
            s.numbers.positions_of(1),
            s.others.positions_of(7),
        )
    })
    .await;
    assert_eq!(row, (Some(2), None, Some(2), Some(4), vec![2, 4], Some(vec![])));
    assert_eq!(of(&db, empty(), |s| s.others.positions_of(7)).await, None);
}

#[orm::test(setup = shelves)]
async fn arrays_as_text_and_of_expressions(db: Database) {
    let row: (String, String, String, Option<String>) = of(&db, full(), |s| {
        (
            s.texts.array_to_string("; "),
            s.holes.array_to_string(","),
            s.holes.array_to_string_with(",", "-"),
            s.others.array_to_string(", "),
        )
    })
    .await;
    assert_eq!(
        row,
        ("a; b,c".into(), "1,3".into(), "1,-,3".into(), Some("1, 2".into()))
    );
    let row: (Vec<i32>, Vec<Option<i32>>, Vec<String>, i32) = of(&db, full(), |s| {
        (
            array((s.id, s.number * 2, 7)),
            array((s.id, s.maybe)),
            array(("x", s.texts.array_to_string("+"))),
            array((s.number,)).cardinality(),
        )
    })
    .await;
    assert_eq!(
        row,
        (vec![1, 4, 7], vec![Some(1), None], vec!["x".into(), "a+b,c".into()], 1)
    );
    assert_eq!(
        of(&db, empty(), |s| (s.numbers.cardinality(), s.others.cardinality())).await,
        (0, None)
    );
}

#[orm::test(setup = shelves)]
async fn arrays_of_groups_are_arrays_of_their_phase(db: Database) {
    let groups = Shelf::query().group_by(|s| s.number).having(|g| {
        let ids = array((g.key(), g.max(|s| s.id)));
        ids.contains(1)
    });
    assert_eq!(groups.select(|g| g.key()).all(&db).await.unwrap(), [2]);
}

#[orm::test(setup = shelves)]
async fn an_array_that_is_null_can_be_an_empty_one(db: Database) {
    let row: (Vec<i32>, Vec<i32>) = of(&db, empty(), |s| (s.others.or_empty(), s.numbers.or_empty())).await;
    assert_eq!(row, (vec![], vec![]));
    assert_eq!(of(&db, full(), |s| s.others.or_empty()).await, [1, 2]);
    let none = Shelf::query().filter(|s| s.id.eq(9));
    let gathered = none.aggregate(|g| {
        (
            g.array_agg(|s| s.number).or_empty(),
            g.array_agg(|s| s.maybe).or_empty(),
        )
    });
    let gathered: (Vec<i32>, Vec<Option<i32>>) = gathered.one(&db).await.unwrap();
    assert_eq!(gathered, (vec![], vec![]));
}
