//! Keys of all kinds: whatever their type, the rows are those of the server's own join.

use orm::Strategy;
use orm::prelude::*;

use crate::support::Recorder;

/// Loads the children of all parents by each strategy, and compares them with a join; gives the statements of the default.
macro_rules! as_a_join_finds_them {
    ($db:expr, $parent:ident.$key:ident, $children:ident, $child:ident) => {{
        let joined: Vec<_> = $parent::query()
            .join(|p| p.$children())
            .order_by(|(p, c)| (p.$key.asc(), c.id.asc()))
            .all(&$db)
            .await?;
        let parents = $parent::query().order_by(|p| p.$key.asc()).all(&$db).await?;
        let expected: Vec<($parent, Vec<$child>)> = parents
            .iter()
            .map(|parent| {
                let of = joined.iter().filter(|(other, _)| other == parent);
                (parent.clone(), of.map(|(_, child)| child.clone()).collect())
            })
            .collect();
        let recorder = Recorder::new(&$db);
        let mut texts = Vec::new();
        for strategy in [Strategy::Lateral, Strategy::Keys, Strategy::Auto] {
            let loaded = $parent::query()
                .with(|p| p.$children().order_by(|c| c.id.asc()).strategy(strategy))
                .order_by(|p| p.$key.asc())
                .all(&recorder)
                .await?;
            assert_eq!(loaded, expected, "{strategy:?}");
            texts = recorder.take();
            assert_eq!(texts.len(), 2, "{strategy:?}");
        }
        let lists = orm::load(&parents, |p| p.$children().order_by(|c| c.id.asc()))
            .all(&recorder)
            .await?;
        assert_eq!(lists, expected.iter().map(|(_, list)| list.clone()).collect::<Vec<_>>());
        for (parent, list) in &expected {
            assert_eq!(parent.$children().order_by(|c| c.id.asc()).all(&$db).await?, *list);
        }
        assert_eq!(recorder.take().len(), 1);
        assert!(
            expected.iter().any(|(_, list)| list.len() > 1),
            "some parent has several"
        );
        texts.remove(1)
    }};
}

/// The table's rows are found by their own key, or else by numbers of the rows above.
fn is_by_key(text: &str) -> bool {
    let by_key = text.contains("= ANY ((SELECT $1");
    assert_ne!(by_key, text.contains("WITH ORDINALITY"), "{text}");
    by_key
}

macro_rules! one_key {
    ($name:ident, $type:ty, [$($value:expr),*], by_key = $by_key:literal $(, $attribute:meta)?) => {
        mod $name {
            use super::*;

            #[derive(Model, Debug, Clone, PartialEq)]
            #[orm(table = "parents", has_many(children: Child))]
            struct Parent {
                #[orm(primary_key)]
                $(#[$attribute])?
                key: $type,
            }

            #[derive(Model, Debug, Clone, PartialEq)]
            #[orm(table = "children")]
            struct Child {
                #[orm(primary_key)]
                id: i64,
                #[orm(belongs_to(parent: Parent), index)]
                $(#[$attribute])?
                key: Option<$type>,
            }

            #[orm::test]
            async fn is_matched_as_the_server_does(db: Database) -> Result<(), Error> {
                orm::create_all(&[Parent::TABLE, Child::TABLE], &db).await?;
                let keys: Vec<$type> = vec![$($value),*];
                let parents = keys.iter().map(|key| NewParent { key: key.clone() });
                Parent::insert_many(parents).execute(&db).await?;
                // The last parent has none, the first has most; some belong to nobody.
                let children = (0..12_i64).map(|id| NewChild {
                    id,
                    key: match usize::try_from(id).unwrap() % keys.len() {
                        at if at + 1 == keys.len() => (id % 2 == 0).then(|| keys[0].clone()),
                        at => Some(keys[at].clone()),
                    },
                });
                Child::insert_many(children).execute(&db).await?;
                let text = as_a_join_finds_them!(db, Parent.key, children, Child);
                assert_eq!(is_by_key(&text), $by_key, "{text}");
                let children: Vec<(Child, Option<Parent>)> =
                    Child::query().with(|c| c.parent()).all(&db).await?;
                let (bare, above): (Vec<Child>, Vec<Option<Parent>>) = children.into_iter().unzip();
                assert_eq!(orm::load(&bare, |c| c.parent()).all(&db).await?, above);
                for (child, parent) in bare.iter().zip(&above) {
                    assert_eq!(child.key.as_ref(), parent.as_ref().map(|parent| &parent.key));
                }
                Ok(())
            }
        }
    };
}

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
struct UserId(i64);

#[derive(DbType, Debug, Clone, PartialEq)]
struct Code(String);

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(name = "mood")]
enum Mood {
    Sad,
    Fine,
    Glad,
}

one_key!(int2, i16, [-1, 0, 1, i16::MAX], by_key = true);
one_key!(int4, i32, [i32::MIN, 0, 1, 7], by_key = true);
one_key!(int8, i64, [i64::MIN, -1, 0, i64::MAX], by_key = true);
one_key!(newtype, UserId, [UserId(3), UserId(-3), UserId(9)], by_key = true);
one_key!(
    newtype_of_text,
    Code,
    [Code("x".into()), Code(String::new()), Code("X".into())],
    by_key = true
);
one_key!(
    text,
    String,
    [String::new(), "a".into(), "A".into(), "a ".into(), "é\u{301}".into()],
    by_key = true
);
one_key!(varchar, String, [String::new(), "ab".into(), "abcd".into()], by_key = true, orm(type = "varchar(9)"));
one_key!(padded, String, ["ab  ".into(), "abcd".into(), "x   ".into()], by_key = false, orm(type = "char(4)"));
one_key!(
    bytes,
    Vec<u8>,
    [vec![], vec![0], vec![0, 0], b"abcd".to_vec()],
    by_key = true
);
one_key!(boolean, bool, [true, false], by_key = true);
one_key!(mood, Mood, [Mood::Sad, Mood::Fine, Mood::Glad], by_key = true);
one_key!(
    uuids,
    uuid::Uuid,
    [uuid::Uuid::from_u128(1), uuid::Uuid::nil(), uuid::Uuid::max()],
    by_key = true
);
one_key!(date, chrono::NaiveDate, [day(1), day(2), day(3)], by_key = true);
one_key!(
    timestamp,
    chrono::NaiveDateTime,
    [day(1).into(), day(2).into()],
    by_key = true
);
one_key!(
    number,
    rust_decimal::Decimal,
    [decimal(10, 1), decimal(25, 1), decimal(0, 3)],
    by_key = false
);
one_key!(real, f64, [0.0, 1.5, f64::INFINITY, -1.0], by_key = false);

fn day(day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2024, 2, day).unwrap()
}

