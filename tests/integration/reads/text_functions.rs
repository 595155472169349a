//! The functions of text and bytes, with values and columns as arguments.

use orm::{BytesFormat, prelude::*};

use super::people::{Person, PersonFields, ids, people};
use crate::support::server_version;

async fn of<S: orm::Select<Phase = orm::PerRow>>(db: &Database, id: i32, select: fn(PersonFields) -> S) -> S::Row {
    let query = Person::query().filter(|p| p.id.eq(id)).select(select);
    query.one(db).await.expect("the server takes the query")
}

fn text(text: &str) -> orm::Expr<String> {
    value(text.to_owned())
}

fn strings<const N: usize>(texts: [&str; N]) -> [String; N] {
    texts.map(str::to_owned)
}

#[orm::test(setup = people)]
async fn patterns_of_every_kind(db: Database) {
    let query = Person::query;
    assert_eq!(ids(query().filter(|p| p.name.not_ilike("%N%")), &db).await, [2, 3, 5]);
    assert_eq!(
        ids(query().filter(|p| p.nickname.like_escape("50!%!_%", '!')), &db).await,
        [3]
    );
    assert_eq!(
        ids(query().filter(|p| p.nickname.ilike_escape("50!%!_OFF%", '!')), &db).await,
        [3]
    );
    assert_eq!(
        ids(query().filter(|p| p.name.similar_to("(A|B)[a-z]+")), &db).await,
        [1, 2]
    );
    assert_eq!(
        ids(query().filter(|p| p.name.not_similar_to("(A|B)[a-z]+")), &db).await,
        [3, 4, 5]
    );
    assert_eq!(ids(query().filter(|p| p.name.not_matches("^[A-C]")), &db).await, [4, 5]);
    assert_eq!(
        ids(query().filter(|p| p.name.not_imatches("^[a-c]")), &db).await,
        [4, 5]
    );
    // A column as the other side, and wildcards in it are literal.
    assert_eq!(
        ids(query().filter(|p| p.nickname.starts_with(p.nickname.left(3))), &db).await,
        [2, 3, 4, 5]
    );
    assert_eq!(
        ids(query().filter(|p| text("1%_2").starts_with(p.nickname)), &db).await,
        [5]
    );
    assert_eq!(
        ids(query().filter(|p| p.nickname.ends_with(p.nickname.right(3))), &db).await,
        [2, 3, 4, 5]
    );
    assert_eq!(
        ids(query().filter(|p| text("my bobby").ends_with(p.nickname)), &db).await,
        [2, 5]
    );
    let bad = query().filter(|p| p.name.matches("(")).all(&db).await.unwrap_err();
    assert_eq!(
        (bad.kind(), bad.sqlstate()),
        (ErrorKind::InvalidValue, Some("2201B")),
        "{bad}"
    );
}

#[orm::test(setup = people)]
async fn functions_that_trim_fill_and_cut(db: Database) {
    assert_eq!(
        of(&db, 1, |_| (
            text("hELLO wORLD").initcap(),
            text("  x ").ltrim(),
            text("  x ").rtrim()
        ))
        .await,
        ("Hello World".into(), "x ".into(), "  x".into())
    );
    assert_eq!(
        of(&db, 1, |_| (
            text("xyaxy").trim_chars("xy"),
            text("xyaxy").ltrim_chars("xy"),
            text("xyaxy").rtrim_chars("xy")
        ))
        .await,
        ("a".into(), "axy".into(), "xya".into())
    );
    assert_eq!(
        of(&db, 1, |p| (
            p.name.lpad(5, "*-"),
            p.name.rpad(p.id + 4, "*-"),
            p.name.lpad(2, " ")
        ))
        .await,
        ("*-Ann".into(), "Ann*-".into(), "An".into())
    );
    assert_eq!(
        of(&db, 2, |p| (
            p.name.repeat(p.id),
            p.name.reverse(),
            p.name.substring_from(2),
            p.name.left(-1)
        ))
        .await,
        ("BobBob".into(), "boB".into(), "ob".into(), "Bo".into())
    );
    assert_eq!(
        of(&db, 5, |p| (
            p.name.octet_length(),
            p.name.length(),
            p.nickname.octet_length()
        ))
        .await,
        (7, 6, Some(0))
    );
    assert_eq!(
        of(&db, 1, |p| (
            text("a,b,c").split_part(",", 2),
            text("a,b,c").split_part(",", p.id + 8),
            text("abc").translate("abx", "AB"),
            text("abcdef").overlay("XY", 3, 1)
        ))
        .await,
        ("b".into(), "".into(), "ABc".into(), "abXYdef".into())
    );
    assert_eq!(
        of(&db, 1, |_| (
            text("a,b,").string_to_array(","),
            text("").string_to_array(",")
        ))
        .await,
        (strings(["a", "b", ""]).to_vec(), vec![])
    );
    // An argument that is NULL makes NULL of the whole.
    assert_eq!(
        of(&db, 1, |p| (
            p.name.replace("A", p.nickname),
            p.name.split_part(p.nickname, 1)
        ))
        .await,
        (None, None)
    );
    let zero = Person::query()
        .select(|p| p.name.split_part(",", 0))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(zero.sqlstate(), Some("22023"));
    let negative = Person::query()
        .select(|p| p.name.substring(1, -1))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(negative.sqlstate(), Some("22011"));
}

