//! jsonb and json.

use std::collections::BTreeMap;

use orm_core::{DbType, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::server::Server;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Circle { radius: f64 },
    Square(i128),
    Point,
}

#[test]
fn documents() {
    let server = Server::connect();
    server.stores(json!(null), "null");
    server.stores(json!(""), "\"\"");
    server.stores(json!([]), "[]");
    server.stores(json!({}), "{}");
    server.stores(
        json!({"b": [1, -2.5, true, null], "": {"ä": "😀"}}),
        r#"{"": {"ä": "😀"}, "b": [1, -2.5, true, null]}"#,
    );
    server.stores(json!(u64::MAX), "18446744073709551615");
    server.stores(json!(i64::MIN), "-9223372036854775808");
    server.stores(json!(0.1 + 0.2), "0.30000000000000004");
    server.stores(json!("\\u0000 \u{1}\u{7f}"), "\"\\\\u0000 \\u0001\u{7f}\"");
    server.stores(
        (0..127).fold(json!(1), |inner, _| Value::Array(vec![inner])),
        &("[".repeat(127) + "1" + &"]".repeat(127)),
    );
    server.stores(Some(json!(null)), "null");
    for float in [
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        1e15,
        1.7976931348623155e308,
    ] {
        let (back, _) = server.echo(&Json(float));
        assert_eq!(Json::<f64>::decode(back.as_deref()), Ok(Json(float)));
        let (back, _) = server.echo(&json!(float));
        assert_eq!(Value::decode(back.as_deref()).unwrap().as_f64(), Some(float));
    }
}

#[test]
fn types_of_the_users_own() {
    let server = Server::connect();
    let shapes = vec![Shape::Circle { radius: 1.25 }, Shape::Square(i128::MAX), Shape::Point];
    server.stores(
        Json(shapes),
        r#"[{"Circle": {"radius": 1.25}}, {"Square": 170141183460469231731687303715884105727}, "Point"]"#,
    );
    server.stores(
        Json(
            BTreeMap::from([(1u8, Some("a")), (2, None)])
                .into_iter()
                .map(owned)
                .collect::<BTreeMap<_, _>>(),
        ),
        r#"{"1": "a", "2": null}"#,
    );
    server.stores(vec![Some(Json(1)), None], "{1,NULL}");
    assert_eq!(server.reads("'[1, 2]'::json"), Ok(Json(vec![1, 2])));
    assert_eq!(server.reads("'{\"a\": \"\\u0000\"}'::json"), Ok(json!({"a": "\0"})));
    let error = server.reads::<Json<i32>>("'\"secret\"'::jsonb").unwrap_err();
    assert!(error.contains("does not fit") && !error.contains("secret"), "{error}");
}

fn owned((key, value): (u8, Option<&str>)) -> (u8, Option<String>) {
    (key, value.map(str::to_owned))
}

#[test]
fn numbers_that_a_value_would_change() {
    let server = Server::connect();
    server.cannot_read::<Value>("'18446744073709551616'::jsonb", "arbitrary_precision");
    server.cannot_read::<Value>("'[0.1000000000000000055511151231257827]'::jsonb", "arbitrary_precision");
    server.cannot_read::<Value>("'{\"a\": 1e400}'::jsonb", "arbitrary_precision");
    assert_eq!(server.reads("'1.50'::jsonb"), Ok(json!(1.5)));
    assert_eq!(server.reads("'1e16'::jsonb"), Ok(json!(10_000_000_000_000_000u64)));
}