fn decimal(number: i64, scale: u32) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(number, scale)
}

mod equal_but_not_the_same {
    use super::*;

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "prices", has_many(sales: Sale))]
    struct Price {
        #[orm(primary_key)]
        amount: rust_decimal::Decimal,
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "sales")]
    struct Sale {
        #[orm(primary_key)]
        id: i64,
        #[orm(belongs_to(price: Price), index)]
        amount: rust_decimal::Decimal,
    }

    #[orm::test]
    async fn numbers_of_another_scale(db: Database) -> Result<(), Error> {
        orm::create_all(&[Price::TABLE, Sale::TABLE], &db).await?;
        let (one, one_and_zeros) = (decimal(10, 1), decimal(100, 2));
        Price::insert(NewPrice { amount: one }).execute(&db).await?;
        let sales = [(1, one_and_zeros), (2, one)].map(|(id, amount)| NewSale { id, amount });
        Sale::insert_many(sales).execute(&db).await?;
        let text = as_a_join_finds_them!(db, Price.amount, sales, Sale);
        assert!(!is_by_key(&text));
        Ok(())
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "people", has_many(mails: Mail))]
    struct Person {
        #[orm(primary_key, type = "citext")]
        name: String,
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "mails")]
    struct Mail {
        #[orm(primary_key)]
        id: i64,
        #[orm(belongs_to(person: Person), index, type = "citext")]
        name: String,
    }

    #[orm::test]
    async fn texts_in_upper_and_lower_case(db: Database) -> Result<(), Error> {
        if db.batch("CREATE EXTENSION citext").await.is_err() {
            return Ok(()); // This server has no extensions.
        }
        orm::create_all(&[Person::TABLE, Mail::TABLE], &db).await?;
        let people = ["Ann", "bob"].map(|name| NewPerson { name: name.into() });
        Person::insert_many(people).execute(&db).await?;
        let mails = [(1, "ann"), (2, "ANN"), (3, "Bob")].map(|(id, name)| NewMail { id, name: name.into() });
        Mail::insert_many(mails).execute(&db).await?;
        let text = as_a_join_finds_them!(db, Person.name, mails, Mail);
        assert!(!is_by_key(&text));
        let mails = Mail::query().order_by(|m| m.id.asc()).all(&db).await?;
        let people = orm::load(&mails, |m| m.person()).all(&db).await?;
        assert_eq!(
            people.iter().map(|person| &*person.name).collect::<Vec<_>>(),
            ["Ann", "Ann", "bob"]
        );
        Ok(())
    }
}

