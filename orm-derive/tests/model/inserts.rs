//! Rows to insert.

use orm::{Buffer, Insertable, IntoInsert, IsNull, Model as _, TableModel};

use crate::shop::{NewLine, NewPost, NewPostTag, NewTicket, NewUser, Post, User};

fn new_user() -> NewUser {
    NewUser {
        email: "a@b".into(),
        name: "Ann".into(),
        age: 30,
        nickname: None,
    }
}

/// The columns that a row gives, with their bytes.
fn given<R: Insertable>(row: &R) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let columns = R::Model::TABLE.columns.iter().enumerate();
    let given = columns.filter(|(at, _)| row.gives(*at));
    given
        .map(|(at, column)| {
            let mut out = Buffer::new();
            let null = row.put(at, &mut out).unwrap();
            (column.name, (null == IsNull::No).then(|| out.as_slice().to_vec()))
        })
        .collect()
}

fn rows<M: TableModel>(row: impl IntoInsert<M>) -> Vec<(&'static str, Option<Vec<u8>>)> {
    given(&row.into_row())
}

#[test]
fn a_new_row_gives_what_the_database_does_not_make() {
    const { assert!(!NewUser::VARIES) };
    assert_eq!(
        rows::<User>(new_user()),
        [
            ("email", Some(b"a@b".to_vec())),
            ("name", Some(b"Ann".to_vec())),
            ("age", Some(vec![0, 0, 0, 30])),
            ("nickname", None)
        ]
    );
    assert!(given(&NewTicket {}).is_empty());
}

#[test]
fn optional_columns_are_given_when_they_are_set() {
    const { assert!(crate::shop::NewUserWith::VARIES) };
    let names = |row: Vec<(&'static str, _)>| row.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let with = new_user().created_at(5);
    assert_eq!(names(given(&with)), ["email", "name", "age", "nickname", "created_at"]);
    let with = new_user().version(3).id(9).created_at(5);
    let row = rows::<User>(with);
    assert_eq!(row[0], ("id", Some(vec![0, 0, 0, 0, 0, 0, 0, 9])));
    assert_eq!(row.len(), 7);
    let mut out = Buffer::new();
    let with = crate::shop::NewUserWith::from(new_user());
    assert_eq!(with.put(0, &mut out).unwrap(), IsNull::Yes);
}

#[test]
fn what_only_the_database_makes_cannot_be_given() {
    let post = NewPost {
        author_id: 1,
        editor_id: None,
        title: "t".into(),
        slug: "s".into(),
        tags: vec![],
        score: 1.0,
    };
    let names: Vec<_> = rows::<Post>(post).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["author_id", "editor_id", "title", "url_slug", "tags", "score"]);
}

#[test]
fn debug_shows_no_values() {
    assert_eq!(format!("{:?}", new_user()), "NewUser { .. }");
    assert_eq!(format!("{:?}", new_user().id(1)), "NewUserWith { .. }");
    let line = NewLine {
        order_id: 1,
        number: 1,
        text: None,
    };
    assert_eq!(format!("{line:?}"), "NewLine { .. }");
    assert_eq!(
        given(&NewPostTag {
            post_id: 1,
            tag: "x".into()
        })
        .len(),
        2
    );
}
