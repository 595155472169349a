//! Arrays of one dimension that start at 1, and the refusal of all others.

use crate::server::Server;

#[test]
fn arrays() {
    let server = Server::connect();
    server.stores(Vec::<i32>::new(), "{}");
    server.stores(vec![None::<i32>], "{NULL}");
    server.stores(vec![i32::MIN, i32::MAX], "{-2147483648,2147483647}");
    server.stores(vec![Some(i64::MIN), None], "{-9223372036854775808,NULL}");
    server.stores(
        vec![String::new(), "NULL".to_owned(), "a,\"b\\".to_owned()],
        r#"{"","NULL","a,\"b\\"}"#,
    );
    server.stores(vec![vec![0u8], vec![]], r#"{"\\x00","\\x"}"#);
    server.stores(vec![true, false], "{t,f}");
    server.stores(vec![f64::NEG_INFINITY, 0.5], "{-Infinity,0.5}");
    server.stores(
        (0..100_000).collect::<Vec<i32>>(),
        &server.text("SELECT array_agg(n) FROM generate_series(0, 99999) n"),
    );
    assert_eq!(server.reads::<Vec<i32>>("ARRAY[]::int4[]"), Ok(vec![]));
}

#[test]
fn arrays_that_a_vec_cannot_hold() {
    let server = Server::connect();
    server.cannot_read::<Vec<i32>>("'{{1,2},{3,4}}'::int4[]", "more than one dimension");
    server.cannot_read::<Vec<i32>>("'[0:1]={1,2}'::int4[]", "first index is not 1");
    server.cannot_read::<Vec<i32>>("'[-2147483648:-2147483647]={1,2}'::int4[]", "first index is not 1");
    server.cannot_read::<Vec<i32>>("'{NULL}'::int4[]", "NULL");
    assert_eq!(server.reads::<Vec<i32>>("('[0:1]={1,2}'::int4[])[:]"), Ok(vec![1, 2]));
    assert_eq!(
        server.reads::<Vec<i32>>("array_fill(1, ARRAY[0], ARRAY[7])"),
        Ok(vec![])
    );
}
