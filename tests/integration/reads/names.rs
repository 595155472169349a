//! Names that could clash: with keywords, with methods, with the user's own functions; and wide tables.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "Sel\"ect", schema = "Mixed Case", index(r#type, select desc), unique(r#where, key))]
#[allow(non_snake_case, reason = "the user's own choice")]
struct Words {
    #[orm(primary_key)]
    key: i64,
    r#type: String,
    r#where: Option<i32>,
    select: i32,
    filter: i32,
    eq: i32,
    all: i32,
    new: i32,
    id_: i32,
    MixedCase: i32,
    größe: f64,
    #[orm(column = "a \"quoted\" name; --")]
    quoted: String,
    #[orm(column = "日本")]
    japan: Option<String>,
    order: bool,
    limit: Vec<i32>,
    user: i32,
    source: i32,
    xmin_: i32,
}

fn words(key: i64) -> NewWords {
    NewWords {
        key,
        r#type: "t".into(),
        r#where: None,
        select: 1,
        filter: 2,
        eq: 3,
        all: 4,
        new: 5,
        id_: 6,
        MixedCase: 7,
        größe: 8.5,
        quoted: "q".into(),
        japan: Some("日".into()),
        order: true,
        limit: vec![1],
        user: 9,
        source: 10,
        xmin_: 11,
    }
}

#[derive(Row, Debug, PartialEq)]
struct Chosen {
    r#type: String,
    größe: f64,
    r#where: Option<i32>,
}

#[orm::test]
async fn every_name_is_quoted_everywhere(db: Database) {
    orm::create_all(&[Words::TABLE], &db).await.unwrap();
    let stored = Words::insert(words(1)).one(&db).await.unwrap();
    Words::insert_many([words(2), words(3)]).execute(&db).await.unwrap();
    Words::insert_many([words(4)]).copy(true).execute(&db).await.unwrap();
    let found = Words::query()
        .filter(|w| w.select.eq(w.filter - 1) & w.MixedCase.eq(7) & w.größe.gt(8.0) & w.r#where.is_null())
        .filter(|w| w.eq.eq(3) & w.order & w.quoted.like("q") & w.japan.eq("日") & w.limit.contains(1))
        .filter(|w| w.all.lt(w.new) & w.user.ne(w.source) & w.xmin_.gt(w.id_) & w.key.eq(1))
        .order_by(|w| (w.select.asc(), w.japan.desc().nulls_last(), w.r#type.asc()))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(found, stored);
    let chosen = Words::query().select(|w| ChosenExpr {
        r#where: w.r#where,
        r#type: w.r#type.upper(),
        größe: w.größe,
    });
    let chosen = chosen
        .order_by(|w| (w.r#type.asc(), w.größe.asc()))
        .distinct()
        .first(&db)
        .await;
    // The order is by what is not selected: said before sending.
    assert_eq!(chosen.unwrap_err().kind(), ErrorKind::InvalidQuery);
    let chosen = Words::query().select(|w| ChosenExpr {
        r#where: w.r#where,
        r#type: w.r#type,
        größe: w.größe,
    });
    let chosen = chosen
        .order_by(|w| (w.r#type.asc(), w.größe.asc()))
        .distinct()
        .one(&db)
        .await
        .unwrap();
    assert_eq!(
        chosen,
        Chosen {
            r#type: "t".into(),
            größe: 8.5,
            r#where: None
        }
    );
    let page = Words::query()
        .order_by(|w| w.quoted.asc())
        .page(3, None, &db)
        .await
        .unwrap();
    let rest = Words::query()
        .order_by(|w| w.quoted.asc())
        .page(3, page.next.as_ref(), &db)
        .await
        .unwrap();
    assert_eq!(rest.items.len(), 1);
    let twice = Words::insert(words(1)).execute(&db).await.unwrap_err();
    assert!(twice.violates(|key: WordsKeys| key.key), "{twice}");
    assert_eq!(Words::query().filter(|w| w.key.gt(2)).count(&db).await.unwrap(), 2);
    orm::drop_all(&[Words::TABLE], &db).await.unwrap();
    assert_eq!(
        Words::query().all(&db).await.unwrap_err().kind(),
        ErrorKind::UndefinedObject
    );
}

/// Functions of the user's own win; the traits' are still there by their names.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "own")]
struct Own {
    #[orm(primary_key)]
    id: i32,
    age: i32,
}

impl Own {
    fn query() -> &'static str {
        "mine"
    }

    fn find(id: i32) -> i32 {
        id
    }

    fn adults() -> orm::Query<Self> {
        <Self as orm::ReadModel>::query().filter(Self::is_adult)
    }

    fn is_adult(own: OwnFields) -> orm::Expr<bool> {
        own.age.ge(18)
    }
}

#[orm::test]
async fn a_models_own_functions_win_and_conditions_are_functions(db: Database) {
    orm::create_all(&[Own::TABLE], &db).await.unwrap();
    Own::insert_many([NewOwn { id: 1, age: 17 }, NewOwn { id: 2, age: 18 }])
        .execute(&db)
        .await
        .unwrap();
    assert_eq!((Own::query(), Own::find(7)), ("mine", 7));
    assert_eq!(Own::adults().one(&db).await.unwrap(), Own { id: 2, age: 18 });
    assert_eq!(<Own as orm::Record>::find(1).one(&db).await.unwrap().age, 17);
    let young = <Own as orm::ReadModel>::query().filter(|own| !Own::is_adult(own) | own.id.eq(9));
    assert_eq!(young.select(|own| own.id).all(&db).await.unwrap(), [1]);
}

macro_rules! wide {
    ($($field:ident)*) => {
        #[derive(Model, Debug, Clone, PartialEq)]
        #[orm(table = "wide")]
        struct Wide {
            #[orm(primary_key)]
            id: i64,
            $($field: Option<i32>,)*
        }

        fn wide(id: i64) -> NewWide {
            NewWide { id, $($field: stringify!($field)[1..].parse().ok(),)* }
        }
    };
}

wide! {
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9
    d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
    g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9 i0 i1 i2 i3 i4 i5 i6 i7 i8 i9
    j0 j1 j2 j3 j4 j5 j6 j7 j8
}

#[orm::test]
async fn a_hundred_columns_are_read_and_written(db: Database) {
    orm::create_all(&[Wide::TABLE], &db).await.unwrap();
    assert_eq!(Wide::TABLE.columns.len(), 100);
    let one = Wide::insert(wide(1)).one(&db).await.unwrap();
    assert_eq!((one.a0, one.e7, one.j8), (Some(0), Some(7), Some(8)));
    Wide::insert_many((2..5).map(wide)).execute(&db).await.unwrap();
    let found = Wide::query()
        .filter(|w| w.e7.eq(7) & w.j8.gt(w.a0))
        .order_by(|w| w.id.desc())
        .first(&db)
        .await
        .unwrap();
    let expected = Wide { id: 4, ..one };
    assert_eq!(found, Some(expected));
}