#[orm::test(setup = people)]
async fn codes_quotes_and_hashes(db: Database) {
    assert_eq!(
        of(&db, 5, |p| (p.name.ascii(), orm::chr(p.id + 60), text("").ascii())).await,
        (0xc9, "A".into(), 0)
    );
    assert_eq!(
        of(&db, 1, |p| (
            text("a b").quote_ident(),
            text("it's").quote_literal(),
            orm::quote_nullable(p.nickname)
        ))
        .await,
        (r#""a b""#.into(), "'it''s'".into(), "NULL".into())
    );
    assert_eq!(of(&db, 1, |_| text("e\u{301}").normalize()).await, "\u{e9}".to_owned());
    let (md5, bytes) = of(&db, 1, |_| (text("abc").md5(), text("é").to_bytes())).await;
    assert_eq!((&*md5, &*bytes), ("900150983cd24fb0d6963f7d28e17f72", "é".as_bytes()));
    assert_eq!(
        of(&db, 1, |_| (
            text("abc").to_bytes().sha256().encode(BytesFormat::Hex),
            text("abc").to_bytes().md5(),
            text("abc").to_bytes().octet_length()
        ))
        .await,
        (
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
            "900150983cd24fb0d6963f7d28e17f72".into(),
            3
        )
    );
    assert_eq!(
        of(&db, 1, |_| (
            text("abc").to_bytes().sha224().octet_length(),
            text("abc").to_bytes().sha384().octet_length(),
            text("abc").to_bytes().sha512().octet_length()
        ))
        .await,
        (28, 48, 64)
    );
    assert_eq!(
        of(&db, 1, |_| (
            text("YWJj").decode(BytesFormat::Base64).to_text(),
            text("é").to_bytes().encode(BytesFormat::Escape)
        ))
        .await,
        ("abc".into(), r"\303\251".into())
    );
    let zero = Person::query()
        .select(|p| orm::chr(p.id - p.id))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(zero.sqlstate(), Some("54000"));
    let broken = Person::query()
        .select(|_| text("ff").decode(BytesFormat::Hex).to_text())
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(broken.sqlstate(), Some("22021"));
}

#[orm::test(setup = people)]
async fn functions_of_regular_expressions(db: Database) {
    assert_eq!(
        of(&db, 3, |p| (
            p.name.regexp_replace("e(.)", "<\\1>"),
            p.name.regexp_replace_with("[A-Z]", "*", "gi"),
            p.nickname.regexp_replace("x", p.name)
        ))
        .await,
        ("Cl<o>".into(), "****".into(), Some("50%_off\\".into()))
    );
    assert_eq!(
        of(&db, 3, |p| (
            p.name.regexp_match("(C)(x)?"),
            p.name.regexp_match("l.*"),
            p.name.regexp_match("z"),
            p.name.regexp_match_with("c", "i")
        ))
        .await,
        (
            Some(vec![Some("C".into()), None]),
            Some(vec![Some("leo".into())]),
            None,
            Some(vec![Some("C".into())])
        )
    );
    assert_eq!(
        of(&db, 3, |p| (
            p.name.regexp_substring("l.*"),
            p.name.regexp_substring("(x)?"),
            p.name.regexp_split("[le]")
        ))
        .await,
        (Some("leo".into()), None, strings(["C", "", "o"]).to_vec())
    );
    if server_version(&db).await >= 150_000 {
        assert_eq!(
            of(&db, 3, |p| (p.name.regexp_count("[a-z]"), p.name.regexp_position("e"))).await,
            (3, 3)
        );
    }
}

#[orm::test(setup = people)]
async fn collations_are_named_and_quoted(db: Database) {
    let sorted = Person::query()
        .order_by(|p| p.name.collate("C").asc())
        .select(|p| p.name);
    assert_eq!(
        sorted.to_sql().unwrap().text.as_ref(),
        r#"SELECT "name" FROM "people" ORDER BY "name" COLLATE "C""#
    );
    assert_eq!(
        Person::query()
            .order_by(|p| p.name.concat("x").collate("C").desc())
            .select(|p| p.name)
            .all(&db)
            .await
            .unwrap(),
        strings(["Élodie", "Dan", "Cleo", "Bob", "Ann"])
    );
    assert_eq!(of(&db, 1, |p| p.nickname.collate("C").lt("x")).await, None);
    assert!(of(&db, 1, |_| text("Z").concat("z").collate("C").lt(text("a"))).await);
    let unknown = Person::query()
        .filter(|p| p.name.collate("no\" such").eq("x"))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(unknown.sqlstate(), Some("42704"), "{unknown}");
}

#[orm::test(setup = people)]
async fn numbers_as_text_and_back(db: Database) {
    let d = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
    assert_eq!(
        of(&db, 1, |p| (
            p.age.to_char("FM0000"),
            p.height.to_char("FM9.00"),
            p.age.cast::<i64>().to_char("")
        ))
        .await,
        ("0042".into(), Some("1.70".into()), "".into())
    );
    assert_eq!(
        of(&db, 1, |_| (
            text("-12,454.8").to_number("S99G999D9"),
            text("1").to_number("")
        ))
        .await,
        (Some(d("-12454.8")), None)
    );
    let wrong = Person::query()
        .select(|p| p.name.to_number("99"))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidValue);
}
