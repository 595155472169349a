//! `#[derive(DbEnum)]`.

use orm::{DbType, Element, PgKind};
use orm_derive::DbEnum;

use crate::{encoded, round_trip};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(name = "post_status", schema = "blog")]
enum PostStatus {
    Draft,
    InReview,
    #[orm(rename = "PUBLISHED!")]
    Published,
}

#[derive(DbEnum, Debug, Clone, PartialEq)]
#[orm(text, rename_all = "kebab-case")]
enum Colour {
    DarkRed,
    Blue,
}

#[derive(DbEnum, Debug, Clone, PartialEq)]
#[orm(rename_all = "SCREAMING_SNAKE_CASE")]
enum HTTPMethod {
    Get,
    r#Match,
    #[orm(other)]
    Unknown(String),
}

#[derive(DbEnum, Debug, Clone, PartialEq)]
#[orm(text)]
enum Open {
    Known,
    #[orm(other)]
    Other(String),
}

fn labels(kind: &PgKind) -> &[&str] {
    match kind {
        PgKind::Enum(labels) => labels,
        other => panic!("expected an enum, found {other:?}"),
    }
}

fn is_element<T: Element>() {}

#[test]
fn an_enum_names_its_type_and_its_labels_in_order() {
    assert_eq!(
        (PostStatus::TYPE.schema, PostStatus::TYPE.name),
        (Some("blog"), "post_status")
    );
    assert_eq!(labels(&PostStatus::TYPE.kind), ["draft", "in_review", "PUBLISHED!"]);
    assert_eq!((HTTPMethod::TYPE.schema, HTTPMethod::TYPE.name), (None, "http_method"));
    assert_eq!(labels(&HTTPMethod::TYPE.kind), ["GET", "MATCH"]);
    assert_eq!(PostStatus::VALUES, None);
    is_element::<PostStatus>();
}

#[test]
fn each_variant_travels_as_its_label() {
    for (status, label) in [
        (PostStatus::Draft, "draft"),
        (PostStatus::InReview, "in_review"),
        (PostStatus::Published, "PUBLISHED!"),
    ] {
        assert_eq!(encoded(&status), Ok(Some(label.as_bytes().to_vec())));
        assert_eq!(round_trip(&status), status);
        assert_eq!(round_trip(&Some(status)), Some(status));
        assert_eq!(round_trip(&vec![status, status]), vec![status, status]);
    }
}

#[test]
fn an_unknown_label_is_an_error_that_names_the_enum_and_not_the_value() {
    for label in ["Draft", "DRAFT", "secret", "", "draft "] {
        let error = PostStatus::decode(Some(label.as_bytes())).unwrap_err().to_string();
        assert!(error.contains("`PostStatus`"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    assert!(PostStatus::decode(Some(&[0xff, 0])).is_err());
    assert!(PostStatus::decode(None).unwrap_err().to_string().contains("NULL"));
    assert_eq!(Option::<PostStatus>::decode(None), Ok(None));
}

#[test]
fn other_keeps_a_label_that_the_program_does_not_know() {
    let unknown = HTTPMethod::Unknown("PATCH".into());
    assert_eq!(HTTPMethod::decode(Some(b"PATCH")), Ok(unknown.clone()));
    assert_eq!(round_trip(&unknown), unknown);
    assert_eq!(HTTPMethod::decode(Some(b"")), Ok(HTTPMethod::Unknown(String::new())));
    assert_eq!(HTTPMethod::decode(Some(b"MATCH")), Ok(HTTPMethod::r#Match));
    assert!(HTTPMethod::decode(Some(&[0xff])).is_err(), "labels are UTF-8");
    assert!(
        encoded(&HTTPMethod::Unknown("a\0b".into())).is_err(),
        "labels hold no NUL"
    );
}

#[test]
fn an_enum_as_text_lists_its_values_unless_it_keeps_unknown_ones() {
    assert_eq!(Colour::TYPE.oid, orm::builtin::TEXT.oid);
    assert_eq!(Colour::VALUES, Some(&["dark-red", "blue"][..]));
    assert_eq!(Option::<Colour>::VALUES, Colour::VALUES);
    assert_eq!(Open::VALUES, None);
    for colour in [Colour::DarkRed, Colour::Blue] {
        assert_eq!(round_trip(&colour), colour);
    }
    assert_eq!(Open::decode(Some(b"new")), Ok(Open::Other("new".into())));
    assert_eq!(round_trip(&Open::Known), Open::Known);
}
