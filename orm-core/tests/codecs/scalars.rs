//! bool, integers, floats, text, bytea, uuid, and the table of built-in types.

use std::borrow::Cow;
use std::sync::Arc;

use orm_core::{DbType, PgType, builtin};

use crate::server::Server;

#[test]
fn bool_and_integers() {
    let server = Server::connect();
    server.stores(true, "true");
    server.stores(false, "false");
    for (value, text) in [(i16::MIN, "-32768"), (0, "0"), (i16::MAX, "32767")] {
        server.stores(value, text);
    }
    for (value, text) in [(i32::MIN, "-2147483648"), (-1, "-1"), (i32::MAX, "2147483647")] {
        server.stores(value, text);
    }
    for (value, text) in [
        (i64::MIN, "-9223372036854775808"),
        (1, "1"),
        (i64::MAX, "9223372036854775807"),
    ] {
        server.stores(value, text);
    }
    server.cannot_read::<i32>("NULL::int4", "NULL");
    assert_eq!(server.reads::<Option<i32>>("NULL::int4"), Ok(None));
}

#[test]
fn floats() {
    let server = Server::connect();
    for (value, text) in [
        (0.0, "0"),
        (f64::MIN, "-1.7976931348623157e+308"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::from_bits(1), "5e-324"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (0.1, "0.1"),
    ] {
        server.stores(value, text);
    }
    server.stores(f32::MIN_POSITIVE, "1.1754944e-38");
    server.stores(f32::MAX, "3.4028235e+38");
    server.stores(f32::NEG_INFINITY, "-Infinity");
    assert!(server.reads::<f64>("'-0'::float8").unwrap().is_sign_negative());
    assert!(server.reads::<f64>("'NaN'::float8").unwrap().is_nan());
    assert!(server.reads::<f32>("'NaN'::float4").unwrap().is_nan());
    for value in [-0.0f64, f64::NAN, f64::from_bits(0xffff_0000_dead_beef)] {
        let (back, _) = server.echo(&value);
        assert_eq!(f64::decode(back.as_deref()).unwrap().to_bits(), value.to_bits());
    }
}

#[test]
fn text_and_bytea() {
    let server = Server::connect();
    for text in ["", " ", "a  ", "ä€😀\u{10FFFF}", "\u{1}\t\r\n", "\\"] {
        server.stores(text.to_owned(), text);
        server.stores(Box::<str>::from(text), text);
        server.stores(Arc::<str>::from(text), text);
        server.stores(Cow::<'static, str>::Owned(text.to_owned()), text);
    }
    assert_eq!(server.reads::<String>("'a'::varchar(3)"), Ok("a".to_owned()));
    assert_eq!(server.reads::<String>("'a'::char(3)"), Ok("a  ".to_owned()));
    assert_eq!(server.reads::<String>("'a'::name"), Ok("a".to_owned()));
    assert_eq!(server.reads::<String>("'a'").as_deref(), Ok("a"));
    server.stores(vec![0u8, 1, 0xff], "\\x0001ff");
    server.stores(Vec::<u8>::new(), "\\x");
    let large = "x".repeat(3_000_000);
    server.stores(large.clone(), &large);
}

#[cfg(feature = "uuid")]
#[test]
fn uuids() {
    use uuid::Uuid;
    let server = Server::connect();
    for text in [
        "00000000-0000-0000-0000-000000000000",
        "00112233-4455-6677-8899-aabbccddeeff",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        server.stores(text.parse::<Uuid>().unwrap(), text);
    }
}

#[test]
fn the_oids_are_those_of_the_server() {
    let server = Server::connect();
    let types: [&PgType; 24] = [
        builtin::BOOL,
        builtin::BYTEA,
        builtin::INT8,
        builtin::INT2,
        builtin::INT4,
        builtin::FLOAT4,
        builtin::FLOAT8,
        builtin::DATE,
        builtin::TIME,
        builtin::TIMESTAMP,
        builtin::TIMESTAMPTZ,
        builtin::INTERVAL,
        builtin::NUMERIC,
        builtin::UUID,
        builtin::INET,
        builtin::CIDR,
        builtin::INT4RANGE,
        builtin::NUMRANGE,
        builtin::TSRANGE,
        builtin::TSTZRANGE,
        builtin::DATERANGE,
        builtin::INT8RANGE,
        builtin::TEXT,
        builtin::JSONB,
    ];
    for ty in types {
        let found = server.text(&format!(
            "SELECT oid || ' ' || typarray FROM pg_type WHERE typname = '{}'",
            ty.name
        ));
        assert_eq!(found, format!("{} {}", ty.oid, ty.array_oid), "{ty}");
    }
}
