//! tsvector, tsquery and macaddr.

use orm_core::{Lexeme, MacAddr, Position, TsQuery, TsVector, Weight};

use crate::server::Server;

#[test]
fn vectors_of_lexemes() {
    let server = Server::connect();
    let lexeme = |word: &str, positions: &[(u16, Weight)]| Lexeme {
        word: word.into(),
        positions: positions.iter().map(|&(at, weight)| Position { at, weight }).collect(),
    };
    server.stores(TsVector::default(), "");
    let vector = TsVector::new([
        lexeme("fat", &[(4, Weight::B), (1, Weight::A)]),
        lexeme("cat", &[(16_383, Weight::D)]),
    ]);
    server.stores(vector.clone(), "'cat':16383 'fat':1A,4B");
    // PostgreSQL orders by bytes, the shorter one first.
    let words = ["b", "ab", "ä", "a", "z", "B"];
    server.stores(
        TsVector::new(words.map(|word| lexeme(word, &[]))),
        "'B' 'a' 'ab' 'b' 'z' 'ä'",
    );
    server.stores(vec![vector], r#"{"'cat':16383 'fat':1A,4B"}"#);
    let many = (1..=300).map(|at| (at, Weight::D)).collect::<Vec<_>>();
    server.server_refuses(&TsVector::new([lexeme("a", &many)]), "tsvector");
}

#[test]
fn queries_of_lexemes() {
    let server = Server::connect();
    for text in [
        "'a'",
        "!( 'a' <-> 'b' ) & 'c':*AB | 'd' <2> ( 'e' <-> 'f' )",
        "'it''s' & 'back\\\\slash'",
    ] {
        let query: TsQuery = server.reads(&format!("$q${text}$q$::tsquery")).unwrap();
        assert_eq!(query.to_string(), text);
        server.stores(query, text);
    }
    assert_eq!(server.reads("''::tsquery"), Ok(TsQuery::default()));
    let query: TsQuery = server.reads("'a & b'::tsquery").unwrap();
    server.stores(vec![query], "{\"'a' & 'b'\"}");
}

#[test]
fn addresses_of_cards() {
    let server = Server::connect();
    server.stores(MacAddr([8, 0, 0x2b, 1, 2, 0xff]), "08:00:2b:01:02:ff");
    server.stores(vec![MacAddr([0; 6])], "{00:00:00:00:00:00}");
}
