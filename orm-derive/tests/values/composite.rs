//! `#[derive(DbType)]` on structs: composite types.

use orm::{DbType, Element, PgKind};
use orm_derive::{DbEnum, DbType};

use crate::{encoded, round_trip};

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "address", schema = "shop")]
struct Address {
    street: String,
    #[orm(rename = "no")]
    number: i32,
    note: Option<String>,
    r#type: Kind,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Kind {
    Home,
    Work,
}

#[derive(DbType, Debug, Clone, PartialEq)]
struct ShippingLabel {
    to: Address,
    from: Option<Address>,
    marks: Vec<i16>,
}

fn address() -> Address {
    Address {
        street: String::new(),
        number: -1,
        note: None,
        r#type: Kind::Work,
    }
}

fn is_element<T: Element>() {}

#[test]
fn a_composite_names_its_type_and_its_fields() {
    assert_eq!((Address::TYPE.schema, Address::TYPE.name), (Some("shop"), "address"));
    assert_eq!(
        (ShippingLabel::TYPE.schema, ShippingLabel::TYPE.name),
        (None, "shipping_label")
    );
    let PgKind::Composite(fields) = Address::TYPE.kind else {
        panic!("expected a composite");
    };
    let described: Vec<_> = fields.iter().map(|field| (field.name, field.ty.to_string())).collect();
    let expected = [
        ("street", "text"),
        ("no", "int4"),
        ("note", "text"),
        ("type", "\"kind\""),
    ];
    assert_eq!(described, expected.map(|(name, ty)| (name, ty.to_owned())));
    is_element::<Address>();
}

#[test]
fn the_bytes_are_those_of_record_send() {
    let mut expected = Vec::new();
    expected.extend(4i32.to_be_bytes());
    expected.extend([25, 0, 23, 4].map(i32::to_be_bytes).concat());
    expected.extend((-1i32).to_be_bytes());
    expected.extend([25, -1, 0, 4].map(i32::to_be_bytes).concat());
    expected.extend(b"work");
    assert_eq!(encoded(&address()), Ok(Some(expected)));
}

#[test]
fn composites_travel_nested_in_arrays_and_with_nulls() {
    let full = Address {
        street: "日本 1".into(),
        note: Some(String::new()),
        ..address()
    };
    for address in [address(), full.clone()] {
        assert_eq!(round_trip(&address), address);
        assert_eq!(round_trip(&Some(address.clone())), Some(address.clone()));
        let list = vec![Some(address.clone()), None];
        assert_eq!(round_trip(&list), list);
        for (from, marks) in [(None, vec![]), (Some(full.clone()), vec![1, -1])] {
            let label = ShippingLabel {
                to: address.clone(),
                from,
                marks,
            };
            assert_eq!(round_trip(&label), label);
        }
    }
}

#[test]
fn malformed_bytes_are_errors_and_never_panics() {
    let bytes = encoded(&ShippingLabel {
        to: address(),
        from: Some(address()),
        marks: vec![3],
    });
    let bytes = bytes.expect("encodes").expect("is not NULL");
    for end in 0..bytes.len() {
        assert!(ShippingLabel::decode(Some(&bytes[..end])).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let _ = ShippingLabel::decode(Some(&changed));
        }
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(ShippingLabel::decode(Some(&longer)).is_err());
    assert!(ShippingLabel::decode(None).is_err());
}

#[test]
fn null_in_a_field_that_is_no_option_is_an_error_that_names_the_field() {
    let mut bytes = encoded(&address()).expect("encodes").expect("is not NULL");
    bytes.splice(8..12, (-1i32).to_be_bytes());
    let error = Address::decode(Some(&bytes)).unwrap_err().to_string();
    assert!(
        error.contains("\"street\"") && error.contains("\"address\"") && error.contains("NULL"),
        "{error}"
    );
}

#[test]
fn a_field_that_was_added_or_has_another_type_is_an_error() {
    let mut bytes = encoded(&address()).expect("encodes").expect("is not NULL");
    bytes[3] = 5;
    let error = Address::decode(Some(&bytes)).unwrap_err().to_string();
    assert!(
        error.contains("5 fields") && error.contains("4 in the program"),
        "{error}"
    );
    bytes[3] = 4;
    bytes[7] = 17;
    let error = Address::decode(Some(&bytes)).unwrap_err().to_string();
    assert!(error.contains("\"street\"") && error.contains("type text"), "{error}");
}