mod composite {
    use super::*;

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "owners", has_many(supplies: Supply))]
    struct Owner {
        #[orm(primary_key)]
        id: i64,
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "supplies", primary_key(part, n), has_many(lines: Line, via(part, n)))]
    struct Supply {
        part: i64,
        // The rows above are numbered by a column of this name, too.
        n: String,
        #[orm(belongs_to(owner: Owner), index)]
        owner_id: i64,
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "lines", belongs_to(supply: Supply, key(part, n)))]
    struct Line {
        #[orm(primary_key)]
        id: i64,
        part: Option<i64>,
        n: Option<String>,
    }

    async fn stock(db: Database) -> Result<(), Error> {
        orm::create_all(&[Owner::TABLE, Supply::TABLE, Line::TABLE], &db).await?;
        Owner::insert_many((1..=3).map(|id| NewOwner { id }))
            .execute(&db)
            .await?;
        let supplies = (0..9_i64).map(|at| NewSupply {
            part: at / 3,
            n: ["", "a", "ab"][(at % 3) as usize].to_owned(),
            owner_id: at % 2 + 1,
        });
        Supply::insert_many(supplies).execute(&db).await?;
        let lines = (0..40_i64).map(|id| NewLine {
            id,
            part: (id % 5 != 0).then_some(id % 2),
            n: (id % 7 != 0).then(|| ["", "a", "ab"][(id % 3) as usize].to_owned()),
        });
        Line::insert_many(lines).execute(&db).await?;
        Ok(())
    }

    #[orm::test(setup = stock)]
    async fn keys_with_a_null_in_a_part_belong_to_nothing(db: Database) -> Result<(), Error> {
        let lines = Line::query().order_by(|l| l.id.asc()).all(&db).await?;
        let supplies = Supply::query().order_by(|s| (s.part.asc(), s.n.asc())).all(&db).await?;
        let of = |supply: &Supply| -> Vec<Line> {
            let same = |line: &&Line| line.part == Some(supply.part) && line.n.as_ref() == Some(&supply.n);
            lines.iter().filter(same).cloned().collect()
        };
        let supply_of = |line: &Line| supplies.iter().find(|supply| of(supply).contains(line)).cloned();
        let recorder = Recorder::new(&db);
        for strategy in [Strategy::Auto, Strategy::Keys, Strategy::Lateral] {
            let loaded = Supply::query()
                .with(|s| s.lines().order_by(|l| l.id.asc()).strategy(strategy))
                .all(&recorder)
                .await?;
            assert!(loaded.iter().all(|(supply, lines)| *lines == of(supply)));
            assert_eq!(loaded.len(), supplies.len());
            let texts = recorder.take();
            assert_eq!(texts.len(), 2);
            assert!(texts[1].contains(r#"AS k1("part", "n", "row number")"#), "{}", texts[1]);
        }
        let loaded = Line::query().with(|l| l.supply()).all(&db).await?;
        assert!(loaded.iter().all(|(line, supply)| *supply == supply_of(line)));
        assert!(
            loaded
                .iter()
                .any(|(line, supply)| line.part.is_some() && supply.is_none())
        );
        let above = orm::load(&lines, |l| l.supply()).all(&db).await?;
        assert!(lines.iter().map(supply_of).eq(above));
        let beside = orm::load(&lines, |l| l.supply().with(|s| s.lines().order_by(|l| l.id.asc())));
        for (line, found) in lines.iter().zip(beside.all(&db).await?) {
            let expected = supply_of(line).map(|supply| (supply.clone(), of(&supply)));
            assert_eq!(found, expected);
        }
        Ok(())
    }

    #[orm::test(setup = stock)]
    async fn rows_of_a_composite_key_are_found_along_with_those_above(db: Database) -> Result<(), Error> {
        let lines = Line::query().order_by(|l| l.id.asc()).all(&db).await?;
        let recorder = Recorder::new(&db);
        let owners = Owner::query()
            .with(|o| o.supplies().with(|s| s.lines().order_by(|l| l.id.desc())))
            .all(&recorder)
            .await?;
        let texts = recorder.take();
        assert_eq!(texts.len(), 3);
        assert!(texts[2].contains("LEFT JOIN \"lines\""), "{}", texts[2]);
        let mut seen = 0;
        for (owner, supplies) in &owners {
            assert_eq!(supplies.is_empty(), owner.id == 3);
            for (supply, found) in supplies {
                assert_eq!(supply.owner_id, owner.id);
                let same = |line: &&Line| line.part == Some(supply.part) && line.n.as_ref() == Some(&supply.n);
                assert!(lines.iter().rev().filter(same).eq(found));
                seen += found.len();
            }
        }
        assert_eq!(
            seen,
            lines
                .iter()
                .filter(|line| line.part.is_some() && line.n.is_some())
                .count()
        );
        Ok(())
    }
}
