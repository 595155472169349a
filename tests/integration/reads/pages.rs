//! Pages by keyset.

use orm::prelude::*;
use orm::{Cursor, Page};

use super::people::{Person, people};
use crate::support::Recorder;

fn of(page: &Page<Person>) -> Vec<i32> {
    page.items.iter().map(|person| person.id).collect()
}

#[orm::test(setup = people)]
async fn pages_go_forwards_to_the_end_and_backwards_to_the_start(db: Database) {
    let query = || Person::query().order_by(|p| p.height.desc().nulls_last());
    let first = query().page(2, None, &db).await.unwrap();
    assert_eq!((of(&first), first.previous.is_some()), (vec![4, 1], false));
    let second = query().page(2, first.next.as_ref(), &db).await.unwrap();
    assert_eq!(of(&second), [3, 5]);
    let third = query().page(2, second.next.as_ref(), &db).await.unwrap();
    assert_eq!((of(&third), third.next.is_some()), (vec![2], false));
    let back = query().page(2, third.previous.as_ref(), &db).await.unwrap();
    assert_eq!((of(&back), back.next.is_some()), (vec![3, 5], true));
    let start = query().page(2, back.previous.as_ref(), &db).await.unwrap();
    assert_eq!((of(&start), start.previous.is_some()), (vec![4, 1], false));
    // And forwards again, from a page that was reached backwards.
    let again = query().page(2, start.next.as_ref(), &db).await.unwrap();
    assert_eq!(of(&again), [3, 5]);
}

#[orm::test(setup = people)]
async fn a_page_is_one_statement_and_an_index_serves_its_condition(db: Database) {
    let recorder = Recorder::new(&db);
    let query = || Person::query().order_by(|p| p.age.desc()).filter(|p| p.id.gt(0));
    let first = query()
        .order_by(|p| p.id.desc())
        .page(3, None, &recorder)
        .await
        .unwrap();
    query()
        .order_by(|p| p.id.desc())
        .page(3, first.next.as_ref(), &recorder)
        .await
        .unwrap();
    let sent = recorder.take();
    assert_eq!(sent.len(), 2);
    assert!(
        sent[1].contains(r#"("age", "id") < ($2, $3) ORDER BY "age" DESC, "id" DESC LIMIT $4"#),
        "{}",
        sent[1]
    );
}

#[orm::test(setup = people)]
async fn the_key_breaks_ties_in_the_direction_of_the_last_term_unless_the_order_names_it(db: Database) {
    let pages = |query: fn() -> orm::Query<Person>| {
        let db = &db;
        async move {
            let mut found = Vec::new();
            let mut cursor = None;
            loop {
                let page = query().page(1, cursor.as_ref(), db).await.unwrap();
                found.extend(of(&page));
                cursor = page.next;
                if cursor.is_none() {
                    return found;
                }
            }
        }
    };
    assert_eq!(pages(Person::query).await, [1, 2, 3, 4, 5]);
    assert_eq!(
        pages(|| Person::query().order_by(|p| p.active.desc())).await,
        [5, 3, 1, 4, 2]
    );
    assert_eq!(
        pages(|| Person::query().order_by(|p| (p.active.desc(), p.id.asc()))).await,
        [1, 3, 5, 2, 4]
    );
    assert_eq!(
        pages(|| Person::query().order_by(|p| p.checked.asc())).await,
        [2, 5, 1, 4, 3]
    );
}

#[orm::test(setup = people)]
async fn rows_that_come_and_go_between_pages_shift_nothing(db: Database) {
    let query = || Person::query().order_by(|p| p.age.asc());
    let first = query().page(2, None, &db).await.unwrap();
    assert_eq!(of(&first), [2, 3]);
    Person::query()
        .filter(|p| p.id.in_([2, 3]))
        .delete()
        .execute(&db)
        .await
        .unwrap();
    db.batch("INSERT INTO people SELECT 9, name, nickname, 1, height, active, checked, tags FROM people WHERE id = 1")
        .await
        .unwrap();
    let second = query().page(2, first.next.as_ref(), &db).await.unwrap();
    assert_eq!(of(&second), [5, 1]);
    let back = query().page(2, second.previous.as_ref(), &db).await.unwrap();
    assert_eq!(of(&back), [9]);
}

#[orm::test(setup = people)]
async fn selected_rows_are_paged_too_and_need_not_hold_the_order(db: Database) {
    let query = || {
        Person::query()
            .order_by(|p| (p.name.length() + 0).desc())
            .select(|p| (p.name, p.nickname.is_null()))
    };
    let first: Page<(String, bool)> = query().page(2, None, &db).await.unwrap();
    assert_eq!(first.items, [("Élodie".into(), false), ("Cleo".into(), false)]);
    let second = query().page(9, first.next.as_ref(), &db).await.unwrap();
    assert_eq!(
        second.items,
        [("Dan".into(), false), ("Bob".into(), false), ("Ann".into(), true)]
    );
}

#[orm::test(setup = people)]
async fn a_cursor_travels_as_text_and_shows_nothing_in_debug(db: Database) {
    let query = || Person::query().order_by(|p| p.nickname.asc().nulls_first());
    let first = query().page(3, None, &db).await.unwrap();
    let next = first.next.unwrap();
    let text = next.to_string();
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
        "{text}"
    );
    assert_eq!(text.parse::<Cursor>().unwrap(), next);
    let json = serde_json::to_string(&next).unwrap();
    assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), next);
    assert_eq!(format!("{next:?}"), "Cursor(…)");
    let second = query().page(9, Some(&text.parse().unwrap()), &db).await.unwrap();
    assert_eq!(of(&second).len(), 2);
}

