//! `#[derive(DbType)]` on newtypes.

use orm::{DbType, Element, FromRow, PgKind};
use orm_derive::DbType;

use crate::{encoded, round_trip};

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
struct UserId(i64);

#[derive(DbType, Debug, Clone, PartialEq)]
struct Email(String);

/// Not an array element: PostgreSQL's arrays have no fixed dimensions.
#[derive(DbType, Debug, Clone, PartialEq)]
struct Tags(Vec<String>);

#[derive(DbType, Debug, Clone, PartialEq)]
struct Avatar(Vec<u8>);

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
struct Owner(UserId);

fn is_element<T: Element>() {}

#[test]
fn a_newtype_is_stored_as_what_it_wraps() {
    assert_eq!(UserId::TYPE.oid, i64::TYPE.oid);
    assert_eq!(encoded(&UserId(7)), encoded(&7i64));
    for id in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(round_trip(&UserId(id)), UserId(id));
        assert_eq!(round_trip(&Owner(UserId(id))), Owner(UserId(id)));
        assert_eq!(round_trip(&Some(UserId(id))), Some(UserId(id)));
    }
    for text in ["", "ann@example.org", "日本語"] {
        assert_eq!(round_trip(&Email(text.into())), Email(text.into()));
    }
    assert_eq!(round_trip(&Tags(vec![])), Tags(vec![]));
    assert_eq!(round_trip(&Tags(vec![String::new()])), Tags(vec![String::new()]));
    assert!(matches!(Tags::TYPE.kind, PgKind::Array(_)));
    assert_eq!(round_trip(&vec![UserId(1), UserId(2)]), vec![UserId(1), UserId(2)]);
    assert_eq!(<Option<UserId> as FromRow>::WIDTH, 1);
}

#[test]
fn a_newtype_is_an_array_element_if_what_it_wraps_is_one() {
    is_element::<UserId>();
    is_element::<Owner>();
    is_element::<Email>();
    is_element::<Avatar>();
}

#[test]
fn what_the_wrapped_type_refuses_the_newtype_refuses() {
    assert!(UserId::decode(None).is_err());
    assert!(UserId::decode(Some(&[1, 2, 3])).is_err());
    assert!(Email::decode(Some(&[0xff])).is_err());
    assert!(encoded(&Email("\0".into())).is_err());
}

/// A type of an extension, in the format of what it wraps.
#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "geometry", schema = "gis")]
struct Geometry(Vec<u8>);

#[test]
fn a_newtype_with_a_name_is_a_type_of_the_database() {
    assert_eq!((Geometry::TYPE.oid, Geometry::TYPE.name), (0, "geometry"));
    assert_eq!(Geometry::TYPE.to_string(), r#""gis"."geometry""#);
    assert!(matches!(Geometry::TYPE.kind, PgKind::Scalar));
    assert_eq!(encoded(&Geometry(vec![1, 2])), encoded(&vec![1u8, 2]));
    assert_eq!(round_trip(&Geometry(vec![])), Geometry(vec![]));
    is_element::<Geometry>();
}
