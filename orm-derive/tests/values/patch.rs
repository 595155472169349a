//! `#[derive(Patch)]`: only the columns whose fields say so are set, also when the patch came through serde.

use orm::{Change, Fields, Patch};
use orm_derive::Patch;
use serde::{Deserialize, Serialize};

use crate::model::User;

#[derive(Patch, Debug, Default, PartialEq, Serialize, Deserialize)]
#[orm(of = User)]
#[serde(default)]
struct UserPatch {
    #[serde(skip_serializing_if = "Change::is_keep")]
    name: Change<String>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    nickname: Change<Option<String>>,
    #[orm(rename = "age")]
    #[serde(skip_serializing_if = "Change::is_keep")]
    years: Change<i32>,
    #[orm(skip)]
    #[serde(skip)]
    reason: String,
}

/// The columns that a patch sets.
fn set(patch: UserPatch) -> Vec<String> {
    let assignments = patch.assignments(Fields::at(orm::__private::source()));
    assignments.iter().map(|assignment| format!("{assignment:?}")).collect()
}

fn parsed(json: &str) -> UserPatch {
    serde_json::from_str(json).expect("a patch")
}

#[test]
fn what_is_kept_is_not_set() {
    assert_eq!(set(UserPatch::default()), [""; 0]);
    let patch = UserPatch {
        name: "Ann".to_owned().into(),
        years: Change::Set(30),
        ..UserPatch::default()
    };
    assert_eq!(set(patch), ["Assign(name)", "Assign(age)"]);
    let to_null = UserPatch {
        nickname: Change::Set(None),
        ..UserPatch::default()
    };
    assert_eq!(set(to_null), ["Assign(nickname)"]);
}

#[test]
fn absent_keeps_and_null_sets_null() {
    assert_eq!(parsed("{}"), UserPatch::default());
    assert_eq!(set(parsed("{}")), [""; 0]);
    assert_eq!(parsed(r#"{ "nickname": null }"#).nickname, Change::Set(None));
    assert_eq!(set(parsed(r#"{ "nickname": null }"#)), ["Assign(nickname)"]);
    assert_eq!(parsed(r#"{ "nickname": "A" }"#).nickname, Change::Set(Some("A".into())));
    assert_eq!(parsed(r#"{ "name": "x" }"#).name, Change::Set("x".into()));
    assert_eq!(set(parsed(r#"{ "name": "x" }"#)), ["Assign(name)"]);
}

#[test]
fn null_for_a_column_that_is_never_null_is_an_error() {
    assert!(serde_json::from_str::<UserPatch>(r#"{ "name": null }"#).is_err());
    assert!(serde_json::from_str::<UserPatch>(r#"{ "years": "x" }"#).is_err());
}

#[test]
fn what_was_kept_is_absent_again() {
    for json in ["{}", r#"{"nickname":null}"#, r#"{"name":"x","years":3}"#] {
        assert_eq!(serde_json::to_string(&parsed(json)).expect("serializes"), json);
    }
}