#[orm::test(setup = people)]
async fn a_cursor_of_another_order_table_or_value_is_refused_before_sending(db: Database) {
    let query = || Person::query().order_by(|p| p.age.asc());
    let next = query().page(2, None, &db).await.unwrap().next.unwrap();
    let recorder = Recorder::new(&db);
    let by = |rest: i32| Person::query().order_by(|p| (p.age % rest).asc());
    let rest = by(10).page(2, None, &db).await.unwrap().next.unwrap();
    let others = [
        Person::query().page(2, Some(&next), &recorder).await.unwrap_err(),
        Person::query()
            .order_by(|p| p.age.desc())
            .page(2, Some(&next), &recorder)
            .await
            .unwrap_err(),
        Person::query()
            .order_by(|p| p.id.asc())
            .page(2, Some(&next), &recorder)
            .await
            .unwrap_err(),
        Person::query()
            .order_by(|p| (p.age.asc(), p.name.asc()))
            .page(2, Some(&next), &recorder)
            .await
            .unwrap_err(),
        Person::query()
            .order_by(|p| p.height.asc())
            .page(2, Some(&next), &recorder)
            .await
            .unwrap_err(),
        by(7).page(2, Some(&rest), &recorder).await.unwrap_err(),
    ];
    for error in others {
        assert_eq!(error.kind(), ErrorKind::InvalidCursor, "{error}");
    }
    assert_eq!(recorder.take(), [] as [&str; 0]);
    // The filter may change, and with the order the page goes on.
    let filtered = query().filter(|p| p.active).page(9, Some(&next), &db).await.unwrap();
    assert_eq!(of(&filtered), [5, 1]);
    assert_eq!(of(&by(10).page(9, Some(&rest), &db).await.unwrap()).len(), 3);
}

#[orm::test(setup = people)]
async fn a_damaged_cursor_is_an_error_whatever_was_changed(db: Database) {
    let next = Person::query().page(2, None, &db).await.unwrap().next.unwrap();
    let text = next.to_string();
    for at in 0..text.len() {
        let mut damaged = text.clone().into_bytes();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).unwrap();
        // The last character has bits that mean nothing: either it is refused, or it is the same cursor.
        match damaged.parse::<Cursor>() {
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidCursor),
            Ok(cursor) => assert_eq!(cursor, next),
        }
        assert!(text[..at].parse::<Cursor>().is_err());
    }
    for text in ["", "x", "====", "ä", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let error = text.parse::<Cursor>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCursor);
    }
}

type Forgery<'a> = &'a dyn Fn(&mut Vec<u8>);

/// What a forger would write: the checksum is no secret.
fn forged(text: &str, change: impl FnOnce(&mut Vec<u8>)) -> Cursor {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::{Digest, Sha256};

    let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    bytes.truncate(bytes.len() - 8);
    change(&mut bytes);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum[..8]);
    URL_SAFE_NO_PAD.encode(bytes).parse().unwrap()
}

