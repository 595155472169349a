//! `#[derive(Patch)]`, as web services use it.

use orm::prelude::*;
use serde::Deserialize;

use super::models::{User, new_user, tables};
use crate::support::Recorder;

#[derive(Patch, Deserialize, Default)]
#[orm(of = User)]
#[serde(default, deny_unknown_fields)]
struct UserPatch {
    name: Change<String>,
    #[orm(rename = "age")]
    years: Change<i32>,
    nickname: Change<Option<String>>,
}

fn patch(json: &str) -> UserPatch {
    serde_json::from_str(json).unwrap()
}

#[orm::test(setup = tables)]
async fn what_is_absent_is_kept_and_null_is_null(db: Database) -> Result<(), Error> {
    let id = User::insert(new_user("ann")).one(&db).await?.id;
    let ann = User::patch(id, patch(r#"{ "nickname": "annie", "years": 31 }"#))
        .one(&db)
        .await?;
    assert_eq!(
        (ann.name.as_str(), ann.age, ann.nickname.as_deref(), ann.version),
        ("ann", 31, Some("annie"), 2)
    );
    let ann = User::patch(id, patch(r#"{ "name": "Ann" }"#)).one(&db).await?;
    assert_eq!((ann.name.as_str(), ann.nickname.as_deref()), ("Ann", Some("annie")));
    assert_eq!(User::patch(id, patch(r#"{ "nickname": null }"#)).execute(&db).await?, 1);
    let ann = User::find(id).one(&db).await?;
    assert_eq!((ann.nickname, ann.age, ann.version), (None, 31, 4));
    assert!(serde_json::from_str::<UserPatch>(r#"{ "name": null }"#).is_err());
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_empty_patch_writes_nothing(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let recorder = Recorder::new(&db);
    assert_eq!(User::patch(ann.id, patch("{}")).execute(&recorder).await?, 0);
    assert_eq!(recorder.take(), [""; 0]);
    assert_eq!(User::patch(ann.id, patch("{}")).one(&recorder).await?, ann);
    let sent = recorder.take();
    assert!(sent.len() == 1 && sent[0].starts_with("SELECT"), "{sent:?}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_patch_of_a_row_that_is_not_there_says_so(db: Database) -> Result<(), Error> {
    let missing = |json| User::patch(99, patch(json));
    assert_eq!(
        missing(r#"{ "name": "x" }"#).one(&db).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(missing("{}").one(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(missing(r#"{ "name": "x" }"#).execute(&db).await?, 0);
    Ok(())
}