#[orm::test(setup = people)]
async fn a_forged_cursor_is_a_typed_error_or_a_bound_and_nothing_else(db: Database) {
    let query = || Person::query().order_by(|p| p.name.asc());
    let text = query().page(2, None, &db).await.unwrap().next.unwrap().to_string();
    // Version, direction, fingerprint; then the values behind their lengths: "Bob" and 2.
    let values = 10;
    let forgeries: [Forgery; 6] = [
        &|bytes| bytes.truncate(values),
        &|bytes| bytes.extend([0, 0, 0, 1, 7]),
        &|bytes| bytes.splice(values + 7.., [0, 0, 0, 2, 0, 0]).for_each(drop),
        &|bytes| bytes.splice(values + 7.., [0, 0, 0, 5, 0, 0, 0, 0, 9]).for_each(drop),
        &|bytes| bytes[values + 4] = 0xff,
        &|bytes| bytes[values + 4] = 0,
    ];
    for (index, forgery) in forgeries.into_iter().enumerate() {
        let cursor = forged(&text, |bytes| forgery(bytes));
        let error = query().page(2, Some(&cursor), &db).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCursor, "forgery {index}: {error}");
    }
    let null = forged(&text, |bytes| {
        bytes.splice(values..values + 7, [0xff; 4]).for_each(drop)
    });
    let error = query().page(2, Some(&null), &db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCursor);
    // Another value is a bound.
    let other = forged(&text, |bytes| bytes[values + 4..values + 7].copy_from_slice(b"Clf"));
    assert_eq!(of(&query().page(2, Some(&other), &db).await.unwrap()), [4, 5]);
    assert_eq!(Person::query().count(&db).await.unwrap(), 5, "the connection is usable");
}

#[orm::test(setup = people)]
async fn an_error_that_the_cursor_did_not_cause_is_no_error_of_the_cursor(db: Database) {
    let query = || Person::query().order_by(|p| p.name.asc());
    let next = query().page(2, None, &db).await.unwrap().next.unwrap();
    let divided = query().filter(|p| (orm::value(1) / (p.id - 5)).gt(0));
    assert_eq!(
        divided.page(9, Some(&next), &db).await.unwrap_err().kind(),
        ErrorKind::InvalidValue
    );
}

#[orm::test(setup = people)]
async fn a_page_sets_the_limit_itself(db: Database) {
    let error = Person::query().limit(3).page(2, None, &db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let error = Person::query().offset(3).page(2, None, &db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let all = Person::query().page(u64::MAX, None, &db).await.unwrap();
    assert_eq!((all.items.len(), all.next, all.previous), (5, None, None));
    let error = Person::query().page(0, None, &db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let nothing = Person::query().filter(|p| p.id.gt(9)).page(2, None, &db).await.unwrap();
    assert_eq!((nothing.items.len(), nothing.next, nothing.previous), (0, None, None));
}

#[derive(Model, Debug)]
#[orm(table = "codes")]
struct Code {
    #[orm(primary_key)]
    id: i32,
    #[orm(type = "char(4)")]
    padded: String,
    #[orm(type = "varchar(4)")]
    short: String,
}

/// The server sends `char(4)` with its blanks, but casts it to text without them.
#[orm::test]
async fn columns_of_other_text_types_are_paged_too(db: Database) {
    orm::create_all(&[Code::TABLE], &db).await.unwrap();
    let codes = ["a", "a", "ab", "abcd"].into_iter().zip(1..).map(|(code, id)| NewCode {
        id,
        padded: code.to_owned(),
        short: code.to_owned(),
    });
    Code::insert_many(codes).execute(&db).await.unwrap();
    let query = || Code::query().order_by(|c| (c.padded.asc(), c.short.desc()));
    let mut found = Vec::new();
    let mut cursor = None;
    for _ in 0..5 {
        let page = query().page(1, cursor.as_ref(), &db).await.unwrap();
        found.extend(
            page.items
                .iter()
                .map(|code| (code.id, code.padded.trim().len(), code.short.len())),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, [(2, 1, 1), (1, 1, 1), (3, 2, 2), (4, 4, 4)]);
}
